"""Fields that were removed and can still come back with their values, and values that a change of type kept aside."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from engine.access.viewer import App, Viewer
from engine.definitions import versions
from engine.definitions.model import Document, LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import Conflict, NotFound
from engine.platform.i18n import Text
from engine.records.reading.read import several
from engine.records.storage import storage
from engine.records.storage.storage import PLAIN, UNIQUE, StoredColumn
from engine.records.structure import retyping
from engine.records.structure.conversion import Converter, parsing
from engine.records.structure.retyping import Example
from engine.records.writing.transaction import Transaction

KEPT = timedelta(days=30)
BATCH = 1000
SECONDS = 3.0


@dataclass(frozen=True)
class RemovedField:
    """A field with its last definition; `values` is how many records (or rows) hold something in it."""

    path: str
    document: Document
    removed_at: datetime
    values: int

    @property
    def until(self) -> datetime:
        """When its values end."""
        return self.removed_at + KEPT


def removed_fields(connection: Connection, live: LiveApp, form_key: str) -> list[RemovedField]:
    """The fields of a form that can come back, those removed last first."""
    form = live.form(form_key)
    stored = storage.load(connection, live.app.id, live.app.schema)
    found: dict[str, RemovedField] = {}
    rows = connection.execute(_COLUMNS, {"app": live.app.id, "form": form_key, "unique": UNIQUE}).all()
    for row in rows:  # the newest last
        path = f"{row.subform}.{row.field_key}" if row.subform else row.field_key
        gone_with_its_subform = row.subform and form.field(row.subform) is None
        if form.field(path) is not None or gone_with_its_subform:
            continue
        table = stored[form_key, row.subform]
        column = next((one for one in table.columns if one.id == row.id), None)
        if column is not None:
            count = retyping.filled(connection, table, column)
            found[path] = RemovedField(path, dict(column.field), row.removed_at, count)
    for row in connection.execute(_SUBFORMS, {"app": live.app.id, "form": form_key}):
        document = (
            None
            if form.field(row.field_key) is not None
            else _last(connection, live, form_key, row.field_key)
        )
        if document is not None:
            count = int(
                connection.scalar(text(f"SELECT count(*) FROM {stored[form_key, row.field_key].qualified()}"))
                or 0
            )
            found[row.field_key] = RemovedField(row.field_key, document, row.removed_at, count)
    return sorted(found.values(), key=lambda one: one.removed_at, reverse=True)


def brought_back(document: Document, field: RemovedField) -> Document:
    """The form's document with the field in it again, as the last one of its place."""
    subform, _, key = field.path.rpartition(".")
    fields = [dict(one) for one in document["fields"]]
    among = fields
    if subform:
        parent = next((one for one in fields if one["key"] == subform), None)
        if parent is None:
            raise NotFound(Text("没有子表“{key}”", "There is no subform “{key}”", key=subform))
        among = parent["fields"] = list(parent.get("fields", ()))
    if any(one["key"] == key for one in among):
        raise Conflict(
            Text("草稿里已经有“{key}”", "“{key}” is in the draft already", key=key), code="already_there"
        )
    among.append(field.document)
    return {**document, "fields": fields}


def kept_values(
    connection: Connection, live: LiveApp, form_key: str, path: str, viewer: Viewer | App, most: int = 200
) -> list[Example]:
    """The values that a change of type could not carry over wholly, of the records that the viewer may see."""
    form = live.form(form_key)
    field = form.field(path)
    if field is None or field.parent is not None:
        raise NotFound(Text("没有字段“{key}”", "There is no field “{key}”", key=path))
    stored = storage.load(connection, live.app.id, live.app.schema)[form_key, ""]
    new = stored.find(field.key)
    aside = [one for one in stored.columns if one.field_key == field.key and one.kept and not one.active]
    if new is None or not aside:
        return []
    source = aside[-1]
    old = source.as_field()
    old.form = form
    tx = Transaction(connection, live, App("kept"), "engine")
    converter = Converter(
        tx, tx.table(form_key), stored, field.key, "", field, old, new, source, None, parsing(tx)
    )
    found: list[Example] = []
    last, deadline = 0, time.monotonic() + SECONDS
    while len(found) < most and time.monotonic() < deadline:
        ids = list(
            connection.scalars(text(_holding(stored.qualified(), source, stored)), {"last": last, "n": BATCH})
        )
        if not ids:
            break
        last = ids[-1]
        wrong = {row_id: value for row_id, value, _, exact in converter.values(ids) if exact is False}
        found += _seen(connection, live, form, field, old, viewer, wrong)
    return found[:most]


def _seen(
    connection: Connection,
    live: LiveApp,
    form: Form,
    field: Field,
    old: Field,
    viewer: Viewer | App,
    wrong: dict[int, Any],
) -> list[Example]:
    if not wrong or getattr(old.kind, "refers_to", None):  # whose titles may not be for this viewer
        return []
    return [
        Example(
            record.id,
            str(record.title),
            old.kind.display(wrong[record.id], old, viewer.language, viewer.time_zone),
            field.kind.display(record.values[field.key], field, viewer.language, viewer.time_zone) or None,
        )
        for record in several(connection, live, form.key, viewer, list(wrong), [field.key])
        if field.key in record.values
    ]


def _holding(main: str, source: StoredColumn, stored: storage.StoredForm) -> str:
    """The records that have a value in the column that was set aside."""
    if source.kind == PLAIN:
        holder = f"EXISTS (SELECT 1 FROM {stored.qualified(source.part)} p WHERE p.id = t.id AND p.{source.name} IS NOT NULL)"
    else:
        holder = (
            f"EXISTS (SELECT 1 FROM {stored.schema}.{stored.link_table(source)} l WHERE l.record_id = t.id)"
        )
    return f"SELECT t.id FROM {main} t WHERE t.id > :last AND t.deleted_at IS NULL AND {holder} ORDER BY t.id LIMIT :n"


def _last(connection: Connection, live: LiveApp, form_key: str, key: str) -> Document | None:
    """The last definition of a field that some published version of its form had."""
    for one in versions.versions(connection, live.app.key, "forms", form_key):
        if one.removed:
            continue
        document = versions.document(connection, live.app.key, "forms", form_key, one.number)
        found = next((field for field in document["fields"] if field["key"] == key), None)
        if found is not None:
            return dict(found)
    return None


_COLUMNS = text(
    "SELECT c.id, c.field_key, f.field_key AS subform, c.removed_at FROM jianflow.column_storage c"
    " JOIN jianflow.form_storage f ON f.id = c.form_id WHERE f.app_id = :app AND f.form_key = :form"
    " AND c.state = 'removed' AND c.kind <> :unique AND c.removed_at IS NOT NULL ORDER BY c.removed_at, c.id"
)
_SUBFORMS = text(
    "SELECT field_key, removed_at FROM jianflow.form_storage WHERE app_id = :app AND form_key = :form"
    " AND field_key <> '' AND removed_at IS NOT NULL ORDER BY removed_at"
)
