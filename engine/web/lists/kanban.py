"""A kanban: one column a choice, with how many and how much; dragging a card changes the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from engine.fields.form import Field
from engine.fields.references import Ref
from engine.platform.errors import Refusal
from engine.platform.i18n import Text
from engine.records.reading.aggregate import Aggregation, totals
from engine.records.reading.query import query
from engine.records.reading.side_by_side import Part, side_by_side
from engine.records.writing import each
from engine.web.lists import cards, columns
from engine.web.lists.cards import Card
from engine.web.lists.listing import Asked, Listing
from engine.web.shell import sent
from engine.web.shell.opened import database

CARDS = 30
GROUPS = ("select", "radio", "member")
AUTHORS = ("created_by", "updated_by")
"""People whom no drag can change."""
MOST_LANES = 60
"""People beyond these are not shown: nobody reads a board that wide."""
MOST_TRIED = 24
"""So many lanes are tried out for a card; of others the drop itself says whether they take it."""


@dataclass(frozen=True)
class LaneSum:
    """How many cards a lane has and what they come to; `title` where it is a person's."""

    count: int
    total: str
    title: str = ""


@dataclass(frozen=True)
class Lane:
    """One column of the board."""

    value: str | None
    label: str
    color: str
    count: int
    total: str
    cards: list[Card]


@dataclass(frozen=True)
class Board:
    """A whole board; `field` is what dragging changes."""

    field: Field
    lanes: list[Lane]
    editable: bool
    total_label: str


def groupable(listing: Listing) -> list[Field]:
    """The fields by which a board may be laid out."""
    return [field for field in listing.fields if field.type in GROUPS and field.key not in AUTHORS]


def board(connection: Connection, listing: Listing, asked: Asked) -> Board | None:
    """The board of a kanban view; None where its field may not be read."""
    field = _grouping(listing)
    if field is None:
        return None
    summed = _summed(listing)
    found = sums(connection, listing, asked)
    choices = _choices(field, found)
    shown = _first_cards(connection, listing, asked, field, found, [value for value, *_ in choices])
    lanes = [
        Lane(
            value=value,
            label=label,
            color=color,
            count=found[value].count if value in found else 0,
            total=found[value].total if value in found else "",
            cards=shown.get(value, []),
        )
        for value, label, color in choices
    ]
    return Board(field, lanes, listing.may("update"), columns.heading(summed) if summed else "")


def lane_cards(
    connection: Connection, listing: Listing, asked: Asked, value: str | None, offset: int
) -> list[Card]:
    """The cards of one lane from `offset` on."""
    field = _grouping(listing)
    if field is None:
        return []
    own = _in_lane(field, value)
    if own is None:
        return []  # nobody's lane
    where = {"all": [asked.where, own]} if asked.where else own
    wanted = replace(asked, where=where).query(fields=_wanted(listing, field), limit=CARDS, offset=offset)
    page = query(connection, listing.live, listing.form.key, listing.viewer, wanted)
    return [cards.card(record, listing) for record in page.records]


def _first_cards(
    connection: Connection,
    listing: Listing,
    asked: Asked,
    field: Field,
    found: Mapping[str | None, LaneSum],
    lanes: Sequence[str | None],
) -> dict[str | None, list[Card]]:
    """The first cards of all lanes that have any, in one statement."""
    parts = {
        value: Part(own, found[value].count)
        for value in lanes
        if value in found and (own := _in_lane(field, value)) is not None
    }
    wanted = asked.query(fields=_wanted(listing, field), limit=CARDS)
    records = side_by_side(
        connection, listing.live, listing.form.key, listing.viewer, wanted, list(parts.values())
    )
    return {
        value: [cards.card(one, listing) for one in some] for value, some in zip(parts, records, strict=True)
    }


def _wanted(listing: Listing, field: Field) -> list[str]:
    return [*cards.fields(listing), field.key]


def _in_lane(field: Field, value: str | None) -> dict[str, Any] | None:
    """The condition of being in a lane; None for what is no lane of this field."""
    if value is None:
        return {"field": field.key, "op": "empty"}
    meant = sent.id_of(value) if _by_person(field) else value
    return None if meant is None else {"field": field.key, "op": "eq", "value": meant}


def sums(connection: Connection, listing: Listing, asked: Asked) -> dict[str | None, LaneSum]:
    """How many cards each lane has, and what they come to."""
    field, summed = _grouping(listing), _summed(listing)
    if field is None:
        return {}
    measures: list[dict[str, str]] = [{"fn": "count", "as": "rows"}]
    if summed is not None:
        measures.append({"fn": "sum", "field": summed.key, "as": "total"})
    rows = totals(
        connection,
        listing.live,
        listing.form.key,
        listing.viewer,
        Aggregation.read(
            {
                "where": asked.where,
                "search": asked.search,
                "group_by": [{"field": field.key}],
                "measures": measures,
            }
        ),
    )
    found: dict[str | None, LaneSum] = {}
    for row in rows:
        total = ""
        if summed is not None and row["total"] is not None:
            total = columns.short(columns.bare(summed.value_field, row["total"], listing.viewer.time_zone))
        value = row[field.key]
        if isinstance(value, Ref):
            found[str(value.id)] = LaneSum(row["rows"], total, str(value.title))
        else:
            found[value] = LaneSum(row["rows"], total)
    return found


def refused(listing: Listing, record_id: int, lanes: Sequence[str]) -> dict[str, str]:
    """The lanes that would not take a card, and why not: found out by doing it and taking it back."""
    field = _grouping(listing)
    if field is None:
        return {}
    some = list(lanes)[:MOST_TRIED]
    values = [(sent.id_of(lane) if _by_person(field) else lane) if lane else None for lane in some]
    wanted = [each.Wanted(record_id, {field.key: value}) for value in values]
    app_key, form_key = listing.live.app.key, listing.form.key
    answers = each.try_each(database(), app_key, form_key, listing.viewer, wanted)
    return {lane: _reason(answer) for lane, answer in zip(some, answers, strict=True) if answer is not None}


def _reason(refusal: Refusal) -> str:
    return " ".join(str(fault.message) for fault in refusal.faults) or str(refusal.message)


def _choices(field: Field, found: Mapping[str | None, LaneSum]) -> list[tuple[str | None, str, str]]:
    """The lanes: every option, or the people who have cards; last the cards without."""
    if _by_person(field):
        people = [(value, one.title, "grey") for value, one in found.items() if value is not None]
        choices: list[tuple[str | None, str, str]] = [*people[:MOST_LANES]]
    else:
        choices = [(one["value"], one["label"], one["color"]) for one in columns.options(field)]
        if field.value_field.get("others"):
            known = {value for value, _, _ in choices}
            typed = [value for value in found if value is not None and value not in known]
            choices += [(value, value, "grey") for value in typed[:MOST_LANES]]
    if None in found:
        choices.append((None, str(Text("（空）", "(empty)")), "grey"))
    return choices


def _by_person(field: Field) -> bool:
    return field.value_field.type == "member"


def _grouping(listing: Listing) -> Field | None:
    return next((one for one in listing.fields if one.key == listing.view.get("group_by")), None)


def _summed(listing: Listing) -> Field | None:
    said = [key for key, function in (listing.view.get("summary") or {}).items() if function == "sum"]
    known = {field.key: field for field in listing.fields}
    guessed = [key for key, field in known.items() if field.value_field.type == "money" and not field.live]
    return next((known[key] for key in [*said, *guessed] if key in known), None)
