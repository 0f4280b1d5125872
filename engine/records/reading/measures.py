"""The figures of an aggregation: count, sum, avg, min, max, median, count_distinct, each over its own condition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.conditions.formula_values import Worked
from engine.conditions.to_sql import to_sql
from engine.fields.failed import value_json
from engine.fields.form import Field
from engine.fields.number import plain
from engine.formulas.faults import FormulaFault
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.reading.rowset import RowOnlyField, RowSet
from engine.records.reading.scope import AppScope, unusable
from engine.records.reading.selection import scope_of

if TYPE_CHECKING:
    from engine.records.reading.query import Chosen

FUNCTIONS = ("count", "sum", "avg", "min", "max", "count_distinct", "median")
NUMERIC = ("sum", "avg", "median")
PLACES = 20
"""Quotients are exact to so many places, as everywhere."""

_COUNT = Field.read({"key": "count", "type": "count"})
_NUMBER = Field.read({"key": "number", "type": "number"})


@dataclass(frozen=True)
class Measure:
    """One figure: its column, how many records it had to leave out, and how its value is told."""

    name: str
    fn: str
    column: ColumnElement[Any]
    failed: ColumnElement[Any] | None
    result: Field

    def bare(self) -> "Measure":
        """Without its columns, once the statement is made."""
        return replace(self, column=sa.null(), failed=None)

    def told(self, value: Any) -> Any:
        """The figure as programs get it."""
        if self.fn in ("count", "count_distinct"):
            return value or 0
        if value is None:
            return "0" if self.fn == "sum" else None
        if self.fn in ("avg", "median"):
            return format(plain(Decimal(value)), "f")
        return value_json(value, self.result)


def place(chosen: "Chosen", path: str, expanded: RowSet | None) -> tuple[AppScope, tuple[Field, ...] | None]:
    """The scope and steps of a path, in the joined rows of a subform where it goes through them."""
    steps = chosen.scope.resolve(path)
    if steps and expanded is not None and steps[0] is expanded.subform and len(steps) > 1:
        return scope_of(expanded), steps[1:]
    return chosen.scope, steps


def expanded_subform(chosen: "Chosen", group_by: Sequence[Mapping[str, Any]]) -> RowSet | None:
    """The rows of the subform that is grouped by, if one is, joined to their records."""
    found: list[Field] = []
    for number, raw in enumerate(group_by):
        steps = chosen.scope.resolve(str(raw.get("field")))
        if steps and steps[0].type == "subform" and steps[0] not in found:
            found.append(steps[0])
            if len(found) > 1:
                raise Invalid.at(
                    f"/group_by/{number}/field",
                    "two_subforms",
                    Text("一次只能按一个子表单分组", "Only one subform can be grouped by at a time"),
                )
    if not found:
        return None
    rows = chosen.rows
    below = rows.rows_of(found[0])
    rows.source.join(below.main, sa.and_(rows.tie(below), *chosen.scope._field_masks(rows, found[0])))
    below.source = rows.source  # whatever else its columns need is joined there too
    below.children[""] = rows
    return below


def measure(
    chosen: "Chosen", raw: Mapping[str, Any], pointer: str, faults: list[Fault], expanded: RowSet | None
) -> Measure | None:
    """The figure that a measure asks for."""
    fn, path = raw.get("fn"), raw.get("field")
    if fn not in FUNCTIONS:
        faults.append(
            Fault(
                f"{pointer}/fn",
                "unknown_function",
                Text("没有汇总方式“{fn}”", "There is no function “{fn}”", fn=str(fn)[:30]),
            )
        )
        return None
    name = raw.get("as") or (f"{fn}_{path}" if path else fn)
    if not isinstance(name, str) or len(name) > 100:
        faults.append(Fault(f"{pointer}/as", "wrong_type", Text("名字要是文字", "A name is text")))
        return None
    try:
        where = None
        if raw.get("where") is not None:
            statement = chosen.statement
            where = to_sql(
                raw["where"],
                chosen.scope,
                statement.person,
                statement.moment,
                pointer=f"{pointer}/where",
                budget=statement.budget,
            )
        if path is None:
            if fn != "count":
                raise Invalid.at(f"{pointer}/field", "required", Text("缺少字段", "The field is missing"))
            counted = chosen.rows.id.distinct() if expanded is not None else None
            column = sa.func.count(counted) if counted is not None else sa.func.count()
            return Measure(name, fn, _where(column, where), None, _COUNT)
        return _over_field(chosen, fn, str(path), name, where, pointer, expanded)
    except RowOnlyField as error:
        faults.extend(unusable(error.field, f"{pointer}/field").faults)
    except Invalid as error:
        faults.extend(error.faults)
    return None


def _over_field(
    chosen: "Chosen", fn: str, path: str, name: str, where: Any, pointer: str, expanded: RowSet | None
) -> Measure:
    scope, steps = place(chosen, path, expanded)
    if not steps or steps[-1].kind.layout_only or steps[-1].type == "subform":
        raise Invalid.at(
            f"{pointer}/field",
            "unknown_field",
            Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100]),
        )
    field = steps[-1].value_field
    if fn in NUMERIC and field.kind.value_type(field) != "number":
        raise Invalid.at(
            f"{pointer}/field",
            "not_a_number",
            Text(
                "“{name}”不是数字，不能求和或平均",
                "“{name}” is no number and cannot be added up",
                name=field.name(),
            ),
        )
    if fn in ("min", "max") and (
        field.kind.multiple
        or getattr(field.kind, "refers_to", None)
        or field.kind.value_type(field) == "boolean"
    ):
        raise Invalid.at(
            f"{pointer}/field",
            "not_applicable",
            Text("“{name}”没有最大最小值", "“{name}” has no least or greatest value", name=field.name()),
        )
    result = _COUNT if fn in ("count", "count_distinct") else _NUMBER if fn in ("avg", "median") else field
    if steps[0].type == "subform":
        return Measure(name, fn, _below(chosen, steps, fn, where, pointer), None, result)
    through_many = any(step.kind.multiple for step in steps[:-1])
    if through_many or field.kind.multiple and field.kind.column(field) is None:
        raise Invalid.at(
            f"{pointer}/field",
            "not_applicable",
            Text("“{name}”不能这样汇总", "“{name}” cannot be added up like that", name=field.name()),
        )
    made = scope.made(steps)
    if expanded is not None and scope is chosen.scope and fn in ("sum", "avg", "median"):
        raise Invalid.at(
            f"{pointer}/field",
            "not_applicable",
            Text(
                "按子表单分组时只能汇总它的列", "Grouped by a subform, only its own columns can be added up"
            ),
        )
    failed = None
    if made.error is not None:
        failed = _where(
            sa.func.count(),
            made.error.is_not(None) if where is None else sa.and_(where, made.error.is_not(None)),
        )
    return Measure(name, fn, _FIGURES[fn](made.value, where), failed, result)


def _below(chosen: "Chosen", steps: Sequence[Field], fn: str, where: Any, pointer: str) -> ColumnElement[Any]:
    """A figure over all rows of a subform, added up a record at a time."""
    if fn in ("median", "count_distinct"):
        raise Invalid.at(
            f"{pointer}/fn",
            "not_applicable",
            Text("子表单的列要先按子表单分组", "Group by a column of the subform for this"),
        )
    rows = chosen.rows
    below = rows.rows_of(steps[0])
    scope = scope_of(below)
    made = scope.made(steps[1:])
    masks = scope._field_masks(rows, steps[0])
    name = chosen.statement.name("b")
    each = (
        sa.select(sa.func.count(made.value).label("n"), _PARTS[fn](made.value).label("v"))
        .select_from(below.source.clause())
        .where(rows.tie(below), *masks)
        .correlate_except(*below.source.clause()._from_objects)
        .lateral(name)
    )
    rows.source.join(each, sa.true(), outer=False)
    if fn == "count":
        return sa.func.coalesce(_where(sa.func.sum(each.c.n), where), 0)
    if fn == "avg":
        return _quotient(_where(sa.func.sum(each.c.v), where), _where(sa.func.sum(each.c.n), where))
    outer: Any = {"sum": sa.func.sum, "min": sa.func.min, "max": sa.func.max}[fn]
    return _where(outer(each.c.v), where)


def _where(function: Any, where: Any) -> ColumnElement[Any]:
    return function if where is None else function.filter(where)  # type: ignore[no-any-return]


def _avg(value: ColumnElement[Any], where: Any) -> ColumnElement[Any]:
    return _quotient(_where(sa.func.sum(value), where), _where(sa.func.count(value), where))


def _quotient(total: ColumnElement[Any], count: ColumnElement[Any]) -> ColumnElement[Any]:
    # PostgreSQL alone keeps no more than 16 digits of a quotient; the factor makes it keep all places.
    exact = sa.cast(total, sa.Numeric()) * sa.literal_column("1." + "0" * (PLACES + 1))
    return sa.func.round(exact / sa.func.nullif(count, 0), sa.literal_column(str(PLACES)))


def _median(value: ColumnElement[Any], where: Any) -> ColumnElement[Any]:
    # percentile_cont is inexact; the mean of the lower and the upper middle is not.
    half: Any = sa.literal_column("0.5")
    lower = _where(sa.func.percentile_disc(half).within_group(value.asc()), where)
    upper = _where(sa.func.percentile_disc(half).within_group(value.desc()), where)
    return (sa.cast(lower, sa.Numeric()) + sa.cast(upper, sa.Numeric())) / 2


_FIGURES: Mapping[str, Callable[[ColumnElement[Any], Any], ColumnElement[Any]]] = {
    "count": lambda value, where: _where(sa.func.count(value), where),
    "count_distinct": lambda value, where: _where(sa.func.count(value.distinct()), where),
    "sum": lambda value, where: _where(sa.func.sum(value), where),
    "min": lambda value, where: _where(sa.func.min(value), where),
    "max": lambda value, where: _where(sa.func.max(value), where),
    "avg": _avg,
    "median": _median,
}
_PARTS: Mapping[str, Callable[[ColumnElement[Any]], ColumnElement[Any]]] = {
    "count": sa.func.count,
    "sum": sa.func.sum,
    "avg": sa.func.sum,
    "min": sa.func.min,
    "max": sa.func.max,
}


class ResultScope:
    """The results of an aggregation as a condition on them sees them."""

    def __init__(self, time_zone: str, results: Mapping[str, tuple[Field, ColumnElement[Any]]]) -> None:
        self.time_zone = time_zone
        self.results = results

    def resolve(self, path: str) -> tuple[Field, ...] | None:
        """A result by its name."""
        return (self.results[path][0],) if path in self.results else None

    def column(self, path: str) -> ColumnElement[Any]:
        """A result's column."""
        return self.results[path][1]

    def exists(self, path: str, inner: Any) -> ColumnElement[bool]:
        """A result is one value."""
        column = self.results[path][1]
        return inner(column) if inner else column.is_not(None)  # type: ignore[no-any-return]

    def formula(self, text: str) -> Worked:
        """Results are compared with plain values only."""
        raise LookupError(text)

    def check_formula(self, text: str) -> str:
        """Refuses every formula."""
        raise FormulaFault(
            "row_only", Text("这里不能用公式。", "There can be no formula here."), 0, len(text)
        )

    def among(self, path: str, ids: Sequence[int]) -> ColumnElement[bool] | None:
        """The plain column does it."""
        return None
