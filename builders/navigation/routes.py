"""The page on which an app's navigation is arranged, and what it asks for: the document, its surroundings, publishing."""

from typing import Any

from flask import Blueprint, render_template

from builders.forms import steps
from builders.forms.draft import base_document, conflict
from builders.navigation.surroundings import surroundings
from engine.access.grants import require_design
from engine.definitions import drafts, kinds
from engine.definitions.difference import difference
from engine.definitions.model import Document, LiveApp
from engine.definitions.publish import publish
from engine.platform import clock
from engine.platform.errors import Invalid, Stale
from engine.platform.i18n import Text
from engine.web.shell import sent
from engine.web.shell.opened import connection, database, open_app, viewer

blueprint = Blueprint(
    "navigation", __name__, url_prefix="/a/<app_key>/navigation", template_folder="templates"
)

KIND = KEY = kinds.get("app").only_key or "app"


@blueprint.get("")
def show(app_key: str) -> Any:
    """The page."""
    return render_template("navigation/navigation.html", live=_open(app_key))


@blueprint.get("/document")
def document(app_key: str) -> Any:
    """The document: the draft, else what is live."""
    live = _open(app_key)
    current = drafts.get(connection(), app_key, KIND, KEY)
    return {
        **_state(live, current.etag, current.document),
        "document": current.document,
        "state": current.state,
        "published": live.document,
        "languages": live.languages,
    }, {"ETag": f'"{current.etag}"'}


@blueprint.put("/document")
def save(app_key: str) -> Any:
    """Save the draft; what others changed meanwhile is merged in, a true conflict is told."""
    return _save(_open(app_key), sent.if_match(), dict(sent.body()))


@blueprint.patch("/document")
def save_steps(app_key: str) -> Any:
    """Save what has changed since the state that If-Match names."""
    live, etag = _open(app_key), sent.if_match()
    base = base_document(app_key, etag)
    if base is None:
        message = Text("这个版本太旧，请整个保存。", "This version is too old; send it whole.")
        raise Invalid.at("", "unknown_base", message)
    return _save(live, etag, steps.applied(base, sent.body().get("changes")))


@blueprint.get("/surroundings")
def around(app_key: str) -> Any:
    """What the editor chooses from: forms with their views, roles, icons, colours."""
    return surroundings(_open(app_key))


@blueprint.post("/publication")
def make_live(app_key: str) -> Any:
    """Publish the app's document alone."""
    _open(app_key)
    done = publish(database(), app_key, only=[(KIND, KEY)], author=viewer().member_id)
    return {"version": done.version, "warnings": [str(one) for one in done.warnings]}


@blueprint.delete("/draft")
def discard(app_key: str) -> Any:
    """Throw the draft away."""
    _open(app_key)
    with database().begin() as writing:
        drafts.discard(writing, app_key, KIND, KEY)
    return {}


def _open(app_key: str) -> LiveApp:
    live = open_app(app_key)
    require_design(live, viewer())
    return live


def _save(live: LiveApp, etag: str, asked: Document) -> Any:
    app_key, author = live.app.key, viewer().member_id
    try:
        saved = database().run(
            lambda writing: drafts.save(writing, app_key, KIND, KEY, asked, base_etag=etag, author=author)
        )
    except Stale as stale:
        return conflict(app_key, etag, stale, KIND), stale.status
    found = _state(live, saved.etag, saved.document or asked)
    if saved.merged:
        found |= {"merged": True, "document": saved.document}
    return found, {"ETag": f'"{saved.etag}"'}


def _state(live: LiveApp, etag: str | None, document: Document) -> dict[str, Any]:
    return {
        "etag": etag,
        "changes": len(difference(live.document, document)),
        "saved_at": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "merged": False,
    }
