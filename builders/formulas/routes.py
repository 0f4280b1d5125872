"""What the formula editor asks the server: names, faults, a trial on a record, and records to choose for it."""

from typing import Any

from flask import Blueprint, request

from builders.formulas import checking, names, telling
from builders.formulas.places import Place, open_place
from engine.access.grants import allows
from engine.platform.errors import Invalid, NotFound
from engine.platform.i18n import Text
from engine.records.explanation.trial import Trial, try_out
from engine.records.reading.query import Query, Record, query
from engine.web.shell import sent
from engine.web.shell.opened import connection, viewer

blueprint = Blueprint("formulas", __name__, url_prefix="/a/<app_key>/<form_key>/formulas")

MOST_RECORDS = 20
LONGEST = 100_000


@blueprint.get("/names")
def known_names(app_key: str, form_key: str) -> Any:
    """The fields that may be named here, and all functions; with `under`, the fields behind a link."""
    place = open_place(
        app_key, form_key, inside=request.args.get("inside"), draft=bool(request.args.get("draft"))
    )
    if path := request.args.get("under"):
        return {"fields": names.under(place, path)}
    return {"fields": names.fields(place), "functions": names.functions()}


@blueprint.post("/check")
def check(app_key: str, form_key: str) -> Any:
    """What is wrong with a text, with places; what it gives; how the fields in it are called."""
    asked = sent.body()
    place = _place(app_key, form_key, asked)
    result, field = sent.words(asked, "result"), sent.words(asked, "field")
    return checking.checked(place, _formula(asked), result=result, field=field)


@blueprint.post("/trial")
def trial(app_key: str, form_key: str) -> Any:
    """What the formula gives for a record (by default the newest), with the steps in between."""
    asked = sent.body()
    place = _place(app_key, form_key, asked)
    text = _formula(asked)
    fault = checking.unreadable(place, text)
    if fault is not None:
        raise Invalid.at("/formula", fault.code, fault.message, start=fault.start, length=fault.length)
    record, tried = _tried(place, text, asked)
    if record is None or tried is None:
        return {"record": None}
    decimals = asked.get("decimals")
    shown = telling.told(
        place,
        text,
        tried,
        result=sent.words(asked, "result"),
        decimals=decimals if isinstance(decimals, int) and 0 <= decimals <= 10 else None,
        field=sent.words(asked, "field"),
    )
    return {"record": _named(record), **shown}


@blueprint.get("/records")
def records(app_key: str, form_key: str) -> Any:
    """Records to try a formula on."""
    place = open_place(app_key, form_key, inside=None, draft=bool(request.args.get("draft")))
    return {"records": [_named(one) for one in _some(place, request.args.get("q") or None)]}


def _place(app_key: str, form_key: str, asked: Any) -> Place:
    return open_place(app_key, form_key, inside=sent.words(asked, "inside"), draft=bool(asked.get("draft")))


def _formula(asked: Any) -> str:
    text = sent.words(asked, "formula") or ""
    return text[:LONGEST]


def _tried(place: Place, text: str, asked: Any) -> tuple[Record | None, Trial | None]:
    """The trial on the record that was asked for, else on the newest one that fits."""
    record_id = sent.whole(asked, "record", 0)
    found = _some(place, None, record_id) if record_id else _some(place, None)
    if record_id and not found:
        raise NotFound(Text("没有这条数据，或您不能查看它", "There is no such record, or you may not see it"))
    first: tuple[Record | None, Trial | None] = (None, None)
    for record in found:
        tried = try_out(
            connection(),
            place.live,
            viewer(),
            place.form.key,
            text,
            record.id,
            proposed=place.proposed,
            inside=place.row.key if place.row is not None else None,
        )
        if first[0] is None:
            first = (record, tried)
        if not tried.no_row:
            return record, tried
    return first


def _some(place: Place, search: str | None, record_id: int | None = None) -> list[Record]:
    """The newest records that the viewer may read; none of a form that is not live yet."""
    key = place.form.key
    if key not in place.live.forms or not allows(place.live, viewer(), key, "read"):
        return []
    where = {"field": "id", "op": "eq", "value": record_id} if record_id else None
    wanted = Query(
        where=where, sort=[{"field": "id", "desc": True}], fields=(), search=search, limit=MOST_RECORDS
    )
    return query(connection(), place.live, key, viewer(), wanted).records


def _named(record: Record) -> dict[str, Any]:
    return {"id": record.id, "title": str(record.title) or f"#{record.id}"}
