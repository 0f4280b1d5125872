"""Sets fields of many records as a job, and takes it back as one."""

import time
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.bulk import setting as settings
from engine.records.bulk.setting import CHANGED, REFUSED, Chosen, Setting

SET = "records.setting"
UNDO = "records.setting.undo"
MOST = 100_000
SHOWN_ERRORS = 200


def start(
    connection: Connection, app_key: str, form_key: str, viewer: Viewer, setting: Setting, chosen: Chosen
) -> str:
    """Write the job; answers its id, by which it is undone too."""
    payload = {"app": app_key, "form": form_key, "setting": setting.json(), "chosen": chosen.json()}
    return enqueue(connection, SET, payload, member_id=viewer.member_id, app_key=app_key)


def start_undo(connection: Connection, app_key: str, form_key: str, viewer: Viewer, batch: str) -> str:
    """Write the job that takes a batch back; answers its id."""
    payload = {"app": app_key, "form": form_key, "batch": batch}
    return enqueue(connection, UNDO, payload, member_id=viewer.member_id, app_key=app_key)


@job(SET)
def run(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Set the fields in portions; begun again, it goes on with what is left."""
    app_key, form_key = payload["app"], payload["form"]
    setting, batch = Setting(**payload["setting"]), UUID(context.job_id)
    with context.database.connect() as connection:
        viewer = viewer_for(connection, context.member_id or 0)
        live = living.load(connection, app_key)
        settings.checked(live, form_key, viewer, setting)
        record_ids = Chosen.of(payload["chosen"]).read(connection, live, form_key, viewer)
    if len(record_ids) > MOST:
        raise Invalid.at("", "too_many", Text("一次最多修改 {n} 条", "At most {n} at once", n=f"{MOST:,}"))
    begun, changed, refused = time.monotonic(), 0, 0
    done = 0
    for some in settings.together(live, form_key, viewer, setting, record_ids):
        context.progress(done, len(record_ids), done / max(0.001, time.monotonic() - begun))
        done += len(some)
        for outcome in settings.carry_out(context.database, app_key, form_key, viewer, setting, some, batch):
            changed += outcome.state == CHANGED
            if outcome.state == REFUSED:
                refused += 1
                if refused <= SHOWN_ERRORS:
                    context.report("refused", outcome.message, row=outcome.id)
    place = f"/a/{app_key}/{form_key}"
    undo = f"{place}/grid/selection/{batch}/undo" if changed else None
    return {
        "list": place,
        "changed": changed,
        "refused": refused,
        "undo": undo,
        "message": str(told(changed, refused)),
    }


@job(UNDO)
def take_back(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Take a batch back in one transaction; done twice, it finds nothing more to do."""
    with context.database.connect() as connection:
        viewer = viewer_for(connection, context.member_id or 0)
    restored, kept = settings.undo(
        context.database, payload["app"], payload["form"], viewer, UUID(payload["batch"])
    )
    return {"list": f"/a/{payload['app']}/{payload['form']}", "message": str(undone(restored, kept))}


def told(changed: int, refused: int) -> Text:
    """What was done, in one sentence."""
    if refused:
        return Text(
            "已修改 {n} 条，{left} 条没有修改", "{n} changed, {left} left as they were",
            n=f"{changed:,}", left=f"{refused:,}",
        )  # fmt: skip
    return Text("已修改 {n} 条", "{n} changed", n=f"{changed:,}")


def undone(restored: int, kept: int) -> Text:
    """What was taken back, in one sentence."""
    if kept:
        return Text(
            "已撤销 {n} 条；{kept} 条因后来又被修改或已无权修改而保留",
            "{n} undone; {kept} kept: changed since, or not yours to change any more",
            n=f"{restored:,}", kept=f"{kept:,}",
        )  # fmt: skip
    return Text("已撤销 {n} 条", "{n} undone", n=f"{restored:,}")
