"""Whose eyes this browser looks through: kept in a sealed cookie, asked for anew with every request."""

import hmac
from hashlib import sha256

from flask import Response, current_app, g, request

from engine.access import view_as
from engine.access.viewer import Viewer
from engine.platform.errors import Forbidden, Refusal
from engine.platform.i18n import Text
from engine.web.shell.opened import connection

COOKIE = "view_as"
PERSONAL = ("me", "notices")
"""Blueprints whose pages are a person's own business, whoever looks."""
COMMON = ("search", "file_pages", "view_as_pages", "sign_in")
"""Blueprints that are needed in whatever app one looks."""


def eyes(own: Viewer, csrf: str) -> Viewer:
    """The viewer that this request has: oneself, or whose eyes one looks through."""
    sealed = request.cookies.get(COOKIE)
    if not sealed:
        return own
    told = _opened(sealed, csrf)
    if told is None:
        return own
    try:
        return view_as.look(connection(), own, *told)
    except Refusal:  # the right, the app or the person is gone meanwhile
        return own


def check(viewer: Viewer) -> None:
    """Refuse what is not for who only looks: changes, a person's own pages, places outside the app."""
    view = current_app.view_functions.get(request.endpoint or "")
    view_as.require_looking(viewer, request.method, view)
    outside = viewer.lent is not None and viewer.lent.within is not None and not _inside(viewer.lent.within)
    if request.blueprint in PERSONAL or outside:
        raise Forbidden(
            Text(
                "以“{name}”的身份查看时，看不到这一页。请先结束查看。",
                "This page is closed while you are seeing things as {name}; end the viewing first.",
                name=viewer.name,
            ),
            code="view_as",
        )


def keep(response: Response, member_id: int, within: str | None) -> Response:
    """Have the browser look through these eyes until it ends; with its session they end too."""
    told = f"{member_id}.{within or ''}"
    response.set_cookie(
        COOKIE, f"{told}.{_seal(told, str(g.csrf))}", httponly=True, secure=request.is_secure, samesite="Lax"
    )
    return response


def forget(response: Response) -> Response:
    """Have the browser see with its own eyes again."""
    response.delete_cookie(COOKIE)
    return response


def _opened(sealed: str, csrf: str) -> tuple[int, str | None] | None:
    told, _, seal = sealed.rpartition(".")
    member, _, within = told.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(told, csrf).encode()) or not member.isdigit():
        return None
    return int(member), within or None


def _seal(told: str, csrf: str) -> str:
    secret = current_app.extensions["jianflow.settings"].secret_key
    return hmac.new(f"{secret}view_as".encode(), f"{told}.{csrf}".encode(), sha256).hexdigest()


def _inside(app_key: str) -> bool:
    if request.blueprint in COMMON:
        return True
    return (request.view_args or {}).get("app_key") == app_key
