"""A calendar: the records of a month, week or day on their dates, each where and as long as it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from engine.fields.form import Field
from engine.records.reading.query import Record, query
from engine.web.lists import cards, coloring
from engine.web.lists.calendar_sheet import (
    Event,
    Sheet,
    agenda_of,
    agenda_range,
    day_of,
    days_between,
    hours_of,
    moved,
    range_of,
    title_of,
    week,
)
from engine.web.lists.listing import Asked, Listing

DATED = ("date", "datetime")
SCALES = ("month", "week", "day")
MOST = 1_000
"""Records of one sheet; whoever has more of them in a month narrows the filter."""
LANES = 3
"""Records that a day of the month shows one above the other."""


def dated(listing: Listing) -> list[Field]:
    """The fields by which records may lie on a calendar."""
    return [one for one in listing.fields if one.value_field.type in DATED and not one.kind.multiple]


def sheet(connection: Connection, listing: Listing, asked: Asked, address: Mapping[str, str]) -> Sheet | None:
    """The sheet of a calendar view that an address asks for; None where its date may not be read."""
    known = {one.key: one for one in dated(listing)}
    begin, until = known.get(listing.view.get("date", "")), known.get(listing.view.get("until", ""))
    if begin is None:
        return None
    today = cards.today(listing)
    scale = address.get("scale") or listing.view.get("scale") or "month"
    scale = scale if scale in SCALES else "month"
    at = day_of(address.get("at"), today)
    first, last = range_of(at, scale)
    records, cut = _records(connection, listing, asked, begin, until, first, last)
    found = _events(connection, listing, records, begin, until)
    whole = begin.value_field.type == "date"
    bars = [one for one in found if whole or one.days > 1] if scale != "month" else found
    lanes = LANES if scale == "month" else len(bars)
    month = at.month if scale == "month" else None
    weeks = []
    for start in range(0, (last - first).days + 1, 7):
        days = [first + timedelta(days=start + n) for n in range(min(7, (last - first).days + 1))]
        weeks.append(week(days, bars, lanes, today, month))
    agenda = [agenda_of(day, found, today) for day in days_between(*agenda_range(at, scale, first, last))]
    hours = (
        ()
        if whole or scale == "month"
        else tuple(hours_of(day, found, today) for day in days_between(first, last))
    )
    before, after = moved(at, scale, -1), moved(at, scale, 1)
    return Sheet(
        scale=scale,
        at=at,
        title=title_of(at, scale, first, last),
        before=before,
        after=after,
        today=today,
        weeks=tuple(weeks),
        agenda=tuple(day for day in agenda if day.events),
        begins=begin,
        until=until,
        editable=listing.may("update"),
        cut=cut,
        hours=hours,
    )


def _records(
    connection: Connection,
    listing: Listing,
    asked: Asked,
    begin: Field,
    until: Field | None,
    first: date,
    last: date,
) -> tuple[list[Record], bool]:
    within: dict[str, Any] = _leaf(begin, "between", [first.isoformat(), last.isoformat()])
    if until is not None:
        open_end = {"all": [_leaf(until, "empty"), _leaf(begin, "gte", first.isoformat())]}
        ends = {"any": [_leaf(until, "gte", first.isoformat()), open_end]}
        within = {"all": [_leaf(begin, "lte", last.isoformat()), ends]}
    where = {"all": [asked.where, within]} if asked.where else within
    named = [begin.key, *([until.key] if until else []), *cards.fields(listing)]
    narrowed = replace(asked, where=where, sort=[{"field": begin.key}])
    page = query(
        connection,
        listing.live,
        listing.form.key,
        listing.viewer,
        narrowed.query(fields=list(dict.fromkeys(named)), limit=MOST),
    )
    return page.records, page.next_cursor is not None


def _leaf(one: Field, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": one.key, "op": operator} | ({} if value is None else {"value": value})


def _events(
    connection: Connection,
    listing: Listing,
    records: Sequence[Record],
    begin: Field,
    until: Field | None,
) -> list[Event]:
    rules = listing.view.get("colors") or ()
    colored = coloring.colors(connection, listing, [one.id for one in records], rules) if rules else {}
    changeable = listing.may("update")
    found = []
    for record in records:
        start = _local(record.value(begin.key), listing)
        if start is None:
            continue
        end = _local(record.value(until.key), listing) if until else None
        card = cards.card(record, listing)
        own = colored.get(record.id, {}).get(coloring.ROW)
        named = {begin.key} | ({until.key} if until and end else set())
        found.append(
            Event(
                card=card,
                begin=start,
                end=end if end and end > start else start,
                timed=begin.value_field.type == "datetime",
                color=own or (card.badge or {}).get("color") or "blue",
                movable=changeable and named <= set(record.editable),
                has_end=end is not None,
            )
        )
    return sorted(found, key=lambda one: (one.begin.date(), -one.days, one.begin, one.card.id))


def _local(value: Any, listing: Listing) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(listing.viewer.time_zone)).replace(tzinfo=None)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None
