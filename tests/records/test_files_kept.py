"""Files belong to one record, go with it, its form or its app, and belong to nobody who comes after."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from engine.definitions import publish, store
from engine.platform.database import Database
from engine.platform.errors import NotFound
from engine.platform.files import FileStore, StoredFile
from engine.platform.jobs import enqueue
from engine.platform.performing import run_due
from engine.records.bulk.updates import Changed, Wanted
from engine.records.bulk.updates import change as change_all
from engine.records.writing import attachments, write
from engine.records.writing.transaction import Transaction
from tests.records.making import ENGINE, add, field, form, make_app, text

PAPERS = form("paper", text(), field("scan", "file"))


def attached(database: Database, files: FileStore, app: str) -> StoredFile:
    with database.begin() as connection:
        file = files.store(connection, io.BytesIO(b"top secret"), "secret.txt", owner=None)
    add(database, app, "paper", scan=[file.id])
    return file


def is_there(database: Database, files: FileStore, file: StoredFile) -> bool:
    with database.connect() as connection:
        try:
            return files.get(connection, file.id).app is not None
        except NotFound:
            return False


def test_the_files_of_a_deleted_app_are_not_those_of_an_app_that_gets_its_key(
    database: Database, tmp_path: Path
) -> None:
    files = FileStore(tmp_path)
    app, other = make_app(database, PAPERS), make_app(database, PAPERS)
    file, kept = attached(database, files, app), attached(database, files, other)
    with database.begin() as connection:
        store.delete_app(connection, app)
    assert make_app(database, PAPERS) == app
    assert not is_there(database, files, file)
    assert is_there(database, files, kept)


def test_of_two_records_that_are_to_get_one_file_at_the_same_time_one_does(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FileStore(tmp_path)
    app = make_app(database, PAPERS)
    with database.begin() as connection:
        file = files.store(connection, io.BytesIO(b"one"), "one.txt", owner=None)
    looked, go_on = threading.Semaphore(0), threading.Event()
    check = attachments.check

    def slowly(*given: Any) -> None:
        check(*given)
        looked.release()
        assert go_on.wait(20)

    monkeypatch.setattr(attachments, "check", slowly)
    with ThreadPoolExecutor(2) as people:
        first = people.submit(add, database, app, "paper", scan=[file.id])
        assert looked.acquire(timeout=20)
        second = people.submit(add, database, app, "paper", scan=[file.id])
        assert not looked.acquire(timeout=1), "who comes second waits for the first"
        go_on.set()
        faults = [one.exception() for one in (first, second)]
    refused = [one for one in faults if one is not None]
    assert [fault.code for one in refused for fault in one.faults] == ["unknown_file"]  # type: ignore[attr-defined]
    assert is_there(database, files, file)


def test_many_records_set_in_one_go_do_not_share_a_file(database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    app = make_app(database, PAPERS)
    ids = [add(database, app, "paper", name=name) for name in ("甲", "乙")]
    with database.begin() as connection:
        file = files.store(connection, io.BytesIO(b"one"), "one.txt", owner=None)

    def work(tx: Transaction) -> Changed:
        changed = Changed()
        wanted = [Wanted(number, one, {"scan": [file.id]}) for number, one in enumerate(ids)]
        change_all(tx, tx.live.form("paper"), wanted, changed)
        return changed

    changed = write.transact(database, app, ENGINE, work)
    assert changed.updated == [0]
    assert [fault.code for fault in changed.faults[1]] == ["unknown_file"]


def test_the_files_of_a_removed_form_are_gone_with_it_after_30_days(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FileStore(tmp_path)
    app = make_app(database, PAPERS, {**PAPERS, "key": "other"})
    file = attached(database, files, app)
    publish.change_all(database, app, {("forms", "paper"): None})
    for days, there in ((29, True), (31, False)):
        with database.begin() as connection:
            connection.execute(
                sql(
                    "UPDATE jianflow.form_storage SET removed_at = now() - :days WHERE removed_at IS NOT NULL"
                ),
                {"days": timedelta(days=days)},
            )
            enqueue(connection, "records.purge", {})
        run_due(database)
        assert is_there(database, files, file) is there
