"""Reads a condition's JSON against the fields of a scope, and collects what is wrong with it by place."""

import difflib
from collections.abc import Mapping
from typing import Any

from engine.conditions.budget import Budget
from engine.conditions.periods import span
from engine.conditions.schema import LISTING, MOST_LEVELS, MOST_VALUES, OPERATORS
from engine.conditions.scope import Scope
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
from engine.fields.base import FieldFault, ParseContext
from engine.fields.date import iso_day
from engine.fields.form import Field
from engine.fields.typed_text import exact
from engine.formulas.faults import FormulaFault
from engine.platform import clock
from engine.platform.errors import Fault
from engine.platform.i18n import Text

_PERSONAL = {
    "me": ("member",),
    "my_department": ("department", "member"),
    "headed_by_me": ("department", "member"),
    "my_reports": ("member",),
}


_TAKES = {
    "number": ("number", "boolean", "date", "datetime", "time", "any"),
    "boolean": ("boolean", "number", "any"),
    "date": ("date", "datetime", "number", "any"),
    "datetime": ("date", "datetime", "number", "any"),
    "reference": ("number",),
}
"""Of which kinds a formula may be that stands where a value of a field stands; a text takes all."""


class Reader:
    """Reads one condition; `faults` has what was wrong."""

    def __init__(self, scope: Scope, pointer: str = "", budget: Budget | None = None) -> None:
        self.scope = scope
        self.start = pointer
        self.budget = budget or Budget()
        self.faults: list[Fault] = []

    def read(self, where: Any, pointer: str | None = None, level: int = 0) -> Node:
        """The condition as a tree; what is wrong in it reads as true and is a fault."""
        pointer = self.start if pointer is None else pointer
        if level > MOST_LEVELS:
            return self.fault(pointer, "too_deep", Text("条件嵌套太深", "The condition is nested too deeply"))
        if not isinstance(where, Mapping):
            return self.fault(pointer, "wrong_type", Text("条件要是一个对象", "A condition is an object"))
        kinds = [key for key in ("all", "any", "not", "field") if key in where]
        if (
            len(kinds) != 1
            or set(where) - {kinds[0], "op", "value"}
            or kinds[0] != "field"
            and len(where) > 1
        ):
            return self.fault(
                pointer,
                "bad_condition",
                Text(
                    "条件要是 all、any、not 之一，或由 field、op、value 组成",
                    "A condition is one of all, any and not, or has field, op and value",
                ),
            )
        if kinds[0] == "not":
            return Not(self.read(where["not"], f"{pointer}/not", level + 1))
        if kinds[0] == "field":
            return self.leaf(where, pointer)
        parts = where[kinds[0]]
        if not isinstance(parts, list):
            return self.fault(
                f"{pointer}/{kinds[0]}",
                "wrong_type",
                Text("这里要是一列条件", "This takes a list of conditions"),
            )
        read = tuple(
            self.read(part, f"{pointer}/{kinds[0]}/{number}", level + 1) for number, part in enumerate(parts)
        )
        return All(read) if kinds[0] == "all" else AnyOf(read)

    def leaf(self, where: Mapping[str, Any], pointer: str) -> Node:
        """One comparison."""
        if not self.affords(pointer, leaves=1):
            return All(())
        path, op = where["field"], where.get("op")
        steps = self.scope.resolve(path) if isinstance(path, str) else None
        if not steps or steps[-1].kind.layout_only:
            return self.unknown_field(path, pointer)
        if not self.affords(pointer, lists=sum(map(_is_list, steps))):
            return All(())
        if op is None:
            return self.fault(
                f"{pointer}/op",
                "missing_operator",
                Text("条件缺少“op”（运算符）", "The condition has no “op” (operator)"),
            )
        if op not in OPERATORS:
            return self.fault(
                f"{pointer}/op",
                "unknown_operator",
                Text("没有运算符“{op}”", "There is no operator “{op}”", op=str(op)[:30]),
            )
        if op not in steps[-1].operators:
            return self.fault(
                f"{pointer}/op",
                "operator_not_applicable",
                Text(
                    "“{name}”不能用“{op}”来比较",
                    "“{name}” cannot be compared by “{op}”",
                    name=steps[-1].name(),
                    op=op,
                ),
            )
        if op in ("empty", "not_empty"):
            return Leaf(path, steps, op, ())
        return self.comparison(where, path, steps, pointer)

    def comparison(self, where: Mapping[str, Any], path: str, steps: tuple[Field, ...], pointer: str) -> Node:
        """A field compared with one value or several."""
        field, op = steps[-1].value_field, where["op"]
        if "value" not in where:
            return self.fault(
                f"{pointer}/value", "required", Text("缺少要比较的值", "The value to compare with is missing")
            )
        raw = where["value"]
        if op == "between" and not (isinstance(raw, list) and len(raw) == 2):
            return self.fault(
                f"{pointer}/value", "wrong_type", Text("“介于”要有两个值", "“between” takes two values")
            )
        many = op in LISTING or op == "between" or field.kind.multiple
        if isinstance(raw, list) and not many:
            return self.fault(
                f"{pointer}/value", "wrong_type", Text("这里只能有一个值", "This takes one value")
            )
        values = raw if isinstance(raw, list) else [raw]
        if len(values) > MOST_VALUES:
            return self.fault(
                f"{pointer}/value",
                "too_many",
                Text("最多 {most} 个值", "At most {most} values", most=MOST_VALUES),
            )
        read = [
            self.value(one, field, op, f"{pointer}/value" + (f"/{number}" if isinstance(raw, list) else ""))
            for number, one in enumerate(values)
        ]
        if isinstance(raw, list) and any(isinstance(one, FormulaValue) for one in read) and op != "between":
            return self.fault(
                f"{pointer}/value", "wrong_type", Text("列表里不能有公式", "A list cannot hold formulas")
            )
        return Leaf(path, steps, op, tuple(one for one in read if one is not None))

    def value(self, raw: Any, field: Field, op: str, pointer: str) -> Value | None:
        """One value to compare with."""
        if isinstance(raw, Mapping) and "id" not in raw:
            return self.dynamic(raw, field, op, pointer)
        if raw is None or raw == "":
            return Plain(None)
        try:
            return Plain(plain_value(raw, field, self.scope.time_zone))
        except FieldFault as fault:
            self.fault(pointer, fault.code, fault.message, **fault.details)
            return None

    def dynamic(self, raw: Mapping[str, Any], field: Field, op: str, pointer: str) -> Value | None:
        """A value that depends on the day, the person, the form or the record."""
        refers = getattr(field.kind, "refers_to", None)
        dated = field.kind.value_type(field) in ("date", "datetime")
        for name, kinds in _PERSONAL.items():
            if raw.get(name) is True and set(raw) <= {name, "below"}:
                if refers not in kinds:
                    return self.misfit(field, pointer)
                return Personal(name, bool(raw.get("below")))
        match dict(raw):
            case {"period": str(name), **rest} if set(rest) <= {"n"}:
                n = rest.get("n")
                fits = n is None or isinstance(n, int) and not isinstance(n, bool) and n > 0
                if not fits or span(name, clock.today(self.scope.time_zone), n) is None:
                    self.fault(
                        pointer,
                        "unknown_period",
                        Text("没有时段“{name}”", "There is no period “{name}”", name=name[:40]),
                    )
                    return None
                return Period(name, n) if dated else self.misfit(field, pointer)
            case {"days_ago": int(n)} if len(raw) == 1 and not isinstance(n, bool) and abs(n) <= 1_000_000:
                return Day(-n) if dated else self.misfit(field, pointer)
            case {"days_ahead": int(n)} if len(raw) == 1 and not isinstance(n, bool) and abs(n) <= 1_000_000:
                return Day(n) if dated else self.misfit(field, pointer)
            case {"current": str(key)} if len(raw) == 1:
                return CurrentValue(key)
            case {"formula": str(text)} if len(raw) == 1:
                return self.formula(text, field, pointer)
        self.fault(pointer, "bad_value", Text("看不懂这个值", "This value is not understood"))
        return None

    def formula(self, text: str, field: Field, pointer: str) -> Value | None:
        """A formula as a value; one whose value is of a kind that the field is never compared with is at fault."""
        if not self.affords(f"{pointer}/formula", characters=len(text)):
            return None
        try:
            kind = self.scope.check_formula(text)
        except FormulaFault as fault:
            for one in fault.faults:
                self.fault(f"{pointer}/formula", one.code, one.message, **one.details)
            return None
        refers = getattr(field.kind, "refers_to", None)
        wanted = "reference" if refers else field.kind.value_type(field)
        if field.kind.multiple or kind not in _TAKES.get(wanted, (kind,)):
            return self.misfit(field, f"{pointer}/formula")
        return FormulaValue(text)

    def misfit(self, field: Field, pointer: str) -> Value | None:
        """A value of a kind that the field cannot be compared with."""
        self.fault(
            pointer,
            "value_not_applicable",
            Text(
                "“{name}”不能和这样的值比较",
                "“{name}” cannot be compared with such a value",
                name=field.name(),
            ),
        )
        return None

    def unknown_field(self, path: Any, pointer: str) -> Node:
        """A path that does not exist or may not be known; the words are the same."""
        said = path[:100] if isinstance(path, str) else ""
        known = getattr(self.scope, "known", None)
        close = difflib.get_close_matches(said, known(), 1, 0.7) if known and said else []
        return self.fault(
            f"{pointer}/field",
            "unknown_field",
            Text("没有字段“{path}”", "There is no field “{path}”", path=said),
            **({"suggestion": close[0]} if close else {}),
        )

    def affords(self, pointer: str, **asked: int) -> bool:
        """Whether so much more is still allowed; a fault the first time that it is not."""
        said = self.budget.take(**asked)
        if said is not None:
            self.fault(pointer, "too_many_conditions", said)
        return not self.budget.exceeded

    def fault(self, pointer: str, code: str, message: Text | str, **details: Any) -> Node:
        """Remember a fault; what stands there reads as true."""
        self.faults.append(Fault(pointer, code, message, details))
        return All(())


def plain_value(raw: Any, field: Field, time_zone: str) -> Any:
    """A fixed value as it is compared: not cut to what the field would keep."""
    kind = field.kind.value_type(field).removesuffix("[]")
    if kind == "number":
        found = exact(raw)
        if found is None:
            raise FieldFault(
                "not_a_number", Text("“{said}”不是数字", "“{said}” is not a number", said=str(raw)[:50])
            )
        return int(found) if field.type == "count" and found == found.to_integral_value() else found
    if textual(field):
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str) or "\x00" in raw or not _encodable(raw):
            raise FieldFault("wrong_type", Text("这里要填文字", "This takes text"))
        return raw.strip()
    if kind in ("date", "datetime") and isinstance(raw, str) and (day := iso_day(raw)):
        return day  # a whole day, where the organisation is
    context = ParseContext(time_zone=time_zone)
    if field.options and isinstance(raw, str) and not field.kind.multiple:
        return field.kind.parse(raw, field, context)
    value = field.kind.parse([raw] if field.kind.multiple else raw, field, context)
    return value[0] if field.kind.multiple and value else value


def textual(field: Field) -> bool:
    """Whether values are free text, which is compared without regard to case."""
    return (
        field.kind.value_type(field) == "text"
        and "options" not in field.properties
        and getattr(field.kind, "refers_to", None) is None
    )


def _is_list(step: Field) -> bool:
    field = step.value_field
    return field.kind.multiple and field.kind.column(field) is None


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
