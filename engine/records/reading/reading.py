"""How selected rows become records: system columns, values, and what the reader may change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.access.grants import Grant
from engine.access.viewer import App
from engine.fields import path as paths
from engine.fields.failed import Failed
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.fields.references import NO_ACCESS, Ref
from engine.formulas.values import FormulaError
from engine.platform.i18n import Text
from engine.records.reading import unsettled
from engine.records.reading.record import Record
from engine.records.reading.row_formulas import by_row
from engine.records.reading.rowset import RowSet, Statement
from engine.records.reading.scope import row_condition
from engine.records.reading.selection import Read, Reader, Row, Selection
from engine.records.reading.visible import access_for
from engine.records.storage.tables import form_table

__all__ = ["Reading", "form_table"]

_REFERENCES = ("created_by", "updated_by", "owner", "deleted_by")


@dataclass(frozen=True)
class Reading:
    """The columns of a statement over whole records, and what its rows mean."""

    statement: Statement
    form: Form
    columns: tuple[ColumnElement[Any], ...]
    places: dict[str, int]
    references: dict[str, Read]
    reader: Reader
    rights: "Rights | None"
    by_row: tuple[Field, ...]
    flags: dict[str, int]
    title_shown: int | None

    @classmethod
    def of(
        cls, rows: RowSet, fields: Sequence[Field], *, rights: bool = True, deleted: bool = False
    ) -> "Reading":
        """Select the system columns, these fields, with `rights` what may be changed, with `deleted` who deleted it."""
        statement, form = rows.statement, rows.form
        selection = Selection(rows)
        places = {
            name: selection.add(_masked(selection, rows, name))
            for name in ("id", "version", "created_at", "updated_at", "flow_state", "title", "deleted_at")
        }
        references: dict[str, Read] = {}
        access = statement.access(form)
        for key in _REFERENCES:
            if key in SYSTEM_FIELDS and access.never(key):
                references[key] = lambda row: None
            elif key in SYSTEM_FIELDS:
                field = SYSTEM_FIELDS[key]
                references[key] = selection.reference(rows, field, selection.scope._field_masks(rows, field))
        references["deleted_by"] = _deleter(selection, rows) if deleted else lambda row: None
        for field in fields:
            selection.field(field)
        title_shown = None
        if masks := selection.scope._title_masks(rows):
            title_shown = selection.add(sa.and_(*masks))
        made = Rights.of(selection, rows, fields) if rights else None
        return cls(
            statement=Statement(None, statement.live, statement.viewer),
            form=form,
            columns=tuple(selection.columns),
            places=places,
            references=references,
            reader=Reader.of(selection),
            rights=made,
            by_row=tuple(selection.by_row),
            flags=dict(selection.flags),
            title_shown=title_shown,
        )

    def bare(self) -> "Reading":
        """Without the columns, once the statement is made: a kept plan should not keep SQLAlchemy's trees."""
        return replace(self, columns=())

    def records(self, connection: Connection, rows: list[Row]) -> list[Record]:
        """The records of these rows."""
        place = self.places
        row_id, version, created_at, updated_at, flow_state, title, deleted_at = (
            place[name]
            for name in ("id", "version", "created_at", "updated_at", "flow_state", "title", "deleted_at")
        )
        created_by, updated_by, owner, deleted_by = (self.references[key] for key in _REFERENCES)
        made = []
        values = self.reader.values(connection, rows)
        if self.by_row:
            self._work_out(connection, rows, values)
        for row, shown in zip(rows, values, strict=True):
            seen = self.title_shown is None or row[self.title_shown]
            editable, deletable = self.rights.at(row, shown) if self.rights else (frozenset(), False)
            name: str | Text = (row[title] or f"#{row[row_id]}") if seen else NO_ACCESS
            made.append(
                Record(
                    self.form,
                    row[row_id],
                    row[version],
                    row[created_at],
                    row[updated_at],
                    created_by(row),
                    updated_by(row),
                    owner(row),
                    row[flow_state],
                    name,
                    shown,
                    editable,
                    deletable,
                    row[deleted_at],
                    deleted_by(row) if row[deleted_at] is not None else None,
                )
            )
        if made and (stale := unsettled.stale(connection, self.statement.live, self.form)):
            closed = unsettled.converting(
                self.form, form_table(connection, self.statement.live, self.form.key)
            )
            for record in made:
                record.stale = stale & record.values.keys()
                record.editable -= closed
        return made

    def _work_out(self, connection: Connection, rows: list[Row], values: list[dict[str, Any]]) -> None:
        """Formulas without an SQL meaning, one record at a time, with the app's rights."""
        statement = Statement(connection, self.statement.live, self.statement.viewer)
        found = by_row(statement, self.form, self.by_row, [row[self.places["id"]] for row in rows])
        for row, shown in zip(rows, values, strict=True):
            for field in self.by_row:
                flag = self.flags.get(field.key)
                if flag is None or row[flag]:
                    value = found.get(row[self.places["id"]], {}).get(field.key)
                    shown[field.key] = Failed(value.code) if isinstance(value, FormulaError) else value


def _masked(selection: Selection, rows: RowSet, key: str) -> ColumnElement[Any]:
    """A column of the system's, empty where the reader may not see it."""
    column: ColumnElement[Any] = rows.main.c[key]
    field = SYSTEM_FIELDS.get(key)
    masks = selection.scope._field_masks(rows, field) if field is not None else []
    return sa.case((sa.and_(*masks), column)) if masks else column


@dataclass(frozen=True)
class Rights:
    """Which fields the reader may change in a row, and whether the record may be deleted."""

    update: tuple[tuple[Grant, int | None, frozenset[str]], ...]
    delete: tuple[int | None, ...]

    @classmethod
    def of(cls, selection: Selection, rows: RowSet, fields: Sequence[Field]) -> "Rights | None":
        """Select whether the grants to change and delete match."""
        statement = rows.statement
        if isinstance(statement.viewer, App):
            return None
        update = access_for(statement.live, rows.form, statement.viewer, "update")
        delete = access_for(statement.live, rows.form, statement.viewer, "delete")
        system = [SYSTEM_FIELDS["owner"]]
        return cls(
            tuple(
                (grant, _matches(selection, rows, grant), _open(grant, [*fields, *system]))
                for grant in update.grants
            ),
            tuple(_matches(selection, rows, grant) for grant in delete.grants),
        )

    def at(self, row: Row, shown: dict[str, Any]) -> tuple[frozenset[str], bool]:
        """What may be done in this row."""
        fields: frozenset[str] = frozenset()
        for _, place, opened in self.update:
            if place is None or row[place]:
                fields = opened if not fields else fields | opened
        hidden = [key for key in fields if key not in shown and key != "owner"]
        return fields.difference(hidden) if hidden else fields, any(
            one is None or row[one] for one in self.delete
        )


def _matches(selection: Selection, rows: RowSet, grant: Grant) -> int | None:
    return None if grant.where is None else selection.add(row_condition(rows, (grant,)))


def _open(grant: Grant, fields: Sequence[Field]) -> frozenset[str]:
    return frozenset(
        field.key
        for field in fields
        if not field.kind.computed and grant.fields.get(field.key, "edit") == "edit"
    )


def _deleter(selection: Selection, rows: RowSet) -> Read:
    deleter = rows.others(paths.MEMBERS)
    rows.source.join(deleter.main, deleter.id == rows.main.c.deleted_by)
    by, name = selection.add(rows.main.c.deleted_by), selection.add(deleter.title)
    return lambda row: None if row[by] is None else Ref(row[by], row[name] or "")
