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
from engine.platform.performing import perform
from engine.platform.settings import Settings

LOOK_SECONDS = 1

_place: tuple[Database, Settings] | None = None


def work(database: Database, settings: Settings, *, ending: threading.Event | None = None) -> None:
    """Do jobs in the main thread until the process is told to end."""
    global _place
    _place = database, settings
    redis = _redis(settings.redis_url)
    outbox = Outbox(database, redis, alone=settings.redis_url is None)
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
    if _place is None:
        raise RuntimeError("this process has no database to work on")
    database, settings = _place
    perform(database, job_id, settings)


class _Worker(SimpleWorker):
    """RQ's worker in this process; it ends between two jobs, and a running one learns of it at its next check."""

    def request_stop(self, signum: Any, frame: Any) -> None:
        # RQ raises out of whatever the signal falls into; a flag leaves every lock and connection whole.
        jobs.stopping.set()
        self._stop_requested = True

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        while not self._stop_requested:
            taken = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time=LOOK_SECONDS)
            if taken is not None:
                return taken
        return None


def _redis(url: str | None) -> Redis:
    if url is not None:
        return Redis.from_url(url, health_check_interval=30)
    import fakeredis

    logging.getLogger("rq.worker").setLevel(logging.ERROR)
    return fakeredis.FakeRedis()


def _end_when(ending: threading.Event) -> None:
    ending.wait()
    os.kill(os.getpid(), signal.SIGTERM)
