"""How a figure came about, as people read it: its formula with the values in it, each step, or a sentence."""

from decimal import Decimal
from typing import Any

from engine.access.viewer import Viewer
from engine.fields.form import Field, Form
from engine.platform.i18n import current_language
from engine.records.explanation.explain import Explanation
from engine.web.record.formula_words import ERRORS, FormulaWords


def drawn(told: Explanation, form: Form, viewer: Viewer) -> dict[str, Any]:
    """What the popover shows: `title`, `value`, `sentence`, the formula's `pieces`, `steps`; `error` in words."""
    field = form.field(told.field)
    words = FormulaWords(form, None, viewer.time_zone)
    worked = told.worked
    error = told.value.get("error") if isinstance(told.value, dict) else None
    return {
        "title": field.name() if field is not None else told.field,
        "value": _value(words, told, field),
        "error": str(ERRORS.get(error, "")) if error else None,
        "sentence": told.sentence,
        "pieces": list(words.pieces(told.formula, worked)) if worked is not None and told.formula else [],
        "steps": words.steps(worked) if worked is not None else [],
    }


def _value(words: FormulaWords, told: Explanation, field: Field | None) -> str:
    """The value as its field shows it."""
    value = told.value
    if isinstance(value, dict):
        return str(value.get("title") or value.get("error") or "")
    if value is None or field is None:
        return "—"
    shown = field.value_field
    if shown.kind.align == "end" and isinstance(value, str):
        return shown.kind.display(Decimal(value), shown, current_language(), words.time_zone)
    return words.words(value, shown)
