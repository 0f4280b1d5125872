"""What links to a record: one tab a form, with count, sum and a small grid."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.fields.references import Ref
from engine.records.reading.aggregate import Aggregation, totals
from engine.records.reading.query import Query, Record, query, readable_fields
from engine.web.lists import columns

ROWS = 20
COLUMNS = 6


@dataclass(frozen=True)
class Tab:
    """A form whose records link here by one of its fields; `place` is form and field."""

    place: str
    label: str
    icon: str
    count: int
    total: str
    total_label: str


@dataclass(frozen=True)
class OpenTab:
    """A tab with its rows."""

    form: Form
    link: Field
    columns: list[Field]
    rows: list[tuple[int, str, list[dict[str, Any] | None]]]
    more: bool
    new_url: str | None
    list_url: str


def links_here(live: LiveApp, form_key: str, viewer: Viewer) -> list[tuple[Form, Field]]:
    """The forms and fields that link to a form, as far as the viewer may read them; in navigation's order."""
    order = [item["form"] for group in live.document.get("navigation", []) for item in group.get("items", [])]
    keys = sorted(live.forms, key=lambda key: order.index(key) if key in order else len(order))
    found = []
    for key in keys:
        if not grants(live, viewer, key, "read"):
            continue
        form = live.form(key)
        found += [
            (form, field)
            for field in readable_fields(live, key, viewer)
            if field.type in ("link", "links") and field.get("form") == form_key
        ]
    return found


def tabs(connection: Connection, live: LiveApp, form: Form, viewer: Viewer, record_id: int) -> list[Tab]:
    """A tab for each form that links here, with how many there are and what they come to."""
    found = []
    linking = links_here(live, form.key, viewer)
    places = Counter(other.key for other, _ in linking)
    for other, link in linking:
        summed = _summed(live, other, viewer)
        measures = [{"fn": "count", "as": "rows"}]
        if summed is not None:
            measures.append({"fn": "sum", "field": summed.key, "as": "total"})
        row = totals(
            connection,
            live,
            other.key,
            viewer,
            Aggregation.read({"where": where(link, record_id), "measures": measures}),
        )[0]
        total = ""
        if summed is not None and row["rows"]:
            total = columns.short(columns.bare(summed.value_field, row["total"], viewer.time_zone))
        label = other.name()
        if places[other.key] > 1 or other.key == form.key:
            label = f"{other.name()} · {link.name()}"
        found.append(
            Tab(
                place=f"{other.key}/{link.key}",
                label=label,
                icon=other.document.get("icon", "table"),
                count=row["rows"],
                total=total,
                total_label=summed.name() if summed is not None else "",
            )
        )
    return found


def tab(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, record: Record, place: str
) -> OpenTab | None:
    """One tab with its first rows; None for a place that does not link here."""
    chosen = next(
        (
            (other, link)
            for other, link in links_here(live, form.key, viewer)
            if place == f"{other.key}/{link.key}"
        ),
        None,
    )
    if chosen is None:
        return None
    other, link = chosen
    view = other.views[0]
    known = {field.key: field for field in columns.possible(readable_fields(live, other.key, viewer))}
    keys = [key for key in columns.shown_keys(view, list(known.values())) if key != link.key][:COLUMNS]
    page = query(
        connection,
        live,
        other.key,
        viewer,
        Query.read(
            {
                "where": where(link, record.id),
                "fields": keys,
                "sort": [{"field": "id", "desc": True}],
                "limit": ROWS + 1,
            }
        ),
    )
    rows = [
        (
            one.id,
            str(one.title or f"#{one.id}"),
            [columns.cell(known[key], one.value(key), viewer.time_zone) for key in keys],
        )
        for one in page.records
    ]
    may_make = bool(grants(live, viewer, other.key, "create"))
    here = url_for("record_pages.show", app_key=live.app.key, form_key=form.key, record_id=record.id)
    arguments: dict[str, Any] = {**given(other, link, record), "back": here}
    new_url = url_for("record_forms.new", app_key=live.app.key, form_key=other.key, **arguments)
    return OpenTab(
        form=other,
        link=link,
        columns=[known[key] for key in keys],
        rows=rows[:ROWS],
        more=len(rows) > ROWS,
        new_url=new_url if may_make else None,
        list_url=url_for(
            "lists.show",
            app_key=live.app.key,
            form_key=other.key,
            where=json.dumps(where(link, record.id), separators=(",", ":")),
        ),
    )


def given(other: Form, link: Field, record: Record) -> dict[str, Any]:
    """What a new record of the other form is begun with: the link here, and what both link to by the same field."""
    found: dict[str, Any] = {}
    for field in other.fields:
        own = record.form.field(field.key)
        value = record.value(field.key) if own is not None else None
        alike = own is not None and own.type == field.type == "link" and own.get("form") == field.get("form")
        if alike and isinstance(value, Ref) and value.id:
            found[field.key] = value.id
    return {**found, link.key: record.id}


def _summed(live: LiveApp, form: Form, viewer: Viewer) -> Field | None:
    readable = {field.key for field in readable_fields(live, form.key, viewer)}
    view = form.views[0].get("summary") or {}
    keys = [key for key, function in view.items() if function == "sum"]
    keys += [field.key for field in form.fields if field.value_field.type == "money"]
    return next(
        (
            field
            for key in keys
            if key in readable and (field := form.field(key)) is not None and not field.live
        ),
        None,
    )


def where(link: Field, record_id: int) -> dict[str, Any]:
    """Which records of the other form link here."""
    operator = "contains" if link.kind.multiple else "eq"
    return {"field": link.key, "op": operator, "value": record_id}
