"""Exports started from a list."""

from typing import Any

from flask import Blueprint

from engine.exchange import export_job
from engine.web.shell import sent
from engine.web.shell.opened import database, open_form, viewer

blueprint = Blueprint("exports", __name__, url_prefix="/a/<app_key>/<form_key>")


@blueprint.post("/exports")
def start(app_key: str, form_key: str) -> Any:
    open_form(app_key, form_key, "export")
    asked = sent.body()
    where = asked.get("where")
    if some := sent.ids(asked, "ids"):
        where = {"field": "id", "op": "in", "value": some}
    elif others := sent.ids(asked, "except"):
        apart = {"field": "id", "op": "not_in", "value": others}
        where = {"all": [where, apart]} if where else apart
    wanted = {
        "format": sent.words(asked, "format"),
        "sort": sent.naming(asked, "sort"),
        "fields": sent.texts(asked, "fields"),
        "search": sent.words(asked, "search"),
    }
    wanted = {name: value for name, value in wanted.items() if value}
    with database().begin() as writing:
        job_id = export_job.start(writing, app_key, form_key, viewer(), {**wanted, "where": where})
    return {"job": f"/jobs/{job_id}"}, 202
