"""The working of a computed value as a page tells it: the outcome, each step with its figures, or a sentence."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.access.viewer import Viewer
from engine.fields.form import Field, Form
from engine.platform.i18n import Text, current_language, label_text
from engine.records.explain import Explanation, Step

PLAIN = ("constant",)
DEEPEST = 6
QUOTED = re.compile(r'"[^"]*"')


def drawn(told: Explanation, form: Form, viewer: Viewer) -> dict[str, Any]:
    """What the popover shows: `title`, `value`, `sentence`, and `steps` of text, value and depth."""
    field = form.field(told.field)
    telling = _Telling(form, viewer)
    if told.step is not None:
        telling.tell(told.step, 0)
    return {
        "title": field.name() if field is not None else told.field,
        "value": telling.value(told.value, field),
        "sentence": told.sentence,
        "steps": telling.steps,
    }


class _Telling:
    """Writes steps with the labels of options in place of their values, and figures with thousands."""

    def __init__(self, form: Form, viewer: Viewer) -> None:
        self.form = form
        self.viewer = viewer
        self.steps: list[dict[str, Any]] = []
        self.options = {
            f'"{value}"': f'"{label_text(option.get("label")) or value}"'
            for field in form.fields
            for value, option in (field.options or {}).items()
        }

    def tell(self, step: Step, depth: int) -> None:
        """A step and those below it; plain figures speak for themselves."""
        if depth > DEEPEST or step.kind in PLAIN:
            return
        field = self.form.field(step.text) if step.kind == "field" else None
        value = self.value(step.value, field) if step.readable else str(Text("无权查看", "No access"))
        shown = QUOTED.sub(lambda found: self.options.get(found[0], found[0]), step.shown)
        self.steps.append({"text": shown, "value": value, "depth": depth})
        for child in step.children:
            self.tell(child, depth + 1)

    def value(self, value: Any, field: Field | None) -> str:
        """A value as people read it."""
        if isinstance(value, bool):
            return str(Text("是", "yes") if value else Text("否", "no"))
        if isinstance(value, dict):
            return str(value.get("title") or value.get("error") or "")
        if isinstance(value, list):
            return str(Text("{n} 项", "{n} values", n=len(value)))
        if value is None or value == "":
            return "—"
        if field is not None and str(value) in (field.options or {}):
            return label_text(field.options[str(value)].get("label")) or str(value)
        try:
            figure = Decimal(str(value))
        except InvalidOperation:
            return str(value)
        basis = field.value_field if field is not None else None
        if basis is not None and basis.kind.align == "end":
            return basis.kind.display(figure, basis, current_language(), self.viewer.time_zone)
        return format(figure, ",f") if figure.is_finite() else str(value)
