"""A kanban: one column a choice, with how many and how much; dragging a card changes the choice."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.fields.form import Field
from engine.platform.i18n import Text
from engine.records.aggregate import Aggregation, totals
from engine.records.query import Query, query
from engine.web import cards, columns
from engine.web.cards import Card
from engine.web.listing import Listing

CARDS = 30


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


def board(connection: Connection, listing: Listing) -> Board | None:
    """The board of a kanban view; None where its field may not be read."""
    field = next((one for one in listing.fields if one.key == listing.view.get("group_by")), None)
    if field is None:
        return None
    summed = _summed(listing)
    sums = _sums(connection, listing, field, summed)
    choices: list[tuple[str | None, str, str]] = [
        (one["value"], one["label"], one["color"]) for one in columns.options(field)
    ]
    if None in sums:
        choices.append((None, str(Text("（空）", "(empty)")), "grey"))
    lanes = [
        Lane(
            value=value,
            label=label,
            color=color,
            count=sums.get(value, (0, ""))[0],
            total=sums.get(value, (0, ""))[1],
            cards=lane_cards(connection, listing, field, value, 0),
        )
        for value, label, color in choices
    ]
    editable = listing.may("update")
    return Board(field, lanes, editable, summed.name() if summed else "")


def lane_cards(
    connection: Connection, listing: Listing, field: Field, value: str | None, offset: int
) -> list[Card]:
    """The cards of one lane from `offset` on."""
    page = query(
        connection,
        listing.live,
        listing.form.key,
        listing.viewer,
        Query.read(
            {
                "where": lane_where(listing, field, value),
                "sort": listing.view.get("sort") or [],
                "fields": [*cards.fields(listing), field.key],
                "limit": CARDS,
                "offset": offset,
            }
        ),
    )
    return [cards.card(record, listing) for record in page.records]


def lane_where(listing: Listing, field: Field, value: str | None) -> dict[str, Any]:
    """The view's condition and the lane's."""
    own: dict[str, Any] = (
        {"field": field.key, "op": "empty"}
        if value is None
        else {"field": field.key, "op": "eq", "value": value}
    )
    where = listing.view.get("where")
    return {"all": [where, own]} if where else own


def _sums(
    connection: Connection, listing: Listing, field: Field, summed: Field | None
) -> dict[str | None, tuple[int, str]]:
    measures: list[dict[str, str]] = [{"fn": "count", "as": "rows"}]
    if summed is not None:
        measures.append({"fn": "sum", "field": summed.key, "as": "total"})
    rows = totals(
        connection,
        listing.live,
        listing.form.key,
        listing.viewer,
        Aggregation.read(
            {"where": listing.view.get("where"), "group_by": [{"field": field.key}], "measures": measures}
        ),
    )
    found = {}
    for row in rows:
        total = ""
        if summed is not None:
            total = columns.short(columns.bare(summed.value_field, row["total"], listing.viewer.time_zone))
        found[row[field.key]] = (row["rows"], total)
    return found


def _summed(listing: Listing) -> Field | None:
    said = [key for key, function in (listing.view.get("summary") or {}).items() if function == "sum"]
    known = {field.key: field for field in listing.fields}
    guessed = [key for key, field in known.items() if field.value_field.type == "money" and not field.live]
    return next((known[key] for key in [*said, *guessed] if key in known), None)
