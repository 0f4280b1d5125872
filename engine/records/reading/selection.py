"""What a reading selects for each field, and how the rows that come back become values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.fields import path as paths
from engine.fields.base import RowValues
from engine.fields.failed import Failed
from engine.fields.form import Field
from engine.fields.lookup import is_table
from engine.fields.references import NO_ACCESS, Ref
from engine.platform.i18n import Text
from engine.records.reading.plan import Prepared
from engine.records.reading.rowset import RowOnlyField, RowSet, masked
from engine.records.reading.scope import AppScope, ViewerScope

DELETED = Text("已删除", "Deleted")

Row = Sequence[Any]
Read = Callable[[Row], Any]


def scope_of(rows: RowSet) -> AppScope:
    """The scope of whoever the statement is for."""
    everything = rows.statement.viewer.administrator
    return AppScope(rows) if everything else ViewerScope(rows)


@dataclass
class Many:
    """Values that come with a second statement, by the id of what they belong to."""

    key: str
    owner: int
    prepared: Prepared
    read: Callable[[Connection, list[Row]], dict[int, Any]]
    flag: int | None = None

    def fetch(self, connection: Connection, rows: list[Row]) -> dict[int, Any]:
        """The values for these rows, by owner."""
        owners = list(
            {
                row[self.owner]
                for row in rows
                if row[self.owner] is not None and (self.flag is None or row[self.flag])
            }
        )
        return self.read(connection, self.prepared.rows(connection, owners=owners)) if owners else {}


@dataclass
class Selection:
    """The columns that a statement selects for some fields of its rows."""

    rows: RowSet
    scope: AppScope = attribute(init=False)
    columns: list[ColumnElement[Any]] = attribute(default_factory=list)
    reads: list[tuple[str, Read, int | None]] = attribute(default_factory=list)
    many: list[Many] = attribute(default_factory=list)
    by_row: list[Field] = attribute(default_factory=list)
    """Live formulas that have no SQL meaning."""
    flags: dict[str, int] = attribute(default_factory=dict)
    files: list[str] = attribute(default_factory=list)

    def __post_init__(self) -> None:
        self.scope = scope_of(self.rows)

    def add(self, column: ColumnElement[Any]) -> int:
        """Select a column; answers its place in the row."""
        for number, one in enumerate(self.columns):
            if one is column:
                return number
        self.columns.append(column)
        return len(self.columns) - 1

    def field(self, field: Field) -> None:
        """Select what the value of a field needs."""
        if field.kind.layout_only or field.type == "lookup" and is_table(field):
            return
        rows, end, masks = self.scope.place((field,))
        own = self.scope._field_masks(self.rows, field) if end is not field else masks
        flag = self.add(sa.and_(*own)) if own else None
        if flag is not None:
            self.flags[field.key] = flag
        if end.type == "subform":
            self.subform(field.key, rows, end, flag)
        elif end.kind.multiple and end.kind.column(end) is None:
            self.links(field.key, rows, end, masks, flag)
        elif getattr(end.kind, "refers_to", None):
            self.reads.append((field.key, self.reference(rows, end, masks), flag))
        else:
            self.plain(field, rows, end, masks, flag)

    def plain(
        self, field: Field, rows: RowSet, end: Field, masks: list[ColumnElement[bool]], flag: int | None
    ) -> None:
        """A value in one column, with its error beside it."""
        try:
            made = masked(rows.value(end), masks)
        except RowOnlyField:
            if rows is self.rows:
                self.by_row.append(field)
            return
        value = self.add(made.value)
        if end.value_field.kind.holds_files:
            self.files.append(field.key)
        if made.error is None:
            self.reads.append((field.key, lambda row: row[value], flag))
            return
        if not masks and rows.is_plain(end):
            # The one column with all errors of the row, instead of one a field.
            errors, key = self.add(rows.main.c.errors), end.key

            def with_errors(row: Row) -> Any:
                failed = row[errors]
                return Failed(failed[key]) if failed and key in failed else row[value]

            self.reads.append((field.key, with_errors, flag))
            return
        error = self.add(made.error)
        self.reads.append((field.key, lambda row: Failed(row[error]) if row[error] else row[value], flag))

    def reference(self, rows: RowSet, field: Field, masks: list[ColumnElement[bool]]) -> Read:
        """A member, department or record with its title; one that may not be seen is 无权查看."""
        raw = rows.value(field).value
        target = rows.to(field)
        guards = self.scope._row_masks(target)
        shown_title = self._title(target)
        some = self.add(sa.case((sa.and_(*masks), raw)) if masks else raw) if not guards else None
        if some is not None:
            title = self.add(shown_title)

            def plain(row: Row) -> Ref | None:
                found = row[some]
                return (
                    None if found is None else Ref(found, row[title] if row[title] is not None else DELETED)
                )

            def guarded_title(row: Row) -> Ref | None:
                found = row[some]
                return (
                    None if found is None else Ref(found, row[title] if row[title] is not None else NO_ACCESS)
                )

            return plain if shown_title is target.title else guarded_title
        there = self.add(sa.and_(raw.is_not(None), *masks))
        seen = sa.and_(*guards, *masks, target.id.is_not(None))
        found = self.add(sa.case((seen, raw)))
        title = self.add(sa.case((seen, shown_title)))

        def guarded(row: Row) -> Ref | None:
            if not row[there]:
                return None
            return Ref(None, NO_ACCESS) if row[found] is None else Ref(row[found], row[title] or NO_ACCESS)

        return guarded

    def _title(self, target: RowSet) -> ColumnElement[Any]:
        masks = self.scope._title_masks(target)
        return sa.case((sa.and_(*masks), target.title)) if masks else target.title

    def links(
        self, key: str, rows: RowSet, field: Field, masks: list[ColumnElement[bool]], flag: int | None
    ) -> None:
        """Members, departments or records kept in a link table."""
        form = paths.target_form(field)
        if form is None:
            return
        owner = self.add(sa.case((sa.and_(*masks), rows.id)) if masks else rows.id)
        link = rows.link_table(field)
        below = rows.others(form)
        inner = Selection(below)
        guards = inner.scope._row_masks(below)
        title = inner._title(below)
        seen = sa.and_(*guards) if guards else None
        query = (
            sa.select(
                link.c.record_id,
                below.id if seen is None else sa.case((seen, below.id)),
                title if seen is None else sa.case((seen, title)),
            )
            .select_from(below.source.clause().join(link, link.c.target_id == below.id))
            .where(link.c.record_id == sa.any_(_owners()), below.present)
            .order_by(link.c.record_id, link.c.position)
        )

        def read(connection: Connection, found: list[Row]) -> dict[int, list[Ref]]:
            values: dict[int, list[Ref]] = {}
            for record_id, target_id, said in found:
                values.setdefault(record_id, []).append(
                    Ref(target_id, said if said is not None else NO_ACCESS)
                )
            return values

        self.many.append(Many(key, owner, Prepared.of(query), read))

    def subform(self, key: str, rows: RowSet, field: Field, flag: int | None) -> None:
        """The rows of a subform, with the columns that may be read."""
        below = rows.rows_of(field)
        inner = Selection(below)
        owner = inner.add(below.main.c.record_id)
        row_id = inner.add(below.id)
        for child in field.children:
            if inner.scope._allowed((field, child)):
                inner.field(child)
        query = (
            sa.select(*inner.columns)
            .select_from(below.source.clause())
            .where(below.main.c.record_id == sa.any_(_owners()))
            .order_by(below.main.c.record_id, below.main.c.position, below.id)
        )
        reader = Reader.of(inner)

        def read(connection: Connection, found: list[Row]) -> dict[int, list[RowValues]]:
            values: dict[int, list[RowValues]] = {}
            for row, shown in zip(found, reader.values(connection, found), strict=True):
                values.setdefault(row[owner], []).append(RowValues(row[row_id], shown))
            return values

        self.many.append(Many(key, self.add(rows.id), Prepared.of(query), read, flag))


@dataclass(frozen=True)
class Reader:
    """Turns rows into values by key."""

    reads: tuple[tuple[str, Read, int | None], ...]
    many: tuple[Many, ...]
    files: tuple[str, ...]
    plain: tuple[tuple[str, Read], ...] | None

    @classmethod
    def of(cls, selection: Selection) -> "Reader":
        """The reader of what was selected."""
        reads = tuple(selection.reads)
        plain = (
            tuple((key, read) for key, read, _ in reads) if all(flag is None for *_, flag in reads) else None
        )
        return cls(reads, tuple(selection.many), tuple(selection.files), plain)

    def values(self, connection: Connection, rows: list[Row]) -> list[dict[str, Any]]:
        """The values of each row; a field that may not be read in a row is not there."""
        if self.plain is not None:
            made = [{key: read(row) for key, read in self.plain} for row in rows]
        else:
            made = [
                {key: read(row) for key, read, flag in self.reads if flag is None or row[flag]}
                for row in rows
            ]
        for one in self.many:
            found = one.fetch(connection, rows) if rows else {}
            for row, values in zip(rows, made, strict=True):
                if one.flag is None or row[one.flag]:
                    values[one.key] = found.get(row[one.owner])
        if self.files:
            _put_files(connection, self.files, made)
        return made


def _put_files(connection: Connection, keys: Sequence[str], made: list[dict[str, Any]]) -> None:
    ids = {file_id for values in made for key in keys for file_id in values.get(key) or ()}
    if not ids:
        return
    found = connection.exec_driver_sql(
        "SELECT id::text, name, size, type FROM jianflow.file WHERE id = ANY(%s::uuid[])", (list(ids),)
    )
    known: Mapping[str, dict[str, Any]] = {
        row[0]: {
            "id": row[0],
            "name": row[1],
            "size": row[2],
            "type": row[3],
            "url": f"/api/v1/files/{row[0]}",
        }
        for row in found
    }
    for values in made:
        for key in keys:
            if values.get(key):
                values[key] = [known[one] for one in values[key] if one in known]


def _owners() -> ColumnElement[Any]:
    return sa.bindparam("owners", type_=sa.ARRAY(sa.BigInteger()))
