"""What one was told."""

from typing import Any

from flask import Blueprint, redirect, render_template, request

from engine.platform import notices
from engine.web.opened import connection, database, viewer

blueprint = Blueprint("notices", __name__)

PAGE = 50


@blueprint.get("/notices")
def show() -> Any:
    before = request.args.get("before", type=int)
    rows = notices.notices(connection(), viewer().member_id, limit=PAGE + 1, before=before)
    return render_template("pages/notices.html", notices=rows[:PAGE], more=len(rows) > PAGE)


@blueprint.post("/notices/reading")
def read() -> Any:
    with database().begin() as writing:
        notices.mark_read(writing, viewer().member_id)
    return redirect("/notices")
