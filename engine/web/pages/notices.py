"""What one was told."""

from typing import Any

from flask import Blueprint, redirect, render_template, request

from engine.platform import notices
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.web.shell.opened import connection, database, viewer

blueprint = Blueprint("notices", __name__)

PAGE = 50


@blueprint.get("/notices")
def show() -> Any:
    before = request.args.get("before", type=int)
    rows = notices.notices(connection(), viewer().member_id, limit=PAGE + 1, before=before)
    return render_template("pages/notices.html", notices=rows[:PAGE], more=len(rows) > PAGE)


@blueprint.get("/notices/<int:notice_id>")
def follow(notice_id: int) -> Any:
    """Go where a notice leads; it is read then."""
    own = viewer().member_id
    found = notices.notices(connection(), own, limit=1, before=notice_id + 1)
    if not found or found[0].id != notice_id:
        raise NotFound(Text("没有这条通知", "There is no such notice"))
    with database().begin() as writing:
        notices.mark_read(writing, own, [notice_id])
    return redirect(found[0].url or "/notices")


@blueprint.post("/notices/reading")
def read() -> Any:
    with database().begin() as writing:
        notices.mark_read(writing, viewer().member_id)
    return redirect("/notices")
