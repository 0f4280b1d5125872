"""Who has a role in an app."""

from typing import Any

from flask import Blueprint, Response

from engine.access import roles
from engine.access.bodies import ids, known
from engine.access.grants import may_open, require_design
from engine.api.authentication import viewer
from engine.api.messages import answer, body, database
from engine.definitions import live
from engine.definitions.model import LiveApp
from engine.platform.errors import Fault, Invalid, NotFound
from engine.platform.i18n import Text

blueprint = Blueprint("api_roles", __name__)


@blueprint.get("/apps/<app_key>/roles/<role>/members")
def show(app_key: str, role: str) -> Response:
    """The members and departments that a role was given to."""
    with database().connect() as connection:
        opened = _open(live.load(connection, app_key), role)
        return answer(_json(roles.assignment(connection, opened.app.id, role)))


@blueprint.put("/apps/<app_key>/roles/<role>/members")
def assign(app_key: str, role: str) -> Response:
    """Give a role to exactly these members and departments."""
    with database().begin() as connection:
        opened = _open(live.load(connection, app_key), role)
        members, departments = _given(body())
        return answer(_json(roles.assign(connection, opened, role, members, departments, author=viewer())))


def _open(opened: LiveApp, role: str) -> LiveApp:
    if not may_open(opened, viewer()):
        key = opened.app.key
        raise NotFound(Text("没有应用“{key}”", "There is no app “{key}”", key=key))
    require_design(opened, viewer())
    if role not in opened.documents.get("roles", {}):
        raise NotFound(Text("没有角色“{role}”", "There is no role “{role}”", role=role))
    return opened


def _given(sent: object) -> tuple[tuple[int, ...], tuple[int, ...]]:
    faults: list[Fault] = []
    given = known(sent, {"members", "departments"}, faults)
    members = ids(given.get("members"), "/members", faults)
    departments = ids(given.get("departments"), "/departments", faults)
    if faults:
        raise Invalid(Text("角色成员没有保存", "The role's members were not saved"), faults)
    return members, departments


def _json(given: roles.Assignment) -> dict[str, Any]:
    return {"members": list(given.members), "departments": list(given.departments)}
