"""Live formulas without an SQL meaning: worked out record by record, as they are read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.access.viewer import App
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.formulas.moment import Moment
from engine.formulas.parser import parse
from engine.formulas.tree import Formula
from engine.platform.errors import NotFound
from engine.records.reading.bare_values import ids_of
from engine.records.reading.formula_values import RecordValues, worked_out
from engine.records.reading.person_facts import moment_of
from engine.records.reading.rowset import RowSet, Statement
from engine.records.storage import rows as stored_rows
from engine.records.storage.tables import form_table


def by_row(
    statement: Statement, form: Form, fields: Sequence[Field], ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """The values of these formulas for these records, with the app's rights."""
    assert statement.connection is not None
    table = form_table(statement.connection, statement.live, form.key)
    found = stored_rows.read(statement.connection, table, list(ids), deleted=None)
    outside = Outside(statement)
    moment = moment_of(statement)
    made: dict[int, dict[str, Any]] = {}
    for record_id, record in found.items():
        values = RecordValues(form, Reachable(record.known(), form, record_id, outside), outside)
        made[record_id] = {}
        for field in fields:
            try:
                made[record_id][field.key] = worked_out(
                    parse(field.get("formula", "")), field, values, moment
                )
            except (FormulaFault, KeyError):
                made[record_id][field.key] = None
    return made


class Reachable(Mapping[str, Any]):
    """A record's stored values, and its live ones when they are asked for."""

    def __init__(self, known: Mapping[str, Any], form: Form, record_id: int, outside: "Outside") -> None:
        self.known = known
        self.form = form
        self.record_id = record_id
        self.outside = outside

    def __getitem__(self, key: str) -> Any:
        field = self.form.field(key)
        if key not in self.known and field is not None and field.live:
            return self.outside.record_value(self.form, self.record_id, field)
        return self.known[key]

    def __iter__(self) -> Any:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


class Outside:
    """Other records as formulas ask for them, each read once."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.known: dict[tuple[Any, ...], Any] = {}
        self._records: dict[tuple[str, int], stored_rows.StoredRecord | None] = {}

    def record_value(self, form: Form, record_id: int, field: Field) -> Any:
        """The value of a field of another record."""
        place = (form.key, record_id, field.key)
        if not field.live:
            self.read_records(form.key, [record_id])
            record = self._records[form.key, record_id]
            return record.known().get(field.key) if record else None
        if place not in self.known:
            from engine.records.reading.read import get

            connection = self.statement.connection
            assert connection is not None
            try:
                live = self.statement.live
                shown = get(connection, live, form.key, App("formula"), record_id, fields=[field.key])
            except NotFound:  # whoever names it hears of it where it is named
                self.known[place] = None
            else:
                self.known[place] = ids_of(shown.value(field.key))
        return self.known[place]

    def read(self, form_key: str, record_ids: Collection[int], field: Field | None) -> None:
        """Read at once a field of other records, or without one their titles, that will be asked for one by one."""
        if form_key not in self.statement.live.forms:
            return
        if field is None:
            assert self.statement.connection is not None
            rows = _rows(self.statement, None, form_key)
            wanted = sa.literal(list(record_ids), sa.ARRAY(sa.BigInteger()))
            query = sa.select(rows.id, rows.title).where(rows.id == sa.any_(wanted))
            found = {row[0]: row[1] for row in self.statement.connection.execute(query)}
            self.known |= {("title", "record", form_key, one): found.get(one) for one in record_ids}
        elif not field.live:
            self.read_records(form_key, record_ids)

    def read_records(self, form_key: str, record_ids: Iterable[int]) -> None:
        """Read records at once whose values will be asked for one by one."""
        missing = {one for one in record_ids if (form_key, one) not in self._records}
        if missing:
            connection = self.statement.connection
            assert connection is not None
            table = form_table(connection, self.statement.live, form_key)
            found = stored_rows.read(connection, table, missing)
            self._records |= {(form_key, one): found.get(one) for one in missing}

    def title(self, kind: str, form: str | None, target_id: int) -> str | None:
        """The title of a record, the name of a member or department."""
        place = ("title", kind, form, target_id)
        if place not in self.known:
            target = {"member": paths.MEMBERS, "department": paths.DEPARTMENTS}.get(kind)
            rows = _rows(self.statement, target, form)
            self.known[place] = self._one(rows, rows.title, target_id)
        return self.known[place]  # type: ignore[no-any-return]

    def person_value(self, kind: str, target_id: int, key: str) -> Any:
        """The department, superior, … of a member or department."""
        place = (kind, target_id, key)
        if place not in self.known:
            form = paths.MEMBERS if kind == "member" else paths.DEPARTMENTS
            rows = _rows(self.statement, form, None)
            field = form.field(key)
            self.known[place] = self._one(rows, rows.value(field).value, target_id) if field else None
        return self.known[place]

    def moment_of(self, formula: Formula) -> Moment:
        """When and for whom a formula is worked out."""
        return moment_of(self.statement, formula.functions)

    def _one(self, rows: RowSet, column: Any, target_id: int) -> Any:
        assert self.statement.connection is not None
        query = sa.select(column).select_from(rows.source.clause()).where(rows.id == target_id)
        return self.statement.connection.scalar(query)


def _rows(statement: Statement, people: Form | None, form: str | None) -> RowSet:
    return (
        RowSet(statement, people)
        if people is not None
        else RowSet.of(statement, statement.live.form(form or ""))
    )
