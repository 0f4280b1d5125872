"""Hands job rows to RQ: listens, looks at the time, and finds again what was lost.

Of all processes that have an outbox one at a time is on duty, by an advisory lock.
"""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

import psycopg
from redis import Redis
from rq import Queue
from rq.job import Job as QueuedJob
from sqlalchemy import text

from engine.platform import clock
from engine.platform.database import Database
from engine.platform.duty import LOCK
from engine.platform.jobs import CHANNEL, enqueue, kinds, periodic
from engine.platform.performing import give_back

QUEUE = "jianflow"
POLL_SECONDS = 2.0
DEAD_AFTER = timedelta(seconds=15)
LOST_AFTER = timedelta(seconds=30)
STOOD_STILL = timedelta(seconds=6)
BATCH = 500
KEEP_OWNED = timedelta(days=30)
KEEP_UNOWNED = timedelta(days=1)

log = logging.getLogger("jianflow.outbox")


class Outbox(threading.Thread):
    """The thread that hands rows on; `alone` says that no other worker can exist beside this process."""

    def __init__(self, database: Database, redis: Redis, *, alone: bool = False) -> None:
        super().__init__(name="outbox", daemon=True)
        self.database = database
        self.queue = Queue(QUEUE, connection=redis)
        self.alone = alone
        self.ending = threading.Event()
        self._looked_at = time.time()

    def run(self) -> None:
        """Be on duty whenever nobody else is, until `stop`."""
        while not self.ending.is_set():
            try:
                self._serve()
            except Exception:
                log.warning("the outbox lost its connection and tries again", exc_info=True)
                self.ending.wait(1)

    def stop(self) -> None:
        """End soon."""
        self.ending.set()

    def hand_on(self) -> int:
        """Give the due rows to RQ; answers how many."""
        return hand_on(self.database, self.queue)

    def sweep(self, at: float | None = None) -> None:
        """Find what was lost: jobs of dead workers, and rows that RQ does not know any more.

        Not right after this process has not come to its turn for some time, as on a sleeping or very busy machine:
        the workers have not either, and show first that they live.
        """
        at = time.time() if at is None else at
        stood_still = at - self._looked_at > STOOD_STILL.total_seconds()
        self._looked_at = at
        if not stood_still:
            sweep(self.database, self.queue)

    def _serve(self) -> None:
        url = self.database.url.replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True, application_name="jianflow outbox") as duty:
            while not _on_duty(duty):
                if self.ending.wait(POLL_SECONDS):
                    return
            if self.alone:
                _take_back_all(self.database)
            duty.execute(f"LISTEN {CHANNEL}")
            self._looked_at = time.time()
            while not self.ending.is_set():
                start_periodic(self.database)
                self.sweep()
                while self.hand_on() == BATCH:
                    pass
                for _ in duty.notifies(timeout=self._pause(), stop_after=1):
                    pass

    def _pause(self) -> float:
        """Seconds until there is something to do without a notification."""
        with self.database.connect() as connection:
            next_at = connection.scalar(
                text("SELECT min(run_at) FROM jianflow.job WHERE state = 'queued' AND handed_at IS NULL")
            )
        if next_at is None:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, (next_at - clock.now()).total_seconds()))


def hand_on(database: Database, queue: Queue) -> int:
    """Give the due rows to RQ; answers how many.

    The row is marked first: if this process dies in between, the sweeper hands it on once more. A job that comes
    twice is done once, because a worker begins only what is still waiting.
    """
    with database.begin() as connection:
        due = connection.scalars(
            text(
                """
                UPDATE jianflow.job SET handed_at = clock_timestamp() WHERE id IN (
                    SELECT id FROM jianflow.job
                    WHERE state = 'queued' AND handed_at IS NULL AND (run_at IS NULL OR run_at <= :now)
                    ORDER BY run_at NULLS FIRST, created_at LIMIT :batch FOR UPDATE SKIP LOCKED)
                RETURNING id
                """
            ),
            {"now": clock.now(), "batch": BATCH},
        ).all()
    for job_id in due:
        queue.enqueue(
            "engine.platform.job_process.perform_here",
            str(job_id),
            job_id=str(job_id),
            job_timeout=-1,
            result_ttl=0,
            failure_ttl=0,
        )
    return len(due)


def sweep(database: Database, queue: Queue) -> None:
    """Give back the jobs of dead workers and hand on again what RQ has lost."""
    with database.begin() as connection:
        dead = connection.execute(
            text(
                """
                SELECT id, attempts FROM jianflow.job
                WHERE state = 'running' AND heartbeat_at < clock_timestamp() - CAST(:age AS interval)
                """
            ),
            {"age": DEAD_AFTER},
        ).all()
        for job_id, attempts in dead:
            log.warning("job %s is taken from a worker that gives no sign of life", job_id)
            give_back(connection, str(job_id), attempts)
        waiting = connection.scalars(
            text(
                """
                SELECT id FROM jianflow.job
                WHERE state = 'queued' AND handed_at < clock_timestamp() - CAST(:age AS interval)
                """
            ),
            {"age": LOST_AFTER},
        ).all()
        queued = set(queue.get_job_ids()) if waiting else set()
        lost = [job_id for job_id in waiting if str(job_id) not in queued]
        for job_id in lost:
            if (known := _known(queue, str(job_id))) is not None:
                known.delete()
        connection.execute(
            text("UPDATE jianflow.job SET handed_at = NULL WHERE id = ANY(:ids)"), {"ids": lost}
        )


def start_periodic(database: Database) -> None:
    """Write the jobs that start by themselves and are due."""
    now = clock.now()
    with database.connect() as connection:
        last = {
            row.name: row.last_at
            for row in connection.execute(text("SELECT name, last_at FROM jianflow.periodic"))
        }
    for kind in kinds().values():
        if kind.every is None or (kind.name in last and last[kind.name] > now - kind.every):
            continue
        with database.begin() as connection:
            connection.execute(
                text(
                    """
                    INSERT INTO jianflow.periodic (name, last_at) VALUES (:name, :now)
                    ON CONFLICT (name) DO UPDATE SET last_at = EXCLUDED.last_at
                    """
                ),
                {"name": kind.name, "now": now},
            )
            enqueue(connection, kind.name, {})


@periodic("platform.purge_jobs", every=timedelta(hours=1))
def _purge(context: Any, payload: dict[str, Any]) -> None:
    with context.database.begin() as connection:
        connection.execute(
            text(
                """
                DELETE FROM jianflow.job WHERE finished_at < CAST(:now AS timestamptz)
                    - CASE WHEN member_id IS NULL AND state = 'succeeded' THEN CAST(:unowned AS interval)
                           ELSE CAST(:owned AS interval) END
                """
            ),
            {"now": clock.now(), "owned": KEEP_OWNED, "unowned": KEEP_UNOWNED},
        )


def _on_duty(duty: "psycopg.Connection[Any]") -> bool:
    row = duty.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def _take_back_all(database: Database) -> None:
    # The only worker has just started: whatever counts as running, or as handed on, died with the one before.
    with database.begin() as connection:
        running = connection.execute(
            text("SELECT id, attempts FROM jianflow.job WHERE state = 'running'")
        ).all()
        for job_id, attempts in running:
            give_back(connection, str(job_id), attempts)
        connection.execute(text("UPDATE jianflow.job SET handed_at = NULL WHERE state = 'queued'"))


def _known(queue: Queue, job_id: str) -> QueuedJob | None:
    return (
        QueuedJob.fetch(job_id, connection=queue.connection)
        if QueuedJob.exists(job_id, queue.connection)
        else None
    )
