"""A record's pages: on its own, beside the list, and what stands around it: related records, comments, history."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import escape

from engine.access.grants import grants
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import Invalid, NotFound, Refusal, Stale
from engine.platform.i18n import Text
from engine.records.explanation import explain
from engine.records.reading import recent, unmasked
from engine.records.reading.query import Record, get
from engine.records.writing import comments, history, write
from engine.web.record import explaining, progress, quick_entry, record_buttons, record_form, related
from engine.web.record.form_writing import Reminded
from engine.web.shell import sent, toasts
from engine.web.shell.opened import connection, database, open_form, viewer

blueprint = Blueprint("record_pages", __name__, url_prefix="/a/<app_key>/<form_key>")


@blueprint.get("/<int:record_id>")
def show(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key)
    record = get(connection(), live, form_key, viewer(), record_id)
    _note(live, form_key, record_id)
    if whole := request.args.get("show"):  # as the link of a masked value says where no script has come yet
        _unmasked(live, form_key, record_id, whole)
    return render_template("pages/record.html", **_around(live, form, record), whole_value=whole)


@blueprint.get("/<int:record_id>/whole/<path>")
def show_whole(app_key: str, form_key: str, record_id: int, path: str) -> Any:
    """A masked value in full, for the one who asks for it."""
    live, _ = open_form(app_key, form_key)
    field, value = _unmasked(live, form_key, record_id, path)
    return str(escape(field.kind.display(value, field, viewer().language, viewer().time_zone)))


@blueprint.get("/<int:record_id>/panel")
def panel(app_key: str, form_key: str, record_id: int) -> Any:
    """The record as it stands beside the list."""
    live, form = open_form(app_key, form_key)
    record = get(connection(), live, form_key, viewer(), record_id)
    _note(live, form_key, record_id)
    return render_template("parts/record_panel.html", **_around(live, form, record, beside=True), beside=True)


@blueprint.post("/<int:record_id>/step")
def step(app_key: str, form_key: str, record_id: int) -> Any:
    """Move the record to another stage of its progress strip."""
    _, form = open_form(app_key, form_key, "update")
    field = progress.field_of(form)
    if field is None:
        raise NotFound(Text("这个表单没有进度", "This form has no progress"))
    version = request.form.get("version", type=int)
    try:
        written = write.update_one(
            database(), app_key, form_key, viewer(), record_id, {field.key: request.form.get("value")},
            version=version, door="page",
        )  # fmt: skip
    except Stale as stale:
        return "", 200, toasts.header(stale.message, bad=True, events=["jf:panel-refresh"])
    except Refusal as refusal:
        said = "；".join(str(fault.message) for fault in refusal.faults) or refusal.message
        return "", 200, toasts.header(said, bad=True)
    said = "；".join(str(one.message) for one in written.warnings) or Text("已保存", "Saved")
    return _changed(said)


@blueprint.post("/<int:record_id>/deletion")
def delete(app_key: str, form_key: str, record_id: int) -> Any:
    _, form = open_form(app_key, form_key, "delete")
    write.delete_one(database(), app_key, form_key, viewer(), record_id, door="page")
    toasts.say(
        Text("已删除这条{form}", "{form} deleted", form=form.name()),
        f"/a/{app_key}/{form_key}/{record_id}/restoration",
    )
    return redirect(url_for("lists.show", app_key=app_key, form_key=form_key))


@blueprint.post("/<int:record_id>/restoration")
def restore(app_key: str, form_key: str, record_id: int) -> Any:
    open_form(app_key, form_key)
    write.restore_one(database(), app_key, form_key, viewer(), record_id, door="page")
    address = url_for("record_pages.show", app_key=app_key, form_key=form_key, record_id=record_id)
    return {"url": address} if request.is_json else redirect(address)


@blueprint.get("/<int:record_id>/related/<path:place>")
def related_tab(app_key: str, form_key: str, record_id: int, place: str) -> Any:
    """The records of another form that link here, as a small grid."""
    live, form = open_form(app_key, form_key)
    record = get(connection(), live, form_key, viewer(), record_id)
    tab = related.tab(connection(), live, form, viewer(), record, place)
    if tab is None:
        raise NotFound(Text("没有这一栏", "There is no such tab"))
    return render_template("parts/related.html", tab=tab, live=live)


@blueprint.get("/<int:record_id>/explain/<field>")
def why(app_key: str, form_key: str, record_id: int, field: str) -> Any:
    """How a computed value came about, for the one who points at it."""
    live, form = open_form(app_key, form_key)
    told = explain.explain(connection(), live, form_key, viewer(), record_id, field)
    return explaining.drawn(told, form, viewer())


@blueprint.get("/<int:record_id>/story")
def story(app_key: str, form_key: str, record_id: int) -> Any:
    """Comments and history, newest first."""
    live, form = open_form(app_key, form_key)
    return render_template("parts/story.html", **_names(live, form), **_story(live, form, record_id))


@blueprint.post("/<int:record_id>/comments")
def comment(app_key: str, form_key: str, record_id: int) -> Any:
    live, form = open_form(app_key, form_key)
    said = request.form.get("text", "")
    mentions = sent.listed_ids(",".join(request.form.getlist("mention")))
    made = write.transact(
        database(),
        app_key,
        viewer(),
        lambda tx: comments.add(tx, form_key, record_id, said, mentions),
        door="page",
    )
    drawn = render_template("parts/story.html", **_names(live, form), **_story(live, form, record_id))
    if not made.unseen:
        return drawn
    names = Text("、".join(made.unseen), ", ".join(made.unseen))
    untold = Text(
        "评论已发布；{names}无权查看这条数据，不会收到提醒",
        "Your comment is there; {names} may not see this record and gets no notice",
        names=names,
    )
    return drawn, 200, toasts.header(untold)


@blueprint.post("/<int:record_id>/quick-entry")
def write_quickly(app_key: str, form_key: str, record_id: int) -> Any:
    """Save what was written beside the comments, such as a follow-up."""
    live, form = open_form(app_key, form_key)
    record = get(connection(), live, form_key, viewer(), record_id)
    entry = quick_entry.of(live, form, viewer())
    if entry is None:
        raise NotFound(Text("这里不能快速填写", "There is nothing to write here"))
    try:
        quick_entry.save(database(), live, entry, viewer(), record, request.form)
    except (Invalid, Reminded) as stopped:
        faults = stopped.faults if isinstance(stopped, Invalid) else ()
        said = stopped.said if isinstance(stopped, Reminded) else ()
        return render_template(
            "parts/quick_entry.html",
            **_names(live, form),
            record=record,
            quick_entry=quick_entry.drawn(
                connection(), live, entry, viewer(), record, request.form, faults, said
            ),
            again=True,
        )
    return _changed(Text("已保存{form}", "{form} saved", form=entry.form.name()))


def _unmasked(live: LiveApp, form_key: str, record_id: int, path: str) -> tuple[Field, Any]:
    found = unmasked.whole(connection(), live, form_key, viewer(), record_id, path)
    with database().begin() as writing:
        unmasked.note(writing, live, form_key, viewer(), record_id, path)
    return found


def _changed(said: Text | str) -> Any:
    """Show the record again: the panel and its list by events, the whole page by loading it again."""
    if request.form.get("in") == "panel":
        return "", 200, toasts.header(said, events=["jf:panel-refresh", "jf:refresh"])
    toasts.say(said)
    return "", 200, {"HX-Refresh": "true"}


def _around(live: LiveApp, form: Form, record: Record, beside: bool = False) -> dict[str, Any]:
    """Everything around a record; each button is drawn once: at the head, or what is too much there at its place."""
    who = viewer()
    told = _story(live, form, record.id)
    entry = quick_entry.of(live, form, who)
    ruling = record_form.ruling_of(connection(), live, form, who, record)
    pressable = record_buttons.drawn(connection(), live, form, who, record)
    placed = () if beside else list(pressable)[record_buttons.IN_HEAD :]
    may = {name: bool(grants(live, who, form.key, name)) for name in ("update", "create")}
    return {
        **_names(live, form),
        "record": record,
        "sections": record_form.to_read(live, form, who, record, ruling, placed),
        "buttons": pressable,
        "in_head": record_buttons.IN_HEAD,
        "facts": record_form.facts(form, record, who),
        "steps": progress.steps(form, record, ruling.states),
        "progress_key": getattr(progress.field_of(form), "key", None),
        "since": progress.since(form, record, told["changes"]),
        "tabs": related.tabs(connection(), live, form, who, record.id),
        "quick_entry": quick_entry.drawn(connection(), live, entry, who, record) if entry else None,
        "followed": quick_entry.last(connection(), live, entry, who, record.id) if entry else None,
        "may": {**may, "delete": record.deletable, "update": may["update"] and bool(record.editable)},
        **told,
    }


def _names(live: LiveApp, form: Form) -> dict[str, Any]:
    return {"live": live, "form": form, "base": f"/a/{live.app.key}/{form.key}"}


def _story(live: LiveApp, form: Form, record_id: int) -> dict[str, Any]:
    return {
        "comments": comments.comments(connection(), live, form.key, viewer(), record_id),
        "changes": history.history(connection(), live, form.key, viewer(), record_id),
    }


def _note(live: LiveApp, form_key: str, record_id: int) -> None:
    if viewer().lent:  # who only looks leaves no trace in the other's list
        return
    with database().begin() as writing:
        recent.note(writing, viewer().member_id, live.app, form_key, record_id)
