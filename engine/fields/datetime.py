"""Instants: kept in UTC, shown where the organisation is."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import ORDER, FieldFault, FieldType, ParseContext, utc_text
from engine.fields.date import DateField, outside_range
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.typed_text import in_utc, instant
from engine.platform.i18n import Text

FORMATS = {"minute": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S"}


class DatetimeField(FieldType):
    """The field type `datetime`."""

    name = "datetime"
    label = Text("日期时间", "Date & time")
    icon = "calendar-time"
    order = 110
    schema = {
        "properties": {
            "format": asked(
                {"enum": list(FORMATS)},
                "格式",
                "Format",
                "format",
                labels={"minute": ("到分钟", "To the minute"), "second": ("到秒", "To the second")},
            ),
            "range": DateField.schema["properties"]["range"],
        }
    }
    found_defaults = ("now",)
    operators = ORDER
    template = "fields/datetime.html"
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.DateTime(timezone=True)

    def inline_bytes(self, field: Field) -> int:
        return 16

    def value_type(self, field: Field) -> str:
        return "datetime"

    def read(self, raw: Any, field: Field, context: ParseContext) -> dt.datetime:
        found: dt.datetime | None = None
        if isinstance(raw, dt.datetime):
            found = in_utc(raw, context.time_zone)
        elif isinstance(raw, dt.date):
            found = in_utc(dt.datetime.combine(raw, dt.time()), context.time_zone)
        elif isinstance(raw, str):
            found = instant(raw, context.time_zone, context.date_order if context.text else "ymd")
        if found is None:
            raise FieldFault(
                "not_a_datetime",
                Text(
                    "“{said}”不是日期时间，请写成 2026-03-01 10:30 这样",
                    "“{said}” is not a date and time; write it like 2026-03-01 10:30",
                    said=str(raw)[:50],
                ),
            )
        return found

    def check_new(self, value: Any, field: Field, context: ParseContext) -> FieldFault | None:
        return outside_range(value.astimezone(ZoneInfo(context.time_zone)).date(), field, context)

    def to_json(self, value: Any, field: Field) -> Any:
        return None if value is None else utc_text(value)

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        if value is None:
            return ""
        local = value.astimezone(ZoneInfo(time_zone or "Asia/Shanghai"))
        return f"{local:{FORMATS[field.get('format', 'minute')]}}"
