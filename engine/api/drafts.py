"""The open drafts of an app."""

from typing import Any

from flask import Blueprint, Response

from engine.access import people
from engine.access.grants import require_design
from engine.api.apps import opened
from engine.api.authentication import viewer
from engine.api.messages import answer, database, nothing
from engine.definitions import drafts
from engine.definitions.difference import difference
from engine.definitions.model import Draft, LiveApp

blueprint = Blueprint("api_drafts", __name__)


@blueprint.get("/apps/<app_key>/drafts")
def index(app_key: str) -> Response:
    """What is saved but not published, each with what it would change."""
    app = opened(app_key)
    require_design(app, viewer())
    with database().connect() as connection:
        found = drafts.all_drafts(connection, app_key)
        names = people.titles(connection, {one.author for one in found if one.author is not None})
    return answer({"rows": [_json(one, app, names) for one in found]})


@blueprint.delete("/apps/<app_key>/drafts/<kind>/<key>")
def discard(app_key: str, kind: str, key: str) -> Response:
    """Throw a draft away."""
    require_design(opened(app_key), viewer())
    database().run(lambda connection: drafts.discard(connection, app_key, kind, key))
    return nothing()


def _json(draft: Draft, app: LiveApp, names: dict[int, str]) -> dict[str, Any]:
    before = app.documents.get(draft.kind, {}).get(draft.key)
    author = draft.author
    return {
        "kind": draft.kind,
        "key": draft.key,
        "removes": draft.document is None,
        "etag": draft.etag,
        "author": None if author is None else {"id": author, "title": names.get(author)},
        "updated_at": draft.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "changes": [str(change) for change in difference(before, draft.document)],
    }
