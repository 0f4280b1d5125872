"""The process that does the jobs: RQ's worker on Redis, or on a Redis of its own inside this process."""

import logging
import os
import signal
import threading
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker

from engine.platform import jobs
from engine.platform.database import Database
from engine.platform.outbox import QUEUE, Outbox

_database: Database | None = None


def work(database: Database, redis_url: str | None, *, ending: threading.Event | None = None) -> None:
    """Do jobs in the main thread until the process is told to end."""
    global _database
    _database = database
    redis = _redis(redis_url)
    outbox = Outbox(database, redis, alone=redis_url is None)
    outbox.start()
    try:
        worker = _Worker([Queue(QUEUE, connection=redis)], connection=redis)
        if ending is not None:
            threading.Thread(target=_end_when, args=(ending,), daemon=True).start()
        worker.work(logging_level="WARNING", with_scheduler=False)
    finally:
        outbox.stop()


def perform_here(job_id: str) -> None:
    """Do one job; this is what RQ calls."""
    if _database is None:
        raise RuntimeError("this process has no database to work on")
    jobs.perform(_database, job_id)


class _Worker(SimpleWorker):
    """RQ's worker in this process; a signal to end also reaches the job that runs."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        jobs.stopping.set()
        super().request_stop(signum, frame)


def _redis(url: str | None) -> "Redis[Any]":
    if url is not None:
        return Redis.from_url(url, health_check_interval=30)
    import fakeredis

    logging.getLogger("rq.worker").setLevel(logging.ERROR)
    return fakeredis.FakeRedis()


def _end_when(ending: threading.Event) -> None:
    ending.wait()
    os.kill(os.getpid(), signal.SIGTERM)
