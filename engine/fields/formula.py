"""A value that is worked out from the record's other values."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.types import TypeEngine

from engine.fields import path as paths
from engine.fields.base import ORDER, FieldType, FormulaUse, Reference
from engine.fields.form import Field, Form
from engine.fields.number import SHOWN
from engine.fields.schema import CURRENCY, FORMULA, asked
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.tree import Formula
from engine.platform.errors import Fault
from engine.platform.i18n import Text

RESULTS = {
    "number": "number",
    "money": "money",
    "percent": "percent",
    "text": "text",
    "date": "date",
    "datetime": "datetime",
    "boolean": "switch",
}
_asked = threading.local()
"""The formulas that this thread is just asking whether they are live."""
STEADY = frozenset({"owner", "created_by", "created_at"})
"""The system fields that a stored formula may read: the others change without the record being computed again."""


class FormulaField(FieldType):
    """The field type `formula`."""

    name = "formula"
    label = Text("公式", "Formula")
    icon = "math-function"
    group = "relation"
    order = 110
    schema = {
        "properties": {
            "formula": asked(FORMULA, "公式", "Formula", "computed"),
            "result": asked(
                {"enum": list(RESULTS)},
                "结果格式",
                "Result",
                "computed",
                labels={
                    "number": ("数字", "Number"),
                    "money": ("金额", "Money"),
                    "percent": ("百分比", "Percent"),
                    "text": ("文字", "Text"),
                    "date": ("日期", "Date"),
                    "datetime": ("日期时间", "Date and time"),
                    "boolean": ("是/否", "Yes or no"),
                },
            ),
            **SHOWN,
            "decimals": {**SHOWN["decimals"], "x-standing-by": {"result": {"money": 2}}},
            "thousands": {**SHOWN["thousands"], "x-standing-by": {"result": {"money": True}}},
            "currency": CURRENCY,
            "format": asked(
                {"type": "string", "maxLength": 20}, "日期格式", "Date format", "format", simple=False
            ),
        },
        "required": ["formula"],
    }
    starting = {"formula": "0"}
    computed = True
    align = "end"
    operators = ORDER
    template = "fields/computed.html"
    summary_functions = ("sum", "avg", "min", "max")
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any] | None:
        if field.live:
            return None
        shown = field.value_field
        return shown.kind.column(shown)

    def inline_bytes(self, field: Field) -> int:
        return field.value_field.kind.inline_bytes(field.value_field)

    def value_type(self, field: Field) -> str:
        shown = field.value_field
        return shown.kind.value_type(shown)

    def live(self, field: Field) -> bool:
        asked = _asked.__dict__.setdefault("fields", set())
        if id(field) in asked:
            return False  # computed in a circle, which publishing refuses
        asked.add(id(field))
        try:
            return _is_live(field)
        finally:
            asked.discard(id(field))

    def value_field(self, field: Field) -> Field:
        shown: dict[str, Any] = {
            "key": field.key,
            "type": RESULTS[field.get("result", "number")],
            "label": field.label,
            "max_length": 20_000,
        }
        for name in ("decimals", "thousands", "unit", "currency", "format"):
            if field.get(name) is not None:
                shown[name] = field.get(name)
        return Field.read(shown, field.pointer, field.parent)

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        try:
            formula = parse(field.get("formula", ""))
        except FormulaFault as fault:
            one = fault.faults[0]
            yield Fault(f"{field.pointer}/formula", one.code, one.message, one.details)
            return
        if field.form is None:
            return
        for steps in sorted(formula.paths):
            found = paths.resolve(field.form, ".".join(steps), field.parent)
            if found is None or any(step.kind.layout_only for step in found):
                yield Fault(
                    f"{field.pointer}/formula",
                    "unknown_field",
                    Text(
                        "公式里的“{path}”不存在",
                        "“{path}” in the formula does not exist",
                        path=".".join(steps),
                    ),
                )
        if circle := _circle(field, (field,), set()):
            yield Fault(
                f"{field.pointer}/formula",
                "circular",
                Text(
                    "“{name}”的公式绕回到它自己：{steps}",
                    "The formula of “{name}” comes back to itself: {steps}",
                    name=field.name(),
                    steps=" → ".join(step.name() for step in circle),
                ),
            )

    def references(self, field: Field) -> Iterable[Reference]:
        for steps, found in _read_paths(field):
            place: Form | None = None
            for number, step in enumerate(found):
                inside = place.key if place is not None else None
                if step.parent is not None and number:
                    continue
                name = (
                    ".".join(steps[:2])
                    if step.type == "subform" and len(steps) > 1 and not number
                    else step.path
                )
                if place is not paths.MEMBERS and place is not paths.DEPARTMENTS:
                    yield Reference(f"{field.pointer}/formula", inside, name)
                place = paths.target_form(step) or place

    def formulas(self, field: Field) -> Iterable[FormulaUse]:
        yield FormulaUse("formula", field.get("formula", ""))


def tree(field: Field) -> Formula | None:
    """The field's formula, read; None where its text is at fault."""
    try:
        return parse(field.get("formula", ""))
    except FormulaFault:
        return None


def _read_paths(field: Field) -> Iterator[tuple[tuple[str, ...], tuple[Field, ...]]]:
    formula = tree(field)
    if formula is None or field.form is None:
        return
    for steps in sorted(formula.paths):
        found = paths.resolve(field.form, ".".join(steps), field.parent)
        if found is not None:
            yield steps, found


def _is_live(field: Field) -> bool:
    formula = tree(field)
    if formula is None or formula.volatile:
        return True
    for _, found in _read_paths(field):
        last = found[-1]
        if paths.outside(found) or last.system and last.key not in STEADY:
            return True
        if getattr(last.kind, "refers_to", None) and last.key not in STEADY:
            return True  # its text is somebody else's title, which may change at any time
        if last.live:
            return True
    return False


def _circle(field: Field, way: tuple[Field, ...], seen: set[int]) -> tuple[Field, ...] | None:
    for _, found in _read_paths(field):
        for step in found:
            if step is way[0]:
                return (*way, step)
            if step.type == "formula" and id(step) not in seen:
                seen.add(id(step))
                if found_circle := _circle(step, (*way, step), seen):
                    return found_circle
    return None
