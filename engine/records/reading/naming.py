"""What values name, told to a reader: titles in place of ids, as far as they may see them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.failed import Formerly
from engine.fields.form import Field
from engine.fields.references import NO_ACCESS, Ref
from engine.platform.files import FileStore
from engine.records.reading.directory import directory_for
from engine.records.reading.seen import seen

_store = FileStore(Path())
"""Only the rows of files are needed here, never their contents."""

Place = tuple[str, str | None]
"""What is named: member, department or record, and of a record its form."""


def record_titles(
    connection: Connection, live: LiveApp, viewer: Viewer | App, form_key: str, ids: Iterable[int]
) -> dict[int, str]:
    """The titles of those records that the viewer may read; `#12` where only the title is hidden."""
    readable = seen(connection, live, form_key, viewer, list(ids))
    found = directory_for(connection, live, viewer).titles("record", readable, form_key)
    return {one: found.get(one) or f"#{one}" for one in readable}


def named(
    connection: Connection, live: LiveApp, viewer: Viewer | App, values: Sequence[tuple[Field, Any]]
) -> list[Any]:
    """Values with what they name as `Ref`; what the viewer may not see says so. A few statements for all."""
    wanted: dict[Place, set[int]] = {}
    for field, value in values:
        for naming, one in _references(field, value):
            wanted.setdefault(_place(naming), set()).add(one)
    titles: dict[Place, Mapping[int, str]] = {}
    people = directory_for(connection, live, viewer)
    for (kind, form_key), ids in wanted.items():
        if kind != "record":
            titles[kind, form_key] = people.titles(kind, ids)
        elif form_key in live.forms:
            titles[kind, form_key] = record_titles(connection, live, viewer, form_key or "", ids)
    files = {one.id: one.json() for one in _store.several(connection, _files(values))}
    return [_named(field, value, titles, files) for field, value in values]


def _files(values: Iterable[tuple[Field, Any]]) -> Iterator[str]:
    for field, value in values:
        if isinstance(value, Formerly):
            field, value = value.field, value.value
        for row in value or () if field.children else ():
            yield from _files((one, row.values.get(one.key)) for one in field.children)
        if field.kind.holds_files:
            yield from (str(one) for one in value or ())


def _references(field: Field, value: Any) -> Iterable[tuple[Field, int]]:
    if isinstance(value, Formerly):
        yield from _references(value.field, value.value)
    elif field.children:
        for row in value or ():
            for column in field.children:
                yield from _references(column, row.values.get(column.key))
    elif getattr(field.kind, "refers_to", None) and value is not None:
        yield from ((field, one) for one in (value if isinstance(value, list) else [value]))


def _place(field: Field) -> Place:
    kind = field.kind.refers_to  # type: ignore[attr-defined]
    return kind, field.get("form") if kind == "record" else None


def _named(
    field: Field, value: Any, titles: Mapping[Place, Mapping[int, str]], files: Mapping[str, Any]
) -> Any:
    if isinstance(value, Formerly):
        return Formerly(value.field, _named(value.field, value.value, titles, files))
    if field.kind.holds_files:
        return [files.get(str(one), one) for one in value or ()]
    if field.children:
        return [
            RowValues(
                row.id,
                {
                    key: _named(column, one, titles, files) if (column := field.child(key)) else one
                    for key, one in row.values.items()
                },
            )
            for row in value or ()
        ]
    if not getattr(field.kind, "refers_to", None) or value is None:
        return value
    known = titles.get(_place(field), {})
    if isinstance(value, list):
        return [Ref(one, known[one]) if one in known else Ref(None, NO_ACCESS) for one in value]
    return Ref(value, known[value]) if value in known else Ref(None, NO_ACCESS)
