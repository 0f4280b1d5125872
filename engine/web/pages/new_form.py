"""A new form: its name and its fields on one page; afterwards its list is there, ready for an import."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.access.grants import require_design
from engine.definitions import drafts, publish
from engine.definitions.model import LiveApp
from engine.platform.errors import Invalid
from engine.platform.i18n import Text, label_text
from engine.web.record import new_form
from engine.web.shell import toasts
from engine.web.shell.opened import connection, database, open_app, viewer
from engine.web.shell.told import Told

blueprint = Blueprint("new_form", __name__, url_prefix="/a/<app_key>/new-form")

BEGUN = 3


@blueprint.get("")
def show(app_key: str) -> Any:
    live = open_app(app_key)
    require_design(live, viewer())
    return _page(live, "", [new_form.Line("", "text")] * BEGUN)


@blueprint.post("")
def make(app_key: str) -> Any:
    live = open_app(app_key)
    require_design(live, viewer())
    name = request.form.get("name", "").strip()
    columns = zip(*(request.form.getlist(one) for one in ("label", "type", "options")), strict=False)
    lines = [new_form.Line(label.strip(), kind, options.strip()) for label, kind, options in columns]
    try:
        document = new_form.document(name, lines, list(live.forms))
        key = document["key"]
        with database().begin() as writing:
            drafts.save(writing, app_key, "forms", key, document, base_etag=None, author=viewer().member_id)
        try:
            publish.publish(database(), app_key, only=[("forms", key)], author=viewer().member_id)
        except Invalid:
            with database().begin() as writing:
                drafts.discard(writing, app_key, "forms", key)
            raise
    except Invalid as refusal:
        return _page(live, name, lines, Told.of(refusal)), refusal.status
    toasts.say(
        Text(
            "表单已建好，可以新建记录，也可以从 Excel 导入",
            "The form is there; create records, or import from Excel",
        )
    )
    return redirect(url_for("lists.show", app_key=app_key, form_key=key))


@blueprint.post("/design")
def design(app_key: str) -> Any:
    """An empty form of this name, to be dragged together."""
    live = open_app(app_key)
    require_design(live, viewer())
    name = request.form.get("name", "").strip()
    open_drafts = drafts.all_drafts(connection(), app_key)
    taken = [*live.forms, *(draft.key for draft in open_drafts if draft.kind == "forms")]
    try:
        document = new_form.empty(name, taken)
    except Invalid as refusal:
        return _page(live, name, [new_form.Line("", "text")] * BEGUN, Told.of(refusal)), refusal.status
    key = document["key"]
    with database().begin() as writing:
        drafts.save(writing, app_key, "forms", key, document, base_etag=None, author=viewer().member_id)
    return redirect(f"/a/{app_key}/{key}/design")


def _unpublished(live: LiveApp) -> list[tuple[str, str]]:
    """The forms that somebody began to design and that were never published: key and name."""
    return [
        (draft.key, label_text(draft.document.get("name")) or draft.key)
        for draft in drafts.all_drafts(connection(), live.app.key)
        if draft.kind == "forms" and draft.document is not None and draft.key not in live.forms
    ]


def _page(live: LiveApp, name: str, lines: list[new_form.Line], told: Told | None = None) -> str:
    return render_template(
        "pages/new_form.html",
        live=live,
        name=name,
        lines=lines,
        told=told or Told(),
        types=new_form.TYPES,
        unpublished=_unpublished(live),
    )
