"""Repeats of one request by its Idempotency-Key: done once, answered alike for 24 hours."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from engine.platform import clock
from engine.platform.database import Database, on_commit, to_json
from engine.platform.errors import Conflict, Invalid
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, periodic

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
NOT_KEPT = {401, 409, 429}
CARRIED_OUT = 0
"""Stands for the status of an answer that was not given: its process died after the work's commit."""

_held: ContextVar["Claim | None"] = ContextVar("held claim", default=None)


@dataclass(frozen=True)
class Answer:
    """What was answered: status, the headers that matter, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Claim:
    """The right to answer one request, or the answer that it got the first time."""

    def __init__(self, database: Database, member_id: int, request: str, key: str, body: bytes) -> None:
        self.database = database
        self.member_id = member_id
        self.request = request
        self.key = key
        self.body_hash = hashlib.sha256(body).hexdigest()
        self.answer: Answer | None = None
        self.prepared: Answer | None = None
        self.written: Answer | None = None
        self.done = False

    def keep(
        self, status: int, headers: Mapping[str, str], body: bytes, connection: Connection | None = None
    ) -> None:
        """Remember the answer, unless it says that nothing was tried.

        Given the connection of the work's transaction, after a crash both are there or neither.
        """
        self.done = True
        if status >= 500 or status in NOT_KEPT:
            self.forget()
            return
        answer = Answer(status, headers, body)
        if connection is not None:
            self.write(connection, answer)
        elif self.written != answer:  # else it was committed together with the work
            with self.database.begin() as own:
                self.write(own, answer)

    def forget(self) -> None:
        """Give the key free again: the request was refused."""
        self.done = True
        if self.written is not None:
            with self.database.begin() as connection:
                connection.execute(
                    text(
                        "DELETE FROM jianflow.answer WHERE member_id = :member_id AND key = :key AND status = :status"
                    ),
                    {"member_id": self.member_id, "key": self.key, "status": CARRIED_OUT},
                )

    def write(self, connection: Connection, answer: Answer) -> None:
        self.written = answer
        connection.execute(
            text(
                """
                INSERT INTO jianflow.answer
                    (member_id, key, method_path, body_sha256, status, headers, body, created_at)
                VALUES (:member_id, :key, :request, :hash, :status, CAST(:headers AS jsonb), :body, :now)
                ON CONFLICT (member_id, key) DO UPDATE SET method_path = EXCLUDED.method_path,
                    body_sha256 = EXCLUDED.body_sha256, status = EXCLUDED.status, headers = EXCLUDED.headers,
                    body = EXCLUDED.body, created_at = EXCLUDED.created_at
                """
            ),
            {
                "member_id": self.member_id,
                "key": self.key,
                "request": self.request,
                "hash": self.body_hash,
                "status": answer.status,
                "headers": to_json(dict(answer.headers)),
                "body": answer.body,
                "now": clock.now(),
            },
        )

    def recall(self, connection: Connection) -> None:
        """Look for the first answer of the last 24 hours; refuse a key that was used for something else."""
        row = connection.execute(
            text(
                """
                SELECT method_path, body_sha256, status, headers, body FROM jianflow.answer
                WHERE member_id = :member_id AND key = :key AND created_at > :since
                """
            ),
            {"member_id": self.member_id, "key": self.key, "since": clock.now() - KEPT},
        ).first()
        if row is None:
            return
        if (row.method_path, row.body_sha256) != (self.request, self.body_hash):
            raise Invalid(
                Text(
                    "这个 Idempotency-Key 已用于另一个请求。",
                    "This Idempotency-Key was used for another request already.",
                ),
                code="idempotency_key_reused",
            )
        if row.status == CARRIED_OUT:
            raise Conflict(
                Text(
                    "这个请求已经执行过，但当时的结果没能保存下来；请查看数据，不要重复提交。",
                    "This request was carried out, but its answer was lost; look at the data instead of repeating it.",
                ),
                code="answer_lost",
            )
        self.answer = Answer(row.status, row.headers, bytes(row.body))


@contextmanager
def claim(database: Database, member_id: int, request: str, key: str, body: bytes) -> Iterator[Claim]:
    """Hold a member's `key` for one request; `request` is method and path.

    Whoever comes while the first is still at work gets 409. The lock is the connection's, so that a process that
    dies leaves no key locked.
    """
    if len(key) > LONGEST_KEY:
        raise Invalid(
            Text("Idempotency-Key 最长 255 个字符。", "An Idempotency-Key has 255 characters at most."),
            code="idempotency_key_too_long",
        )
    lock = {
        "lock": int.from_bytes(hashlib.sha256(f"{member_id} {key}".encode()).digest()[:8], "big", signed=True)
    }
    with database.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), lock):
            raise Conflict(
                Text("同一个请求正在处理。", "The same request is still being worked on."),
                code="still_running",
            )
        try:
            held = Claim(database, member_id, request, key, body)
            held.recall(connection)
            token = _held.set(held if held.answer is None else None)
            try:
                yield held
            except BaseException:
                held.forget()
                raise
            finally:
                _held.reset(token)
        finally:
            connection.scalar(text("SELECT pg_advisory_unlock(:lock)"), lock)


def prepare(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Have this answer kept in the transaction that is open, if the request came with a key.

    So, after a crash between commit and answer, a repeat gets the first answer; the last one prepared counts.
    """
    held = _held.get()
    if held is not None:
        held.prepared = Answer(status, headers, body)


def _mark(connection: Connection) -> None:
    """In each transaction that a request commits: its answer, or at least that it was carried out.

    In the latter case, if the process dies before it has answered, a repeat is told so instead of being carried
    out again.
    """
    held = _held.get()
    if held is not None and not held.done:
        held.write(connection, held.prepared or Answer(CARRIED_OUT, {}, b""))


on_commit(_mark)


@periodic("platform.forget_answers", every=timedelta(hours=1))
def _forget(context: JobContext, payload: dict[str, Any]) -> None:
    with context.database.begin() as connection:
        connection.execute(
            text("DELETE FROM jianflow.answer WHERE created_at < :until"), {"until": clock.now() - KEPT}
        )
