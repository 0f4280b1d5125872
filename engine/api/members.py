"""Members: who is in the organisation, and their changes by an administrator."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from engine.access import departments, people
from engine.access.bodies import known_id
from engine.access.grants import require_administrator
from engine.access.member_values import STATES, MemberValues
from engine.access.people import Member
from engine.access.viewer import Viewer
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body, database
from engine.platform.errors import Invalid
from engine.platform.i18n import Text

blueprint = Blueprint("api_members", __name__)


@blueprint.get("/members")
def index() -> Response:
    """All members, narrowed by `state`, `department` (with those below) and `search`.

    Ordinary members find others by their names alone, as they see no more of them.
    """
    state = request.args.get("state")
    if state is not None and state not in STATES:
        message = Text("可以是：{choices}", "Must be one of: {choices}", choices=", ".join(STATES))
        raise Invalid.at("/state", "unknown_choice", message)
    with database().connect() as connection:
        found = people.members(
            connection,
            department_id=request.args.get("department", type=known_id),
            search=request.args.get("search"),
            contacts=viewer().administrator,
            states=[state] if state else None,
        )
        return answer({"rows": members_json(connection, found, viewer())})


@blueprint.get("/members/<int:member_id>")
def show(member_id: int) -> Response:
    """One member."""
    with database().connect() as connection:
        return answer(_one(connection, people.get(connection, member_id)))


@blueprint.post("/members")
@idempotent
def create() -> Response:
    """Take somebody in."""
    require_administrator(viewer())
    values = MemberValues.read(body())
    with database().begin() as connection:
        made = people.create(connection, values, author=viewer())
        return answer(_one(connection, made), 201, location=f"/api/v1/members/{made.id}")


@blueprint.patch("/members/<int:member_id>")
def change(member_id: int) -> Response:
    """Change what is named."""
    require_administrator(viewer())
    with database().begin() as connection:
        people.get(connection, member_id)
        values = MemberValues.read(body())
        return answer(_one(connection, people.change(connection, member_id, values, author=viewer())))


def members_json(connection: Connection, found: list[Member], who: Viewer) -> list[dict[str, Any]]:
    """Members as the API shows them; how to reach and sign in is for administrators and oneself."""
    superiors = people.titles(connection, _ids(one.superior_id for one in found))
    places = {one.department_id for one in found} | {place for one in found for place in one.also_in}
    names = departments.titles(connection, _ids(places))

    def reference(key: int | None, titles: dict[int, str]) -> dict[str, Any] | None:
        return None if key is None else {"id": key, "title": titles.get(key)}

    rows = []
    for one in found:
        row: dict[str, Any] = {"id": one.id, "name": one.name}
        if who.administrator or who.member_id == one.id:
            row |= {"account": one.account, "phone": one.written_phone, "email": one.email}
        row |= {
            "department": reference(one.department_id, names),
            "also_in": [reference(place, names) for place in one.also_in],
            "superior": reference(one.superior_id, superiors),
            "state": one.state,
            "administrator": one.administrator,
            "language": one.language,
        }
        rows.append(row)
    return rows


def _one(connection: Connection, member: Member) -> dict[str, Any]:
    return members_json(connection, [member], viewer())[0]


def _ids(ids: Iterable[int | None]) -> list[int]:
    return [one for one in ids if one is not None]
