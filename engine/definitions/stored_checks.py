"""Whether a condition can decide over a value that is stored: nothing in it may change by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions import places, schema
from engine.definitions.form_references import leaves
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.formula import STEADY
from engine.formulas import FormulaFault, parse
from engine.platform.errors import Fault
from engine.platform.i18n import Text

_MOVING = frozenset({"period", "days_ago", "days_ahead", "me", "my_department", "headed_by_me", "my_reports"})


def check(form: Form, where: Any, other: Form, pointer: str) -> Iterator[Fault]:
    """The parts of a condition over the records of `other` whose truth changes without a change there."""
    for at, leaf in leaves(where, pointer):
        path = leaf.get("field")
        moving = _moving_field(other, path) if isinstance(path, str) else None
        if moving is not None:
            yield schema.at(
                "forms",
                form.document,
                f"{at}/field",
                "not_stored",
                Text(
                    "“{field}”的值没有保存在“{form}”里，会自己变化；汇总的结果是保存下来的，条件里不能用它。",
                    "the value of “{field}” is not stored in “{form}” and changes by itself; a rollup is stored, so its "
                    "condition cannot use it.",
                    field=places.spoken(moving.label, moving.key),
                    form=places.spoken(other.label, other.key),
                ),
            )
        elif _moves(other, leaf.get("value")):
            yield schema.at(
                "forms",
                form.document,
                f"{at}/value",
                "not_stored",
                Text(
                    "汇总的结果是保存下来的，条件里不能用随日期或查看的人变化的值。",
                    "a rollup is stored, so its condition cannot compare with what changes with the day or the person.",
                ),
            )


def _moving_field(form: Form, path: str) -> Field | None:
    """The field on the path that changes by itself; None if there is none, or no such path."""
    steps = paths.resolve(form, path)
    if not steps:
        return None
    last = steps[-1]
    if paths.outside(steps) or last.live or last.system and last.key not in {*STEADY, "id"}:
        return last
    return None


def _moves(form: Form, value: Any) -> bool:
    if isinstance(value, list):
        return any(_moves(form, one) for one in value)
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("formula"), str):
        try:
            formula = parse(value["formula"])
        except FormulaFault:
            return False  # told elsewhere
        return formula.volatile or any(_moving_field(form, ".".join(path)) for path in formula.paths)
    return bool(_MOVING & value.keys())
