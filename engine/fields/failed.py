"""A computed value that is an error, and how any value that a reader gets is written."""

from dataclasses import dataclass
from typing import Any

from engine.fields.form import Field


@dataclass(frozen=True, slots=True)
class Failed:
    """What a formula that failed has for a value, such as `#DIV/0!`."""

    code: str


def value_json(value: Any, field: Field) -> Any:
    """A value of `field` as programs get it, errors included."""
    if isinstance(value, Failed):
        return {"error": value.code}
    shown = field.value_field
    return shown.kind.to_json(value, shown)


def value_text(value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
    """A value of `field` as people read it, errors included."""
    if isinstance(value, Failed):
        return value.code
    shown = field.value_field
    return shown.kind.display(value, shown, language, time_zone)
