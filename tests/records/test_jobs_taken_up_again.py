"""Work that a publication or a large write leaves to a job is done in the end, whatever ends the job."""

import importlib

import pytest

from engine.definitions import store
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.jobs import COLUMNS, Job, cancel_job, enqueue
from engine.platform.jobs import read as job_of
from engine.platform.performing import run_due
from tests.records.making import add, form, make_app, text

LEFT_TO_JOBS = [
    ("records.index", "engine.records.structure.indexes", "wanted", {}),
    ("records.search", "engine.records.reading.search", "index", {"ids": [[1, 1]]}),
    (
        "exchange.take_back_fields",
        "engine.exchange.new_fields",
        "take_back",
        {"import": None, "fields": ["x"]},
    ),
]


def jobs_of(database: Database, app: str, name: str) -> list[Job]:
    with database.connect() as connection:
        found = connection.exec_driver_sql(
            f"SELECT {COLUMNS} FROM jianflow.job WHERE app_key = %s AND name = %s ORDER BY created_at",
            (app, name),
        )
        return [job_of(row) for row in found]


@pytest.mark.parametrize(("name", "module", "work", "payload"), LEFT_TO_JOBS)
def test_a_job_that_a_fault_ended_is_done_again_later(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str, module: str, work: str, payload: dict
) -> None:
    app = make_app(database, form("a", text()))
    add(database, app, "a", name="甲")
    run_due(database)
    with database.begin() as connection:
        enqueue(connection, name, {"app": app, "form": "a", **payload}, app_key=app)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(importlib.import_module(module), work, broken)
        run_due(database)
    assert [one.state for one in jobs_of(database, app, name)] == ["failed", "queued"]
    waiting = jobs_of(database, app, name)[1]
    assert waiting.run_at is not None and waiting.run_at > clock.now()
    with clock.stopped(waiting.run_at):
        run_due(database)
    assert [one.state for one in jobs_of(database, app, name)] == ["failed", "succeeded"]


@pytest.mark.parametrize(("name", "payload"), [(one[0], one[3]) for one in LEFT_TO_JOBS])
def test_a_job_that_is_cancelled_before_it_began_is_done_later(
    database: Database, name: str, payload: dict
) -> None:
    app = make_app(database, form("a", text()))
    run_due(database)
    with database.begin() as connection:
        waiting = enqueue(connection, name, {"app": app, "form": "a", **payload}, app_key=app)
        assert cancel_job(connection, waiting).state == "cancelled"
        cancel_job(connection, waiting)
    assert [one.state for one in jobs_of(database, app, name)] == ["cancelled", "queued"]


@pytest.mark.parametrize(("name", "payload"), [(one[0], one[3]) for one in LEFT_TO_JOBS])
def test_a_job_of_an_app_that_is_gone_has_nothing_to_do(database: Database, name: str, payload: dict) -> None:
    app = make_app(database, form("a", text()))
    with database.begin() as connection:
        enqueue(connection, name, {"app": app, "form": "a", **payload}, app_key=app)
        store.delete_app(connection, app)
    run_due(database)
    assert {one.state for one in jobs_of(database, app, name)} == {"succeeded"}
