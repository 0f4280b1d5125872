"""The form as whoever fills it in will see it, worked out while one types, before anything is published."""

from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from builders.forms.draft import Designed
from engine.access.viewer import EVERYONE
from engine.definitions.model import LiveApp
from engine.definitions.propose import propose
from engine.fields.form import Form
from engine.records import directory
from engine.web import posted, record_form
from engine.web.opened import connection, viewer
from engine.web.record_form import WorkedOut
from engine.web.rendering import Control, Section

ALLOWED = {"read": True, "create": True, "update": True}


def sections(designed: Designed) -> list[Section]:
    """The empty form with its defaults."""
    app, form = opened(designed)
    return record_form.for_new(connection(), app, form, viewer(), {})


def worked_out(designed: Designed, sent: MultiDict[str, str]) -> WorkedOut:
    """What the half-filled form works out to."""
    app, form = opened(designed)
    return record_form.worked_out(
        connection(), app, form, viewer(), posted.values(form, sent, every_row=True), sent
    )


def choices(designed: Designed, path: str, text: str) -> list[dict[str, Any]]:
    """What a picker of the form offers; records of other forms as far as one may see them."""
    app, form = opened(designed)
    found = directory.choices(connection(), app, form.key, viewer(), path, text)
    return [
        {"value": one.id, "label": str(one.title), "hint": getattr(one, "hint", "") or ""} for one in found
    ]


def choices_url(control: Control) -> str:
    """Where a picker in the preview asks for choices."""
    return url_for(
        "form_designer.preview_choices",
        app_key=g.live.app.key,
        form_key=g.form.key,
        field=control.field.path,
    )


def opened(designed: Designed) -> tuple[LiveApp, Form]:
    """The drafted app in which everybody may fill in this form; other forms keep their rights."""
    everyone = designed.proposed.documents["roles"][EVERYONE]
    allowed = {**everyone, "grants": {**(everyone.get("grants") or {}), designed.key: ALLOWED}}
    app = propose(designed.proposed, {("roles", EVERYONE): allowed})
    g.form = app.form(designed.key)
    return app, g.form
