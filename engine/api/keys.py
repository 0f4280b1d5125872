"""API keys: made for oneself, or by an administrator for anyone; each is shown once."""

from typing import Any

from flask import Blueprint, Response

from engine.access import api_keys, people
from engine.access.bodies import known, text
from engine.api.authentication import viewer
from engine.api.messages import answer, body, database, nothing
from engine.platform.errors import Fault, Forbidden, Invalid
from engine.platform.i18n import Text

blueprint = Blueprint("api_keys", __name__)


@blueprint.get("/members/<int:member_id>/api-keys")
def index(member_id: int) -> Response:
    """A member's keys, without the keys themselves."""
    _require_own(member_id)
    with database().connect() as connection:
        people.get(connection, member_id)
        return answer({"rows": [_json(one) for one in api_keys.keys_of(connection, member_id)]})


@blueprint.post("/members/<int:member_id>/api-keys")
def issue(member_id: int) -> Response:
    """A new key. A repeat makes another one: the first answer is kept nowhere, for the key is in it."""
    _require_own(member_id)
    with database().begin() as connection:
        people.get(connection, member_id)
        name = _name(body())
        key = api_keys.issue(connection, member_id, name=name, author=viewer())
        newest = api_keys.keys_of(connection, member_id)[0]
        return answer({"key": key, **_json(newest)}, 201)


@blueprint.delete("/members/<int:member_id>/api-keys/<int:key_id>")
def revoke(member_id: int, key_id: int) -> Response:
    """End a key at once."""
    _require_own(member_id)
    with database().begin() as connection:
        api_keys.revoke(connection, member_id, key_id, author=viewer())
    return nothing()


def _require_own(member_id: int) -> None:
    if not viewer().administrator and viewer().member_id != member_id:
        message = Text("只有管理员可以管理他人的密钥", "Only an administrator may handle other people's keys")
        raise Forbidden(message)


def _name(sent: object) -> str:
    faults: list[Fault] = []
    name = text(known(sent, {"name"}, faults).get("name"), "/name", Text("名称", "name"), faults, longest=60)
    if faults:
        raise Invalid(Text("密钥没有创建", "No key was made"), faults)
    return name or ""


def _json(key: api_keys.ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "ending": key.ending,
        "created_at": _instant(key.created_at),
        "used_at": _instant(key.used_at),
    }


def _instant(moment: Any) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
