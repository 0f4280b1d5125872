"""The groups of a phone's cards: a list that is in groups on a desk is in the same groups under a thumb."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from engine.records.reading.query import Record
from engine.records.reading.sorting import MOST_KEYS
from engine.web.lists import cards, columns, grouping
from engine.web.lists.grouping import Level
from engine.web.lists.listing import Asked, Listing


@dataclass(frozen=True)
class Head:
    """What stands above the first card of a group."""

    depth: int
    text: str
    color: str | None
    count: int | None
    total: str


def levels(listing: Listing, address: Mapping[str, str]) -> list[Level]:
    """What the cards are grouped by: as the address says (assets/grid/view.ts writes it), else as the view does."""
    state = listing.state()
    groups = state["groups"]
    if "groups" in address and listing.kind == "grid":
        parts = [one.partition(":") for one in address["groups"].split(",") if one]
        groups = [{"field": key} | ({"bucket": bucket} if bucket else {}) for key, _, bucket in parts]
    return grouping.levels_of(listing, groups, listing.asked(address).sort)


def ordered(asked: Asked, by: Sequence[Level]) -> Asked:
    """The same list with what belongs together side by side."""
    if not by:
        return asked
    keys = {level.field.key for level in by}
    rest = [one for one in asked.sort if one.get("field") not in keys]
    return replace(
        asked, sort=[*({"field": one.field.key, "desc": one.desc} for one in by), *rest][:MOST_KEYS]
    )


def heads(
    connection: Connection,
    listing: Listing,
    asked: Asked,
    by: Sequence[Level],
    before: Record | None,
    page: Sequence[Record],
) -> dict[int, list[Head]]:
    """By the place of a card, the heads above it; `before` is the last card of the page above."""
    if not by:
        return {}
    figures = _figures(connection, listing, asked, by)
    last = _path(listing, by, before) if before else [None] * len(by)
    found: dict[int, list[Head]] = {}
    for place, record in enumerate(page):
        path = _path(listing, by, record)
        new = next((depth for depth, one in enumerate(path) if one != last[depth]), None)
        if new is not None:
            found[place] = [
                _head(listing, by[depth], depth, _value(listing, by[depth], record), figures.get(path[depth]))
                for depth in range(new, len(by))
            ]
        last = path
    return found


def _head(listing: Listing, level: Level, depth: int, value: Any, figure: tuple[int, str] | None) -> Head:
    shown = grouping.shown(listing, level, value)
    count, total = figure or (None, "")
    return Head(depth, shown["t"], shown.get("color"), count, total)


def _figures(
    connection: Connection, listing: Listing, asked: Asked, by: Sequence[Level]
) -> dict[str | None, tuple[int, str]]:
    """How many records a group has, and what the figure of its cards comes to, by the group's conditions."""
    key = cards.places(listing).get("number")
    function = listing.functions.get(key or "")
    told = grouping.grouped(connection, listing, asked, by, {key: function} if key and function else {})
    return {
        _mark(one["where"]["all"]): (
            one["count"],
            columns.short(one["values"][key]["t"]) if key and key in one["values"] else "",
        )
        for one in told["groups"]
    }


def _path(listing: Listing, by: Sequence[Level], record: Record) -> list[str | None]:
    """The conditions of the groups that a record is in, the outermost first."""
    own = [grouping.condition(level, _value(listing, level, record)) for level in by]
    return [_mark(own[: depth + 1]) for depth in range(len(own))]


def _mark(conditions: Sequence[Mapping[str, Any]]) -> str:
    """Groups do not tell "Abc" from "ABC"."""
    return repr([dict(one) for one in conditions]).casefold()


def _value(listing: Listing, level: Level, record: Record) -> Any:
    """What a record is grouped by; of a time of day the day it is where the viewer is."""
    value = record.value(level.field.key)
    if level.bucket and isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(listing.viewer.time_zone)).date()
    return grouping.first_day(value, level.bucket)
