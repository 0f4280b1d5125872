"""Jobs: how far they are, what came out, cancelling."""

from flask import Blueprint, Response

from engine.access.viewer import Viewer
from engine.api.authentication import viewer
from engine.api.messages import answer, database
from engine.platform import jobs
from engine.platform.errors import NotFound
from engine.platform.i18n import Text

blueprint = Blueprint("api_jobs", __name__)


@blueprint.get("/jobs/<job_id>")
def show(job_id: str) -> Response:
    with database().connect() as connection:
        return answer(own(jobs.get_job(connection, job_id), viewer()).json())


@blueprint.delete("/jobs/<job_id>")
def cancel(job_id: str) -> Response:
    with database().begin() as connection:
        own(jobs.get_job(connection, job_id), viewer())
        return answer(jobs.cancel_job(connection, job_id).json())


def own(job: jobs.Job, who: Viewer) -> jobs.Job:
    """The job, if it is this person's; a NotFound for everybody else but administrators."""
    if not who.administrator and job.member_id != who.member_id:
        raise NotFound(Text("没有这项工作", "There is no such job"))
    return job
