"""Conditions as SQL.

What is made is true or not true where it stands in WHERE, CASE, FILTER or HAVING: a leaf under NOT, and every
negative operator, is made so that an empty value counts. A leaf with a formula that fails is false whatever its
operator, so that an error never lets anybody see more.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.selectable import Exists

from engine.conditions.budget import Budget
from engine.conditions.formula_values import read_as
from engine.conditions.periods import Span, day_start, local_today, span
from engine.conditions.read import Reader, textual
from engine.conditions.scope import Person, Scope
from engine.conditions.tree import (
    All,
    AnyOf,
    CurrentValue,
    Day,
    FormulaValue,
    Leaf,
    Node,
    Not,
    Period,
    Personal,
    Plain,
    Value,
)
from engine.formulas.values import folded
from engine.platform.errors import Invalid
from engine.platform.i18n import Text

Bool = ColumnElement[bool]

POSITIVE = {"ne": "eq", "not_in": "in", "not_contains": "contains", "empty": "not_empty"}
"""The operators that say the opposite of another one."""


def to_sql(
    where: Any,
    scope: Scope,
    person: Person | None,
    moment: datetime,
    current: Mapping[str, Any] | None = None,
    pointer: str = "/where",
    budget: Budget | None = None,
) -> Bool:
    """The condition over the columns of `scope`; raises Invalid with every fault in it.

    Conditions that somebody sends for one statement share a `budget`.
    """
    if where is None:
        return sa.true()
    reader = Reader(scope, pointer, budget)
    node = reader.read(where)
    if reader.faults:
        raise Invalid(Text("筛选条件有误", "The condition is wrong"), reader.faults)
    return Compiler(scope, person, moment, current).sql(node)


def fold(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Text as it is compared: ASCII letters in lower case, everything else as it stands."""
    return sa.func.lower(sa.collate(column, "C"))


def negate(condition: Bool) -> Bool:
    """True exactly where `condition` is not true."""
    if isinstance(condition, Exists):
        return sa.not_(condition)
    return condition.is_not(sa.true())


class Compiler:
    """Makes SQL of a condition that was read."""

    def __init__(
        self, scope: Scope, person: Person | None, moment: datetime, current: Mapping[str, Any] | None = None
    ) -> None:
        self.scope = scope
        self.person = person
        self.moment = moment
        self.current = current or {}

    def sql(self, node: Node, negated: bool = False) -> Bool:
        """The condition, or its opposite."""
        match node:
            case Not(part):
                return self.sql(part, not negated)
            case All(parts) | AnyOf(parts):
                made = [self.sql(part, negated) for part in parts]
                both = isinstance(node, All) is not negated
                return sa.and_(sa.true(), *made) if both else sa.or_(sa.false(), *made)
            case Leaf():
                return self.leaf(node, negated)
        raise TypeError(node)

    def leaf(self, leaf: Leaf, negated: bool) -> Bool:
        """One comparison, or its opposite."""
        leaf = through_department(leaf, self.scope)
        worked = {
            value: read_as(self.scope.formula(value.text), leaf.field, self.scope.time_zone)
            for value in leaf.values
            if isinstance(value, FormulaValue)
        }
        fine = [one.error.is_(None) for one in worked.values() if one.error is not None]
        opposite = leaf.op in POSITIVE
        if opposite:
            leaf = Leaf(leaf.path, leaf.steps, POSITIVE[leaf.op], leaf.values)
        made = self.positive(leaf, {value: one.value for value, one in worked.items()})
        if fine:
            made = sa.and_(*fine, negate(made) if opposite else made)
            return negate(made) if negated else made
        return negate(made) if opposite is not negated else made

    def positive(self, leaf: Leaf, worked: Mapping[Value, ColumnElement[Any]]) -> Bool:
        """One comparison by a positive operator; `worked` has the values of its formulas."""
        if leaf.several and leaf.field.kind.multiple and leaf.field.kind.column(leaf.field) is None:
            return self.listed(leaf)
        if leaf.several and leaf.op == "eq" and leaf.values == (Plain(None),):
            return negate(self.scope.exists(leaf.path, lambda column: column.is_not(None)))
        if leaf.several:
            return self.scope.exists(leaf.path, lambda column: self.compare(leaf, column, worked))
        linked = self.linked(leaf)
        return self.compare(leaf, self.scope.column(leaf.path), worked) if linked is None else linked

    def linked(self, leaf: Leaf) -> Bool | None:
        """A link compared with known records, where the scope has a better way than its column."""
        if leaf.op not in ("eq", "in") or getattr(leaf.field.kind, "refers_to", None) != "record":
            return None
        wanted = self.known(leaf)
        if not wanted or None in wanted or len(wanted) < len(leaf.values):
            return None
        return self.scope.among(leaf.path, [int(one) for one in wanted])

    def listed(self, leaf: Leaf) -> Bool:
        """A comparison with members, departments, records or rows kept in a table of their own."""
        if leaf.op == "not_empty":
            return self.scope.exists(leaf.path, None)
        wanted = self.known(leaf)
        if leaf.op in ("contains_any", "in", "contains"):
            some = [one for one in wanted if one is not None]
            found = (
                self.scope.exists(leaf.path, lambda column: self.one_of(column, some, leaf))
                if some
                else sa.false()
            )
            return sa.or_(found, negate(self.scope.exists(leaf.path, None))) if None in wanted else found
        held = [
            self.scope.exists(leaf.path, self.equal(one)) for one in dict.fromkeys(wanted) if one is not None
        ]
        if leaf.op == "contains_all":
            return sa.and_(sa.true(), *held)
        some = [one for one in wanted if one is not None]
        if not some:
            return negate(self.scope.exists(leaf.path, None))
        other = self.scope.exists(leaf.path, lambda column: sa.not_(self.one_of(column, some, leaf)))
        return sa.and_(*held, negate(other))

    def equal(self, value: Any) -> Callable[[ColumnElement[Any]], Bool]:
        """What is true of a column that has this value."""
        return lambda column: column == self.bind(value, column)

    def compare(
        self, leaf: Leaf, column: ColumnElement[Any], worked: Mapping[Value, ColumnElement[Any]]
    ) -> Bool:
        """A positive operator on one column."""
        if leaf.op == "not_empty":
            return column.is_not(None)
        kind = leaf.field.kind.value_type(leaf.field)
        if leaf.field.kind.multiple:
            return self.array(leaf, column)
        if worked:
            return self.formula(leaf, column, worked)
        if kind in ("date", "datetime"):
            return self.dated(leaf, column, kind)
        wanted = self.known(leaf)
        if textual(leaf.field):
            return self.text(
                leaf.op, column, [None if one is None else folded(str(one)) for one in wanted], leaf
            )
        if kind == "boolean" and leaf.op == "eq":
            # An untouched switch is off, as a blank is FALSE in formulas.
            return column.is_(sa.true()) if wanted and wanted[0] else negate(column.is_(sa.true()))
        return self.ordered(leaf.op, column, wanted, leaf)

    def ordered(self, op: str, column: ColumnElement[Any], wanted: list[Any], leaf: Leaf) -> Bool:
        """Comparison by value: numbers, ids, options."""
        if op == "in" or op == "eq" and (len(wanted) != 1 or self.is_set(leaf)):
            return self.one_of(column, wanted, leaf)
        if op == "eq":
            return column.is_(None) if wanted[0] is None else column == self.bind(wanted[0], column)
        if any(one is None for one in wanted) or len(wanted) != (2 if op == "between" else 1):
            return sa.false()
        if op == "between":
            return sa.and_(column >= self.bind(wanted[0], column), column <= self.bind(wanted[1], column))
        value = self.bind(wanted[0], column)
        match op:
            case "gt":
                return column > value
            case "gte":
                return column >= value
            case "lt":
                return column < value
            case "lte":
                return column <= value
        raise ValueError(op)

    def text(self, op: str, column: ColumnElement[Any], wanted: list[str | None], leaf: Leaf) -> Bool:
        """Comparison of free text."""
        even = fold(column)
        if op in ("contains", "starts_with"):
            if not wanted or wanted[0] is None:
                return sa.true()
            value = sa.literal(wanted[0], sa.Text())
            return sa.func.strpos(even, value) > 0 if op == "contains" else sa.func.starts_with(even, value)
        if op == "eq":
            if wanted[0] is None:
                return column.is_(None)
            same = even == sa.literal(wanted[0], sa.Text())
            if not getattr(self.scope, "few", False):
                return same
            # The length is compared first, at a tenth of the cost. (Elsewhere it would mislead the planner.)
            length = sa.func.octet_length(column) == sa.literal(len(wanted[0].encode()), sa.Integer())
            return sa.and_(length, same)
        some = [one for one in wanted if one is not None]
        found = even == sa.any_(sa.literal(some, postgresql.ARRAY(sa.Text()))) if some else sa.false()
        return sa.or_(found, column.is_(None)) if None in wanted else found

    def array(self, leaf: Leaf, column: ColumnElement[Any]) -> Bool:
        """Comparison with a list of options."""
        wanted = list(dict.fromkeys(self.known(leaf)))
        some = [one for one in wanted if one is not None]
        values = sa.literal(some, postgresql.ARRAY(sa.Text()))
        if leaf.op in ("contains_any", "in", "contains"):
            found = column.overlap(values) if some else sa.false()  # type: ignore[attr-defined]
            return sa.or_(found, column.is_(None)) if None in wanted else found
        if leaf.op == "contains_all":
            return column.contains(values) if some else sa.true()
        if not some:
            return column.is_(None)
        return sa.and_(column.contains(values), column.contained_by(values))  # type: ignore[attr-defined]

    def dated(self, leaf: Leaf, column: ColumnElement[Any], kind: str) -> Bool:
        """Comparison of days and instants; a day or period is a span, an instant is itself."""
        spans = [self.span(value, kind) for value in leaf.values]
        flat = [one for found in spans for one in (found if isinstance(found, list) else [found])]
        if leaf.op in ("eq", "in"):
            return sa.or_(sa.false(), *(self.within(column, one, kind) for one in flat))
        if any(one is None for one in flat) or len(flat) != (2 if leaf.op == "between" else 1):
            return sa.false()
        first, last = flat[0], flat[-1]
        match leaf.op:
            case "gt":
                return self.after(column, last, kind)
            case "gte":
                return column >= self.edge(first, kind)
            case "lt":
                return column < self.edge(first, kind)
            case "lte":
                return self.until(column, last, kind)
            case "between":
                return sa.and_(column >= self.edge(first, kind), self.until(column, last, kind))
        raise ValueError(leaf.op)

    def within(self, column: ColumnElement[Any], one: Span | datetime | None, kind: str) -> Bool:
        if one is None:
            return column.is_(None)
        if isinstance(one, datetime) or kind == "date" and one.first == one.last:
            return column == self.edge(one, kind)
        return sa.and_(column >= self.edge(one, kind), self.until(column, one, kind))

    def until(self, column: ColumnElement[Any], one: Span | datetime, kind: str) -> Bool:
        if isinstance(one, datetime):
            return column <= self.edge(one, kind)
        if kind == "date":
            return column <= sa.literal(one.last, sa.Date())
        return column < self.day_after(one.last)

    def after(self, column: ColumnElement[Any], one: Span | datetime, kind: str) -> Bool:
        if isinstance(one, datetime):
            return column > self.edge(one, kind)
        if kind == "date":
            return column > sa.literal(one.last, sa.Date())
        return column >= self.day_after(one.last)

    def edge(self, one: Span | datetime, kind: str) -> ColumnElement[Any]:
        """Where the span begins."""
        if isinstance(one, datetime):
            return sa.literal(one, sa.DateTime(timezone=True))
        if kind == "date":
            return sa.literal(one.first, sa.Date())
        return sa.literal(day_start(one.first, self.scope.time_zone), sa.DateTime(timezone=True))

    def day_after(self, day: date) -> ColumnElement[Any]:
        if day == date.max:
            return sa.literal_column("'infinity'::timestamptz")
        return sa.literal(
            day_start(day + timedelta(days=1), self.scope.time_zone), sa.DateTime(timezone=True)
        )

    def span(self, value: Value, kind: str) -> Any:
        """The span or instant that a value means; a list for several, None for empty."""
        today = local_today(self.moment, self.scope.time_zone)
        match value:
            case Period(name, n):
                return span(name, today, n)
            case Day(moved):
                try:
                    day = today + timedelta(days=moved)
                except OverflowError:
                    day = date.max if moved > 0 else date.min
                return Span(day, day)
            case Plain(found):
                return self.as_span(found, kind)
            case CurrentValue(key):
                now = self.current.get(key)
                return (
                    [self.as_span(one, kind) for one in now]
                    if isinstance(now, (list, tuple))
                    else self.as_span(now, kind)
                )
        return None

    def as_span(self, found: Any, kind: str) -> Any:
        if isinstance(found, datetime):
            if kind == "date":
                found = local_today(found, self.scope.time_zone)
                return Span(found, found)
            return found
        return Span(found, found) if isinstance(found, date) else None

    def formula(
        self, leaf: Leaf, column: ColumnElement[Any], worked: Mapping[Value, ColumnElement[Any]]
    ) -> Bool:
        """Comparison with formulas over the same record."""
        sides = []
        for value in leaf.values:
            if isinstance(value, FormulaValue):
                made = worked[value]
            else:
                found = self.one(value)
                made = self.bind(found[0] if found else None, column)
            sides.append(fold(made) if textual(leaf.field) else made)
        left = fold(column) if textual(leaf.field) else _unbounded(column)
        match leaf.op:
            case "eq":
                return left.is_not_distinct_from(sides[0])
            case "between":
                return sa.and_(left >= sides[0], left <= sides[1])
            case "gt":
                return left > sides[0]
            case "gte":
                return left >= sides[0]
            case "lt":
                return left < sides[0]
            case "lte":
                return left <= sides[0]
            case "contains":
                return sa.func.strpos(left, sides[0]) > 0
            case "starts_with":
                return sa.func.starts_with(left, sides[0])
        return sa.or_(sa.false(), *(left.is_not_distinct_from(side) for side in sides))

    def one_of(self, column: ColumnElement[Any], wanted: Iterable[Any], leaf: Leaf) -> Bool:
        """Whether the column's value is among these."""
        values = list(wanted)
        some = [native for one in values if (native := _native(one, column)) is not None]
        found = column == sa.any_(sa.literal(some, postgresql.ARRAY(column.type))) if some else sa.false()
        return sa.or_(found, column.is_(None)) if None in values else found

    def known(self, leaf: Leaf) -> list[Any]:
        """The values that the leaf compares with, now and for this person; None for empty."""
        return [one for value in leaf.values for one in self.one(value)]

    def one(self, value: Value) -> list[Any]:
        match value:
            case Plain(found):
                return [found]
            case CurrentValue(key):
                now = self.current.get(key)
                return list(now) if isinstance(now, (list, tuple)) else [now]
            case Personal(name, below):
                if self.person is None or self.person.member_id is None:
                    return []
                match name:
                    case "me":
                        return [self.person.member_id]
                    case "my_department":
                        return sorted(self.person.departments(below))
                    case "headed_by_me":
                        return sorted(self.person.headed_departments())
                    case "my_reports":
                        return sorted(self.person.reports())
        return []

    def is_set(self, leaf: Leaf) -> bool:
        """Whether the leaf's value is a set of ids, which `eq` takes as `in`."""
        return any(isinstance(value, Personal) for value in leaf.values)

    def bind(self, value: Any, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """A parameter of the column's type; a number that no integer holds stays a decimal."""
        if (
            isinstance(column.type, sa.Integer)
            and isinstance(value, (int, Decimal))
            and _native(value, column) is None
        ):
            return sa.literal(Decimal(value), sa.Numeric())
        return sa.literal(_native(value, column), column.type)


def through_department(leaf: Leaf, scope: Scope) -> Leaf:
    """A member compared with departments means the member's department."""
    if getattr(leaf.field.kind, "refers_to", None) != "member":
        return leaf
    if not any(
        isinstance(one, Personal) and one.name in ("my_department", "headed_by_me") for one in leaf.values
    ):
        return leaf
    path = f"{leaf.path}.department"
    steps = scope.resolve(path)
    op = {"contains": "in", "contains_any": "in", "not_contains": "not_in"}.get(leaf.op, leaf.op)
    return Leaf(path, steps, op, leaf.values) if steps else leaf


def _native(value: Any, column: ColumnElement[Any]) -> Any:
    if isinstance(column.type, sa.Integer):
        number = getattr(value, "id", value)
        if isinstance(number, int | Decimal):
            # A number that bigint does not hold must not fail the statement: it equals no id.
            whole = int(number)
            return whole if number == whole and abs(whole) < 2**63 else None
    return value


def _unbounded(column: ColumnElement[Any]) -> ColumnElement[Any]:
    # A formula's number may be too large for an integer column, and have decimals.
    return sa.cast(column, sa.Numeric()) if isinstance(column.type, sa.Integer) else column
