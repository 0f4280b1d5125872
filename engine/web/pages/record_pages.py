"""A record's pages: read, new, edit, beside the list, and what stands around it."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.access.grants import grants
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Invalid, NotFound, Refusal, Stale
from engine.platform.i18n import Text
from engine.records import comments, history, recent, write
from engine.records.query import Record, get
from engine.web import posted, record_form, related
from engine.web.opened import connection, database, open_form, viewer

blueprint = Blueprint("record_pages", __name__, url_prefix="/a/<app_key>/<form_key>")


@blueprint.get("/new")
def new(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "create")
    given = {name: request.args[name] for name in request.args if form.field(name) is not None}
    return _form_page(live, form, record_form.for_new(connection(), live, form, viewer(), given))


@blueprint.post("/new")
def create(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "create")
    values = posted.values(form, request.form)
    try:
        written = write.create_one(database(), app_key, form_key, viewer(), values, text=True, door="page")
    except Invalid as refusal:
        return _refused(live, form, None, values, refusal)
    if "and_new" in request.form:
        return redirect(url_for("record_pages.new", app_key=app_key, form_key=form_key, saved=written.id))
    return redirect(_after(app_key, form_key, written.id))


@blueprint.get("/<int:record_id>")
def show(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key)
    record = get(connection(), live, form_key, viewer(), record_id)
    _note(live, form_key, record_id)
    return render_template("pages/record.html", **_around(live, form, record))


@blueprint.get("/<int:record_id>/panel")
def panel(app_key: str, form_key: str, record_id: int) -> Any:
    """The record as it stands beside the list."""
    live, form = open_form(app_key, form_key)
    record = get(connection(), live, form_key, viewer(), record_id)
    _note(live, form_key, record_id)
    return render_template("parts/record_panel.html", **_around(live, form, record))


@blueprint.get("/<int:record_id>/edit")
def edit(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key, "update")
    record = get(connection(), live, form_key, viewer(), record_id)
    return _form_page(live, form, record_form.for_record(live, form, viewer(), record), record)


@blueprint.post("/<int:record_id>/edit")
def save(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key, "update")
    values = posted.values(form, request.form)
    version = request.form.get("_version", type=int)
    try:
        write.update_one(
            database(), app_key, form_key, viewer(), record_id, values,
            version=version, whole=True, text=True, door="page",
        )  # fmt: skip
    except Stale as stale:
        return _stale(live, form, record_id, values, stale)
    except Invalid as refusal:
        return _refused(live, form, record_id, values, refusal)
    return redirect(_after(app_key, form_key, record_id))


@blueprint.post("/compute")
def compute(app_key: str, form_key: str) -> Any:
    """What a form under way works out to: outputs only, never an input that somebody types in."""
    live, form = open_form(app_key, form_key)
    found = record_form.worked_out(
        connection(), live, form, viewer(), posted.values(form, request.form), request.form
    )
    return render_template("parts/computed.html", found=found), 200, record_form.headers(found)


@blueprint.post("/<int:record_id>/deletion")
def delete(app_key: str, form_key: str, record_id: int) -> Any:
    _, form = open_form(app_key, form_key, "delete")
    write.delete_one(database(), app_key, form_key, viewer(), record_id, door="page")
    undo = f"/a/{app_key}/{form_key}/{record_id}/restoration"
    said = Text("已删除这条{form}", "The {form} was deleted", form=form.name())
    target = url_for("lists.show", app_key=app_key, form_key=form_key)
    if request.headers.get("HX-Request"):
        return "", 200, record_form.toast(said, undo)
    return redirect(target)


@blueprint.post("/<int:record_id>/restoration")
def restore(app_key: str, form_key: str, record_id: int) -> Any:
    open_form(app_key, form_key)
    write.restore_one(database(), app_key, form_key, viewer(), record_id, door="page")
    return redirect(_after(app_key, form_key, record_id))


@blueprint.get("/<int:record_id>/related/<path:place>")
def related_tab(app_key: str, form_key: str, record_id: int, place: str) -> Any:
    """The records of another form that link here, as a small grid."""
    live, form = open_form(app_key, form_key)
    get(connection(), live, form_key, viewer(), record_id, fields=())
    tab = related.tab(connection(), live, form, viewer(), record_id, place)
    if tab is None:
        raise NotFound(Text("没有这一栏", "There is no such tab"))
    return render_template("parts/related.html", tab=tab, live=live)


@blueprint.get("/<int:record_id>/story")
def story(app_key: str, form_key: str, record_id: int) -> Any:
    """Comments and history, newest first."""
    live, form = open_form(app_key, form_key)
    return render_template(
        "parts/story.html", **_story(live, form, record_id), **_names(live, form, record_id)
    )


@blueprint.post("/<int:record_id>/comments")
def comment(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key)
    said = request.form.get("text", "")
    mentions = [int(one) for one in request.form.getlist("mention") if one.isdigit()]
    write.transact(
        database(),
        app_key,
        viewer(),
        lambda tx: comments.add(tx, form_key, record_id, said, mentions),
        door="page",
    )
    return render_template(
        "parts/story.html", **_story(live, form, record_id), **_names(live, form, record_id)
    )


def _around(live: LiveApp, form: Form, record: Record) -> dict[str, Any]:
    who = viewer()
    return {
        **_names(live, form, record.id),
        "record": record,
        "sections": record_form.to_read(live, form, who, record),
        "facts": record_form.facts(form, record, who),
        "steps": record_form.steps(form, record),
        "tabs": related.tabs(connection(), live, form, who, record.id),
        "quick_entry": related.quick_entry(live, form, who),
        "may": {name: bool(grants(live, who, form.key, name)) for name in ("update", "delete", "create")},
        **_story(live, form, record.id),
    }


def _names(live: LiveApp, form: Form, record_id: int) -> dict[str, Any]:
    return {"live": live, "form": form, "record_id": record_id, "base": f"/a/{live.app.key}/{form.key}"}


def _story(live: LiveApp, form: Form, record_id: int) -> dict[str, Any]:
    return {
        "comments": comments.comments(connection(), live, form.key, viewer(), record_id),
        "changes": history.history(connection(), live, form.key, viewer(), record_id),
    }


def _form_page(live: LiveApp, form: Form, sections: Any, record: Record | None = None, **more: Any) -> Any:
    return render_template(
        "pages/record_form.html",
        **_names(live, form, record.id if record else 0),
        sections=sections,
        record=record,
        **more,
    )


def _refused(
    live: LiveApp, form: Form, record_id: int | None, values: dict[str, Any], refusal: Refusal
) -> Any:
    record = get(connection(), live, form.key, viewer(), record_id) if record_id else None
    sections = record_form.refused(
        connection(), live, form, viewer(), record, values, request.form, refusal.faults
    )
    return _form_page(live, form, sections, record, refusal=refusal), 422


def _stale(live: LiveApp, form: Form, record_id: int, values: dict[str, Any], stale: Stale) -> Any:
    """Somebody saved meanwhile: both versions, field by field, to choose from."""
    record = get(connection(), live, form.key, viewer(), record_id)
    sections = record_form.refused(connection(), live, form, viewer(), record, values, request.form, [])
    differing = record_form.differing(form, record, values, viewer(), stale)
    return _form_page(live, form, sections, record, differing=differing), 412


def _note(live: LiveApp, form_key: str, record_id: int) -> None:
    with database().begin() as writing:
        recent.note(writing, viewer().member_id, live.app, form_key, record_id)


def _after(app_key: str, form_key: str, record_id: int) -> str:
    """Back to where the form was opened from, if that is a page of ours; else to the record."""
    back = request.form.get("_back", "")
    if back.startswith("/a/") and "//" not in back and "\\" not in back:
        return back
    return url_for("record_pages.show", app_key=app_key, form_key=form_key, record_id=record_id)
