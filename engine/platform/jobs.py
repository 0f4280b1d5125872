"""Jobs: work that goes on after the answer, as rows written in the transaction of what caused it."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection, Row, text

from engine.platform import clock
from engine.platform.database import Database, to_json
from engine.platform.errors import NotFound
from engine.platform.files import FileStore
from engine.platform.i18n import Text, current_language
from engine.platform.settings import Settings

CHANNEL = "jianflow_jobs"
HEARTBEAT_SECONDS = 1.0
PROGRESS_SECONDS = 0.25

JobFunction = Callable[["JobContext", dict[str, Any]], "dict[str, Any] | None"]


class Cancelled(Exception):
    """The job was cancelled by the person it belongs to, or taken from this worker."""


class Interrupted(Exception):
    """The worker is told to stop; the job is done again later or ends as failed, as it declares."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job as it was declared."""

    name: str
    function: JobFunction
    retry: bool
    lost: Text
    every: timedelta | None = None
    unfinished: "Callable[[Connection, Job], None] | None" = None


_kinds: dict[str, JobKind] = {}
stopping = threading.Event()
"""Set when this process is told to end: running jobs stop at their next check."""


def job(
    name: str,
    *,
    retry: bool = True,
    lost: Text | None = None,
    every: timedelta | None = None,
    unfinished: "Callable[[Connection, Job], None] | None" = None,
) -> Callable[[JobFunction], JobFunction]:
    """Declare what a job of this name does.

    A job may be begun more than once, so it must be idempotent. With `retry=False` a job whose worker died ends as
    failed, with the sentence `lost`. With `every` it is also started by itself, that often.
    `unfinished` is called in the transaction that ends it as failed or cancelled, whoever does that: it may enqueue
    what clears away after it.
    """
    sentence = lost or Text(
        "处理这项工作的进程中断了，工作没有完成。",
        "The process doing this work was interrupted; it is not complete.",
    )

    def declare(function: JobFunction) -> JobFunction:
        _kinds[name] = JobKind(name, function, retry, sentence, every, unfinished)
        return function

    return declare


def periodic(name: str, *, every: timedelta) -> Callable[[JobFunction], JobFunction]:
    """Declare a job that starts by itself, `every` so often; it gets an empty payload."""
    return job(name, every=every)


def kinds() -> Mapping[str, JobKind]:
    """All kinds of jobs, by name."""
    return _kinds


@dataclass(frozen=True)
class Job:
    """A job's row."""

    id: str
    name: str
    state: str
    done: int
    total: int | None
    rate: float | None
    result: dict[str, Any] | None
    errors: list[dict[str, Any]]
    payload: dict[str, Any]
    member_id: int | None
    app_key: str | None
    language: str
    attempts: int
    cancel_asked: bool
    run_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens with it."""
        return self.state in ("succeeded", "failed", "cancelled")

    def json(self) -> dict[str, Any]:
        """The job as the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "result": self.result,
            "errors": self.errors,
        } | ({"rate": round(self.rate, 1)} if self.rate is not None else {})


COLUMNS = ", ".join(Job.__dataclass_fields__)


def enqueue(
    connection: Connection,
    name: str,
    payload: Mapping[str, Any],
    *,
    member_id: int | None = None,
    app_key: str | None = None,
    run_at: datetime | None = None,
    total: int | None = None,
) -> str:
    """Write a job in the caller's transaction; it begins after the commit, or at `run_at`. Answers its id."""
    if name not in _kinds:
        raise LookupError(f"no job is declared under the name {name!r}")
    job_id = str(uuid4())
    connection.execute(
        text(
            f"""
            WITH written AS (
                INSERT INTO jianflow.job (id, name, payload, member_id, app_key, run_at, total, language, created_at)
                VALUES (:id, :name, CAST(:payload AS jsonb), :member_id, :app_key, :run_at, :total, :language, :now)
                RETURNING 1)
            SELECT pg_notify('{CHANNEL}', '') FROM written
            """
        ),
        {
            "id": job_id,
            "name": name,
            "payload": to_json(dict(payload)),
            "member_id": member_id,
            "app_key": app_key,
            "run_at": run_at,
            "total": total,
            "language": current_language(),
            "now": clock.now(),
        },
    )
    return job_id


def get_job(connection: Connection, job_id: str) -> Job:
    """The job with this id."""
    try:
        wanted = UUID(str(job_id))
    except ValueError:
        wanted = None
    row = (
        wanted
        and connection.execute(
            text(f"SELECT {COLUMNS} FROM jianflow.job WHERE id = :id"), {"id": wanted}
        ).first()
    )
    if not row:
        raise NotFound(
            Text("没有这项工作，或者它已经结束很久了。", "There is no such job, or it ended long ago.")
        )
    return read(row)


def cancel_job(connection: Connection, job_id: str) -> Job:
    """Cancel a job: a waiting one at once, a running one at its next check, an ended one not at all."""
    ended = connection.scalar(
        text(
            """
            UPDATE jianflow.job
            SET cancel_asked = true,
                state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
                finished_at = CASE state WHEN 'queued' THEN CAST(:now AS timestamptz) ELSE finished_at END
            WHERE id = CAST(:id AS uuid) AND state IN ('queued', 'running')
            RETURNING state = 'cancelled'
            """
        ),
        {"id": get_job(connection, job_id).id, "now": clock.now()},
    )
    found = get_job(connection, job_id)
    if ended:
        clear_away(connection, found)
    return found


@dataclass
class JobContext:
    """What a running job is given: the database, its own row, and how to tell how far it is."""

    database: Database
    job_id: str
    name: str
    attempt: int
    member_id: int | None
    app_key: str | None
    language: str
    settings: Settings
    errors: list[dict[str, Any]] = field(default_factory=list)
    _asked: threading.Event = field(default_factory=threading.Event, repr=False)
    _told: float = field(default=0.0, repr=False)

    @property
    def files(self) -> FileStore:
        """The stored files."""
        return FileStore(self.settings.data)

    def progress(self, done: int, total: int | None = None, rate: float | None = None) -> None:
        """Tell how much is done; written a few times a second at most. Also a check for cancellation."""
        self.check_cancelled()
        if time.monotonic() - self._told < PROGRESS_SECONDS and done != total:
            return
        self._told = time.monotonic()
        with self.database.begin() as connection:
            connection.execute(
                text(
                    """
                    UPDATE jianflow.job SET done = :done, total = coalesce(:total, total), rate = coalesce(:rate, rate)
                    WHERE id = :id AND attempts = :attempt AND state = 'running'
                    """
                ),
                {"done": done, "total": total, "rate": rate, "id": self.job_id, "attempt": self.attempt},
            )

    def remember(self, connection: Connection, at: Mapping[str, Any]) -> None:
        """Keep how far the work is, in the transaction that does it; the next attempt finds it as `at` in its payload.

        The last statement of that transaction: the job's heartbeat waits for its row meanwhile.
        """
        kept = connection.execute(
            text(
                """
                UPDATE jianflow.job SET payload = payload || jsonb_build_object('at', CAST(:at AS jsonb))
                WHERE id = :id AND attempts = :attempt AND state = 'running'
                """
            ),
            {"at": to_json(dict(at)), "id": self.job_id, "attempt": self.attempt},
        )
        if kept.rowcount != 1:
            raise Cancelled

    def check_cancelled(self) -> None:
        """Raise `Cancelled` if somebody asked for it, `Interrupted` if the worker has to end."""
        if self._asked.is_set():
            raise Cancelled
        if stopping.is_set():
            raise Interrupted

    def report(
        self, code: str, message: Text | str, *, row: int | None = None, column: str | None = None
    ) -> None:
        """Keep one fault for the job's `errors`."""
        said = message.render(self.language) if isinstance(message, Text) else message
        self.errors.append({"row": row, "column": column, "code": code, "message": said})

    def complete(self, connection: Connection, result: Mapping[str, Any] | None) -> None:
        """End the job as succeeded in the transaction of its work: if either is committed, both are."""
        if not end(connection, self, "succeeded", result):
            raise Cancelled

    def beat(self) -> None:
        """Show that the worker lives, and learn of a cancellation."""
        with self.database.begin() as connection:
            asked = connection.execute(
                text(
                    """
                    UPDATE jianflow.job SET heartbeat_at = clock_timestamp()
                    WHERE id = :id AND attempts = :attempt AND state = 'running' RETURNING cancel_asked
                    """
                ),
                {"id": self.job_id, "attempt": self.attempt},
            ).scalar()
        if asked is None or asked:  # None: the row is no longer ours
            self._asked.set()


def end(connection: Connection, context: JobContext, state: str, result: Mapping[str, Any] | None) -> bool:
    """End a running job in the caller's transaction; False if it is no longer this worker's."""
    ended = connection.execute(
        text(
            """
            UPDATE jianflow.job
            SET state = :state, result = CAST(:result AS jsonb), errors = CAST(:errors AS jsonb), finished_at = :now,
                done = CASE WHEN :state = 'succeeded' THEN coalesce(total, done) ELSE done END
            WHERE id = :id AND attempts = :attempt AND state = 'running'
            """
        ),
        {
            "state": state,
            "result": None if result is None else to_json(dict(result)),
            "errors": orjson.dumps(context.errors).decode(),
            "now": clock.now(),
            "id": context.job_id,
            "attempt": context.attempt,
        },
    )
    if ended.rowcount == 1 and state != "succeeded":
        clear_away(connection, get_job(connection, context.job_id))
    return ended.rowcount == 1


def clear_away(connection: Connection, ended: Job) -> None:
    """Let the kind of a job that did not succeed see to what it left."""
    kind = _kinds.get(ended.name)
    if kind is not None and kind.unfinished is not None:
        kind.unfinished(connection, ended)


def read(row: Row[Any]) -> Job:
    """A job from its row."""
    return Job(**(dict(row._mapping) | {"id": str(row.id)}))


@periodic("platform.remove_loose_files", every=timedelta(hours=1))
def _remove_loose_files(context: JobContext, payload: dict[str, Any]) -> None:
    with context.database.begin() as connection:
        context.files.remove_loose(connection)


@periodic("platform.remove_unneeded_contents", every=timedelta(days=1))
def _remove_unneeded_contents(context: JobContext, payload: dict[str, Any]) -> None:
    with context.database.connect() as connection:
        context.files.remove_unneeded(connection)
