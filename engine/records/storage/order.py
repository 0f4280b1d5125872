"""In which order values stand: one place for what the gate sorts by and what the engine indexes.

Empties come last in both directions. The gate reads two segments (not empty, then empty), so that one ordinary
index over (key, id) serves both directions.
"""

import time
import zlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.expression import FromClause

from engine.definitions.model import LiveApp
from engine.fields.form import Field
from engine.records.storage.tables import FormTable

MOST_TEXT = 250
MOST_OPTIONS = 200
CHECKED_EVERY = 30.0

NEVER_EMPTY = frozenset({"id", "version", "created_at", "updated_at"})


@dataclass(frozen=True)
class SortIndex:
    """An index that serves a sort: `CREATE INDEX {name} ON {table} ({key}, id) {where}`."""

    name: str
    table: Table
    key: str
    where: str

    @property
    def sql(self) -> str:
        """The statement that makes it, without schema for the index as PostgreSQL wants it."""
        return f"({self.key}, id){self.where}"


def sort_key(
    field: Field, column: ColumnElement[Any], key_column: ColumnElement[Any] | None
) -> ColumnElement[Any]:
    """What a field is sorted by: the column of its Chinese order, an option's place, else the value."""
    if key_column is not None:
        return key_column
    shown = field.value_field
    if shown.options and not shown.kind.multiple and len(shown.options) <= MOST_OPTIONS:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in shown.options)
        # Written out, not as a parameter: an index over it must be recognized.
        places: ColumnElement[Any] = sa.literal_column(
            f"ARRAY[{values}]::text[]", postgresql.ARRAY(sa.Text())
        )
        return sa.func.array_position(places, column, type_=sa.Integer())
    if shown.kind.value_type(shown) == "text" and getattr(shown.kind, "refers_to", None) is None:
        return sa.func.left(column, sa.literal_column(str(MOST_TEXT)), type_=sa.Text())
    return column


def chinese_key(table: FormTable, key: str) -> ColumnElement[Any] | None:
    """The column of a field's Chinese order, where it has one; a field may be called `title`."""
    found = table.columns.get(key)
    return (
        table.parts[found[1].part - 1].c[found[1].sort_name]
        if found is not None and found[1].sorted
        else None
    )


def sort_index(table: FormTable, path: str) -> SortIndex | None:
    """The index that serves sorting by `path`; None where the order is no plain expression of one table."""
    key: ColumnElement[Any]
    if path == "title" and table.form.field(path) is None:
        column, key = table.main.c.title, table.main.c.title_key
    else:
        field = table.form.field(path)
        if field is None or "." in path or not table.has(path) or not field.kind.sortable:
            return None
        if getattr(field.value_field.kind, "refers_to", None):
            return None  # sorted by somebody else's title
        column = table.column(path)
        key = sort_key(field, column, chinese_key(table, path))
    part: FromClause = column.table
    text = str(key.compile(dialect=postgresql.dialect())).replace("%%", "%")
    text = text.replace(f"{part.fullname}.", "").replace(f"{part.name}.", "")  # type: ignore[attr-defined]
    name = f"{part.name}_s_{zlib.crc32(text.encode()):08x}"  # type: ignore[attr-defined]
    where = " WHERE deleted_at IS NULL" if part is table.main else ""
    return SortIndex(name, part, text, where)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Known:
    """What the database says about a table, as of `at`."""

    at: float
    indexes: frozenset[str]
    rows: float


def is_indexed(connection: Connection, live: LiveApp, table: FormTable, path: str) -> bool:
    """Whether the database has the index for sorting by `path`, as known within the last half minute."""
    if path == "id":
        return True
    wanted = sort_index(table, path)
    return wanted is not None and wanted.name in _known(connection, live, wanted.table).indexes


def live_rows(connection: Connection, live: LiveApp, table: FormTable) -> float:
    """How many rows PostgreSQL believes the table to have."""
    return _known(connection, live, table.main).rows


def _known(connection: Connection, live: LiveApp, table: Table) -> Known:
    kept: dict[str, Known] = live.cache.setdefault("records.order", {})
    found = kept.get(table.name)
    if found is None or time.monotonic() - found.at > CHECKED_EVERY:
        rows = connection.execute(_INDEXES, {"table": f'"{table.schema}"."{table.name}"'}).all()
        size = max((row.reltuples for row in rows), default=0.0)
        found = kept[table.name] = Known(time.monotonic(), frozenset(row.relname for row in rows), size)
    return found


_INDEXES = sa.text(
    "SELECT c.relname, t.reltuples FROM pg_class t JOIN pg_index i ON i.indrelid = t.oid AND i.indisvalid"
    " JOIN pg_class c ON c.oid = i.indexrelid WHERE t.oid = to_regclass(:table)"
)
