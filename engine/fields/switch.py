"""Yes or no."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import EMPTINESS, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.schema import LABEL, asked
from engine.fields.typed_text import yes_or_no
from engine.platform.i18n import LANGUAGES, Text, label_text


class SwitchField(FieldType):
    """The field type `switch`."""

    name = "switch"
    label = Text("开关", "Switch")
    icon = "toggle-right"
    group = "choice"
    order = 50
    schema = {
        "properties": {
            "on_label": asked(LABEL, "打开时显示", "Shown when on", "display", simple=False),
            "off_label": asked(LABEL, "关闭时显示", "Shown when off", "display", simple=False),
        }
    }
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
        if isinstance(raw, str) and context.text:
            for name, value in (("on_label", True), ("off_label", False)):
                if raw.strip() and raw.strip() in _words(field.get(name)):
                    return value
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
        given = label_text(field.get("on_label" if value else "off_label"), language)
        return given or (Text("是", "Yes") if value else Text("否", "No")).render(language)


def _words(label: Any) -> set[str]:
    return {text for language in LANGUAGES if (text := label_text(label, language))}
