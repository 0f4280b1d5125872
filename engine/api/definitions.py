"""Definitions: reading, saving and removing drafts of them; their versions and the way back."""

from typing import Any

from flask import Blueprint, Response, request

from engine.access import people
from engine.access.grants import require_design
from engine.api.apps import opened
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body, database, if_match, nothing
from engine.definitions import drafts, kinds, versions
from engine.definitions.versions import Version
from engine.platform.errors import Invalid
from engine.platform.i18n import Text

blueprint = Blueprint("api_definitions", __name__)

PLACE = "/apps/<app_key>/definitions/<kind>/<key>"


@blueprint.get(PLACE)
def show(app_key: str, kind: str, key: str) -> Response:
    """The draft, else what is live; with `?state=live` only that."""
    _may_design(app_key)
    state = request.args.get("state", "draft")
    if state not in ("draft", "live"):
        raise Invalid.at(
            "/state", "unknown_value", Text("state 只能是 live 或 draft", "state is live or draft")
        )
    with database().connect() as connection:
        found = drafts.get(connection, app_key, kind, key, state=state)
    return answer(found.document, etag=found.etag)


@blueprint.put(PLACE)
def save(app_key: str, kind: str, key: str) -> Response:
    """Save a draft; one against an older state is merged."""
    _may_design(app_key)
    kinds.get(kind)
    document, etag, author = body(), if_match(), viewer().member_id

    def work(connection: Any) -> drafts.Draft:
        return drafts.save(connection, app_key, kind, key, document, base_etag=etag, author=author)

    saved = database().run(work)
    return answer(saved.document, etag=saved.etag)


@blueprint.delete(PLACE)
def remove(app_key: str, kind: str, key: str) -> Response:
    """Save a draft that removes the definition when it is published."""
    _may_design(app_key)
    etag, author = if_match(), viewer().member_id
    database().run(
        lambda connection: drafts.remove(connection, app_key, kind, key, base_etag=etag, author=author)
    )
    return nothing()


@blueprint.get(PLACE + "/versions")
def index(app_key: str, kind: str, key: str) -> Response:
    """The published versions, the newest first."""
    _may_design(app_key)
    with database().connect() as connection:
        found = versions.versions(connection, app_key, kind, key)
        names = people.titles(connection, {one.author for one in found if one.author is not None})
    return answer({"rows": [_json(one, names) for one in found]})


@blueprint.post(PLACE + "/versions/<int:number>/restoration")
@idempotent
def restore(app_key: str, kind: str, key: str, number: int) -> Response:
    """A draft with the content of an older version."""
    _may_design(app_key)
    etag, author = if_match(), viewer().member_id
    restored = database().run(
        lambda connection: versions.restore(
            connection, app_key, kind, key, number, base_etag=etag, author=author
        )
    )
    return answer(restored.document, 201, etag=restored.etag)


def _may_design(app_key: str) -> None:
    require_design(opened(app_key), viewer())


def _json(version: Version, names: dict[int, str]) -> dict[str, Any]:
    author = version.author
    return {
        "number": version.number,
        "app_version": version.app_version,
        "author": None if author is None else {"id": author, "title": names.get(author)},
        "created_at": version.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "etag": version.etag,
        "removed": version.removed,
        "live": version.live,
        "changes": [str(change) for change in version.changes],
    }
