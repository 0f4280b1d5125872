"""What a page is about: the signed-in viewer, the app and the form that its address names."""

from flask import current_app, g
from sqlalchemy import Connection

from engine.access.grants import grants, may_open
from engine.access.viewer import Viewer
from engine.definitions import live
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Forbidden, NotFound, NotSignedIn
from engine.platform.i18n import Text


def database() -> Database:
    """The database that this application serves."""
    found: Database = current_app.extensions["jianflow.database"]
    return found


def connection() -> Connection:
    """The reading connection of this request; given back when the request ends."""
    if "connection" not in g:
        g.connection_block = database().connect()
        g.connection = g.connection_block.__enter__()
    return g.connection


def close_connection(error: BaseException | None = None) -> None:
    """Give the request's reading connection back."""
    block = g.pop("connection_block", None)
    g.pop("connection", None)
    if block is not None:
        block.__exit__(None, None, None)


def viewer() -> Viewer:
    """Who is signed in; raises NotSignedIn, which becomes the sign-in page."""
    found = getattr(g, "viewer", None)
    if found is None:
        raise NotSignedIn(Text("请先登录", "Please sign in first"))
    return found


def open_app(app_key: str) -> LiveApp:
    """The app of the address; NotFound also for somebody who may see nothing in it."""
    who = viewer()
    opened = live.load(connection(), app_key)
    if not may_open(opened, who):
        raise NotFound(Text("没有这个应用，或者您没有权限", "There is no such app, or you may not see it"))
    g.live = opened
    return opened


def open_form(app_key: str, form_key: str, operation: str = "read") -> tuple[LiveApp, Form]:
    """The app and form of the address; Forbidden without a grant for `operation`."""
    opened = open_app(app_key)
    missing = NotFound(Text("没有这个表单，或者您没有权限", "There is no such form, or you may not see it"))
    if form_key not in opened.forms or not grants(opened, viewer(), form_key, "read"):
        raise missing
    form = opened.form(form_key)
    g.form = form
    if operation != "read" and not grants(opened, viewer(), form_key, operation):
        raise Forbidden(
            Text(
                "您没有在“{form}”中进行此操作的权限，请联系管理员",
                "You may not do this in “{form}”; ask your administrator",
                form=form.name(),
            )
        )
    return opened, form
