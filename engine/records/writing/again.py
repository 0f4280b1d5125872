"""Jobs that have to be done all the same: what failed or was cancelled goes on where it was, later each time."""

from datetime import timedelta

from sqlalchemy import Connection, text

from engine.platform import clock
from engine.platform.jobs import Job, enqueue

AFTER, AT_MOST = 60, 3600
"""Seconds until the work goes on that somebody cancelled or a fault ended; twice as many each time."""


def enqueue_again(connection: Connection, ended: Job) -> None:
    """Have a job that ended too early done once more, after a while, unless its app is gone."""
    there = text("SELECT 1 FROM jianflow.app WHERE key = :key")
    if ended.app_key is not None and connection.scalar(there, {"key": ended.app_key}) is None:
        return
    again = int(ended.payload.get("again", 0))
    wait = timedelta(seconds=min(AT_MOST, AFTER * 2 ** min(again, 20)))
    enqueue(
        connection,
        ended.name,
        {**ended.payload, "again": again + 1},
        app_key=ended.app_key,
        run_at=clock.now() + wait,
        total=ended.total,
    )
