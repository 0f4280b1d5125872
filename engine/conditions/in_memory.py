"""Conditions over values that no table holds yet, such as a form that is being filled in; the same meaning as in SQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from engine.conditions.periods import Span, day_start, local_today
from engine.conditions.read import textual
from engine.conditions.scope import Person, Scope
from engine.conditions.to_sql import POSITIVE, Compiler, through_department
from engine.conditions.tree import All, AnyOf, FormulaValue, Leaf, Node, Not, Plain, Value
from engine.fields.form import Field
from engine.formulas.values import FormulaError, folded


class Held(Scope, Protocol):
    """The fields of one record, or of a row in it, with their values."""

    def values(self, steps: Sequence[Field]) -> list[Any]:
        """The values at the end of a path; exactly one where every step has one."""
        ...

    def worked_out(self, text: str, field: Field) -> Any:
        """A formula over the same record, as it is compared with values of `field`; a FormulaError where it fails."""
        ...


def holds(
    node: Node,
    held: Held,
    person: Person | None,
    moment: datetime,
    current: Mapping[str, Any] | None = None,
) -> bool:
    """Whether a condition that was read is true of the values."""
    return Holding(held, Compiler(held, person, moment, current)).holds(node)


class Holding:
    """Compares the values of one record."""

    def __init__(self, held: Held, wanted: Compiler) -> None:
        self.held = held
        self.wanted = wanted
        self._worked: dict[tuple[str, str], Any] = {}

    def holds(self, node: Node) -> bool:
        """Whether the condition is true."""
        match node:
            case Not(part):
                return not self.holds(part)
            case All(parts):
                return all(self.holds(part) for part in parts)
            case AnyOf(parts):
                return any(self.holds(part) for part in parts)
            case Leaf():
                return self.leaf(node)
        raise TypeError(node)

    def leaf(self, leaf: Leaf) -> bool:
        """One comparison."""
        leaf = through_department(leaf, self.held)
        if any(isinstance(self.worked_out(one, leaf), FormulaError) for one in leaf.values):
            return False  # whatever the operator: an error never lets anybody see more
        positive = POSITIVE.get(leaf.op)
        if positive is not None:
            return not self.leaf(Leaf(leaf.path, leaf.steps, positive, leaf.values))
        values = self.held.values(leaf.steps)
        if not leaf.several:
            return self.compare(leaf, values[0] if values else None)
        if leaf.field.kind.multiple and leaf.field.kind.column(leaf.field) is None:
            return self.listed(leaf, [one for one in values if one is not None])
        if leaf.op == "eq" and leaf.values == (Plain(None),):
            return all(one is None for one in values)
        return any(self.compare(leaf, one) for one in values)

    def worked_out(self, value: Value, leaf: Leaf) -> Any:
        """What a formula among the leaf's values gives; None for another value."""
        if not isinstance(value, FormulaValue):
            return None
        place = (value.text, leaf.path)
        if place not in self._worked:
            self._worked[place] = self.held.worked_out(value.text, leaf.field)
        return self._worked[place]

    def listed(self, leaf: Leaf, held: list[Any]) -> bool:
        """A comparison with members, departments, records or rows, of which there may be many."""
        if leaf.op == "not_empty":
            return bool(held)
        wanted = [_plain(one) for one in self.wanted.known(leaf)]
        some = {one for one in wanted if one is not None}
        there = {_plain(one) for one in held}
        if leaf.op in ("contains_any", "in", "contains"):
            return bool(some & there) or None in wanted and not there
        if leaf.op == "contains_all":
            return some <= there
        return some == there if some else not there

    def compare(self, leaf: Leaf, value: Any) -> bool:
        """A positive operator on one value."""
        if leaf.op == "not_empty":
            return value is not None
        if leaf.field.kind.multiple:
            return self.array(leaf, value)
        if any(isinstance(one, FormulaValue) for one in leaf.values):
            return self.formula(leaf, value)
        kind = leaf.field.kind.value_type(leaf.field)
        if kind in ("date", "datetime"):
            return self.dated(leaf, value, kind)
        wanted = [_plain(one) for one in self.wanted.known(leaf)]
        if textual(leaf.field):
            said = [None if one is None else folded(str(one)) for one in wanted]
            return _text(leaf.op, None if value is None else folded(str(value)), said)
        if kind == "boolean" and leaf.op == "eq":
            return bool(value) is bool(wanted and wanted[0])
        if leaf.op == "eq" and self.wanted.is_set(leaf):
            return _plain(value) in wanted
        return _ordered(leaf.op, _plain(value), wanted)

    def array(self, leaf: Leaf, value: Any) -> bool:
        """Comparison with a list of options."""
        wanted = self.wanted.known(leaf)
        some = {one for one in wanted if one is not None}
        there = None if value is None else set(value)
        if leaf.op in ("contains_any", "in", "contains"):
            return bool(there and some & there) or None in wanted and there is None
        if leaf.op == "contains_all":
            return not some or there is not None and some <= there
        return there == some if some else there is None

    def formula(self, leaf: Leaf, value: Any) -> bool:
        """Comparison with formulas over the same record."""
        sides = []
        for one in leaf.values:
            if isinstance(one, FormulaValue):
                sides.append(_plain(self.worked_out(one, leaf)))
            else:
                sides.extend(_plain(found) for found in self.wanted.one(one))
        value = _plain(value)
        if textual(leaf.field):
            value = None if value is None else folded(str(value))
            sides = [None if one is None else folded(str(one)) for one in sides]
        if leaf.op in ("eq", "in"):
            return value in sides
        if value is None or any(one is None for one in sides):
            return False
        return _text(leaf.op, value, sides) if textual(leaf.field) else _ordered(leaf.op, value, sides)

    def dated(self, leaf: Leaf, value: Any, kind: str) -> bool:
        """Comparison of days and instants; a day or period is a span, an instant is itself."""
        spans = [self.wanted.span(one, kind) for one in leaf.values]
        flat = [one for found in spans for one in (found if isinstance(found, list) else [found])]
        if leaf.op in ("eq", "in"):
            return any(self.within(value, one, kind) for one in flat)
        if (
            value is None
            or any(one is None for one in flat)
            or len(flat) != (2 if leaf.op == "between" else 1)
        ):
            return False
        first, last = flat[0], flat[-1]
        tests: dict[str, Callable[[], bool]] = {
            "gt": lambda: not self.until(value, last, kind),
            "gte": lambda: self.since(value, first, kind),
            "lt": lambda: not self.since(value, first, kind),
            "lte": lambda: self.until(value, last, kind),
            "between": lambda: self.since(value, first, kind) and self.until(value, last, kind),
        }
        return tests[leaf.op]()

    def within(self, value: Any, one: Span | datetime | None, kind: str) -> bool:
        """Whether the value lies in the span."""
        if one is None or value is None:
            return value is one
        if isinstance(one, datetime):
            return bool(value == one)
        return self.since(value, one, kind) and self.until(value, one, kind)

    def since(self, value: Any, one: Span | datetime, kind: str) -> bool:
        """Whether the value is not before the span begins."""
        if isinstance(one, datetime):
            return bool(value >= one)
        if kind == "date":
            return bool(_day(value, self.held.time_zone) >= one.first)
        return bool(_instant(value, self.held.time_zone) >= day_start(one.first, self.held.time_zone))

    def until(self, value: Any, one: Span | datetime, kind: str) -> bool:
        """Whether the value is not after the span ends."""
        if isinstance(one, datetime):
            return bool(value <= one)
        if kind == "date":
            return bool(_day(value, self.held.time_zone) <= one.last)
        if one.last == date.max:
            return True
        after = day_start(one.last + timedelta(days=1), self.held.time_zone)
        return bool(_instant(value, self.held.time_zone) < after)


def _plain(value: Any) -> Any:
    """A reference as its id."""
    return getattr(value, "id", value)


def _day(value: Any, time_zone: str) -> date:
    return local_today(value, time_zone) if isinstance(value, datetime) else value  # type: ignore[no-any-return]


def _instant(value: Any, time_zone: str) -> datetime:
    return value if isinstance(value, datetime) else day_start(value, time_zone)


def _text(op: str, value: str | None, wanted: Sequence[str | None]) -> bool:
    if op in ("contains", "starts_with"):
        said = wanted[0] if wanted else None
        if said is None:
            return True
        if value is None:
            return False
        return said in value if op == "contains" else value.startswith(said)
    if op in ("eq", "in"):
        return value in (wanted[:1] if op == "eq" else wanted)
    return _ordered(op, value, wanted)


def _ordered(op: str, value: Any, wanted: Sequence[Any]) -> bool:
    """Comparison by value: numbers, ids, options."""
    if op in ("eq", "in"):
        return value in wanted
    if value is None or any(one is None for one in wanted) or len(wanted) != (2 if op == "between" else 1):
        return False
    if op == "between":
        return bool(wanted[0] <= value <= wanted[1])
    return bool(
        {
            "gt": value > wanted[0],
            "gte": value >= wanted[0],
            "lt": value < wanted[0],
            "lte": value <= wanted[0],
        }[op]
    )
