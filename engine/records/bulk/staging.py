"""A table of one session into which many new records are copied, to be completed and checked there in sets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg.copy import QueuedLibpqWriter
from psycopg.types.json import Jsonb
from sqlalchemy import Alias, BigInteger, Column, ColumnElement, Connection, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from engine.fields.base import RowValues
from engine.fields.form import Field
from engine.platform.database import to_json
from engine.records.bulk.copy_text import column_text
from engine.records.bulk.copy_text import lines as written_lines
from engine.records.storage import persist
from engine.records.storage.storage import BUILDING, LINKS, PLAIN, READY
from engine.records.storage.tables import RECORD_COLUMNS, FormTable

NUMBER, FAULT = "row_number", "fault"
_FIXED = frozenset(
    {
        "id",
        "version",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "deleted_at",
        "deleted_by",
        "import_id",
        "flow_state",
    }
)


@dataclass(frozen=True)
class Passing:
    """Columns whose values are worked out only while the rows are written, over the staged rows as named here."""

    rows: Alias
    columns: Mapping[str, ColumnElement[Any]]


class Staging:
    """The temporary table: every column of the form's parts side by side, links as lists, subforms as JSON.

    `fault` keeps a row out; `row_number` is where it stood in what was read.
    """

    def __init__(self, connection: Connection, table: FormTable, name: str) -> None:
        self.connection = connection
        self.target = table
        self.name = name
        self.columns = self._columns()
        self.table = self.form_table(frozenset())
        self.copied = [one for one in self.columns if one not in _FIXED]
        self._copying = ExitStack()
        self._lists = {one.name for _, one in table.columns.values() if one.kind == LINKS}
        self._jsonb = {one for one, kind in self.columns.items() if kind.lower() == "jsonb"}

    @property
    def main(self) -> Table:
        """The table as SQLAlchemy knows it."""
        return self.table.main

    def create(self, moment: datetime, author: int | None) -> None:
        """Make the table; each row draws its record's id when it is copied in."""
        by = str(int(author)) if author is not None else "NULL"
        given = {
            "id": f"nextval('{self.target.stored.qualified()}_id_seq'::regclass)",
            "created_at": f"'{moment.isoformat()}'",
            "created_by": by,
            "owner": by,
        }
        columns = ", ".join(
            f"{name} {kind}" + (f" DEFAULT {given[name]}" if name in given else "")
            for name, kind in self.columns.items()
        )
        self.connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {self.name} ({columns})")

    def copy(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Copy rows in: by column name, as `persist.encode` makes them."""
        self.settle()
        raw: psycopg.Connection[Any] = self.connection.connection.driver_connection  # type: ignore[assignment]
        with (
            raw.cursor() as cursor,
            cursor.copy(f"COPY {self.name} ({', '.join(self.copied)}) FROM STDIN") as copy,
        ):
            write, names, jsonb = copy.write_row, self.copied, self._jsonb
            for row in rows:
                write(
                    [
                        Jsonb(value, dumps=to_json) if name in jsonb and value is not None else value
                        for name, value in zip(names, map(row.get, names))
                    ]
                )

    def copy_columns(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Copy rows in that are given by columns; those of the table that are not named stay empty.

        PostgreSQL goes on with them while the caller makes the next ones: `settle` before anything else is asked.
        """
        texts: dict[tuple[int, str], list[str]] = {}
        for name, values in columns.items():  # a title is often a field's own column once more
            place = id(values), self.columns[name]
            if place not in texts:
                texts[place] = column_text(values, self.columns[name])
        written = written_lines([texts[id(values), self.columns[name]] for name, values in columns.items()])
        self.settle()
        raw: psycopg.Connection[Any] = self.connection.connection.driver_connection  # type: ignore[assignment]
        cursor = self._copying.enter_context(raw.cursor())
        command = f"COPY {self.name} ({', '.join(columns)}) FROM STDIN"
        self._copying.enter_context(cursor.copy(command, writer=QueuedLibpqWriter(cursor))).write(written)

    def settle(self) -> None:
        """Wait until everything is copied in."""
        copying, self._copying = self._copying, ExitStack()
        copying.close()

    def abandon(self) -> None:
        """The same after a failure, whatever became of the copying."""
        with suppress(Exception):
            self.settle()

    def analyze(self) -> None:
        """Let PostgreSQL know how many rows there are; a small sample of the few columns that are compared will do."""
        self.connection.exec_driver_sql("SET LOCAL default_statistics_target = 10")
        compared = ["id", NUMBER, FAULT, *(one.name for one in self.target.uniques.values())]
        self.connection.exec_driver_sql(f"ANALYZE {self.name} ({', '.join(compared)})")
        self.connection.exec_driver_sql("SET LOCAL default_statistics_target TO DEFAULT")

    def put(self, field: Field, values: Iterable[tuple[int, Any]]) -> None:
        """Give staged rows the id (or, of several, the ids) of what they name: pairs of row number and value."""
        pairs = list(values)
        numbers = [number for number, _ in pairs]
        if field.system:
            name, kind = field.key, "bigint"
        else:
            column = self.target.columns[field.path][1]
            name, kind = column.name, "bigint[]" if column.kind == LINKS else "bigint"
        document = to_json(
            [{"n": number, "v": value} for number, value in zip(numbers, (v for _, v in pairs))]
        )
        value = (
            "ARRAY(SELECT jsonb_array_elements_text(e.j->'v')::bigint)"
            if kind == "bigint[]"
            else "(e.j->>'v')::bigint"
        )
        self.connection.exec_driver_sql(
            f"UPDATE {self.name} s SET {name} = {value} FROM jsonb_array_elements(%s::jsonb) AS e(j)"
            f" WHERE s.{NUMBER} = (e.j->>'n')::bigint",
            (document,),
        )

    def put_in_rows(self, field: Field, values: Iterable[tuple[int, int, Any]]) -> None:
        """The same for a column of a subform: triples of row number, line and value."""
        assert field.parent is not None
        subform = self.target.subforms[field.parent.key]
        name, column = f"s_{subform.stored.id}", subform.columns[field.key][1].name
        by_row: dict[int, list[tuple[int, Any]]] = {}
        for number, line, value in values:
            by_row.setdefault(number, []).append((line, value))
        found = self.connection.exec_driver_sql(
            f"SELECT {NUMBER}, {name} FROM {self.name} WHERE {NUMBER} = ANY(%s::bigint[])", (list(by_row),)
        ).all()
        changed = []
        for number, lines in found:
            for line, value in by_row[number]:
                lines[line][column] = value
            changed.append((number, to_json(lines)))
        self.connection.exec_driver_sql(
            f"UPDATE {self.name} s SET {name} = e.lines::jsonb FROM unnest(%s::bigint[], %s::text[]) AS e(number, lines)"
            f" WHERE s.{NUMBER} = e.number",
            ([one[0] for one in changed], [one[1] for one in changed]),
        )

    def ids_by(self, path: str) -> list[tuple[int, Any]]:
        """The ids that the staged rows will have, each with its row's value of a field."""
        self.settle()
        name = self.target.columns[path][1].name
        rows = self.connection.exec_driver_sql(
            f"SELECT id, {name} FROM {self.name} WHERE {FAULT} IS NULL AND {name} IS NOT NULL ORDER BY {NUMBER}"
        )
        return [(row[0], row[1]) for row in rows]

    def ids(self) -> Collection[int]:
        """The ids that the rows without a fault will have."""
        good = f"FROM {self.name} WHERE {FAULT} IS NULL"
        many, first, last = self.connection.exec_driver_sql(f"SELECT count(*), min(id), max(id) {good}").one()
        if not many or last - first + 1 == many:  # without a gap, they need not be fetched
            return range(first, last + 1) if many else ()
        return self.connection.exec_driver_sql(f"SELECT array_agg(id) {good}").scalar_one()

    def insert(
        self,
        moment: datetime,
        viewer_id: int | None,
        import_id: UUID,
        passing: Passing | None = None,
    ) -> None:
        """Write the rows without a fault into the form's tables; their ids follow the order in which they were read."""
        stored = self.target.stored
        staged = self.main.alias("t") if passing is None else passing.rows
        numbered: ColumnElement[Any] = sa.literal_column(f"'#' || {staged.name}.id")
        given: dict[str, ColumnElement[Any]] = {
            "version": sa.literal_column("1"),
            "updated_at": sa.literal(moment, sa.DateTime(timezone=True)),
            "updated_by": sa.literal(viewer_id, sa.BigInteger()),
            "import_id": sa.literal(import_id, sa.Uuid()),
            "title": sa.func.coalesce(staged.c.title, numbered),
            "title_key": sa.func.coalesce(staged.c.title_key, numbered),
            **(passing.columns if passing else {}),
        }
        for part in self.target.parts:
            columns = [one for one in part.c if one.name not in ("deleted_at", "deleted_by")]
            chosen = [given.get(one.name, sa.literal_column(f"{staged.name}.{one.name}")) for one in columns]
            rows = sa.select(*chosen).select_from(staged).where(staged.c[FAULT].is_(None))
            self.connection.execute(sa.insert(part).from_select(columns, rows, include_defaults=False))
        for _, column in self.target.columns.values():
            if column.kind == LINKS:
                self.connection.exec_driver_sql(
                    f"INSERT INTO {stored.schema}.{stored.link_table(column)} (record_id, position, target_id)"
                    f" SELECT s.id, e.n - 1, e.v FROM {self.name} s CROSS JOIN LATERAL"
                    f" unnest(s.{column.name}) WITH ORDINALITY AS e(v, n) WHERE s.{FAULT} IS NULL"
                )
        for subform in self.target.subforms.values():
            self._insert_rows(subform)

    def _insert_rows(self, subform: FormTable) -> None:
        name = f"s_{subform.stored.id}"
        found = self.connection.exec_driver_sql(
            f"SELECT id, {name} FROM {self.name} WHERE {FAULT} IS NULL AND {name} IS NOT NULL"
        ).all()
        rows = [{**row, "record_id": record_id} for record_id, below in found for row in below]
        for start in range(0, len(rows), 5000):
            persist.insert(self.connection, subform, rows[start : start + 5000])

    def _columns(self) -> dict[str, str]:
        columns = {"id": "bigint", **persist.SYSTEM_TYPES, NUMBER: "bigint", FAULT: "text"}
        for one in self.target.uniques.values():
            columns[one.name] = "uuid"
        for _, one in self.target.columns.values():
            columns[one.name] = "bigint[]" if one.kind == LINKS else one.sql_type
            if one.sorted:
                columns[one.sort_name] = "text"
        for subform in self.target.subforms.values():
            columns[f"s_{subform.stored.id}"] = "jsonb"
        return columns

    def form_table(self, to_do: Collection[str]) -> FormTable:
        """The same form as if its records stood here, for formulas and conditions over them.

        The values of the formulas `to_do` are not there yet: who reads them works them out.
        """
        target = self.target
        plain = {key: pair for key, pair in target.columns.items() if pair[1].kind == PLAIN}
        columns: list[Column[Any]] = [Column(name, kind) for name, kind in RECORD_COLUMNS.items()]
        columns += [Column(one.name, Uuid) for one in target.uniques.values()]
        columns += [Column(NUMBER, BigInteger), Column(FAULT, Text)]
        for field, one in plain.values():
            columns.append(Column(one.name, field.kind.column(field)))
            if one.sorted:
                columns.append(Column(one.sort_name, Text))
        for subform in target.subforms.values():
            columns.append(Column(f"s_{subform.stored.id}", JSONB))
        main = Table(self.name, MetaData(), *columns)
        placed = {
            key: (field, replace(one, part=1, state=BUILDING if key in to_do else READY))
            for key, (field, one) in plain.items()
        }
        return FormTable(target.form, None, target.stored, (main,), placed, {}, uniques=target.uniques)


def as_json(rows: Sequence[RowValues] | None, subform: FormTable) -> list[dict[str, Any]] | None:
    """A subform's rows as the staging table keeps them."""
    return persist.encode_rows(subform, rows) if rows else None
