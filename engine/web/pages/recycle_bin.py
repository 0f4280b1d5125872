"""The recycle bin of a form."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.records import write
from engine.records.query import Query, query
from engine.web.opened import connection, database, open_form, viewer

blueprint = Blueprint("recycle_bin", __name__, url_prefix="/a/<app_key>/<form_key>")

PAGE = 100


@blueprint.get("/deleted")
def show(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "delete")
    wanted = Query(deleted=True, limit=PAGE, cursor=request.args.get("cursor"), fields=())
    page = query(connection(), live, form_key, viewer(), wanted)
    return render_template(
        "pages/recycle_bin.html", form=form, page=page, base=f"/a/{app_key}/{form_key}", search=""
    )


@blueprint.post("/deleted/<int:record_id>/restoration")
def restore(app_key: str, form_key: str, record_id: int) -> Any:
    open_form(app_key, form_key, "delete")
    write.restore_one(database(), app_key, form_key, viewer(), record_id, door="page")
    return redirect(url_for("recycle_bin.show", app_key=app_key, form_key=form_key))
