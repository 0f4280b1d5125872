"""Formulas and their steps as people read them: labels for keys, values as their fields show them, some room."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.formulas import FormulaError, Step, parse
from engine.formulas.tree import names as names_in
from engine.formulas.tree import span
from engine.platform.i18n import Text, current_language, label_text

MOST_STEPS = 30
MOST_TEXT = 120
MOST_ITEMS = 4
BETWEEN_LABELS = " · "
ERRORS: dict[str, Text] = {
    "#DIV/0!": Text("除数是 0 或是空的", "The divisor is 0 or empty"),
    "#VALUE!": Text(
        "有一个值的类型不对，例如拿文字去计算", "A value has the wrong type, such as a text in a sum"
    ),
    "#N/A": Text("没有找到", "Nothing was found"),
    "#NUM!": Text(
        "数太大、太小，或不能这样计算", "A number is too large, too small, or cannot be used like this"
    ),
    "#NAME?": Text("有一个名称不认识", "A name is not known"),
    "#REF!": Text("指向的内容不存在", "It points at something that does not exist"),
}
QUOTED = re.compile(r'"(?:[^"]|"")*"')
SIGNS = str.maketrans({"*": "×", "/": "÷"})
BETWEEN = re.compile(r"(?<=[^\s(（,，+\-*/^&=<>×÷])[ ]*(<>|<=|>=|[+\-×÷^&=<>])[ ]*|[ ]*([,，])[ ]*")
"""An operator that has something before it, or a comma: they get some room."""


def labels(steps: tuple[Field, ...]) -> str:
    """How a path is called: the labels of all its steps."""
    return BETWEEN_LABELS.join(step.name() for step in steps)


def no_access() -> str:
    """What stands in the place of a value that may not be seen."""
    return str(Text("无权查看", "No access"))


@dataclass(frozen=True)
class FormulaWords:
    """The words for formulas over a form, or over the rows of its subform `row`."""

    form: Form
    row: Field | None
    time_zone: str

    @cached_property
    def labels(self) -> dict[str, str]:
        """The labels of all options by value."""
        return {
            value: label_text(option.get("label")) or value
            for field in self.form.walk()
            for value, option in field.options.items()
        }

    def pieces(self, text: str, step: Step) -> Iterator[dict[str, Any]]:
        """The formula cut into what is written and the fields with their values."""
        values = dict(_leaves(step))
        at = 0
        for node in sorted(names_in(parse(text).tree), key=lambda one: one.col_offset):
            start, length = span(node)
            begin = text.index(node.id, start, start + length)
            if begin > at:
                yield {"text": self.written(text[at:begin], after=at > 0)}
            leaf = values.get(node.id)
            field = self.field(node.id)
            yield {
                "label": self.label(node.id),
                "value": None if leaf is None or not leaf.readable else self.words(leaf.value, field),
                "readable": leaf is None or leaf.readable,
            }
            at = begin + len(node.id)
        if at < len(text):
            yield {"text": self.written(text[at:], after=at > 0)}

    def steps(self, step: Step) -> list[dict[str, Any]]:
        """What is worked out on the way, innermost first, by text, value and whether it counted; not the whole."""
        found: list[dict[str, Any]] = []
        for child in step.children:
            self._gather(child, found, child.taken)
        return found[:MOST_STEPS]

    def _gather(self, step: Step, found: list[dict[str, Any]], taken: bool) -> None:
        for child in step.children:
            self._gather(child, found, taken and child.taken)
        if step.kind in ("operator", "function") and _reads(step) and len(found) < MOST_STEPS:
            value = self.words(step.value, None) if step.readable else no_access()
            found.append({"text": self.written(step.shown)[:MOST_TEXT], "value": value, "taken": taken})

    def written(self, text: str, *, after: bool = False) -> str:
        """What is written, with the labels of options in their places; `after` something that stands before it."""
        shown = "…" if after else ""
        for part in re.split(r'("(?:[^"]|"")*")', text):
            if QUOTED.fullmatch(part):
                shown += f'"{self.labels.get(part[1:-1], part[1:-1])}"'
            else:
                before = shown[-1:]
                shown += BETWEEN.sub(_roomy, before + part.translate(SIGNS))[len(before) :]
        return shown.removeprefix("…") if after else shown

    def field(self, path: str) -> Field | None:
        """The field that a path leads to."""
        steps = paths.resolve(self.form, path, self.row)
        return steps[-1] if steps else None

    def label(self, path: str) -> str:
        """How a path is called."""
        steps = paths.resolve(self.form, path, self.row)
        return labels(steps) if steps else path

    def words(self, value: Any, field: Field | None) -> str:
        """A value as people read it; "—" for none."""
        if isinstance(value, FormulaError):
            return value.code
        if isinstance(value, bool):
            return str(Text("是", "yes") if value else Text("否", "no"))
        if isinstance(value, list):
            shown = [self.words(one, field) for one in value[:MOST_ITEMS]]
            more = ", …" if len(value) > MOST_ITEMS else ""
            return f"[{', '.join(shown)}{more}]"
        if value is None or value == "":
            return "—"
        basis = field.value_field if field is not None else None
        if isinstance(value, str):
            option = basis.options.get(value) if basis is not None else None
            if basis is not None and basis.get("masked"):
                return basis.kind.shown(value, basis, current_language(), self.time_zone)
            return (label_text(option.get("label")) if option else "") or value[:MOST_TEXT]
        if isinstance(value, Decimal):
            if basis is not None and basis.kind.value_type(basis) == "number":
                return basis.kind.display(value, basis, current_language(), self.time_zone)
            return _figure(value)
        kind = "datetime" if hasattr(value, "hour") and hasattr(value, "year") else "date"
        if hasattr(value, "year"):
            shown_as = (
                basis if basis is not None and basis.type == kind else Field.read({"key": "d", "type": kind})
            )
            return shown_as.kind.display(value, shown_as, current_language(), self.time_zone)
        return value.isoformat("minutes") if hasattr(value, "isoformat") else str(value)


def _roomy(found: re.Match[str]) -> str:
    return f" {found[1]} " if found[1] else f"{found[2]} "


def _figure(value: Decimal) -> str:
    try:
        return format(value, ",f") if value.is_finite() else str(value)
    except (InvalidOperation, ValueError):
        return str(value)


def _reads(step: Step) -> bool:
    """Whether a field is in it, or something that changes by itself; 5% needs no working."""
    return step.kind in ("field", "function") or any(_reads(child) for child in step.children)


def _leaves(step: Step) -> Iterator[tuple[str, Step]]:
    """The steps that are fields, by path."""
    waiting = [step]
    while waiting:
        one = waiting.pop()
        if one.kind == "field":
            yield one.text.strip("()（） "), one
        waiting.extend(one.children)
