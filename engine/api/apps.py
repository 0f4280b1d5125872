"""Apps: listing, making from a template or blank, removing, and the sample data of a clone."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response

from engine.access.grants import allows, may_open, require_administrator
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database, nothing
from engine.definitions import live, store
from engine.definitions.model import LiveApp
from engine.platform.errors import Invalid, NotFound
from engine.platform.i18n import Text
from templates_gallery import gallery

blueprint = Blueprint("api_apps", __name__)

LONGEST_NAME = 100


@blueprint.get("/apps")
def index() -> Response:
    """The apps in which the caller may do anything."""
    with database().connect() as connection:
        loaded = [live.load(connection, app.key) for app in store.apps(connection)]
    return answer({"rows": [app_json(one) for one in loaded if may_open(one, viewer())]})


@blueprint.post("/apps")
@idempotent
def make() -> Response:
    """A clone of a template, or a blank app."""
    require_administrator(viewer())
    sent = body_object({"template": str, "name": (str, dict), "sample_data": bool})
    name = _name(sent.get("name"))
    if sent.get("template"):
        key = gallery.clone(
            database(),
            sent["template"],
            name=name,
            sample_data=bool(sent.get("sample_data")),
            author=viewer(),
            language=viewer().language,
        )
    else:
        if name is None:
            raise Invalid.at("/name", "required", Text("请给应用起个名字", "Give the app a name"))
        key = gallery.blank(database(), name=name, author=viewer())
    with database().connect() as connection:
        made = live.load(connection, key)
    return answer(app_json(made), 201, location=f"/api/v1/apps/{key}")


@blueprint.get("/apps/<app_key>")
def show(app_key: str) -> Response:
    """One app."""
    return answer(app_json(opened(app_key)))


@blueprint.delete("/apps/<app_key>")
def remove(app_key: str) -> Response:
    """Remove an app with all its data."""
    opened(app_key)
    require_administrator(viewer())
    database().run(lambda connection: store.delete_app(connection, app_key))
    return nothing()


@blueprint.delete("/apps/<app_key>/sample-data")
def remove_sample_data(app_key: str) -> Response:
    """Take the sample data of a clone away again, exactly."""
    opened(app_key)
    require_administrator(viewer())
    return answer(asdict(gallery.remove_sample_data(database(), app_key, author=viewer())))


def opened(app_key: str) -> LiveApp:
    """The app, if the caller may do anything in it; `NotFound` otherwise."""
    with database().connect() as connection:
        found = live.load(connection, app_key)
    if not may_open(found, viewer()):
        raise NotFound(Text("没有应用“{key}”。", "There is no app “{key}”.", key=app_key))
    return found


def app_json(app: LiveApp) -> dict[str, Any]:
    """An app as the API shows it."""
    document = app.document
    template = {"key": app.app.template_key, "version": app.app.template_version}
    return {
        "key": app.app.key,
        "name": document.get("name"),
        "icon": document.get("icon"),
        "accent": document.get("accent"),
        "languages": app.languages,
        "version": app.version,
        "template": template if app.app.template_key else None,
        "created_at": app.app.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "forms": [key for key in sorted(app.forms) if allows(app, viewer(), key, "read")],
    }


def _name(given: Any) -> Any:
    """The name as it was sent, if it can be one; None for none."""
    texts = list(given.values()) if isinstance(given, dict) else [given]
    if any(text is not None and not isinstance(text, str) for text in texts):
        raise Invalid.at("/name", "wrong_type", Text("名称要是文字", "A name is text"))
    texts = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    if not texts:
        return None
    if max(len(text) for text in texts) > LONGEST_NAME:
        raise Invalid.at(
            "/name",
            "too_long",
            Text("名称最多 {n} 个字", "A name has at most {n} characters", n=LONGEST_NAME),
        )
    return given.strip() if isinstance(given, str) else given
