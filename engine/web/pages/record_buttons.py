"""Pressing a record's buttons from its pages, and taking back what they did."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for

from engine.actions import pressing, undoing
from engine.actions.pressing import Pressed
from engine.platform.errors import Forbidden, NotFound, Refusal
from engine.platform.i18n import Text
from engine.records.reading.query import get
from engine.web.record import record_buttons
from engine.web.shell import toasts
from engine.web.shell.opened import connection, database, open_form, viewer

blueprint = Blueprint("record_buttons", __name__, url_prefix="/a/<app_key>/<form_key>")


@blueprint.post("/<int:record_id>/buttons/<key>")
def press(app_key: str, form_key: str, record_id: int, key: str) -> Any:
    live, form = open_form(app_key, form_key)
    try:
        pressed = pressing.press_one(database(), app_key, form_key, viewer(), record_id, key)
    except Refusal as refusal:
        said = "；".join(str(fault.message) for fault in refusal.faults) or refusal.message
        return _again(app_key, form_key, _readable(app_key, form_key, record_id), said, bad=True)
    if (address := record_buttons.opened(live, form, record_id, pressed.outcome)) is not None:
        return "", 200, {"HX-Redirect": address}
    undo = url_for(".undo", app_key=app_key, form_key=form_key, batch=pressed.undo) if pressed.undo else None
    return _again(app_key, form_key, pressed.record is not None, _said(pressed), undo)


@blueprint.post("/buttons/undo/<uuid:batch>")
def undo(app_key: str, form_key: str, batch: UUID) -> Any:
    open_form(app_key, form_key)
    undoing.undo(database(), app_key, form_key, viewer(), batch)
    return {}


def _said(pressed: Pressed) -> Text | str:
    if pressed.outcome.warnings:
        return "；".join(str(one.message) for one in pressed.outcome.warnings)
    return Text("已完成“{button}”", "{button}: done", button=pressed.button.name())


def _again(
    app_key: str,
    form_key: str,
    readable: bool,
    said: Text | str,
    undo: str | None = None,
    *,
    bad: bool = False,
) -> Any:
    """Show the record as it is now; the list where one may not see it any more."""
    if request.form.get("in") == "panel" and readable:
        events = ["jf:panel-refresh", "jf:refresh"]
        return "", 200, toasts.header(said, undo, bad=bad, events=events)
    toasts.say(said, undo, bad=bad)
    if readable:
        return "", 200, {"HX-Refresh": "true"}
    return "", 200, {"HX-Redirect": url_for("lists.show", app_key=app_key, form_key=form_key)}


def _readable(app_key: str, form_key: str, record_id: int) -> bool:
    live, _ = open_form(app_key, form_key)
    try:
        get(connection(), live, form_key, viewer(), record_id, fields=[])
    except (NotFound, Forbidden):
        return False
    return True
