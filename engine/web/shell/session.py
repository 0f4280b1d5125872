"""The web session: whose browser this is, and proof that a change was sent from a page of ours."""

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, redirect, request

from engine.access import sessions, setup, tokens
from engine.access.viewer import Viewer, use_time_zone
from engine.platform.errors import Forbidden, NotSignedIn
from engine.platform.i18n import Text
from engine.web.shell import view_as
from engine.web.shell.opened import connection

COOKIE = "session"
VISITOR_COOKIE = "visitor"
SAFE = ("GET", "HEAD", "OPTIONS")

V = TypeVar("V", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    """Open the session before each page, check what is sent, and keep the cookies."""
    use_time_zone(app.extensions["jianflow.settings"].time_zone)

    @app.url_value_preprocessor
    def open_session(endpoint: str | None, arguments: dict[str, Any] | None) -> None:
        # Before everything that is done before a request, so that refusals already speak the viewer's language.
        if _is_page():
            g.viewer = _viewer()

    @app.before_request
    def check() -> Any:
        if not _is_page():
            return None
        view = app.view_functions.get(request.endpoint or "")
        if g.viewer is None and not getattr(view, "before_set_up", False) and not _is_set_up(app):
            return redirect("/setup")
        if request.method not in SAFE:
            _check_sender()
        if g.viewer is not None and g.viewer.lent is not None:
            view_as.check(g.viewer)
        if g.viewer is None and view is not None and not getattr(view, "public", False):
            raise NotSignedIn(Text("请先登录", "Please sign in"))
        return None

    @app.after_request
    def keep_cookies(response: Response) -> Response:
        if "new_token" in g:
            _set(response, COOKIE, g.pop("new_token"), int(sessions.LASTS.total_seconds()))
        if "new_visitor" in g:
            _set(response, VISITOR_COOKIE, g.pop("new_visitor"), None)
        return response

    app.jinja_env.globals.update(csrf_token=csrf_token)


def public(view: V) -> V:
    """A page that needs nobody signed in."""
    view.public = True  # type: ignore[attr-defined]
    return view


def before_set_up(view: V) -> V:
    """A public page that is there even before there is an organisation."""
    view.before_set_up = True  # type: ignore[attr-defined]
    return public(view)


def start(token: str) -> None:
    """Have the answer to this request hand the browser its session; the page already belongs to it."""
    g.new_token = token
    opened = sessions.open_session(connection(), token)
    if opened is not None:
        g.viewer, g.csrf = opened.viewer, opened.csrf


def finish(response: Response) -> Response:
    """Have the browser forget its session."""
    response.delete_cookie(COOKIE)
    return view_as.forget(response)


def token() -> str | None:
    """The token this browser sent."""
    return request.cookies.get(COOKIE)


def csrf_token() -> str:
    """What a page of this browser must send along with every change."""
    if "csrf" in g:
        return str(g.csrf)
    visitor = request.cookies.get(VISITOR_COOKIE) or g.get("new_visitor")
    if not visitor:
        visitor = g.new_visitor = tokens.fresh()
    secret = current_app.extensions["jianflow.settings"].secret_key
    return hmac.new(secret.encode(), visitor.encode(), sha256).hexdigest()


def _viewer() -> Viewer | None:
    sent = token()
    if not sent:
        return None
    opened = sessions.open_session(connection(), sent)
    if opened is None:
        return None
    g.csrf = opened.csrf
    if opened.new_token:
        g.new_token = opened.new_token
    return view_as.eyes(opened.viewer, opened.csrf)


def _check_sender() -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf") or ""
    elsewhere = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if elsewhere or not hmac.compare_digest(sent.encode(), csrf_token().encode()):
        message = Text("页面已过期，请刷新后再试", "This page has expired; reload it and try again")
        raise Forbidden(message, code="csrf")


def _is_page() -> bool:
    return not request.path.startswith(("/api/", "/assets/"))


def _is_set_up(app: Flask) -> bool:
    # Once it is, it stays so; asked for only while nobody is signed in.
    if not app.extensions.get("jianflow.is_set_up"):
        app.extensions["jianflow.is_set_up"] = setup.is_set_up(connection())
    return bool(app.extensions["jianflow.is_set_up"])


def _set(response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, secure=request.is_secure, samesite="Lax", path="/"
    )
