"""Values that are none of their field's type, errors and former ones, and how any value that a reader gets is written."""

from dataclasses import dataclass
from typing import Any

from engine.fields.form import Field
from engine.platform.i18n import current_language


@dataclass(frozen=True, slots=True)
class Failed:
    """What a formula that failed has for a value, such as `#DIV/0!`."""

    code: str


@dataclass(frozen=True, slots=True)
class Formerly:
    """A value from a time when its field was another: what the field was then, and what it held."""

    field: Field
    value: Any


def value_json(value: Any, field: Field) -> Any:
    """A value of `field` as programs get it, errors included."""
    if isinstance(value, Failed):
        return {"error": value.code}
    if isinstance(value, Formerly):
        return value_text(value, field, current_language())
    shown = field.value_field
    return shown.kind.to_json(value, shown)


def value_text(value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
    """A value of `field` as people read it, errors included."""
    if isinstance(value, Failed):
        return value.code
    if isinstance(value, Formerly):
        return value_text(value.value, value.field, language, time_zone)
    shown = field.value_field
    return shown.kind.display(value, shown, language, time_zone)
