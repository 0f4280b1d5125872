"""Who calls: the bearer key of a request becomes its viewer."""

from flask import Flask, g, request

from engine.access import api_keys
from engine.access.viewer import Viewer
from engine.api.messages import database
from engine.platform.errors import NotSignedIn
from engine.platform.i18n import LANGUAGES, Text, speaking


def init_app(app: Flask, prefix: str) -> None:
    """Check the key before every request below `prefix`."""

    @app.before_request
    def authenticate() -> None:
        if (request.path + "/").startswith(prefix + "/"):
            _speak(_asked_language())
            g.viewer = _viewer()
            if not request.accept_languages:
                _speak(g.viewer.language)

    @app.teardown_request
    def fall_silent(error: BaseException | None) -> None:
        block = g.pop("api_language", None)
        if block is not None:
            block.__exit__(None, None, None)


def viewer() -> Viewer:
    """Whose key this request carries."""
    return g.viewer


def _viewer() -> Viewer:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotSignedIn(
            Text(
                "请在 Authorization 头中给出密钥：Bearer KEY",
                "Send a key in the Authorization header: Bearer KEY",
            )
        )
    with database().connect() as connection:
        return api_keys.authenticate(connection, key.strip())


def _asked_language() -> str:
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"]) or LANGUAGES[0]
    return "en" if best == "en" else "zh-CN"


def _speak(language: str) -> None:
    block = g.pop("api_language", None)
    if block is not None:
        block.__exit__(None, None, None)
    g.api_language = speaking(language)
    g.api_language.__enter__()
