"""Jobs: written with what causes them, done once, and never lost with their worker."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import fakeredis
import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import text

from engine.platform import clock as product_clock
from engine.platform.clock import StoppedClock
from engine.platform.database import Database
from engine.platform.duty import somebody_on_duty
from engine.platform.errors import Invalid
from engine.platform.i18n import Text, speaking
from engine.platform.jobs import (
    Job,
    JobContext,
    cancel_job,
    enqueue,
    get_job,
    job,
    periodic,
)
from engine.platform.outbox import Outbox, hand_on, start_periodic, sweep
from engine.platform.performing import perform, run_due
from tests.platform import worker_of_tests  # noqa: F401

WORKER = Path(__file__).with_name("worker_of_tests.py")


@contextlib.contextmanager
def a_worker(database: Database, redis_url: str | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, str(WORKER), database.url, *([redis_url] if redis_url else [])]
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def start(database: Database, name: str, **payload: object) -> str:
    with database.begin() as connection:
        return enqueue(connection, name, payload)


def look(database: Database, job_id: str) -> Job:
    with database.connect() as connection:
        return get_job(connection, job_id)


def wait_for(database: Database, job_id: str, fulfilled: Callable[[Job], bool], seconds: float = 20) -> Job:
    end = time.monotonic() + seconds
    while not fulfilled(found := look(database, job_id)):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found


def test_a_job_whose_transaction_is_rolled_back_never_was(empty_database: Database) -> None:
    with contextlib.suppress(ZeroDivisionError), empty_database.begin() as connection:
        enqueue(connection, "test.add", {"a": 1, "b": 2})
        raise ZeroDivisionError
    assert run_due(empty_database) == 0


@pytest.mark.parametrize("on_redis", [False, True], ids=["own process", "redis"])
def test_a_worker_does_jobs_soon_after_they_were_written(
    empty_database: Database, redis_url: str, on_redis: bool
) -> None:
    Redis.from_url(redis_url).flushall()
    with a_worker(empty_database, redis_url if on_redis else None):
        first = start(empty_database, "test.add", a=1, b=2)
        assert wait_for(empty_database, first, lambda j: j.ended).result == {"sum": 3}
        began = time.monotonic()
        second = start(empty_database, "test.add", a=2, b=2)
        assert wait_for(empty_database, second, lambda j: j.ended).result == {"sum": 4}
        assert time.monotonic() - began < 1


def test_the_job_of_a_killed_worker_is_done_by_the_next(empty_database: Database) -> None:
    job_id = start(empty_database, "test.slow", seconds=1)
    with a_worker(empty_database) as worker:
        wait_for(empty_database, job_id, lambda j: j.state == "running" and j.done > 2)
        worker.kill()
    assert look(empty_database, job_id).state == "running"
    with a_worker(empty_database):
        ended = wait_for(empty_database, job_id, lambda j: j.ended)
    assert (ended.state, ended.result) == ("succeeded", {"attempt": 2})


@pytest.mark.parametrize(
    ("stand", "state", "rows", "words"),
    [("before", "failed", 0, ["Nothing was imported."]), ("after", "succeeded", 100, [])],
)
def test_an_import_whose_worker_is_killed_is_there_whole_or_not_at_all_and_says_which(
    empty_database: Database, stand: str, state: str, rows: int, words: list[str]
) -> None:
    with empty_database.begin() as connection:
        connection.execute(text("CREATE TABLE jianflow.imported (n int)"))
    with speaking("en"):
        job_id = start(empty_database, "test.import", stand=stand)
    with a_worker(empty_database) as worker:
        if stand == "before":
            wait_for(empty_database, job_id, lambda j: j.state == "running")
            time.sleep(0.5)
        else:
            wait_for(empty_database, job_id, lambda j: j.ended)
        worker.kill()
    with a_worker(empty_database):
        ended = wait_for(empty_database, job_id, lambda j: j.ended)
    assert ended.state == state
    assert [error["message"] for error in ended.errors] == words
    with empty_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM jianflow.imported")) == rows


def test_the_sweeper_takes_a_job_from_a_worker_without_heartbeat(empty_database: Database) -> None:
    queue = Queue("jianflow", connection=fakeredis.FakeRedis(server=fakeredis.FakeServer()))
    job_id = start(empty_database, "test.add", a=1, b=2)
    with empty_database.begin() as connection:
        connection.execute(
            text(
                "UPDATE jianflow.job SET state = 'running', attempts = 1,"
                " heartbeat_at = clock_timestamp() - interval '1 minute'"
            )
        )
    sweep(empty_database, queue)
    assert look(empty_database, job_id).state == "queued"
    assert hand_on(empty_database, queue) == 1
    assert queue.get_job_ids() == [job_id]


def test_a_machine_that_stood_still_lets_its_workers_show_first_that_they_live(
    empty_database: Database,
) -> None:
    outbox = Outbox(empty_database, fakeredis.FakeRedis(server=fakeredis.FakeServer()))
    job_id = start(empty_database, "test.add", a=1, b=2)
    with empty_database.begin() as connection:
        connection.execute(
            text(
                "UPDATE jianflow.job SET state = 'running', attempts = 1,"
                " heartbeat_at = clock_timestamp() - interval '20 seconds'"
            )
        )
    now = time.time()
    outbox.sweep(now + 20)
    assert look(empty_database, job_id).state == "running"
    outbox.sweep(now + 22)
    assert look(empty_database, job_id).state == "queued"


def test_a_row_that_redis_has_forgotten_is_handed_on_again(empty_database: Database) -> None:
    server = fakeredis.FakeServer()
    queue = Queue("jianflow", connection=fakeredis.FakeRedis(server=server))
    job_id = start(empty_database, "test.add", a=1, b=2)
    assert hand_on(empty_database, queue) == 1
    queue.connection.flushall()
    with empty_database.begin() as connection:
        connection.execute(text("UPDATE jianflow.job SET handed_at = clock_timestamp() - interval '1 hour'"))
    sweep(empty_database, queue)
    assert hand_on(empty_database, queue) == 1
    assert queue.get_job_ids() == [job_id]
    sweep(empty_database, queue)
    assert hand_on(empty_database, queue) == 0, "a row that waits in RQ is not handed on twice"


def test_a_job_that_comes_twice_is_done_once(empty_database: Database) -> None:
    job_id = start(empty_database, "test.add", a=1, b=2)
    assert perform(empty_database, job_id)
    assert not perform(empty_database, job_id)
    assert look(empty_database, job_id).attempts == 1


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(
    empty_database: Database,
) -> None:
    waiting = start(empty_database, "test.add", a=1, b=2)
    with empty_database.begin() as connection:
        assert cancel_job(connection, waiting).state == "cancelled"
    assert run_due(empty_database) == 0
    running = start(empty_database, "test.slow", seconds=30)
    with a_worker(empty_database):
        wait_for(empty_database, running, lambda j: j.state == "running")
        with empty_database.begin() as connection:
            cancel_job(connection, running)
        ended = wait_for(empty_database, running, lambda j: j.ended, seconds=5)
    assert ended.state == "cancelled"


def test_a_worker_that_is_told_to_end_gives_its_job_back_and_ends(empty_database: Database) -> None:
    job_id = start(empty_database, "test.slow", seconds=30)
    with a_worker(empty_database) as worker:
        wait_for(empty_database, job_id, lambda j: j.state == "running")
        worker.send_signal(signal.SIGTERM)
        worker.wait(5)
    assert look(empty_database, job_id).state == "queued"


def test_an_idle_worker_ends_when_it_is_told_to(empty_database: Database) -> None:
    with a_worker(empty_database) as worker:
        done = start(empty_database, "test.add", a=1, b=2)
        wait_for(empty_database, done, lambda j: j.ended)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_whether_anybody_does_jobs_is_known(empty_database: Database) -> None:
    def on_duty() -> bool:
        with empty_database.connect() as connection:
            return somebody_on_duty(connection)

    assert not on_duty()
    with a_worker(empty_database):
        job_id = start(empty_database, "test.add", a=1, b=2)
        wait_for(empty_database, job_id, lambda j: j.ended)
        assert on_duty()


def test_a_job_for_later_waits_for_its_time(empty_database: Database, clock: StoppedClock) -> None:
    with empty_database.begin() as connection:
        enqueue(connection, "test.add", {"a": 1, "b": 2}, run_at=product_clock.now() + timedelta(hours=2))
    assert run_due(empty_database) == 0
    clock.advance(hours=2, seconds=1)
    assert run_due(empty_database) == 1


def test_what_happens_every_hour_happens_every_hour(empty_database: Database, clock: StoppedClock) -> None:
    seen = []

    @periodic("test.hourly", every=timedelta(hours=1))
    def note(context: JobContext, payload: dict[str, object]) -> None:
        seen.append(product_clock.now())

    for _ in range(5):
        start_periodic(empty_database)
        run_due(empty_database)
        clock.advance(minutes=30)
    assert len(seen) == 3


def test_a_refused_job_lists_its_faults_in_the_language_of_who_began_it(empty_database: Database) -> None:
    @job("test.refused")
    def refuse(context: JobContext, payload: dict[str, object]) -> None:
        raise Invalid.at("/amount", "not_a_number", Text("不是数字", "Not a number"), row=7)

    with speaking("en"):
        job_id = start(empty_database, "test.refused")
    run_due(empty_database)
    ended = look(empty_database, job_id)
    assert ended.state == "failed"
    assert ended.errors == [
        {"row": 7, "column": "/amount", "code": "not_a_number", "message": "Not a number"}
    ]


def test_a_job_that_breaks_says_so_without_its_insides(empty_database: Database) -> None:
    @job("test.broken")
    def break_down(context: JobContext, payload: dict[str, object]) -> None:
        raise RuntimeError("password=secret")

    job_id = start(empty_database, "test.broken")
    run_due(empty_database)
    ended = look(empty_database, job_id)
    assert (ended.state, ended.errors[0]["code"]) == ("failed", "internal")
    assert "secret" not in str(ended.json())
