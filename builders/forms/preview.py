"""The form as whoever fills it in will see it, worked out while one types, before anything is published."""

from collections.abc import Mapping
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from builders.forms.draft import KIND, Designed
from builders.forms.over_records import over_records
from engine.access.viewer import EVERYONE
from engine.conditions.paths import currents
from engine.conditions.paths import paths as read_paths
from engine.definitions.model import Document, LiveApp
from engine.definitions.propose import propose
from engine.fields.form import Form
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.explanation.formula_reach import Reach
from engine.records.reading import directory
from engine.records.writing.rules import named
from engine.web.record import posted, record_form
from engine.web.record.record_form import WorkedOut
from engine.web.record.rendering import Control, Section
from engine.web.shell.opened import connection, viewer

SHAPE = {"read": {"where": {"field": "id", "op": "eq", "value": 0}}, "create": True}
"""Every field of the form, and none of its records."""


def sections(designed: Designed) -> list[Section]:
    """The empty form with its defaults."""
    app, form = opened(designed)
    return record_form.for_new(connection(), app, form, viewer(), {})


def worked_out(designed: Designed, sent: MultiDict[str, str]) -> WorkedOut:
    """What the half-filled form works out to; it is always a new record, whatever the page says."""
    sent = MultiDict((name, value) for name, value in sent.items(multi=True) if name != "_record")
    app, form = opened(designed)
    return record_form.worked_out(
        connection(), app, form, viewer(), posted.values(form, sent, every_row=True), sent
    )


def choices(designed: Designed, path: str, text: str) -> list[dict[str, Any]]:
    """What a picker of the form offers: records as far as one may see them."""
    app = over_records(designed)
    field = app.form(designed.key).field(path)
    if field is None:
        said = Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100])
        raise Invalid.at("/field", "unknown_field", said)
    other = field.get("form") or (field.get("options_from") or {}).get("form")
    if other and other not in designed.live.forms:
        return []  # it is not published yet and has no records
    found = directory.choices_of(connection(), app, viewer(), field, text)
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
    """The drafted app in which everybody may fill in this form; of what is kept they read what they may anyway.

    The form is open for its shape alone: nobody's right to its records goes with it, and its linkages look up with
    the rights of whoever designs them, not with the app's.
    """
    shaped = over_records(designed)
    document = designed.current.document
    roles = {
        ("roles", key): {**role, "grants": {**(role.get("grants") or {}), designed.key: {}}}
        for key, role in shaped.documents.get("roles", {}).items()
    }
    everyone = roles["roles", EVERYONE]
    everyone["grants"] = {**everyone["grants"], designed.key: SHAPE}
    app = propose(shaped, {(KIND, designed.key): _with_own_rights(document), **roles})
    app = propose(app, {(KIND, designed.key): _with_open_rules(app, designed.key)})
    g.form = app.form(designed.key)
    return app, g.form


def _with_own_rights(document: Document) -> Document:
    if not document.get("rules"):
        return document
    rules = [{name: value for name, value in one.items() if name != "rights"} for one in document["rules"]]
    return {**document, "rules": rules}


def _with_open_rules(app: LiveApp, key: str) -> Document:
    """The form without rules whose condition reads what is hidden: that they hold would tell of it."""
    form, document = app.form(key), app.documents[KIND][key]
    if not document.get("rules"):
        return document

    def opened(rule: Mapping[str, Any]) -> bool:
        reach = Reach(app, form, viewer(), named.row_of(form, rule))
        reads = read_paths(rule.get("when")) | currents(rule.get("where"))
        return all(
            reach.steps(one) is None or reach.always(one) for path in reads if (one := tuple(path.split(".")))
        )

    return {**document, "rules": [one for one in document["rules"] if opened(one)]}
