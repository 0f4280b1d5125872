"""Doing a job: taking its row, running what its kind declares, ending it; or giving it back."""

import logging
import threading
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, text

from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Refusal
from engine.platform.i18n import Text, speaking
from engine.platform.jobs import (
    CHANNEL,
    COLUMNS,
    HEARTBEAT_SECONDS,
    Cancelled,
    Interrupted,
    JobContext,
    clear_away,
    end,
    get_job,
    kinds,
    read,
)
from engine.platform.settings import Settings

MOST_ATTEMPTS = 5

log = logging.getLogger("jianflow.jobs")


def perform(database: Database, job_id: str, settings: Settings | None = None) -> bool:
    """Do a waiting job to its end; answers False if it was not waiting (done already, or cancelled)."""
    context = _claim(database, job_id, settings or Settings.from_environment())
    if context is None:
        return False
    ended = threading.Event()
    heart = threading.Thread(
        target=_beat_until, args=(context, ended), name=f"heart of {job_id}", daemon=True
    )
    heart.start()
    try:
        with speaking(context.language):
            _perform(context)
    finally:
        ended.set()
        heart.join(5)
    return True


def run_due(database: Database, settings: Settings | None = None, *, limit: int = 1000) -> int:
    """Do every job that is due, here and now; for commands that run beside no job process. Answers how many."""
    count = 0
    while count < limit:
        with database.connect() as connection:
            due = connection.scalar(
                text(
                    """
                    SELECT id FROM jianflow.job WHERE state = 'queued' AND (run_at IS NULL OR run_at <= :now)
                    ORDER BY run_at NULLS FIRST, created_at LIMIT 1
                    """
                ),
                {"now": clock.now()},
            )
        if due is None:
            break
        count += perform(database, str(due), settings)
    return count


def _claim(database: Database, job_id: str, settings: Settings) -> JobContext | None:
    with database.begin() as connection:
        row = connection.execute(
            text(
                f"""
                UPDATE jianflow.job
                SET state = 'running', attempts = attempts + 1, heartbeat_at = clock_timestamp(),
                    started_at = :now, done = 0, errors = '[]'
                WHERE id = CAST(:id AS uuid) AND state = 'queued' RETURNING {COLUMNS}
                """
            ),
            {"id": job_id, "now": clock.now()},
        ).first()
    if row is None:
        return None
    found = read(row)
    return JobContext(
        database,
        found.id,
        found.name,
        found.attempts,
        found.member_id,
        found.app_key,
        found.language,
        settings,
    )


def _perform(context: JobContext) -> None:
    kind = kinds().get(context.name)
    with context.database.connect() as connection:
        payload = get_job(connection, context.job_id).payload
    try:
        if kind is None:
            raise LookupError(f"no job is declared under the name {context.name!r}")
        _finish(context, "succeeded", kind.function(context, payload))
    except Cancelled:
        _finish(context, "cancelled")
    except Interrupted:
        with context.database.begin() as connection:
            give_back(connection, context.job_id, context.attempt)
    except Refusal as refusal:
        for fault in refusal.faults:
            place = fault.details.get("row")
            context.report(fault.code, fault.message, row=place, column=fault.pointer or None)
        if not refusal.faults:
            context.report(refusal.code, refusal.message)
        _finish(context, "failed")
    except Exception:
        log.exception("job %s (%s) failed", context.name, context.job_id)
        context.report(
            "internal",
            Text(
                "出了意外的错误，管理员可以在日志里按编号 {id} 找到它。",
                "Something unexpected went wrong; an administrator finds it in the log by the number {id}.",
                id=context.job_id,
            ),
        )
        _finish(context, "failed")


def _finish(context: JobContext, state: str, result: Mapping[str, Any] | None = None) -> None:
    context.database.run(lambda connection: end(connection, context, state, result))


def give_back(connection: Connection, job_id: str, attempt: int) -> None:
    """Take a running job from its worker: it waits again, or fails, as its kind declares."""
    row = connection.execute(
        text(
            f"""
            SELECT {COLUMNS} FROM jianflow.job
            WHERE id = CAST(:id AS uuid) AND attempts = :attempt AND state = 'running' FOR UPDATE
            """
        ),
        {"id": job_id, "attempt": attempt},
    ).first()
    if row is None:
        return
    found = read(row)
    kind = kinds().get(found.name)
    errors: list[dict[str, Any]] = []
    if found.cancel_asked:
        state = "cancelled"
    elif kind is not None and kind.retry and attempt < MOST_ATTEMPTS:
        state = "queued"
    else:
        sentence = kind.lost.render(found.language) if kind else found.name
        state = "failed"
        errors = [{"row": None, "column": None, "code": "worker_lost", "message": sentence}]
    connection.execute(
        text(
            f"""
            WITH given AS (
                UPDATE jianflow.job
                SET state = :state, errors = CAST(:errors AS jsonb), handed_at = NULL, heartbeat_at = NULL,
                    finished_at = CASE WHEN :state = 'queued' THEN NULL ELSE CAST(:now AS timestamptz) END
                WHERE id = CAST(:id AS uuid) RETURNING 1)
            SELECT pg_notify('{CHANNEL}', '') FROM given
            """
        ),
        {"state": state, "errors": orjson.dumps(errors).decode(), "now": clock.now(), "id": job_id},
    )
    if state != "queued":
        clear_away(connection, found)


def _beat_until(context: JobContext, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_SECONDS):
        try:
            context.beat()
        except Exception:
            log.warning("the heartbeat of job %s failed", context.job_id, exc_info=True)
