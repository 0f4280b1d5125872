"""The pages of an app's roles: the matrix of what a role may do, and who has it."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from builders.permissions import edited, form_tab, role_form, why
from builders.permissions.roles_shown import KIND, current_role, drafted, in_pinyin, role_keys
from builders.permissions.scopes import SCOPES
from engine.access import departments, people, roles
from engine.access.grants import OPERATION_WORDS, OPERATIONS, require_design
from engine.access.viewer import EVERYONE
from engine.definitions import drafts, publish
from engine.definitions.model import Current, LiveApp
from engine.definitions.publish import change_all
from engine.platform.errors import Invalid, Stale
from engine.platform.i18n import Text
from engine.web.department_tree import choices, tree
from engine.web.shell.opened import connection, database, open_app, viewer
from engine.web.shell.told import Told

blueprint = Blueprint("roles", __name__, url_prefix="/a/<app_key>", template_folder="templates")

MOST_MEMBERS = 1_000
TAKEN = ("new", "why")
"""Addresses that are no roles."""

blueprint.register_blueprint(why.blueprint)
blueprint.register_blueprint(form_tab.blueprint)


@blueprint.get("/roles")
def index(app_key: str) -> Any:
    """The first role."""
    live = _open(app_key)
    first = next((key for key in role_keys(live) if key != EVERYONE), EVERYONE)
    return redirect(url_for("roles.show", app_key=app_key, role=first))


@blueprint.get("/roles/<role>")
def show(app_key: str, role: str) -> Any:
    """One role: its matrix, and its people."""
    live = _open(app_key)
    return _page(live, current_role(live, role))


@blueprint.get("/roles/<role>/fields/<form_key>")
def fields(app_key: str, role: str, form_key: str) -> Any:
    """What the role may do with the fields of a form; the page asks for it when somebody wants to see it."""
    live = _open(app_key)
    return render_template(
        "permissions/fields.html",
        live=live,
        form_key=form_key,
        form_name=live.form(form_key).name(),
        fields=_fields(live, current_role(live, role), form_key),
    )


@blueprint.post("/roles/new")
def create(app_key: str) -> Any:
    """A new role that may do nothing yet."""
    live = _open(app_key)
    name = " ".join(request.form.get("name", "").split())[:60]
    if not name:
        raise Invalid.at("/name", "required", Text("请填写角色名称", "Enter the role's name"))
    key = _new_key(live, name)
    document = {"key": key, "name": name, "design": False, "grants": {}}
    publish.create(database(), app_key, KIND, key, document, author=viewer().member_id)
    return redirect(url_for("roles.show", app_key=app_key, role=key))


@blueprint.post("/roles/<role>")
def save(app_key: str, role: str) -> Any:
    """Put what was changed of the role into effect, and nothing else."""
    live = _open(app_key)
    current = current_role(live, role)
    document = current.document
    try:
        base = edited.shown(live, role, request.form.get("etag"))
        document = role_form.read(live, base, request.form)
        changes = {(KIND, role): edited.edit(role, base, document)}
        change_all(database(), app_key, changes, author=viewer().member_id)
    except Stale as refusal:
        return _page(live, current_role(live, role), Told(str(refusal.message))), refusal.status
    except Invalid as refusal:
        faults = "；".join(str(fault.message) for fault in refusal.faults)
        shown = Current(KIND, role, document, current.etag, current.state)
        return _page(live, shown, Told(faults or str(refusal.message))), refusal.status
    return redirect(url_for("roles.show", app_key=app_key, role=role, saved=1))


@blueprint.post("/roles/<role>/members")
def assign(app_key: str, role: str) -> Any:
    """Give the role to exactly the people and departments that were chosen."""
    live = _open(app_key)
    with database().begin() as writing:
        roles.assign(
            writing,
            live,
            role,
            request.form.getlist("members", type=int),
            request.form.getlist("departments", type=int),
            author=viewer(),
        )
    return redirect(url_for("roles.show", app_key=app_key, role=role, saved=1) + "#people")


@blueprint.post("/roles/<role>/removal")
def remove(app_key: str, role: str) -> Any:
    """Take the role away; whoever had it loses what it allowed."""
    live = _open(app_key)
    current = current_role(live, role)
    try:
        change_all(database(), app_key, {(KIND, role): None}, author=viewer().member_id)
    except Invalid as refusal:
        faults = "；".join(str(fault.message) for fault in refusal.faults)
        return _page(live, current, Told(faults or str(refusal.message))), refusal.status
    return redirect(url_for("roles.index", app_key=app_key))


def _open(app_key: str) -> LiveApp:
    live = open_app(app_key)
    require_design(live, viewer())
    return live


def _page(live: LiveApp, current: Current, told: Told | None = None) -> str:
    given = roles.assignments(connection(), live.app.id)
    branches = tree(connection())
    documents: Mapping[str, Any] = live.documents.get(KIND, {})
    known = people.members(connection(), states=["active", "invited"], limit=MOST_MEMBERS)
    return render_template(
        "permissions/roles.html",
        live=live,
        roles=[
            (key, role_form.name_of(documents[key], key), _count(given.get(key, roles.Assignment())))
            for key in role_keys(live)
        ],
        role=current.document,
        role_key=current.key,
        role_name=role_form.name_of(current.document, current.key),
        etag=current.etag,
        is_draft=current.key in drafted(live),
        everyone=current.key == EVERYONE,
        lines=role_form.matrix(live, current.document),
        drawn={
            key: _fields(live, current, key)
            for key in role_form.fields_sent(request.form)
            if key in live.forms
        },
        operations=[(one, str(OPERATION_WORDS[one]).capitalize()) for one in OPERATIONS],
        scopes=SCOPES,
        given=given.get(current.key, roles.Assignment()),
        people=[(one.id, one.name) for one in known],
        people_now=[(one.id, one.name) for one in known if one.state == "active"],
        departments=choices(branches),
        chosen_people=people.titles(connection(), given.get(current.key, roles.Assignment()).members),
        chosen_departments=departments.titles(
            connection(), given.get(current.key, roles.Assignment()).departments
        ),
        told=told or Told(),
        saved=request.args.get("saved"),
    )


def _fields(live: LiveApp, current: Current, form_key: str) -> list[role_form.FieldLine]:
    grant = current.document.get("grants", {}).get(form_key) or {}
    return role_form.field_lines(live, live.form(form_key), grant, current.key)


def _count(given: roles.Assignment) -> int:
    return len(given.members) + len(given.departments)


def _new_key(live: LiveApp, name: str) -> str:
    spelled = re.sub(r"[^a-z0-9]+", "_", "_".join(in_pinyin(name)).lower()).strip("_")[:40]
    base = spelled if spelled and spelled[0].isalpha() else f"role_{spelled}".rstrip("_")
    taken = {draft.key for draft in drafts.all_drafts(connection(), live.app.key) if draft.kind == KIND}
    taken |= {*live.documents.get(KIND, {}), *TAKEN}
    number = 1
    key = base
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key
