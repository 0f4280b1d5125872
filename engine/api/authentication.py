"""Who calls: the bearer key of a request becomes its viewer."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, g, request

from engine.access import api_keys, view_as
from engine.access.api_keys import Holder
from engine.access.viewer import Viewer
from engine.api.messages import database
from engine.platform.errors import Invalid, NotSignedIn
from engine.platform.i18n import LANGUAGES, Text, current_language, speaking

Handler = TypeVar("Handler", bound=Callable[..., Any])

LARGEST_UNKNOWN = 1_000_000
LONGEST_ID = 18
ACCEPTED = "Accept-Language"
VIEW_AS = "View-As"
"""The header by which an administrator, or who designs the app, asks what another member would be answered."""


def init_app(app: Flask, prefix: str) -> None:
    """Check the key before every request below `prefix`."""

    @app.before_request
    def authenticate() -> None:
        if (request.path + "/").startswith(prefix + "/"):
            _speak(_asked_language())
            if not _asks_on_the_way(app):
                _know(_authenticated())
                view_as.require_looking(
                    g.viewer, request.method, app.view_functions.get(request.endpoint or "")
                )

    @app.teardown_request
    def fall_silent(error: BaseException | None) -> None:
        block = g.pop("api_language", None)
        if block is not None:
            block.__exit__(None, None, None)


def viewer() -> Viewer:
    """Whose key this request carries."""
    if "viewer" not in g:
        _know(_authenticated())
    return g.viewer


def caller() -> Viewer | Holder:
    """The same for a write, which looks the key up in the message that begins its transaction."""
    return g.viewer if "viewer" in g else Holder.of(_key(), _know)


def on_the_way(handler: Handler) -> Handler:
    """A handler that hands its `caller` to the write that it makes, and does nothing else for who is unknown."""
    handler.asks_on_the_way = True  # type: ignore[attr-defined]
    return handler


def _asks_on_the_way(app: Flask) -> bool:
    # A large body is not taken in for somebody unknown.
    handler = app.view_functions.get(request.endpoint or "")
    return (
        hasattr(handler, "asks_on_the_way")
        and (request.content_length or 0) <= LARGEST_UNKNOWN
        and "Transfer-Encoding" not in request.headers
        and VIEW_AS not in request.headers
        and bool(_key())
    )


def _authenticated() -> Viewer:
    key = _key()
    with database().connect() as connection:
        own = api_keys.authenticate(connection, key)
    return _eyes(own) if VIEW_AS in request.headers else own


def _eyes(own: Viewer) -> Viewer:
    asked = request.headers[VIEW_AS]
    if not asked.isdecimal() or len(asked) > LONGEST_ID:
        raise Invalid.at("", "bad_header", Text("View-As 应是成员的编号", "View-As takes the id of a member"))
    within = None if own.administrator else (request.view_args or {}).get("app")
    with database().begin() as connection:
        return view_as.begin(connection, own, int(asked), within, request.remote_addr)


def _know(viewer: Viewer) -> None:
    g.viewer = viewer
    if ACCEPTED not in request.headers or not request.accept_languages:
        _speak(viewer.language)


def _key() -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotSignedIn(
            Text(
                "请在 Authorization 头中给出密钥：Bearer KEY",
                "Send a key in the Authorization header: Bearer KEY",
            )
        )
    return key.strip()


def _asked_language() -> str:
    if ACCEPTED not in request.headers:
        return LANGUAGES[0]
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"]) or LANGUAGES[0]
    return "en" if best == "en" else "zh-CN"


def _speak(language: str) -> None:
    if "api_language" in g and current_language() == language:
        return
    block = g.pop("api_language", None)
    if block is not None:
        block.__exit__(None, None, None)
    g.api_language = speaking(language)
    g.api_language.__enter__()
