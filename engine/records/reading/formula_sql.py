"""Formulas over rows in SQL: names become columns, lists become rows of subforms and linked records."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.fields import path as paths
from engine.fields.form import Field
from engine.fields.formula_names import name_of
from engine.fields.number import MOST_PLACES
from engine.formulas.faults import FormulaFault
from engine.formulas.names import Name
from engine.formulas.parser import parse
from engine.formulas.sql_scope import SqlCollection
from engine.formulas.to_sql import to_sql
from engine.formulas.tree import Formula, Path
from engine.platform.i18n import Text
from engine.records.reading.person_facts import moment_of
from engine.records.reading.rowset import Made, RowOnlyField, RowSet, Source, masked

if TYPE_CHECKING:
    from engine.records.reading.scope import AppScope

Rights = Callable[[RowSet], "AppScope"]
"""Makes the scope through which a formula reads rows: the app's or its viewer's."""

VALUE_ERROR = "#VALUE!"
_MOMENTARY = frozenset({"NOW", "RAND", "RANDBETWEEN"})
"""Functions whose value changes within a day; a statement without them serves its person until midnight."""


def compile_formula(rows: RowSet, text: str, rights: Rights) -> tuple[Made, str]:
    """A formula over the rows with these rights, and the type of its value; FormulaFault where it has no SQL."""
    return _compiled(rows, parse(text), rights)


def live_formula(rows: RowSet, field: Field, formula: str | None = None) -> Made:
    """A formula field's value, of its result's type and scale; or that of another `formula` meant for the field."""
    from engine.records.reading.scope import AppScope

    text = field.get("formula", "") if formula is None else formula
    made, kind = _compiled(
        rows, parse(text), AppScope
    )  # a computed field has one value, made with the app's rights
    shown = field.value_field
    wanted = shown.kind.value_type(shown)
    value, error = made.value, made.error
    if kind == "any":
        value = sa.cast(sa.null(), shown.kind.column(shown) or sa.Text())
    elif kind != wanted:
        value, failed = _as(value, kind, wanted)
        error = failed if error is None else sa.func.coalesce(error, failed)
    places = getattr(shown.kind, "places", None)
    if wanted == "number" and places:
        value = _at_scale(value, places(shown))
    return Made(value, error)


def _at_scale(value: ColumnElement[Any], places: int | None) -> ColumnElement[Any]:
    """A number as its field keeps it, which without a number of places are the first ten."""
    rounded = sa.func.round(
        value, sa.literal_column(str(MOST_PLACES if places is None else places)), type_=sa.Numeric()
    )
    return sa.func.trim_scale(rounded, type_=sa.Numeric()) if places is None else rounded


def _compiled(rows: RowSet, formula: Formula, rights: Rights) -> tuple[Made, str]:
    statement = rows.statement
    statement.volatile = statement.volatile or not _MOMENTARY.isdisjoint(formula.functions)
    if rows.alias is None and not all(_is_own(rows, path) for path in formula.paths):
        return _in_subquery(rows, formula, rights)
    scope = FormulaScope(rows, formula, rights)
    made = to_sql(formula, scope, statement.name("f"))
    if rows.alias is None:
        value = _alone(made.value, made.laterals)
        return Made(value, None if made.error is None else _alone(made.error, made.laterals)), made.type
    for lateral in made.laterals:
        rows.source.join(lateral, sa.true(), outer=False)
    return Made(made.value, made.error), made.type


def _is_own(rows: RowSet, path: Path) -> bool:
    steps = paths.resolve(rows.form, ".".join(path), rows.subform)
    return (
        steps is not None
        and len(steps) == 1
        and rows.is_plain(steps[0])
        and not hasattr(steps[0].kind, "refers_to")
    )


def _in_subquery(rows: RowSet, formula: Formula, rights: Rights) -> tuple[Made, str]:
    """Where nothing can be joined to the statement, the formula reads the row once more by its id."""
    twin = rows.twin()
    made, kind = _compiled(twin, formula, rights)

    def alone(column: ColumnElement[Any]) -> ColumnElement[Any]:
        query = sa.select(column).select_from(twin.source.clause()).where(twin.id == rows.id)
        return query.correlate(rows.main).scalar_subquery()

    return Made(alone(made.value), None if made.error is None else alone(made.error)), kind


def _alone(value: ColumnElement[Any], laterals: Any) -> ColumnElement[Any]:
    if not laterals:
        return value
    source = Source(laterals[0])
    for lateral in laterals[1:]:
        source.join(lateral, sa.true(), outer=False)
    return sa.select(value).select_from(source.clause()).correlate_except(*laterals).scalar_subquery()


def _as(value: ColumnElement[Any], kind: str, wanted: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """A value of one type as another; what does not fit is #VALUE!."""
    fine = sa.cast(sa.null(), sa.Text())
    bad = sa.case((value.is_not(None), VALUE_ERROR))
    match kind, wanted:
        case "boolean", "number":
            return sa.cast(sa.cast(value, sa.Integer()), sa.Numeric()), fine
        case (("date" | "datetime" | "number" | "boolean" | "time"), "text"):
            return sa.cast(value, sa.Text()), fine
        case "date", "datetime":
            return sa.cast(value, sa.DateTime(timezone=True)), fine
        case "datetime", "date":
            return sa.cast(value, sa.Date()), fine
    types: dict[str, Any] = {
        "number": sa.Numeric(),
        "text": sa.Text(),
        "boolean": sa.Boolean(),
        "date": sa.Date(),
        "time": sa.Time(),
    }
    return sa.cast(sa.null(), types.get(wanted, sa.DateTime(timezone=True))), bad


class FormulaScope:
    """What a formula reads of a set of rows; what its reader may not see is blank in it."""

    def __init__(self, rows: RowSet, formula: Formula, rights: Rights) -> None:
        self.rows = rows
        self.rights = rights
        self.moment = moment_of(rows.statement, formula.functions)
        self.lists = self._lists(formula)

    def resolve(self, path: Path) -> Name | None:
        """The field at the end of `path`."""
        steps = self._steps(path)
        return name_of(steps) if steps else None

    def column(self, path: Path) -> ColumnElement[Any]:
        """The column of a single value."""
        return self._end(self.rows, self._steps(path) or ()).value

    def error(self, path: Path) -> ColumnElement[Any] | None:
        """The error code of a computed field."""
        return self._end(self.rows, self._steps(path) or ()).error

    def collection(self, path: Path) -> SqlCollection:
        """The column of a list."""
        return self.lists[path]

    def _steps(self, path: Path) -> tuple[Field, ...] | None:
        return paths.resolve(self.rows.form, ".".join(path), self.rows.subform)

    def _lists(self, formula: Formula) -> dict[Path, SqlCollection]:
        """All lists of the formula: columns of the same rows share one source, so that its joins are known first."""
        shared: dict[tuple[str, ...], tuple[RowSet, ColumnElement[bool], ColumnElement[Any] | None]] = {}
        found: dict[Path, tuple[tuple[str, ...], Made]] = {}
        for path in sorted(formula.paths):
            steps = self._steps(path)
            name = name_of(steps) if steps else None
            if not steps or name is None or not name.collection:
                continue
            at = next(
                number
                for number, step in enumerate(steps)
                if step.type == "subform" or step.value_field.kind.multiple
            )
            place = tuple(step.key for step in steps[: at + 1])
            if any(step.value_field.kind.multiple for step in steps[at + 1 :]):
                raise FormulaFault(
                    "row_only",
                    Text("列表里的列表只能逐行计算。", "A list of lists is worked out row by row."),
                )
            if place not in shared:
                shared[place] = self._list(steps[: at + 1])
            below = shared[place][0]
            rest = steps[at + 1 :]
            found[path] = (place, self._end(below, rest) if rest else self._itself(below, steps[at]))
        return {
            path: SqlCollection(
                shared[place][0].source.clause(), shared[place][1], made.value, made.error, shared[place][2]
            )
            for path, (place, made) in found.items()
        }

    def _list(
        self, steps: tuple[Field, ...]
    ) -> tuple[RowSet, ColumnElement[bool], ColumnElement[Any] | None]:
        rows, last, masks = self.rights(self.rows).place(steps)
        if last.type == "subform":
            below = rows.rows_of(last)
            return below, sa.and_(rows.tie(below), *masks), below.main.c.position
        if last.value_field.kind.column(last.value_field) is not None:
            raise FormulaFault("row_only", Text("这里只能逐行计算。", "This is worked out row by row."))
        form = paths.target_form(last)
        if form is None:
            raise RowOnlyField(last)
        below = rows.others(form)
        link = rows.link_table(last)
        below.source.join(link, link.c.target_id == below.id, outer=False)
        seen = self.rights(below)._row_masks(below)
        return below, sa.and_(link.c.record_id == rows.id, below.present, *masks, *seen), link.c.position

    def _itself(self, below: RowSet, step: Field) -> Made:
        if step.type == "subform":
            return Made(below.id)
        return masked(Made(below.title), self.rights(below)._title_masks(below))

    def _end(self, rows: RowSet, steps: tuple[Field, ...]) -> Made:
        """The value along steps of single values; a link, member or department stands for its title."""
        scope = self.rights(rows)
        rows, last, masks = scope.place(steps)
        if getattr(last.value_field.kind, "refers_to", None):
            target = rows.to(last)
            return masked(Made(target.title), masks + scope._row_masks(target) + scope._title_masks(target))
        return masked(rows.value(last), masks)
