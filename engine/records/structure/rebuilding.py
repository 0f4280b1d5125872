"""The job that does the work on data after publishing: in batches, each its own short transaction.

Where it was is kept in the job's row by the transaction of each batch, so that one that was killed goes on from there.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as attribute
from typing import Any

import psycopg
from sqlalchemy import Connection, exc, text

from engine.access.viewer import App
from engine.definitions import live as living
from engine.definitions import publish
from engine.definitions.model import LiveApp, Publication
from engine.platform import notices
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, job
from engine.records.structure import rebuild
from engine.records.structure.rebuild import Outcome, Rebuild
from engine.records.writing.again import enqueue_again
from engine.records.writing.following import finish
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction

JOB = "records.rebuild"
SECONDS = 0.3
"""So long a batch should take: those who write to its records wait for it."""
FIRST, FEWEST, MOST = 200, 50, 20_000
MOST_VALUES = 2000
"""Values are read and written one by one, and so many records go into the search at once."""

Step = Callable[[Transaction, Rebuild, Sequence[int], Outcome], None]
STEPS: tuple[Step, ...] = (rebuild.make_values, rebuild.compute)


@dataclass
class Place:
    """Where the work is: through the forms with the first step, then with the second; after which record."""

    step: int = 0
    work: int = 0
    last: int = 0
    done: int = 0
    outcome: Outcome = attribute(default_factory=dict)

    def next_form(self, works: int) -> None:
        """Begin with the next form, or the next step."""
        self.last, self.work = 0, self.work + 1
        if self.work == works:
            self.work, self.step = 0, self.step + 1


@job(JOB, unfinished=enqueue_again)
def _rebuild(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    works = [Rebuild.read(one) for one in payload.get("works", [payload])]
    place = Place(**payload.get("at", {}))
    size = FIRST
    try:
        total = context.database.read(lambda connection: _total(connection, payload["app"], works))
        while place.step < len(STEPS):
            work = works[place.work]
            begun = time.monotonic()
            most = MOST_VALUES if place.step == 0 else MOST
            count = _batch(context, payload["app"], work, place, min(size, most))
            if count:
                place.done += count
                taken = max(time.monotonic() - begun, 0.001)
                size = int(max(FEWEST, min(MOST, size * min(4.0, SECONDS / taken))))
            else:
                place.next_form(len(works))
            context.progress(min(place.done, total), total)
        _end(context, payload["app"], works, place, payload.get("author"))
    except NotFound:
        return {}  # the app is gone
    return dict(place.outcome)


def _batch(context: JobContext, app_key: str, work: Rebuild, place: Place, size: int) -> int:
    """One batch of one step; answers how many records it was."""
    step = STEPS[place.step]
    if not passes(work)[place.step]:
        return 0

    def once(connection: Connection) -> tuple[list[int], Outcome]:
        live = living.lock_and_load(connection, app_key)
        if work.form not in live.forms:
            return [], place.outcome
        tx = Transaction(connection, live, App("publish"), "engine")
        # In the order in which all lock; what follows sees everything that was written before.
        found = connection.exec_driver_sql(
            f"SELECT id FROM {tx.table(work.form).stored.qualified()} WHERE id > %s::bigint"
            " ORDER BY id LIMIT %s FOR NO KEY UPDATE",
            (place.last, size),
        )
        ids = list(found.scalars())
        outcome = {path: dict(counted) for path, counted in place.outcome.items()}
        if ids:
            tx.locked.setdefault(work.form, set()).update(ids)
            step(tx, work, ids, outcome)
            finish(tx)
            reached = asdict(place) | {"last": ids[-1], "done": place.done + len(ids), "outcome": outcome}
            context.remember(connection, reached)
        return ids, outcome

    try:
        ids, place.outcome = context.database.run(once)
    except exc.IntegrityError as error:
        if not isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise
        ids, place.outcome = context.database.run(once)  # somebody took a value between two statements
    place.last = ids[-1] if ids else place.last
    return len(ids)


def _end(
    context: JobContext, app_key: str, works: Sequence[Rebuild], place: Place, author: int | None
) -> None:
    """Nothing is building any more: every process reads anew where the app's fields are kept."""

    def work(connection: Connection) -> Publication:
        live = publish.lock_alone(connection, app_key)
        others = _building_elsewhere(connection, app_key, context.job_id)
        rebuild.mark_ready(connection, {column for one in works for column in one.columns} - others)
        connection.execute(
            text("UPDATE jianflow.app SET live_version = live_version + 1 WHERE id = :app"),
            {"app": live.app.id},
        )
        if author is not None:
            _tell_repeated(connection, live, works, place.outcome, author)
        context.complete(connection, place.outcome)
        return Publication(version=live.version + 1, published=[], jobs=[], warnings=[])

    publish.between_writes(context.database, work)


def _tell_repeated(
    connection: Connection, live: LiveApp, works: Sequence[Rebuild], outcome: Outcome, author: int
) -> None:
    """Tell who published of values that may not repeat now, but came twice before all of them were known."""
    for form in (live.forms[one.form] for one in works if one.form in live.forms):
        for rule in unique.uniques(form):
            count = outcome.get(rule.key, {}).get("repeated")
            if count:
                said = Text(
                    "“{form}”的“{names}”设为唯一的过程中，又写入了 {n} 条重复的数据，请查找并更正",
                    "While “{names}” of “{form}” was being made unique, {n} records that repeat a value were written;"
                    " please find and correct them",
                    form=Text(form.name("zh-CN"), form.name("en")),
                    names=Text(
                        "、".join(one.name("zh-CN") for one in rule.fields),
                        ", ".join(one.name("en") for one in rule.fields),
                    ),
                    n=count,
                )
                notices.tell(connection, author, said, f"/a/{live.app.key}/{form.key}")


def _building_elsewhere(connection: Connection, app_key: str, job_id: str) -> set[int]:
    """The columns that another job, of a later publication, is still at."""
    found = connection.execute(
        text(
            "SELECT payload FROM jianflow.job WHERE name = :name AND app_key = :app"
            " AND state IN ('queued', 'running') AND id <> CAST(:own AS uuid)"
        ),
        {"name": JOB, "app": app_key, "own": job_id},
    )
    return {
        column
        for payload in found.scalars()
        for one in payload.get("works", [payload])
        for column in one.get("columns", ())
    }


def passes(work: Rebuild) -> tuple[bool, bool]:
    """Which of the steps have anything to do for a form."""
    return bool(work.rows or work.conversions or work.derived or work.search), bool(work.changed)


def _total(connection: Connection, app_key: str, works: Sequence[Rebuild]) -> int:
    live = living.load(connection, app_key)
    tx = Transaction(connection, live, App("publish"), "engine")
    total = 0
    for one in works:
        if one.form in live.forms:
            total += sum(passes(one)) * rebuild.count_of(connection, tx.table(one.form))
    return total
