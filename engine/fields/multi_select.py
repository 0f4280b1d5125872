"""Several of a list of options."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from engine.fields.base import (
    SEVERAL,
    ConditionUse,
    FieldFault,
    FieldType,
    ParseContext,
    Reference,
    wrong_type,
)
from engine.fields.form import Field, Form
from engine.fields.schema import MOST_CHOSEN, OPTIONS, OPTIONS_FROM, OTHERS, STARTING_OPTIONS
from engine.fields.select import (
    check_options,
    check_source,
    option_label,
    option_value,
    source_conditions,
    source_references,
)
from engine.platform.errors import Fault
from engine.platform.i18n import Text

_BETWEEN = re.compile(r"[,，、;；\n|]")


class MultiSelectField(FieldType):
    """The field type `multi_select`."""

    name = "multi_select"
    label = Text("下拉多选", "Multi-select")
    icon = "list-check"
    group = "choice"
    order = 40
    schema = {
        "properties": {"options": OPTIONS, "others": OTHERS, "options_from": OPTIONS_FROM, **MOST_CHOSEN}
    }
    starting = {"options": STARTING_OPTIONS}
    multiple = True
    operators = SEVERAL
    template = "fields/multi_select.html"
    sortable = False

    def column(self, field: Field) -> TypeEngine[Any]:
        return postgresql.ARRAY(sa.Text())

    def value_type(self, field: Field) -> str:
        return "text[]"

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        return [*check_options(field), *check_source(field, forms)]

    def references(self, field: Field) -> Iterable[Reference]:
        return source_references(field)

    def conditions(self, field: Field) -> Iterable[ConditionUse]:
        return source_conditions(field)

    def read(self, raw: Any, field: Field, context: ParseContext) -> list[str] | None:
        if isinstance(raw, str):
            # One label may hold the separator itself.
            raw = [raw] if not context.text or raw in field.options else split(raw)
        if not isinstance(raw, list):
            raise wrong_type(Text("一列选项", "a list of options"))
        return list(dict.fromkeys(option_value(one, field) for one in raw)) or None

    def check_new(self, value: Any, field: Field, context: ParseContext) -> FieldFault | None:
        least, most = field.get("min_count", 0), field.get("max_count", len(value))
        if least <= len(value) <= most:
            return None
        said = (
            Text("最少选 {n} 个", "Choose at least {n}", n=least)
            if len(value) < least
            else Text("最多选 {n} 个", "Choose at most {n}", n=most)
        )
        return FieldFault("too_few" if len(value) < least else "too_many", said)

    def to_json(self, value: Any, field: Field) -> Any:
        return list(value) if value else []

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        between = ", " if language == "en" else "、"
        return between.join(option_label(one, field, language) for one in value or ())

    def comparable(self, value: Any) -> Any:
        return frozenset(value) if value else None


def split(text: str) -> list[str]:
    """The entries of a list that was typed into one cell."""
    return [part for part in (piece.strip() for piece in _BETWEEN.split(text)) if part]
