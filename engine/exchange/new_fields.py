"""Columns that become new fields of the form: published before the file is read, and taken back where that failed."""

from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, text

from engine.access.viewer import App
from engine.definitions import live as living
from engine.definitions import publish as publishing
from engine.definitions.model import Document, LiveApp
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound
from engine.platform.jobs import Job, JobContext, enqueue, job
from engine.records.query import Query, query

if TYPE_CHECKING:
    from engine.exchange.import_job import Order

TAKE_BACK = "exchange.take_back_fields"
NOTED = "made_fields"
"""Where a job's payload names the fields that it published."""


def publish(database: Database, wanted: "Order", job_id: str, *, author: int | None) -> list[str]:
    """Publish the fields that the mapping asks for and the form does not have; answers their keys.

    The job's row names them from the same moment on: whatever ends the job, they are found again.
    """
    with database.connect() as connection:
        form = living.load(connection, wanted.app).form(wanted.form)
    headers = {target: header for header, target in wanted.mapping.columns.items() if target}
    added: list[dict[str, Any]] = [
        {"key": key, "label": headers.get(key, key), **document}
        for key, document in wanted.mapping.new_fields.items()
        if form.field(key) is None
    ]
    keys = [str(one["key"]) for one in added]
    if added:

        def edit(document: Document) -> Document:
            return {**document, "fields": [*document["fields"], *added]}

        publishing.change(
            database, wanted.app, "forms", wanted.form, edit, author=author,
            within=lambda connection, live: _note(connection, job_id, keys),
        )  # fmt: skip
    return keys


def take_back(
    database: Database,
    app_key: str,
    form_key: str,
    keys: list[str],
    *,
    author: int | None,
    job_id: str | None = None,
) -> list[str]:
    """Remove fields that an import made and nothing uses; answers which. Their values stay recoverable.

    `job_id` names an import that did not end well: its row does not name the fields any more then.
    """
    try:
        return _remove(database, app_key, form_key, keys, author, job_id)
    except Invalid:  # something else names one of them: the others go alone
        gone = []
        for key in keys if len(keys) > 1 else ():
            gone += take_back(database, app_key, form_key, [key], author=author)
        if job_id is not None:
            database.run(lambda connection: _note(connection, job_id, []))
        return gone


def _remove(
    database: Database, app_key: str, form_key: str, keys: list[str], author: int | None, job_id: str | None
) -> list[str]:
    gone: list[str] = []

    def judge(connection: Connection, live: LiveApp) -> None:
        gone[:] = [key for key in keys if not _filled(connection, live, form_key, key)]
        if job_id is not None:
            _note(connection, job_id, [])

    def edit(document: Document) -> Document:
        return {**document, "fields": [field for field in document["fields"] if field["key"] not in gone]}

    publishing.change(database, app_key, "forms", form_key, edit, author=author, within=judge)
    return gone


def _filled(connection: Connection, live: LiveApp, form_key: str, key: str) -> bool:
    """Whether a record holds something in the field."""
    field = live.form(form_key).field(key)
    if field is None or "not_empty" not in field.kind.operators:
        return False
    wanted = Query(where={"field": key, "op": "not_empty"}, fields=(), limit=1)
    return bool(query(connection, live, form_key, App("import"), wanted).records)


def _note(connection: Connection, job_id: str, keys: list[str]) -> None:
    connection.execute(
        text(
            f"UPDATE jianflow.job SET payload = payload || jsonb_build_object('{NOTED}', CAST(:keys AS jsonb))"
            " WHERE id = CAST(:id AS uuid)"
        ),
        {"keys": orjson.dumps(keys).decode(), "id": job_id},
    )


def unfinished(connection: Connection, ended: Job) -> None:
    """Have the fields of an import that wrote nothing taken back."""
    if ended.payload.get(NOTED):
        payload = {
            "app": ended.app_key,
            "form": ended.payload["form"],
            "import": ended.id,
            "fields": ended.payload[NOTED],
        }
        enqueue(connection, TAKE_BACK, payload, app_key=ended.app_key)


@job(TAKE_BACK)
def run(context: JobContext, payload: dict[str, Any]) -> None:
    """Take back what an import that did not end well had published."""
    try:
        take_back(
            context.database,
            payload["app"],
            payload["form"],
            payload["fields"],
            author=None,
            job_id=payload["import"],
        )
    except NotFound:  # the app or the form is gone, and the fields with it
        return
