"""A trial as people read it: the formula with the record's values in it, each step, and the result."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from builders.formulas.names import Named
from builders.formulas.places import Place
from engine.fields import path as paths
from engine.fields.form import Field
from engine.fields.formula import RESULTS
from engine.formulas import FormulaError, Step, parse
from engine.formulas.tree import names as names_in
from engine.formulas.tree import span
from engine.platform.i18n import Text, current_language, label_text
from engine.records.formula_values import fitted
from engine.records.trial import Trial

MOST_STEPS = 30
MOST_TEXT = 120
MOST_ITEMS = 4
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


def told(
    place: Place, text: str, trial: Trial, *, result: str | None, decimals: int | None, field: str | None = None
) -> dict[str, Any]:
    """What the editor shows: `pieces` of the formula with values, `steps` between, the `value`.

    The value is shown as the drafted formula field with this key does, or as a `result` of its kind.
    """
    telling = _Telling(place)
    shown: dict[str, Any] = {"readable": trial.readable, "no_row": trial.no_row, "pieces": [], "steps": []}
    if trial.no_row:
        return shown
    if trial.step is not None:
        shown["pieces"] = list(telling.pieces(text, trial.step))
        shown["steps"] = telling.steps(trial.step)
    value = trial.value
    own = place.own(field)
    as_field = own.value_field if own is not None and own.type == "formula" else _result(result, decimals)
    if as_field is not None:
        value = fitted(value, as_field, current_language())
    shown["value"] = telling.words(value, as_field) if trial.readable else None
    error = value if isinstance(value, FormulaError) else None
    shown["error"] = str(ERRORS.get(error.code, "")) if error else None
    return shown


def _result(result: str | None, decimals: int | None) -> Field | None:
    if result not in RESULTS:
        return None
    document: dict[str, Any] = {"key": "result", "type": RESULTS[result], "max_length": 20_000}
    if decimals is not None:
        document["decimals"] = decimals
    return Field.read(document)


class _Telling:
    """Writes values as the fields they come from do."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.labels = {
            value: label_text(option.get("label")) or value
            for field in place.form.walk()
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
        """What is worked out on the way, innermost first; the whole is not among them."""
        found: list[dict[str, Any]] = []
        for child in step.children:
            self._gather(child, found)
        return found[:MOST_STEPS]

    def _gather(self, step: Step, found: list[dict[str, Any]]) -> None:
        for child in step.children:
            self._gather(child, found)
        if step.kind in ("operator", "function") and len(found) < MOST_STEPS:
            value = self.words(step.value, None) if step.readable else str(Text("无权查看", "No access"))
            found.append({"text": self.written(step.shown)[:MOST_TEXT], "value": value})

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
        steps = paths.resolve(self.place.form, path, self.place.row)
        return steps[-1] if steps else None

    def label(self, path: str) -> str:
        """How a path is called."""
        steps = paths.resolve(self.place.form, path, self.place.row)
        return Named(path, steps, "").label if steps else path

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
        if isinstance(value, str):
            return self.labels.get(value, value)[:MOST_TEXT] if field is not None else value[:MOST_TEXT]
        basis = field.value_field if field is not None else None
        if isinstance(value, Decimal):
            if basis is not None and basis.kind.value_type(basis) == "number":
                return basis.kind.display(value, basis, current_language(), self.place.viewer.time_zone)
            return _figure(value)
        kind = "datetime" if hasattr(value, "hour") and hasattr(value, "year") else "date"
        if hasattr(value, "year"):
            shown_as = (
                basis if basis is not None and basis.type == kind else Field.read({"key": "d", "type": kind})
            )
            return shown_as.kind.display(value, shown_as, current_language(), self.place.viewer.time_zone)
        return value.isoformat("minutes") if hasattr(value, "isoformat") else str(value)


def _roomy(found: re.Match[str]) -> str:
    return f" {found[1]} " if found[1] else f"{found[2]} "


def _figure(value: Decimal) -> str:
    try:
        return format(value, ",f") if value.is_finite() else str(value)
    except (InvalidOperation, ValueError):
        return str(value)


def _leaves(step: Step) -> Iterator[tuple[str, Step]]:
    """The steps that are fields, by path."""
    waiting = [step]
    while waiting:
        one = waiting.pop()
        if one.kind == "field":
            yield one.text.strip("()（） "), one
        waiting.extend(one.children)
