"""Exports started from a list."""

from typing import Any

from flask import Blueprint, request

from engine.exchange import export_job
from engine.web.opened import database, open_form, viewer

blueprint = Blueprint("exports", __name__, url_prefix="/a/<app_key>/<form_key>")


@blueprint.post("/exports")
def start(app_key: str, form_key: str) -> Any:
    open_form(app_key, form_key, "export")
    sent = request.get_json()
    where = sent.get("where")
    if sent.get("ids"):
        where = {"field": "id", "op": "in", "value": sent["ids"]}
    elif sent.get("except"):
        apart = {"field": "id", "op": "not_in", "value": sent["except"]}
        where = {"all": [where, apart]} if where else apart
    wanted = {name: sent[name] for name in ("format", "sort", "fields", "search") if sent.get(name)}
    with database().begin() as writing:
        job_id = export_job.start(writing, app_key, form_key, viewer(), {**wanted, "where": where})
    return {"job": f"/jobs/{job_id}"}, 202
