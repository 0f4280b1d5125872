"""Numbers like HT-202603-0001 that the engine draws one after the other."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import TEXTUAL, FieldType, Reference
from engine.fields.form import Field, Form
from engine.fields.schema import FIELD_KEY, Pair, asked
from engine.fields.unknown import unknown_field
from engine.platform.errors import Fault
from engine.platform.i18n import Text

DATE_FORMATS = ("yyyy", "yyyyMM", "yyyyMMdd", "yyMM", "yyMMdd")
_USABLE = ("text", "select", "radio", "department", "member", "date", "number")


def _part(what: Pair, name: str, piece: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return asked(
        {
            "type": "object",
            "properties": {name: piece, **more},
            "required": [name],
            "additionalProperties": False,
        },
        *what,
    )


_PARTS = [
    _part(
        ("文字", "Text"),
        "text",
        asked({"type": "string", "minLength": 1, "maxLength": 50}, "文字", "Text"),
    ),
    _part(
        ("日期", "Date"),
        "date",
        asked(
            {"enum": list(DATE_FORMATS)},
            "日期",
            "Date",
            labels={
                "yyyy": ("年（2026）", "Year (2026)"),
                "yyyyMM": ("年月（202603）", "Month (202603)"),
                "yyyyMMdd": ("年月日（20260301）", "Day (20260301)"),
                "yyMM": ("短年月（2603）", "Short month (2603)"),
                "yyMMdd": ("短年月日（260301）", "Short day (260301)"),
            },
        ),
    ),
    _part(("字段", "Field"), "field", asked(FIELD_KEY, "字段", "Field", types=list(_USABLE))),
    _part(
        ("计数", "Counter"),
        "digits",
        asked({"type": "integer", "minimum": 1, "maximum": 12}, "位数", "Digits"),
        start=asked({"type": "integer", "minimum": 0, "maximum": 10**11}, "从几开始", "Starts at"),
        reset=asked(
            {"enum": ["never", "day", "month", "year"]},
            "重新计数",
            "Starts again",
            labels={
                "never": ("从不", "Never"),
                "day": ("每天", "Each day"),
                "month": ("每月", "Each month"),
                "year": ("每年", "Each year"),
            },
        ),
    ),
]


class SerialField(FieldType):
    """The field type `serial`."""

    name = "serial"
    label = Text("流水号", "Serial no.")
    icon = "list-numbers"
    group = "more"
    order = 60
    schema = {
        "properties": {
            "pattern": asked(
                {"type": "array", "minItems": 1, "maxItems": 10, "items": {"oneOf": _PARTS}},
                "编号规则",
                "Pattern",
                "value",
                kind="serial_pattern",
            )
        },
        "required": ["pattern"],
    }
    starting = {"pattern": [{"date": "yyyyMM"}, {"digits": 4, "reset": "month"}]}
    computed = True
    operators = TEXTUAL
    template = "fields/computed.html"
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        if sum("digits" in part for part in field.get("pattern", ())) != 1:
            yield Fault(
                f"{field.pointer}/pattern",
                "serial_digits",
                Text(
                    "“{name}”需要恰好一段计数", "“{name}” needs exactly one counting part", name=field.name()
                ),
            )
        for number, part in enumerate(field.get("pattern", ())):
            if "field" in part and field.form is not None:
                used = field.form.field(part["field"])
                if used is None or used.type not in _USABLE:
                    yield unknown_field(field, f"pattern/{number}/field", part["field"], field.form)

    def references(self, field: Field) -> Iterable[Reference]:
        for number, part in enumerate(field.get("pattern", ())):
            if "field" in part:
                yield Reference(f"{field.pointer}/pattern/{number}/field", None, part["field"])
