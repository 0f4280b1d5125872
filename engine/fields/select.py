"""One of a list of options."""

import difflib
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from cachetools import cached
from sqlalchemy.types import TypeEngine

from engine.fields.base import (
    EQUALITY,
    ConditionUse,
    FieldFault,
    FieldType,
    ParseContext,
    Reference,
    wrong_type,
)
from engine.fields.form import Field, Form
from engine.fields.schema import OPTIONS, OPTIONS_FROM, OTHERS, STARTING_OPTIONS
from engine.fields.text import clean_text
from engine.fields.typed_text import narrow
from engine.fields.unknown import unknown_field, unknown_form
from engine.platform.errors import Fault
from engine.platform.i18n import LANGUAGES, Text, label_text

LONGEST_OTHER = 200
"""As many characters as a label may have."""


class SelectField(FieldType):
    """The field type `select`."""

    name = "select"
    label = Text("下拉", "Select")
    icon = "circle-chevron-down"
    group = "choice"
    order = 30
    schema = {"properties": {"options": OPTIONS, "others": OTHERS, "options_from": OPTIONS_FROM}}
    starting = {"options": STARTING_OPTIONS}
    operators = EQUALITY
    template = "fields/select.html"
    unique_possible = True
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        return [*check_options(field), *check_source(field, forms)]

    def references(self, field: Field) -> Iterable[Reference]:
        return source_references(field)

    def conditions(self, field: Field) -> Iterable[ConditionUse]:
        return source_conditions(field)

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
        if field.get("options_from") or field.get("others"):
            return {"type": ["string", "null"], "examples": values}
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


def check_source(field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
    """Faults of `options_from`: a form or column that is not there, or whose values are no single texts."""
    source = field.get("options_from")
    if source is None:
        if "options" not in field.properties:
            yield Fault(
                f"{field.pointer}/options",
                "required",
                Text("“{name}”还没有选项", "“{name}” has no options yet", name=field.name()),
            )
        return
    other = forms.get(source.get("form", ""))
    if other is None:
        yield unknown_form(field, "options_from/form", source.get("form"))
        return
    named = other.field(source.get("field", ""))
    if (
        named is None
        or named.parent is not None
        or named.kind.multiple
        or named.kind.layout_only
        or named.value_field.kind.value_type(named.value_field) not in ("text", "number")
        or getattr(named.value_field.kind, "refers_to", None)
    ):
        yield unknown_field(field, "options_from/field", source.get("field", ""), other)


def source_references(field: Field) -> Iterable[Reference]:
    """The form and column that `options_from` names."""
    if source := field.get("options_from"):
        yield Reference(f"{field.pointer}/options_from/form", source.get("form"))
        yield Reference(f"{field.pointer}/options_from/field", source.get("form"), source.get("field"))


def source_conditions(field: Field) -> Iterable[ConditionUse]:
    """The condition in `options_from`."""
    source = field.get("options_from") or {}
    if where := source.get("where"):
        yield ConditionUse(
            "options_from/where", source.get("form", ""), where, field.form.key if field.form else None
        )


def option_value(raw: Any, field: Field) -> str:
    """The stored value of an option given by value or by any of its labels."""
    if not isinstance(raw, str):
        raise wrong_type(Text("一个选项", "one option"))
    if field.get("options_from"):
        return raw.strip()[:500]  # whether the column has it, records look up
    if raw in field.options:
        return raw
    by_label = _by_label(field)
    found = by_label.get(raw) or by_label.get(_even(raw))
    if found is not None:
        return found
    if field.get("others"):
        return _other(raw)
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


def _other(raw: str) -> str:
    """What somebody typed that is none of the options, as it is kept."""
    text = clean_text(raw).strip()
    if not text or len(text) > LONGEST_OTHER:
        raise FieldFault(
            "too_long" if text else "unknown_option",
            Text("最多 {most} 个字", "At most {most} characters", most=LONGEST_OTHER)
            if text
            else Text("没有填写", "Nothing was typed"),
        )
    return text


def option_label(value: str, field: Field, language: str | None = None) -> str:
    """The label of a stored option; of one that was removed, the value."""
    option = field.options.get(value)
    return label_text(option.get("label"), language) or value if option else value


def _even(text: str) -> str:
    return narrow(text).casefold().replace(" ", "")


@cached(WeakKeyDictionary(), key=lambda field: field, lock=Lock())
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
