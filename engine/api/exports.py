"""Exports over the API."""

from flask import Blueprint, Response

from engine.access.grants import require
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database
from engine.definitions import live
from engine.exchange import export_job
from engine.platform import jobs

blueprint = Blueprint("api_exports", __name__)


@blueprint.post("/apps/<app>/forms/<form>/exports")
@idempotent
def start(app: str, form: str) -> Response:
    with database().connect() as connection:
        opened = live.load(connection, app)
        opened.form(form)
        require(opened, viewer(), form, "read")
        require(opened, viewer(), form, "export")
    sent = body_object({"format": str, "where": dict, "fields": list, "sort": list, "search": str})
    with database().begin() as connection:
        job_id = export_job.start(connection, app, form, viewer(), sent)
        return answer(jobs.get_job(connection, job_id).json(), 202, location=f"/api/v1/jobs/{job_id}")
