"""A record's form: filled in new, changed, worked out while one types; refusals, reminders, two versions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import Connection

from engine.access.view_as import allowed
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Refusal, Stale
from engine.platform.i18n import Text
from engine.records.reading.query import Record, get
from engine.records.writing import row_defaults, write
from engine.records.writing.in_the_bin import Binned, as_if_there, binned
from engine.records.writing.rules.firing import linkages
from engine.records.writing.rules.settling import ruled
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import Written
from engine.web.record import merging, posted, record_form
from engine.web.record.form_writing import Reminded, filled_in, said_once, write_form
from engine.web.shell import toasts
from engine.web.shell.opened import connection, database, open_form, viewer

blueprint = Blueprint("record_forms", __name__, url_prefix="/a/<app_key>/<form_key>")

RESTORE = "_restore"
"""Sent by the button that takes the record out of the recycle bin before what was filled in is saved."""


@blueprint.get("/new")
def new(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "create")
    given = posted.given(form, request.args)
    return _page(
        live, form, record_form.for_new(connection(), live, form, viewer(), given), typed=list(given)
    )


@blueprint.post("/new")
def create(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "create")
    values = filled_in(form, request.form)
    try:
        written = _write(app_key, form_key, lambda tx: write.create(tx, form_key, values, text=True))
    except Reminded as reminded:
        return _once_more(live, form, None, values, warnings=reminded.warnings)
    except Invalid as refusal:
        return _once_more(live, form, None, values, refusal=refusal)
    toasts.say(Text("已新建“{form}”", "{form} created", form=form.name()))
    if "and_new" in request.form:
        return redirect(request.full_path)
    return redirect(_after(app_key, form_key, written.id))


@blueprint.get("/<int:record_id>/edit")
def edit(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key, "update")
    record = get(connection(), live, form_key, viewer(), record_id)
    drawn = record_form.for_record(connection(), live, form, viewer(), record)
    return _page(live, form, drawn, record, typed=[])


@blueprint.post("/<int:record_id>/edit")
def save(app_key: str, form_key: str, record_id: int) -> Any:
    """Save what was filled in; a record that was deleted meanwhile keeps it on the page, and can come back first."""
    live, form = open_form(app_key, form_key, "update")
    try:
        if RESTORE in request.form:
            write.restore_one(database(), app_key, form_key, viewer(), record_id, door="page")
        return _saved(live, form, record_id)
    except NotFound as missing:
        return _deleted_meanwhile(live, form, record_id, missing)
    except (Conflict, Forbidden) as refusal:
        if RESTORE not in request.form:
            raise
        return _deleted_meanwhile(live, form, record_id, refusal)


def _saved(live: LiveApp, form: Form, record_id: int) -> Any:
    app_key, form_key = live.app.key, form.key
    kept, rows = merging.chosen(form, posted.values(form, request.form), request.form)
    version = request.form.get("_version", type=int)
    said = Text("已保存", "Saved")
    for _ in range(3):
        try:
            _write(app_key, form_key, _update(form_key, record_id, kept, version))
        except Reminded as reminded:
            return _once_more(
                live, form, record_id, kept, version=version, warnings=reminded.warnings, rows=rows
            )
        except Invalid as refusal:
            return _once_more(live, form, record_id, kept, version=version, refusal=refusal, rows=rows)
        except Stale as stale:
            now = get(connection(), live, form_key, viewer(), record_id)
            merged = merging.merge(connection(), live, form, viewer(), now, kept, stale, rows)
            kept, rows, version = dict(merged.values), merged.names, now.version
            if merged.clashes:
                return _once_more(live, form, record_id, kept, version=version, merged=merged, rows=rows)
            said = Text(
                "已保存，并保留了同时保存的其他修改", "Saved, together with what was changed meanwhile"
            )
        else:
            toasts.say(said)
            return redirect(_after(app_key, form_key, record_id))
    raise Stale(Text("这条记录正在被频繁修改，请再试一次", "This record is changing all the time; try again"))


def _deleted_meanwhile(live: LiveApp, form: Form, record_id: int, refusal: Refusal) -> Any:
    """The form as it was filled in, over the record as it was; raises the refusal where no record was deleted."""
    told = binned(connection(), live, form.key, viewer(), record_id)
    if told is None:
        raise refusal
    kept, rows = merging.chosen(form, posted.values(form, request.form), request.form)
    version = request.form.get("_version", type=int)
    why = None if isinstance(refusal, NotFound) else refusal
    with as_if_there(database(), live, form.key, record_id) as there:
        return _once_more(
            live, form, record_id, kept, version=version, rows=rows, deleted=told, refusal=why, reading=there
        )


@blueprint.post("/compute")
@allowed
def compute(app_key: str, form_key: str) -> Any:
    """What a form under way works out to: outputs only, never an input that somebody types in."""
    live, form = open_form(app_key, form_key)
    values = posted.values(form, request.form, every_row=True)
    try:
        found = record_form.worked_out(connection(), live, form, viewer(), values, request.form)
    except NotFound:
        record_id = request.form.get("_record", 0, type=int)
        if binned(connection(), live, form_key, viewer(), record_id) is None:
            raise
        with as_if_there(database(), live, form_key, record_id) as there:
            found = record_form.worked_out(there, live, form, viewer(), values, request.form)
    return render_template("parts/computed.html", found=found)


def _write(app_key: str, form_key: str, work: Callable[[Transaction], Written]) -> Written:
    return write_form(database(), app_key, form_key, viewer(), request.form, work)


def _update(
    form_key: str, record_id: int, values: Mapping[str, Any], version: int | None
) -> Callable[[Transaction], Written]:
    return lambda tx: write.update(tx, form_key, record_id, values, version=version, whole=True, text=True)


def _once_more(
    live: LiveApp,
    form: Form,
    record_id: int | None,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    refusal: Refusal | None = None,
    warnings: Sequence[Fault] = (),
    merged: merging.Merge | None = None,
    rows: merging.Names | None = None,
    deleted: Binned | None = None,
    reading: Connection | None = None,
) -> Any:
    """The form as it was filled in, with what is wrong, what is worth a look, or what two people disagree on.

    What is not in `values` was left to the other one; `version` is the one that all of this was held against.
    """
    reading = reading or connection()
    record = get(reading, live, form.key, viewer(), record_id) if record_id else None
    untouched = set(posted.values(form, request.form)) - set(values)
    sections = record_form.refused(
        reading, live, form, viewer(), record, values, request.form,
        refusal.faults if refusal else [], warnings, untouched, rows,
    )  # fmt: skip
    elsewhere = record_form.elsewhere(sections, refusal.faults if refusal else [])
    status = 410 if deleted else 422 if refusal else 412 if merged else 200
    return _page(
        live,
        form,
        sections,
        record,
        warnings,
        version=version,
        refusal=refusal,
        elsewhere=elsewhere,
        merged=merged,
        deleted=deleted,
        typed=posted.redrawn(form, request.form, posted.typed(request.form) or [], rows).values(),
    ), status


def _page(
    live: LiveApp,
    form: Form,
    sections: Any,
    record: Record | None = None,
    warnings: Sequence[Fault] = (),
    **more: Any,
) -> str:
    base = f"/a/{live.app.key}/{form.key}"
    return render_template(
        "pages/record_form.html",
        live=live,
        form=form,
        base=base,
        sections=sections,
        record=record,
        back=_back(),
        reminders=said_once(warnings),
        ruled=any("." in path for path in ruled(live, form, viewer().time_zone).paths)
        or any(row_defaults.followed(form, one) for one in form.fields if one.children),
        linked=bool(linkages(live, form)),
        cancel_url=_back() or (f"{base}/{record.id}" if record else base),
        **more,
    )


def _back() -> str:
    """Where the form was opened from, if that is a page of ours."""
    said = request.values.get("_back") or request.args.get("back") or ""
    return said if said.startswith("/a/") and "//" not in said and "\\" not in said else ""


def _after(app_key: str, form_key: str, record_id: int) -> str:
    """Back to where the form was opened from; else to the record."""
    return _back() or url_for("record_pages.show", app_key=app_key, form_key=form_key, record_id=record_id)
