"""Yes or no."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import EMPTINESS, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.typed_text import yes_or_no
from engine.platform.i18n import Text


class SwitchField(FieldType):
    """The field type `switch`."""

    name = "switch"
    label = Text("开关", "Switch")
    icon = "toggle-right"
    group = "choice"
    order = 50
    operators = ("eq", "ne", *EMPTINESS)
    template = "fields/switch.html"
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Boolean()

    def inline_bytes(self, field: Field) -> int:
        return 1

    def value_type(self, field: Field) -> str:
        return "boolean"

    def read(self, raw: Any, field: Field, context: ParseContext) -> bool:
        if isinstance(raw, bool):
            return raw
        said = str(raw) if context.text and isinstance(raw, (int, float)) else raw
        found = (
            yes_or_no(said) if isinstance(said, str) and (context.text or said in ("true", "false")) else None
        )
        if found is None:
            raise FieldFault(
                "not_a_boolean",
                Text("“{said}”不是“是”或“否”", "“{said}” is neither yes nor no", said=str(raw)[:50]),
            )
        return found

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        if value is None:
            return ""
        return Text("是", "Yes").render(language) if value else Text("否", "No").render(language)
