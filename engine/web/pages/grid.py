"""What the grid asks for: columns, rows, totals, values to tick, choices, and changes of cells."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from engine.access.view_as import allowed
from engine.definitions import list_views
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import Invalid, Refusal, TookTooLong
from engine.platform.i18n import Text
from engine.records.reading import directory
from engine.records.reading.aggregate import MOST_MEASURES, Aggregation
from engine.records.reading.aggregate import totals as added_up
from engine.records.reading.query import Query, query, values
from engine.records.reading.visible import access_for
from engine.records.writing.rules.choosable import choosable
from engine.web.lists import coloring, columns, grouping
from engine.web.lists.grid_rows import closed_by_rule, row
from engine.web.lists.listing import Asked, Listing, import_id
from engine.web.record import cell_changes
from engine.web.shell import sent
from engine.web.shell.opened import connection, open_form, viewer

blueprint = Blueprint("grid", __name__, url_prefix="/a/<app_key>/<form_key>/grid")

MOST_ROWS = 500
MOST_PARTS = 60
"""Groups whose rows are asked for at once."""
CURRENT = "current."
"""What the choices of a field may depend on is sent along by this prefix, such as current.customer=12."""


@blueprint.get("/config")
def config(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    return Listing.open(connection(), live, form, viewer(), request.args.get("view")).config(
        import_id(request.args)
    )


@blueprint.post("/rows")
@allowed
def rows(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    asked = sent.body()
    listing = Listing.open(connection(), live, form, viewer(), None)
    if isinstance(asked.get("parts"), list):
        parts = sent.objects(asked, "parts")[:MOST_PARTS]
        return {"parts": [_rows(listing, {**asked, **part}) for part in parts]}
    return {"rows": _rows(listing, asked), "offset": sent.whole(asked, "offset", 0)}


@blueprint.post("/groups")
@allowed
def groups(app_key: str, form_key: str) -> Any:
    """The groups of the list with their subtotals; their rows are asked for as far as they are looked at."""
    live, form = open_form(app_key, form_key)
    asked = sent.body()
    listing = Listing.open(connection(), live, form, viewer(), None)
    levels = grouping.levels_of(listing, sent.objects(asked, "groups"), sent.naming(asked, "sort"))
    if not levels:
        raise Invalid.at("/groups", "required", Text("请选分组字段", "Choose what to group by"))
    narrowed = Asked(asked.get("where"), [], sent.words(asked, "search"), import_id(request.args))
    return grouping.grouped(connection(), listing, narrowed, levels, _functions(listing, asked))


@blueprint.post("/totals")
@allowed
def totals(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    asked = sent.body()
    listing = Listing.open(connection(), live, form, viewer(), None)
    functions = _functions(listing, asked)
    found = added_up(
        connection(),
        live,
        form_key,
        viewer(),
        replace(
            Aggregation.read(
                {
                    "where": asked.get("where"),
                    "search": sent.words(asked, "search"),
                    "measures": grouping.measures(functions),
                }
            ),
            import_id=import_id(request.args),
        ),
    )[0]
    shown = grouping.figures(listing, found, functions)
    return {"count": found["count"], "estimated": False, "values": shown}


@blueprint.post("/values")
@allowed
def tick_values(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    asked = sent.body()
    field = form.field(str(asked.get("field")))
    if field is None:
        raise Refusal(Text("没有这个字段", "There is no such field"), code="unknown_field")
    if field.value_field.get("masked"):  # a list of all of them would be what the mask is against
        return {"values": []}
    found = values(
        connection(),
        live,
        form_key,
        viewer(),
        field.key,
        asked.get("where"),
        sent.words(asked, "search"),
        200,
    )
    return {
        "values": [
            {
                "v": _raw(field, value),
                "t": field.kind.display(value, field, viewer().language, viewer().time_zone)
                or str(Text("（空）", "(empty)")),
                "count": count,
            }
            for value, count in ((_as_kept(field, one), count) for one, count in found)
        ]
    }


def _as_kept(field: Field, value: Any) -> Any:
    """One of several values stands alone among those to tick, but is shown as the field shows its values."""
    alone = field.kind.multiple and value is not None and not isinstance(value, list)
    return [value] if alone else value


def _raw(field: Field, value: Any) -> Any:
    raw = field.kind.to_json(value, field)
    return raw[0] if field.kind.multiple and isinstance(raw, list) and len(raw) == 1 else raw


@blueprint.get("/choices")
def choices(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    path, asked = request.args.get("field", ""), request.args.get("ids", "")
    if asked:
        return {"choices": _named(live, form_key, path, sent.listed_ids(asked))}
    field, record_id = form.field(path), request.args.get("record", type=int)
    if field is not None and not field.system and record_id:
        now = choosable(connection(), live, form, viewer(), field, record_id)
        if field.options and not field.get("options_from"):
            return {"choices": [one for one in columns.options(field) if now.offers(one["value"])]}
        current = now.current
    else:
        current = {
            name.removeprefix(CURRENT): _current(form, name.removeprefix(CURRENT), value)
            for name, value in request.args.items()
            if name.startswith(CURRENT) and value
        }
    found = directory.choices(
        connection(), live, form_key, viewer(), path, request.args.get("q", ""), current=current
    )
    return {
        "choices": [
            {"value": one.id, "label": str(one.title), "hint": getattr(one, "hint", "") or ""}
            for one in found
        ]
    }


@blueprint.post("/cells")
def change(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "update")
    asked = sent.body()
    listing = Listing.open(connection(), live, form, viewer(), None)
    as_typed = bool(asked.get("text"))
    results = cell_changes.changed(listing, sent.objects(asked, "changes"), text=as_typed)
    _mark_left(listing, results, asked.get("where"), sent.words(asked, "search"))
    _color(listing, [one for one in results if "cells" in one], sent.objects(asked, "colors"))
    return {"results": results}


def _rows(listing: Listing, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one window of the list, or of one of its groups."""
    wanted = _fields(listing, asked)
    both = [one for one in (asked.get("where"), asked.get("inside")) if one]
    asked_for = Query.read(
        {
            "where": {"all": both} if len(both) > 1 else next(iter(both), None),
            "sort": sent.items(asked, "sort"),
            "search": sent.words(asked, "search"),
            "fields": [field.key for field in wanted],
            "limit": min(sent.whole(asked, "limit", 100), MOST_ROWS),
            "offset": sent.whole(asked, "offset", 0),
        }
    )
    narrowed = replace(asked_for, import_id=import_id(request.args))
    page = query(connection(), listing.live, listing.form.key, listing.viewer, narrowed)
    ruled = closed_by_rule(listing, [record.id for record in page.records])
    found = [row(record, wanted, listing, ruled) for record in page.records]
    _color(listing, found, sent.objects(asked, "colors"))
    return found


def _color(listing: Listing, rows: list[dict[str, Any]], rules: list[Mapping[str, Any]]) -> None:
    """Say in the rows themselves what the view's rules colour."""
    if not rules or not rows:
        return
    found = coloring.colors(connection(), listing, [one["id"] for one in rows], rules)
    for one in rows:
        if one["id"] in found:
            one["colors"] = found[one["id"]]


def _functions(listing: Listing, asked: Mapping[str, Any]) -> dict[str, str]:
    """How columns are to be summed up: what was asked for, as far as their fields can be."""
    if "measures" not in asked:
        wanted = _fields(listing, asked)
        return {field.key: fn for field in wanted if (fn := listing.functions.get(field.key))}
    known = {field.key: field for field in listing.fields}
    found: dict[str, str] = {}
    for one in sent.objects(asked, "measures")[: MOST_MEASURES - 1]:
        key, fn = str(one.get("field")), str(one.get("fn"))
        if key in known and fn != "none" and fn in list_views.functions(known[key]):
            found[key] = fn
    return found


def _mark_left(listing: Listing, results: list[dict[str, Any]], where: Any, search: str | None) -> None:
    """Say which changed records the list's filter still finds; the others stay on the screen, marked."""
    changed = [one["id"] for one in results if "cells" in one]
    if not changed or not (where or search):
        return
    these = {"field": "id", "op": "in", "value": changed}
    asked: dict[str, Any] = {
        "where": {"all": [where, these]} if where else these,
        "search": search,
        "fields": [],
        "limit": len(changed),
    }
    try:
        found = query(connection(), listing.live, listing.form.key, listing.viewer, Query.read(asked))
    except TookTooLong:
        return  # the changes are saved, which is what is to be told
    still = {record.id for record in found.records}
    for one in results:
        if "cells" in one:
            one["matches"] = one["id"] in still


def _current(form: Form, key: str, value: str) -> Any:
    """What stands in another input of the form, as a condition compares it."""
    field = form.field(key)
    named = field is not None and getattr(field.kind, "refers_to", None) is not None
    return sent.id_of(value) or value if named else value


def _named(live: LiveApp, form_key: str, path: str, ids: list[int]) -> list[dict[str, Any]]:
    """The titles of chosen people or records, as the conditions of a filter show them."""
    field = live.form(form_key).field(path)
    kind = getattr(field.kind, "refers_to", None) if field is not None else None
    if field is None or kind is None:
        return []
    if not field.system and access_for(live, live.form(form_key), viewer()).never(field.path):
        return []  # as if there were no such field
    target = field.get("form") if kind == "record" else None
    titles = directory.directory_for(connection(), live, viewer()).titles(kind, ids, target)
    return [{"value": one, "label": title} for one, title in titles.items()]


def _fields(listing: Listing, asked: Mapping[str, Any]) -> list[Field]:
    known, wanted = listing.fields, set(sent.texts(asked, "fields"))
    return known if asked.get("fields") is None else [field for field in known if field.key in wanted]
