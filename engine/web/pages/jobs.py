"""A job as the progress card asks for it."""

from typing import Any

from flask import Blueprint

from engine.definitions.live import load
from engine.platform import jobs
from engine.platform.duty import somebody_on_duty
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.web.shell.opened import connection, database, viewer

blueprint = Blueprint("job_pages", __name__)


@blueprint.get("/jobs/<job_id>")
def show(job_id: str) -> Any:
    job = jobs.get_job(connection(), job_id)
    return card(job if _of_an_app(job) else _own(job)) | _waiting_for_nobody(job)


@blueprint.delete("/jobs/<job_id>")
def cancel(job_id: str) -> Any:
    with database().begin() as writing:
        _own(jobs.get_job(writing, job_id))
        return card(jobs.cancel_job(writing, job_id))


def card(job: jobs.Job) -> dict[str, Any]:
    """What the card draws: progress, and where the result is."""
    result = job.result or {}
    found = job.json()
    if job.member_id is None:
        found["app_work"] = True
    if result.get("url"):
        found["result_url"] = result["url"]
    if job.state == "failed" and job.errors:
        found["message"] = job.errors[0]["message"]
    elif result.get("message"):
        found["message"] = result["message"]
    return found


def _of_an_app(job: jobs.Job) -> bool:
    """Whether it is nobody's own, as the work on data after publishing is, in an app that one may change."""
    if job.member_id is not None or job.app_key is None:
        return False
    return viewer().designs(load(connection(), job.app_key))


def _waiting_for_nobody(job: jobs.Job) -> dict[str, Any]:
    if job.state != "queued" or job.run_at is not None or somebody_on_duty(connection()):
        return {}
    said = Text(
        "还没有开始：现在没有处理工作的进程在运行，请告诉管理员。",
        "It has not begun: no process that does jobs is running. Please tell an administrator.",
    )
    return {"message": str(said)}


def _own(job: jobs.Job) -> jobs.Job:
    if job.member_id != viewer().member_id and not viewer().administrator:
        raise NotFound(Text("没有这项工作", "There is no such job"))
    return job
