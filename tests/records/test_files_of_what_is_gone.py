"""Files go with the app, the form or the record that they belong to, and belong to nobody who comes after."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from engine.definitions import publish, store
from engine.platform.database import Database
from engine.platform.errors import NotFound
from engine.platform.files import FileStore, StoredFile
from engine.platform.jobs import enqueue
from engine.platform.performing import run_due
from tests.records.making import add, field, form, make_app, text

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
