"""Sums with very many records to follow: a job brings them up to date; until it has, their fields are stale."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import App
from engine.definitions import live as living
from engine.platform.errors import NotFound
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.reading.unsettled import JOB
from engine.records.writing import following, rollups
from engine.records.writing.again import enqueue_again
from engine.records.writing.transaction import Transaction

BATCH = 500


def settle_later(tx: Transaction, form_key: str, path: str, ids: Iterable[int]) -> None:
    """Have a job bring the rollup up to date in these records, once this write is committed."""
    wanted = sorted(ids)
    payload = {"app": tx.live.app.key, "form": form_key, "path": path, "ids": wanted}
    enqueue(tx.connection, JOB, payload, app_key=tx.live.app.key, total=len(wanted))


@job(JOB, unfinished=enqueue_again)
def _follow(context: JobContext, payload: dict[str, Any]) -> None:
    place = (payload["form"], payload["path"])
    ids = payload["ids"]
    done = payload.get("at", {}).get("done", 0)
    while done < len(ids):
        portion = ids[done : done + min(BATCH, rollups.MOST)]

        def work(connection: Connection, portion: list[int] = portion, done: int = done) -> None:
            live = living.lock_and_load(connection, payload["app"])
            if payload["form"] in live.forms:
                tx = Transaction(connection, live, App("rollup"), "engine")
                tx.touched[place] = set(portion)
                rollups.lock(tx)
                following.finish(tx)
            context.remember(connection, {"done": done + len(portion)})

        try:
            context.database.run(work)
        except NotFound:
            return  # the app is gone
        done += len(portion)
        context.progress(done, len(ids))
