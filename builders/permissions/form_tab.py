"""The designer's tab 权限: what every role may do with one form, and with which of its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for

from builders.forms import shell
from builders.forms.draft import open_designed
from builders.permissions import edited, role_form
from builders.permissions.role_form import FieldLine, Line
from builders.permissions.roles_shown import KIND, current_role, drafted, role_keys
from builders.permissions.scopes import NONE, SCOPES
from engine.access.grants import OPERATION_WORDS, OPERATIONS, require_design
from engine.access.viewer import EVERYONE
from engine.definitions.model import Document, LiveApp
from engine.definitions.publish import change_all
from engine.fields.form import Form
from engine.platform.errors import Invalid, Stale
from engine.platform.i18n import Text
from engine.web.shell.opened import database, open_app, viewer
from engine.web.shell.told import Told

blueprint = Blueprint("form_permissions", __name__, url_prefix="/<form_key>/design/permissions")

shell.register_tab("permissions", Text("权限", "Permissions"), "lock", "roles.form_permissions.show", 40)


@dataclass(frozen=True)
class RoleColumn:
    """A role as one of the tab's: what it may do with the form."""

    key: str
    name: str
    etag: str
    is_draft: bool
    line: Line
    by_path: Mapping[str, FieldLine]

    @property
    def blind(self) -> bool:
        """Whether it sees no record of the form at all."""
        return all(cell.scope == NONE for cell in self.line.cells)


@blueprint.get("")
def show(app_key: str, form_key: str) -> Any:
    """The tab."""
    return _page(app_key, form_key, {}, Told())


@blueprint.post("")
def save(app_key: str, form_key: str) -> Any:
    """Put what was changed of the roles into effect, all of it together and nothing else."""
    live = open_app(app_key)
    require_design(live, viewer())
    form = live.form(form_key)
    changed: dict[str, Document] = {}
    changes: dict[tuple[str, str], edited.Read | None] = {}
    try:
        for role in role_keys(live):
            base = edited.shown(live, role, request.form.get(f"etag.{role}"))
            document = role_form.read_form(form, base, request.form)
            if document != base:
                changed[role] = document
                changes[KIND, role] = edited.edit(role, base, document)
        if changes:
            change_all(database(), app_key, changes, author=viewer().member_id)
    except Stale as refusal:
        return _page(app_key, form_key, {}, Told(str(refusal.message))), refusal.status
    except Invalid as refusal:
        faults = "；".join(str(fault.message) for fault in refusal.faults)
        return _page(app_key, form_key, changed, Told(faults or str(refusal.message))), refusal.status
    return redirect(url_for("roles.form_permissions.show", app_key=app_key, form_key=form_key, saved=1))


def _page(app_key: str, form_key: str, posted: Mapping[str, Document], told: Told) -> str:
    designed = open_designed(app_key, form_key)
    live = designed.live
    form = live.forms.get(form_key)
    return shell.page(
        "permissions/form_tab.html",
        designed,
        "permissions",
        columns=_columns(live, form, posted) if form else [],
        fields=role_form.field_lines(live, form, {}) if form else [],
        operations=[(one, str(OPERATION_WORDS[one]).capitalize()) for one in OPERATIONS],
        scopes=SCOPES,
        told=told,
        saved=request.args.get("saved"),
    )


def _columns(live: LiveApp, form: Form, posted: Mapping[str, Document]) -> list[RoleColumn]:
    found, open_drafts = [], drafted(live)
    for key in sorted(role_keys(live), key=lambda key: key == EVERYONE):
        now = current_role(live, key)
        document = posted.get(key, now.document)
        grant = document.get("grants", {}).get(form.key) or {}
        by_path = {field.path: field for field in role_form.field_lines(live, form, grant, key)}
        name, line = role_form.name_of(document, key), role_form.line(form, grant)
        found.append(RoleColumn(key, name, now.etag, key in open_drafts, line, by_path))
    return found
