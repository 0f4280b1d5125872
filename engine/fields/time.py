"""Times of day, without a date or a time zone."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import ORDER, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.typed_text import time_of_day
from engine.platform.i18n import Text

FORMATS = {"minute": "%H:%M", "second": "%H:%M:%S"}


class TimeField(FieldType):
    """The field type `time`."""

    name = "time"
    label = Text("时间", "Time")
    icon = "clock"
    order = 120
    schema = {
        "properties": {
            "format": asked(
                {"enum": list(FORMATS)},
                "格式",
                "Format",
                "format",
                labels={"minute": ("到分钟", "To the minute"), "second": ("到秒", "To the second")},
            )
        }
    }
    operators = ORDER
    template = "fields/time.html"
    found_defaults = ("now",)
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Time()

    def inline_bytes(self, field: Field) -> int:
        return 16

    def value_type(self, field: Field) -> str:
        return "time"

    def read(self, raw: Any, field: Field, context: ParseContext) -> dt.time:
        found = raw.time() if isinstance(raw, dt.datetime) else raw
        if isinstance(raw, str):
            # "1899-12-31 09:30:00" and "2026-03-01 09:30" are how spreadsheets write a time.
            found = time_of_day(raw.rpartition(" ")[2] if context.text and raw[4:5] == "-" else raw)
        if not isinstance(found, dt.time):
            raise FieldFault(
                "not_a_time",
                Text(
                    "“{said}”不是时间，请写成 09:30 这样",
                    "“{said}” is not a time of day; write it like 09:30",
                    said=str(raw)[:50],
                ),
            )
        return found.replace(microsecond=0, tzinfo=None)

    def to_json(self, value: Any, field: Field) -> Any:
        return None if value is None else f"{value:%H:%M:%S}"

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return "" if value is None else f"{value:{FORMATS[field.get('format', 'minute')]}}"
