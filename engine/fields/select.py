"""One of a list of options."""

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import EQUALITY, FieldFault, FieldType, ParseContext, wrong_type
from engine.fields.form import Field, Form
from engine.fields.schema import OPTIONS, STARTING_OPTIONS
from engine.fields.typed_text import narrow
from engine.platform.errors import Fault
from engine.platform.i18n import LANGUAGES, Text, label_text


class SelectField(FieldType):
    """The field type `select`."""

    name = "select"
    label = Text("下拉", "Select")
    icon = "circle-chevron-down"
    group = "choice"
    order = 30
    schema = {"properties": {"options": OPTIONS}, "required": ["options"]}
    starting = {"options": STARTING_OPTIONS}
    operators = EQUALITY
    template = "fields/select.html"
    unique_possible = True
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        return check_options(field)

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        return option_value(raw, field)

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        labels = sorted(
            {
                text
                for option in field.options.values()
                for language in LANGUAGES
                if (text := label_text(option.get("label"), language))
            }
        )
        values = list(field.options)
        if not written:
            return {"type": ["string", "null"], "examples": values}  # a removed option's value stays
        return {"enum": [*values, *(one for one in labels if one not in field.options), None]}

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return "" if value is None else option_label(value, field, language)


def check_options(field: Field) -> Iterable[Fault]:
    """Options that stand twice."""
    seen: set[str] = set()
    for number, option in enumerate(field.get("options", ())):
        if option["value"] in seen:
            yield Fault(
                f"{field.pointer}/options/{number}/value",
                "duplicate_option",
                Text(
                    "“{name}”的选项“{value}”出现了两次",
                    "The option “{value}” of “{name}” stands twice",
                    name=field.name(),
                    value=option["value"],
                ),
            )
        seen.add(option["value"])


def option_value(raw: Any, field: Field) -> str:
    """The stored value of an option given by value or by any of its labels."""
    if not isinstance(raw, str):
        raise wrong_type(Text("一个选项", "one option"))
    if raw in field.options:
        return raw
    by_label = _by_label(field)
    found = by_label.get(raw) or by_label.get(_even(raw))
    if found is not None:
        return found
    close = difflib.get_close_matches(_even(raw), by_label, 1, 0.6) if len(raw) <= 100 else []
    suggestion = by_label[close[0]] if close else None
    if suggestion is None:
        raise FieldFault(
            "unknown_option", Text("没有选项“{said}”", "There is no option “{said}”", said=raw[:50])
        )
    said = field.options[suggestion].get("label") or suggestion
    raise FieldFault(
        "unknown_option",
        Text(
            "没有选项“{said}”，是不是“{near}”？",
            "There is no option “{said}”; did you mean “{near}”?",
            said=raw[:50],
            near=Text(label_text(said, "zh-CN"), label_text(said, "en")),
        ),
        suggestion=suggestion,
    )


def option_label(value: str, field: Field, language: str | None = None) -> str:
    """The label of a stored option; of one that was removed, the value."""
    option = field.options.get(value)
    return label_text(option.get("label"), language) or value if option else value


def _even(text: str) -> str:
    return narrow(text).casefold().replace(" ", "")


@lru_cache(maxsize=2048)
def _by_label(field: Field) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, option in field.options.items():
        for language in LANGUAGES:
            text = label_text(option.get("label"), language)
            if text:
                found.setdefault(text, value)
                found.setdefault(_even(text), value)
        found.setdefault(_even(value), value)
    return found
