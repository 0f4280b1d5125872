"""Numbers like HT-202603-0001 that the engine draws one after the other."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import TEXTUAL, FieldType, Reference
from engine.fields.form import Field, Form
from engine.fields.link import unknown_field
from engine.fields.schema import FIELD_KEY
from engine.platform.errors import Fault
from engine.platform.i18n import Text

DATE_FORMATS = ("yyyy", "yyyyMM", "yyyyMMdd", "yyMM", "yyMMdd")
_USABLE = ("text", "select", "radio", "department", "member", "date", "number")


class SerialField(FieldType):
    """The field type `serial`."""

    name = "serial"
    label = Text("流水号", "Serial number")
    icon = "list-numbers"
    group = "computed"
    schema = {
        "properties": {
            "pattern": {
                "type": "array",
                "minItems": 1,
                "maxItems": 10,
                "items": {
                    "oneOf": [
                        {
                            "type": "object",
                            "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 50}},
                            "required": ["text"],
                            "additionalProperties": False,
                        },
                        {
                            "type": "object",
                            "properties": {"date": {"enum": list(DATE_FORMATS)}},
                            "required": ["date"],
                            "additionalProperties": False,
                        },
                        {
                            "type": "object",
                            "properties": {"field": FIELD_KEY},
                            "required": ["field"],
                            "additionalProperties": False,
                        },
                        {
                            "type": "object",
                            "properties": {
                                "digits": {"type": "integer", "minimum": 1, "maximum": 12},
                                "reset": {"enum": ["never", "day", "month", "year"]},
                            },
                            "required": ["digits"],
                            "additionalProperties": False,
                        },
                    ]
                },
            }
        },
        "required": ["pattern"],
    }
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
