"""The recycle bin of a form."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.platform.errors import Conflict, Invalid, Refusal
from engine.platform.i18n import Text
from engine.records.reading.query import Query, query
from engine.records.writing import write
from engine.web.shell import toasts
from engine.web.shell.opened import connection, database, open_form, viewer

blueprint = Blueprint("recycle_bin", __name__, url_prefix="/a/<app_key>/<form_key>")

PAGE = 100


@blueprint.get("/deleted")
def show(app_key: str, form_key: str) -> Any:
    return _page(app_key, form_key)


@blueprint.post("/deleted/<int:record_id>/restoration")
def restore(app_key: str, form_key: str, record_id: int) -> Any:
    """Take a record out of the bin; where its values clash with a newer one, say with which and leave it there."""
    _, form = open_form(app_key, form_key, "delete")
    try:
        written = write.restore_one(database(), app_key, form_key, viewer(), record_id, door="page")
    except (Conflict, Invalid) as refusal:
        return _page(app_key, form_key, refusal), refusal.status
    said = [str(Text("已恢复这条{form}", "{form} restored", form=form.name()))]
    toasts.say("; ".join([*said, *(str(one.message) for one in written.warnings)]))
    return redirect(url_for("recycle_bin.show", app_key=app_key, form_key=form_key))


def _page(app_key: str, form_key: str, refusal: Refusal | None = None) -> str:
    live, form = open_form(app_key, form_key, "delete")
    wanted = Query(deleted=True, limit=PAGE, cursor=request.args.get("cursor"), fields=())
    page = query(connection(), live, form_key, viewer(), wanted)
    base = f"/a/{app_key}/{form_key}"
    return render_template("pages/recycle_bin.html", form=form, page=page, base=base, refusal=refusal)
