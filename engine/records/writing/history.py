"""What changed in a record: one row a change with the old values; a creation leaves none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues, utc_text
from engine.fields.failed import value_json
from engine.fields.form import Field, Form
from engine.fields.references import NO_ACCESS
from engine.formulas.values import FormulaError
from engine.platform.database import to_json
from engine.records.reading.naming import named
from engine.records.reading.read import get
from engine.records.reading.visible import Access, access_for, seen_rows
from engine.records.storage import rows
from engine.records.storage.tables import form_table
from engine.records.writing.old_values import eras
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Difference:
    """One field's step; `hidden` values are not told."""

    field: Field
    old: Any
    new: Any

    def json(self) -> dict[str, Any]:
        """The step as programs get it."""
        return {
            "field": self.field.key,
            "label": self.field.name(),
            "old": value_json(self.old, self.field),
            "new": value_json(self.new, self.field),
        }


@dataclass(frozen=True)
class Change:
    """One change of a record: who, when, by which door, and each field that the reader may see.

    Who and when follow the record's own 修改人, 修改时间, 创建人 and 创建时间: what is hidden there is not told here.
    """

    kind: str
    at: datetime | None
    author: int | None
    author_name: str | None
    door: str
    version: int
    differences: tuple[Difference, ...]

    def json(self) -> dict[str, Any]:
        """The change as programs get it."""
        return {
            "kind": self.kind,
            "at": utc_text(self.at) if self.at else None,
            "author": {"id": self.author, "title": self.author_name} if self.author else None,
            "door": self.door,
            "version": self.version,
            "changes": [one.json() for one in self.differences],
        }


def note(
    tx: Transaction,
    form_key: str,
    record_id: int,
    kind: str,
    version: int,
    old: Mapping[str, Any],
    *,
    cause: int | None = None,
) -> int:
    """Write one change down with the values from before it; answers its number."""
    return note_all(tx, form_key, [(record_id, version, old)], kind, causes=[cause])[0]


def note_all(
    tx: Transaction,
    form_key: str,
    changes: Sequence[tuple[int, int, Mapping[str, Any]]],
    kind: str,
    *,
    causes: Sequence[int | None] = (),
) -> list[int]:
    """Write one change a record down: (record, version after it, old values); `causes` in the same order."""
    if not changes:
        return []
    table = tx.table(form_key)
    document = [
        {"r": record, "v": version, "o": stored_json(old), "c": cause}
        for (record, version, old), cause in zip_longest(changes, causes)
    ]
    found = tx.connection.exec_driver_sql(
        f"INSERT INTO {table.stored.schema}.history"
        " (form_id, record_id, kind, version, at, author, door, old, import_id, cause)"
        " SELECT %s, (e.j->>'r')::bigint, %s, (e.j->>'v')::int, %s, %s::bigint, %s, e.j->'o', %s::uuid, (e.j->>'c')::bigint"
        " FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS e(j, n) ORDER BY e.n RETURNING id",
        (
            table.stored.id,
            kind,
            tx.moment,
            tx.viewer.member_id,
            tx.door,
            tx.import_id,
            to_json(document),
        ),
    )
    return [row[0] for row in found]


def history(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    record_id: int,
    *,
    limit: int = 200,
) -> list[Change]:
    """The changes of a record that the viewer may read, the latest first; the last one is its creation."""
    shown = get(connection, live, form_key, viewer, record_id)  # NotFound for what may not be read
    table = form_table(connection, live, form_key)
    record = rows.read(connection, table, [record_id], deleted=None)[record_id]
    found = connection.execute(
        text(
            f"SELECT h.*, m.name AS author_name FROM {live.app.schema}.history h"
            " LEFT JOIN jianflow.member m ON m.id = h.author"
            " WHERE h.form_id = :form AND h.record_id = :record ORDER BY h.id DESC LIMIT :limit"
        ),
        {"form": table.stored.id, "record": record_id, "limit": limit},
    ).all()
    form = live.form(form_key)
    access = access_for(live, form, viewer)
    changer_shown, moment_shown = access.always("updated_by"), access.always("updated_at")
    been, later = eras(connection, live, form), record.known()
    changes: list[Change] = []
    for row in found:
        old = {key: been.read(key, value, row.id) for key, value in row.old.items()}
        changes.append(
            Change(
                row.kind,
                row.at if moment_shown else None,
                *_author(row.author, row.author_name, changer_shown),
                row.door,
                row.version,
                tuple(_differences(form, access, shown.values, old, later)),
            )
        )
        later = {**later, **old}
    if len(found) < limit:
        first = record.created_by
        name = connection.scalar(text("SELECT name FROM jianflow.member WHERE id = :id"), {"id": first})
        author, name = _author(first, name, shown.created_by is not None)
        door = _brought_by(connection, record.import_id)
        changes.append(Change("created", shown.created_at, author, name, door, 1, ()))
    return _titled(connection, live, viewer, changes)


def _author(author: int | None, name: str | None, shown: bool) -> tuple[int | None, str | None]:
    """Who it was, as far as the reader may see who made and changed records."""
    return (author, name) if shown or author is None else (None, str(NO_ACCESS))


def _brought_by(connection: Connection, import_id: UUID | None) -> str:
    """By which door a record came: of those made one by one it is not kept."""
    if import_id is None:
        return ""
    sample = connection.scalar(
        text("SELECT 1 FROM jianflow.sample_data WHERE import_id = :id"), {"id": import_id}
    )
    return "sample" if sample else "import"


def _differences(
    form: Form, access: Access, shown: Mapping[str, Any], old: Mapping[str, Any], later: Mapping[str, Any]
) -> Iterable[Difference]:
    for key, before in old.items():
        field = form.field(key)
        if field is None or not (key in shown or field.system and access.always(key)):
            continue
        now = later.get(key)
        if field.children:
            yield Difference(field, seen_rows(access, field, before), seen_rows(access, field, now))
        else:
            yield Difference(field, before, now)


def _titled(
    connection: Connection, live: LiveApp, viewer: Viewer | App, changes: list[Change]
) -> list[Change]:
    """The same with titles in place of ids, as far as the viewer may see them."""
    steps = [step for change in changes for step in change.differences]
    told = iter(
        named(
            connection,
            live,
            viewer,
            [(step.field, value) for step in steps for value in (step.old, step.new)],
        )
    )
    return [
        replace(
            change,
            differences=tuple(Difference(step.field, next(told), next(told)) for step in change.differences),
        )
        for change in changes
    ]


def stored_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the history keeps them."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, FormulaError):
        return {"error": value.code}
    if isinstance(value, list) and value and isinstance(value[0], RowValues):
        return [{"id": row.id, **{key: _plain(one) for key, one in row.values.items()}} for row in value]
    return value
