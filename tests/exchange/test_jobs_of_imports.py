"""An import is there as a whole or not at all, whoever stops it; while it runs it tells how far it is."""

import threading
import time
from pathlib import Path

import pytest

from engine.access.viewer import Viewer
from engine.exchange import import_job, undo_job
from engine.exchange.rows_read import BATCH
from engine.platform import jobs, performing
from engine.platform.database import Database
from engine.platform.errors import NotFound
from engine.records.bulk.write import Loading
from tests.exchange.sheets import csv, done, ordered, records
from tests.records.making import add, field, form, live_of, make_app, republish, text

COMPANY = form("company", text(unique="must"), title="{name}")
GOODS = form(
    "goods",
    text(required=True),
    field("price", "money"),
    field("company", "link", form="company"),
    title="{name}",
)


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, COMPANY, GOODS)


def many(tmp_path: Path, rows: int) -> Path:
    return csv(tmp_path, "name,price,company\n" + "".join(f"品{n},{n},公司{n % 3}\n" for n in range(rows)))


def test_cancelled_in_the_middle_nothing_was_written(
    database: Database, me: Viewer, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = {"links": {"company": {"by": "name", "missing": "create"}}}
    job_id = ordered(database, me, app, "goods", many(tmp_path, 3 * BATCH), mapping)
    reached, go_on = threading.Event(), threading.Event()
    whole = Loading.stage_block

    def slowly(self: Loading, block: object) -> None:
        whole(self, block)  # type: ignore[arg-type]
        reached.set()
        go_on.wait(20)

    monkeypatch.setattr(Loading, "stage_block", slowly)
    worker = threading.Thread(target=performing.perform, args=(database, job_id))
    worker.start()
    assert reached.wait(20)
    with database.begin() as connection:
        job = jobs.cancel_job(connection, job_id)
    assert job.state == "running"
    time.sleep(jobs.HEARTBEAT_SECONDS + 0.5)
    go_on.set()
    worker.join(30)
    with database.connect() as connection:
        job = jobs.get_job(connection, job_id)
    assert (job.state, job.result) == ("cancelled", None)
    assert job.total == 3 * BATCH and job.done < 3 * BATCH
    assert records(database, me, app, "goods", "name") == records(database, me, app, "company", "name") == []


def test_a_form_changed_meanwhile_stops_the_import_with_a_word(
    database: Database, me: Viewer, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ordered(database, me, app, "goods", many(tmp_path, 10))
    finish = Loading.finish

    def later(self: Loading, *given: object) -> object:
        republish(database, app, {**GOODS, "fields": [*GOODS["fields"], text("added")]})
        return finish(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Loading, "finish", later)
    job = done(database, job_id)
    assert (job.state, job.errors[0]["code"]) == ("failed", "form_changed")
    assert records(database, me, app, "goods", "name") == []


def test_fields_that_were_added_for_an_import_that_fails_are_taken_back(
    database: Database, me: Viewer, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = {"columns": {"产地": "origin"}, "new_fields": {"origin": {"type": "text"}}}
    job_id = ordered(database, me, app, "goods", csv(tmp_path, "name,产地\n甲,上海\n"), mapping)
    monkeypatch.setattr(import_job, "_tell", lambda *given: 1 / 0)
    job = done(database, job_id)
    assert job.state == "failed" and "没有写入任何记录" in job.errors[0]["message"]
    performing.run_due(database)
    assert live_of(database, app).form("goods").field("origin") is None


@pytest.mark.parametrize("used", [False, True])
def test_fields_of_an_import_whose_worker_was_killed_are_taken_back_unless_somebody_uses_them(
    database: Database, me: Viewer, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: bool
) -> None:
    mapping = {"columns": {"产地": "origin"}, "new_fields": {"origin": {"type": "text"}}}
    job_id = ordered(database, me, app, "goods", csv(tmp_path, "name,产地\n甲,上海\n"), mapping)

    class Killed(BaseException):
        """Ends the worker as a kill does: nothing after it is done."""

    def kill(*given: object) -> None:
        raise Killed

    monkeypatch.setattr(import_job, "_import", kill)
    with pytest.raises(Killed):
        performing.perform(database, job_id)
    assert live_of(database, app).form("goods").field("origin") is not None
    if used:
        add(database, app, "goods", name="乙", origin="广州")
    with database.begin() as connection:
        performing.give_back(connection, job_id, 1)
    performing.run_due(database)
    assert done(database, job_id).state == "failed"
    assert (live_of(database, app).form("goods").field("origin") is not None) is used


def test_the_importer_is_told_at_the_end_and_finds_exactly_these_rows(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    from sqlalchemy import text as sql

    first = done(database, ordered(database, me, app, "goods", many(tmp_path, 3)))
    second = done(database, ordered(database, me, app, "goods", many(tmp_path, 2)))
    assert len(records(database, me, app, "goods", "name", import_id=first.id)) == 3
    assert len(records(database, me, app, "goods", "name", import_id=second.id)) == 2
    with database.connect() as connection:
        told = connection.execute(
            sql("SELECT count(*) FROM jianflow.notice WHERE url = :url"), {"url": second.result["url"]}
        ).scalar()
    assert told == 1


def test_an_import_is_not_taken_back_by_way_of_another_app(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    other = make_app(database, COMPANY, GOODS)
    job = done(database, ordered(database, me, app, "goods", many(tmp_path, 2)))
    with pytest.raises(NotFound), database.begin() as connection:
        undo_job.start(connection, other, job.id, me)
    assert len(records(database, me, app, "goods", "name", import_id=job.id)) == 2
