"""Rows of a form inside one statement: their columns, what they link to, and the joins that this needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.sql.expression import FromClause

from engine.access import tables as people
from engine.access.viewer import App, Viewer
from engine.conditions.budget import Budget
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.lookup import is_table, lookup_target
from engine.formulas.faults import FormulaFault
from engine.platform import clock
from engine.records.reading.visible import Access, access_for
from engine.records.storage.order import chinese_key
from engine.records.storage.tables import FormTable, form_table


@dataclass
class Statement:
    """What all parts of one statement share."""

    connection: Connection | None
    live: LiveApp
    viewer: Viewer | App
    moment: datetime = attribute(default_factory=clock.now)
    names: "count[int]" = attribute(default_factory=lambda: count(1))
    few: bool = False
    """Hardly any row is expected to match, so that the table is read as a whole."""
    by_id: bool = False
    """It reads some records by their ids, by a plan that is kept."""
    volatile: bool = False
    """A formula in it depends on the clock: the statement is good for this moment only."""
    asked: dict[str, Access] = attribute(default_factory=dict)
    budget: Budget = attribute(default_factory=Budget)
    """Of the conditions that whoever asks has sent."""

    @property
    def time_zone(self) -> str:
        """The organisation's time zone."""
        return self.viewer.time_zone

    @property
    def person(self) -> Viewer | None:
        """The person for whom `me` stands; nobody where the engine itself reads."""
        return self.viewer if isinstance(self.viewer, Viewer) else None

    def name(self, prefix: str) -> str:
        """A fresh name for a table in the statement."""
        return f"{prefix}{next(self.names)}"

    def access(self, form: Form) -> Access:
        """What the viewer may read of a form."""
        found = self.asked.get(form.key)
        if found is None:
            found = self.asked[form.key] = access_for(self.live, form, self.viewer)
        return found


class Source:
    """A FROM clause that grows while columns are asked for."""

    def __init__(self, first: FromClause) -> None:
        self.first = first
        self.joins: list[tuple[FromClause, ColumnElement[bool], bool]] = []

    def join(self, table: FromClause, on: ColumnElement[bool], outer: bool = True) -> None:
        """Join one more table."""
        self.joins.append((table, on, outer))

    def clause(self) -> FromClause:
        """What has been joined so far."""
        made = self.first
        for table, on, outer in self.joins:
            made = made.join(table, on, isouter=outer)
        return made


@dataclass(frozen=True)
class Made:
    """A value as SQL, and the code of its error where it can fail."""

    value: ColumnElement[Any]
    error: ColumnElement[Any] | None = None


def masked(made: Made, masks: Sequence[ColumnElement[bool]]) -> Made:
    """A value that is empty wherever one of the masks is not met."""
    if not masks:
        return made
    shown = sa.and_(*masks)
    error = None if made.error is None else sa.case((shown, made.error))
    return Made(sa.case((shown, made.value)), error)


class RowOnlyField(Exception):
    """A live formula without an SQL meaning: it can be shown, but not chosen or ordered by."""

    def __init__(self, field: Field) -> None:
        super().__init__(field.path)
        self.field = field


class RowSet:
    """Rows of one form, subform, or of members or departments; every value is unmasked."""

    def __init__(
        self,
        statement: Statement,
        form: Form,
        source: Source | None = None,
        *,
        subform: Field | None = None,
        table: FormTable | None = None,
        alias: str | None = "t",
        sample: float | None = None,
    ) -> None:
        self.statement = statement
        self.form = form
        self.subform = subform
        self.table = table
        self.alias = alias
        self.aliased: dict[str, FromClause] = {}
        self.children: dict[str, RowSet] = {}
        self.conditions: dict[bytes, ColumnElement[bool]] = {}
        self.formulas: dict[str, Made] = {}
        self.main = self._named(table.main if table is not None else _people(form), sample)
        self.source = source or Source(self.main)

    @classmethod
    def of(
        cls, statement: Statement, form: Form, alias: str | None = "t", sample: float | None = None
    ) -> "RowSet":
        """The rows of a form as the root of a statement; without alias, named as the tables themselves.

        `sample` reads only so many percent of the table's pages.
        """
        table = form_table(statement.connection, statement.live, form.key)
        return cls(statement, form, table=table, alias=alias, sample=sample)

    # -- columns ---------------------------------------------------------------------------------------

    @property
    def id(self) -> ColumnElement[Any]:
        """The rows' id."""
        return self.main.c.id

    @property
    def title(self) -> ColumnElement[Any]:
        """The rows' title."""
        return self.main.c.name if self.table is None else self.main.c.title

    @property
    def title_key(self) -> ColumnElement[Any]:
        """The rows' titles in Chinese order."""
        return self.main.c.name if self.table is None else self.main.c.title_key

    @property
    def present(self) -> ColumnElement[bool]:
        """That the row is not deleted."""
        return (
            sa.true() if self.table is None or self.subform is not None else self.main.c.deleted_at.is_(None)
        )

    @property
    def there(self) -> ColumnElement[bool]:
        """The same for rows that are looked for by their ids, see `storage.PRESENT`."""
        return sa.func.coalesce(self.present, sa.false())

    def is_plain(self, field: Field) -> bool:
        """Whether the value is a column of the rows' own tables."""
        if self.table is None:
            return field.key != "superior"
        if self.subform is not None and field.parent is None:
            return False
        return self.table.has(field.key) and not (
            field.type == "formula" and field.key in self.table.building
        )

    def value(self, field: Field) -> Made:
        """The single value of one of the rows' own fields."""
        if self.table is None:
            return Made(self._person_value(field))
        if self.subform is not None and field.parent is None:
            return self.record().value(field)
        if field.type == "lookup":
            if is_table(field):
                raise RowOnlyField(field)
            return self.to(linking(field)).value(looked_up(field))
        if self.is_plain(field):
            column = self.stored(self.table.column(field.key))
            if field.kind.computed and not field.system:
                return Made(column, self.main.c.errors[field.key].astext)
            return Made(column)
        if field.type == "formula":
            return self._formula(field)
        raise KeyError(field.path)

    def stored(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """A table's column as it is named here; joins the part that has it."""
        return self._part(column.table).c[column.name]  # type: ignore[attr-defined, no-any-return]

    def sort_key(self, field: Field) -> ColumnElement[Any] | None:
        """The column of the field's Chinese order."""
        if self.table is None or not self.is_plain(field):
            return None
        column = chinese_key(self.table, field.key)
        return None if column is None else self.stored(column)

    # -- other rows ------------------------------------------------------------------------------------

    def to(self, field: Field) -> "RowSet":
        """The rows that a link, member or department names, joined; deleted ones are not there."""
        if self.subform is not None and field.parent is None and self.table is not None:
            return self.record().to(field)
        if field.type == "lookup":
            return self.to(linking(field)).to(looked_up(field))
        found = self.children.get(field.key)
        if found is None:
            form = paths.target_form(field)
            if form is None:
                raise KeyError(field.path)
            key = self.value(field).value
            found = self.children[field.key] = self.others(form, self.source)
            present = found.there if self.statement.by_id else found.present
            self.source.join(found.main, sa.and_(found.id == key, present))
        return found

    def record(self) -> "RowSet":
        """The records that a subform's rows belong to, joined."""
        found = self.children.get("")
        if found is None:
            found = self.children[""] = self.others(self.form, self.source)
            self.source.join(found.main, found.id == self.main.c.record_id, outer=False)
        return found

    def others(self, form: Form, source: Source | None = None) -> "RowSet":
        """Rows of another form; whoever asks ties them."""
        statement = self.statement
        table = None
        if form is not paths.MEMBERS and form is not paths.DEPARTMENTS:
            table = form_table(statement.connection, statement.live, form.key)
        return RowSet(statement, form, source, table=table, alias=statement.name("j"))

    def twin(self) -> "RowSet":
        """The same rows once more, under a name and with a source of their own."""
        return RowSet(
            self.statement, self.form, subform=self.subform, table=self.table, alias=self.statement.name("w")
        )

    def rows_of(self, subform: Field) -> "RowSet":
        """The rows of a subform with a source of their own; `tie` binds them to these records."""
        assert self.table is not None
        return RowSet(
            self.statement,
            self.form,
            subform=subform,
            table=self.table.subforms[subform.key],
            alias=self.statement.name("s"),
        )

    def tie(self, rows: "RowSet") -> ColumnElement[bool]:
        """That rows of a subform belong to these records."""
        return rows.main.c.record_id == self.id

    def link_table(self, field: Field) -> FromClause:
        """The link table of a field with several members, departments or records."""
        assert self.table is not None
        return self.table.link_tables[field.key].alias(self.statement.name("l"))

    # -- inside ----------------------------------------------------------------------------------------

    def _named(self, table: FromClause, sample: float | None = None) -> FromClause:
        if self.alias is None:
            return table
        named: FromClause
        if sample is None:
            named = self._alias(table, self.alias)
        else:
            named = sa.tablesample(table, sa.func.system(sa.literal_column(str(sample))), name=self.alias)
        self.aliased[table.name] = named  # type: ignore[attr-defined]
        return named

    def _alias(self, table: FromClause, name: str) -> FromClause:
        """The table under a name; the same object for all statements, since making its columns takes long."""
        known: dict[tuple[FromClause, str], FromClause] = self.statement.live.cache.setdefault(
            "records.aliases", {}
        )
        if len(known) > 1000:
            known.clear()
        found = known.get((table, name))
        return found if found is not None else known.setdefault((table, name), table.alias(name))

    def _part(self, table: FromClause) -> FromClause:
        if self.alias is None:
            return table
        name: str = table.name  # type: ignore[attr-defined]
        found = self.aliased.get(name)
        if found is None:
            found = self.aliased[name] = self._alias(table, self.statement.name("p"))
            self.source.join(found, found.c.id == self.id)
        return found

    def _person_value(self, field: Field) -> ColumnElement[Any]:
        if field.key == "superior":
            line = people.member_line.alias(self.statement.name("m"))
            return sa.select(line.c.superior_id).where(line.c.member_id == self.id).scalar_subquery()
        return self.main.c[_PEOPLE_COLUMNS.get(field.key, field.key)]

    def _formula(self, field: Field) -> Made:
        found = self.formulas.get(field.path)
        if found is None:
            from engine.records.reading.formula_sql import live_formula

            try:
                found = live_formula(self, field)
            except FormulaFault:
                raise RowOnlyField(field) from None
            self.formulas[field.path] = found
        return found


_PEOPLE_COLUMNS = {"department": "department_id", "parent": "parent_id", "head": "head_id"}


def _people(form: Form) -> FromClause:
    return people.member if form is paths.MEMBERS else people.department


def linking(field: Field) -> Field:
    """The link that a lookup goes through."""
    link = field.beside(field.get("via"))
    if link is None:
        raise KeyError(field.path)
    return link


def looked_up(field: Field) -> Field:
    """The field of the other record that a lookup shows."""
    target = lookup_target(field)
    if target is None:
        raise KeyError(field.path)
    return target
