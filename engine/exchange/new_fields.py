"""Columns that become new fields, texts that become new options: published before the rows are written.

Where the import fails, and where it is undone, they are taken back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, text

from engine.access.viewer import App
from engine.definitions import live as living
from engine.definitions import publish as publishing
from engine.definitions.model import Document, LiveApp
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound
from engine.platform.jobs import Job, JobContext, enqueue, job
from engine.records.reading.query import Query, query
from engine.records.storage.options_in_use import options_in_use
from engine.records.writing.again import enqueue_again

if TYPE_CHECKING:
    from engine.exchange.import_job import Order

TAKE_BACK = "exchange.take_back_fields"
NOTED, NOTED_OPTIONS = "made_fields", "made_options"
"""Where a job's payload names the fields and options that it published."""


@dataclass
class Added:
    """What an import adds to its form: fields by key, options by the path of their field."""

    fields: list[str] = attribute(default_factory=list)
    options: dict[str, list[str]] = attribute(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.options)

    def singly(self) -> Iterator["Added"]:
        """Each thing for itself."""
        for path, values in self.options.items():
            yield from (Added(options={path: [value]}) for value in values)
        yield from (Added([key]) for key in self.fields)

    @classmethod
    def noted(cls, payload: Mapping[str, Any]) -> "Added":
        """As a job's payload names it."""
        return cls(payload.get(NOTED) or [], payload.get(NOTED_OPTIONS) or {})


def publish(
    database: Database,
    wanted: "Order",
    job_id: str,
    options: Mapping[str, Sequence[str]],
    *,
    author: int | None,
) -> Added:
    """Publish what the mapping asks for and the form does not have; answers what was added.

    The job's row names it from the same moment on: whatever ends the job, it is found again.
    """
    with database.connect() as connection:
        form = living.load(connection, wanted.app).form(wanted.form)
    headers = {target: header for header, target in wanted.mapping.columns.items() if target}
    fields: list[dict[str, Any]] = [
        {"key": key, "label": headers.get(key, key), **document}
        for key, document in wanted.mapping.new_fields.items()
        if form.field(key) is None
    ]
    added = Added([str(one["key"]) for one in fields])
    if not fields and not options:
        return added

    def judge(connection: Connection, live: LiveApp) -> None:
        now = live.form(wanted.form)
        added.options = {
            path: fresh for path, values in options.items() if (fresh := _fresh(now, path, values))
        }
        _note(connection, job_id, added)

    def edit(document: Document) -> Document:
        whole = {**document, "fields": [*document["fields"], *fields]}
        for path, values in options.items():
            whole = _with_options(whole, path.split("."), values)
        return whole

    publishing.change(database, wanted.app, "forms", wanted.form, edit, author=author, within=judge)
    return added


def _fresh(form: Form, path: str, values: Sequence[str]) -> list[str]:
    """Those that the field does not have; of a field that is new itself none is named: it goes as a whole."""
    field = form.field(path)
    return [] if field is None else [one for one in values if one not in field.options]


def _with_options(document: Document, steps: Sequence[str], values: Sequence[str]) -> Document:
    def changed(field: dict[str, Any]) -> dict[str, Any]:
        if field["key"] != steps[0]:
            return field
        if len(steps) > 1:
            return dict(_with_options(field, steps[1:], values))
        there = field.get("options") or []
        known = {option["value"] for option in there}
        return {**field, "options": [*there, *(_option(one) for one in values if one not in known)]}

    return {**document, "fields": [changed(field) for field in document["fields"]]}


def _without_options(document: Document, steps: Sequence[str], values: Sequence[str]) -> Document:
    def changed(field: dict[str, Any]) -> dict[str, Any]:
        if field["key"] != steps[0]:
            return field
        if len(steps) > 1:
            return dict(_without_options(field, steps[1:], values))
        gone = [_option(one) for one in values]
        # One that somebody has named or coloured since is theirs by now.
        return {**field, "options": [one for one in field.get("options") or [] if one not in gone]}

    return {**document, "fields": [changed(field) for field in document["fields"]]}


def _option(value: str) -> dict[str, str]:
    return {"value": value, "label": value}


def take_back(
    database: Database,
    app_key: str,
    form_key: str,
    added: Added,
    *,
    author: int | None,
    job_id: str | None = None,
) -> Added:
    """Remove fields and options that an import made and nothing uses; answers which.

    A field's values stay recoverable. `job_id` names an import that did not end well: its row names nothing any more.
    """
    try:
        return _remove(database, app_key, form_key, added, author, job_id)
    except Invalid:  # something else names one of them: the others go alone
        gone = Added()
        single = list(added.singly())
        for one in single if len(single) > 1 else ():
            also = take_back(database, app_key, form_key, one, author=author)
            gone.fields += also.fields
            for path, values in also.options.items():
                gone.options.setdefault(path, []).extend(values)
        if job_id is not None:
            database.run(lambda connection: _note(connection, job_id, Added()))
        return gone


def _remove(
    database: Database, app_key: str, form_key: str, added: Added, author: int | None, job_id: str | None
) -> Added:
    gone = Added()

    def judge(connection: Connection, live: LiveApp) -> None:
        gone.fields = [key for key in added.fields if not _filled(connection, live, form_key, key)]
        gone.options = {}
        for path, values in added.options.items():
            used = options_in_use(connection, live, form_key, path, values)
            if unused := [one for one in values if one not in used]:
                gone.options[path] = unused
        if job_id is not None:
            _note(connection, job_id, Added())

    def edit(document: Document) -> Document:
        fields = [field for field in document["fields"] if field["key"] not in gone.fields]
        whole = {**document, "fields": fields}
        for path, values in gone.options.items():
            whole = _without_options(whole, path.split("."), values)
        return whole

    publishing.change(database, app_key, "forms", form_key, edit, author=author, within=judge)
    return gone


def _filled(connection: Connection, live: LiveApp, form_key: str, key: str) -> bool:
    """Whether a record holds something in the field."""
    field = live.form(form_key).field(key)
    if field is None or "not_empty" not in field.kind.operators:
        return False
    wanted = Query(where={"field": key, "op": "not_empty"}, fields=(), limit=1)
    return bool(query(connection, live, form_key, App("import"), wanted).records)


def _note(connection: Connection, job_id: str, added: Added) -> None:
    connection.execute(
        text(
            "UPDATE jianflow.job SET payload = payload || CAST(:noted AS jsonb) WHERE id = CAST(:id AS uuid)"
        ),
        {"noted": orjson.dumps({NOTED: added.fields, NOTED_OPTIONS: added.options}).decode(), "id": job_id},
    )


def unfinished(connection: Connection, ended: Job) -> None:
    """Have what an import that wrote nothing had published taken back."""
    if Added.noted(ended.payload):
        payload = {
            "app": ended.app_key,
            "form": ended.payload["form"],
            "import": ended.id,
            "fields": ended.payload.get(NOTED) or [],
            "options": ended.payload.get(NOTED_OPTIONS) or {},
        }
        enqueue(connection, TAKE_BACK, payload, app_key=ended.app_key)


@job(TAKE_BACK, unfinished=enqueue_again)
def run(context: JobContext, payload: dict[str, Any]) -> None:
    """Take back what an import that did not end well had published."""
    try:
        take_back(
            context.database,
            payload["app"],
            payload["form"],
            Added(payload["fields"], payload.get("options") or {}),
            author=None,
            job_id=payload["import"],
        )
    except NotFound:  # the app or the form is gone, and the fields with it
        return
