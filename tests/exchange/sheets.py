"""Files as people have them, and importing them the way the product does: as a job."""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from engine.access.grants import EVERYTHING
from engine.access.viewer import Viewer
from engine.exchange import export_job, import_job, undo_job
from engine.exchange.mapping import ImportMapping
from engine.exchange.read import open_table
from engine.exchange.sheet import Row
from engine.exchange.targets import Targets
from engine.exchange.understanding import Understanding, understand
from engine.fields.form import Form
from engine.platform import jobs, performing
from engine.platform.database import Database
from engine.platform.files import FileStore
from engine.platform.settings import Settings
from engine.records.reading.query import Query, query
from engine.records.reading.rights import Rights
from tests.records.making import live_of


def sheet(folder: Path, rows: Iterable[Sequence[Any]], name: str = "表.xlsx") -> Path:
    """A workbook with one sheet; dates come as Excel's dates, everything else as it is."""
    path = folder / name
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet("明细")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(number, column, value)
                elif value is not None:
                    page.write(number, column, value)
    return path


def csv(folder: Path, text: str, encoding: str = "utf-8", name: str = "表.csv") -> Path:
    """A .csv file in this encoding."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def rows_of(path: Path, sheet: str | None = None) -> list[Row]:
    """Everything in a sheet as it is read."""
    table = open_table(path)
    return list(table.rows(sheet or table.sheets[0].name))


def understood(path: Path, form: Form, **mapping: Any) -> Understanding:
    return understand(open_table(path), Targets(form, Rights(EVERYTHING)), ImportMapping.read(mapping))


def imported(
    database: Database,
    viewer: Viewer,
    app: str,
    form: str,
    path: Path,
    mapping: Mapping[str, Any] | None = None,
    *,
    mode: str | None = None,
    match_on: Sequence[str] | None = None,
    dry_run: bool = False,
) -> jobs.Job:
    """Import a file to its end; answers the job."""
    job_id = ordered(
        database, viewer, app, form, path, mapping, mode=mode, match_on=match_on, dry_run=dry_run
    )
    return done(database, job_id)


def ordered(
    database: Database,
    viewer: Viewer,
    app: str,
    form: str,
    path: Path,
    mapping: Mapping[str, Any] | None = None,
    *,
    mode: str | None = None,
    match_on: Sequence[str] | None = None,
    dry_run: bool = False,
) -> str:
    """Order an import; answers the job's id."""
    with database.begin() as connection, path.open("rb") as content:
        file = store().store(connection, content, path.name, owner=viewer.member_id)
        wanted = import_job.order(app, form, file, mapping, mode, match_on)
        return import_job.start(connection, wanted, viewer, dry_run=dry_run)


def undone(database: Database, viewer: Viewer, app: str, job: jobs.Job) -> jobs.Job:
    """Take an import back."""
    with database.begin() as connection:
        job_id = undo_job.start(connection, app, job.id, viewer)
    return done(database, job_id)


def exported(database: Database, viewer: Viewer, app: str, form: str, **sent: Any) -> tuple[jobs.Job, bytes]:
    """Export to its end; answers the job and the file."""
    with database.begin() as connection:
        job_id = export_job.start(connection, app, form, viewer, sent)
    job = done(database, job_id)
    if job.result is None:
        return job, b""
    return job, content_of(database, job.result["file"])


def done(database: Database, job_id: str) -> jobs.Job:
    performing.perform(database, job_id)
    with database.connect() as connection:
        return jobs.get_job(connection, job_id)


def content_of(database: Database, file_id: str) -> bytes:
    with database.connect() as connection:
        return Path(store().path(store().get(connection, file_id))).read_bytes()


def table_in(content: bytes, folder: Path, name: str = "out.xlsx") -> list[Row]:
    path = folder / name
    path.write_bytes(content)
    return rows_of(path)


def records(
    database: Database, viewer: Viewer, app: str, form: str, *fields: str, **wanted: Any
) -> list[tuple[Any, ...]]:
    """The fields of all records in the order in which they were made, links and members by title."""
    live = live_of(database, app)
    with database.connect() as connection:
        page = query(
            connection, live, form, viewer,
            Query(fields=tuple(fields), limit=1000, **wanted),
        )  # fmt: skip
        found = sorted(page.records, key=lambda one: one.id)
        return [tuple(_plain(record.value(key)) for key in fields) for record in found]


def store() -> FileStore:
    return FileStore(Settings.from_environment().data)


def _plain(value: Any) -> Any:
    if hasattr(value, "title") and hasattr(value, "id"):
        return str(value.title)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


def faults(job: jobs.Job) -> list[tuple[int, str | None, str]]:
    """Row, column and code of everything that the job complains of."""
    return [(one["row"], one["column"], one["code"]) for one in job.errors]


def workbook(write: Any) -> bytes:
    """A workbook that `write(book)` fills."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        write(book)
    return content.getvalue()
