"""Calendar days, without a time zone."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import ORDER, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.typed_text import day, instant
from engine.platform import clock
from engine.platform.i18n import Text

FORMATS = {"date": "{0:04d}-{1:02d}-{2:02d}", "month": "{0:04d}-{1:02d}", "year": "{0:04d}"}

_COARSE = {"month": re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?"), "year": re.compile(r"(\d{4})\s*年?")}
"""Months and years as people write them into a field that asks for one."""

_Test = Callable[[dt.date, dt.date], bool]
RANGES: Mapping[str, tuple[tuple[str, str], _Test]] = {
    "past": (("今天以前", "Before today"), lambda day, today: day < today),
    "until_today": (("今天及以前", "Until today"), lambda day, today: day <= today),
    "from_today": (("今天及以后", "From today on"), lambda day, today: day >= today),
    "future": (("今天以后", "After today"), lambda day, today: day > today),
}


class DateField(FieldType):
    """The field type `date`."""

    name = "date"
    label = Text("日期", "Date")
    icon = "calendar"
    order = 100
    schema = {
        "properties": {
            "format": asked(
                {"enum": list(FORMATS)},
                "格式",
                "Format",
                "format",
                labels={"date": ("年-月-日", "Date"), "month": ("年-月", "Month"), "year": ("年", "Year")},
            ),
            "range": asked(
                {"enum": list(RANGES)},
                "可选范围",
                "Which days",
                "limits",
                labels={name: words for name, (words, _) in RANGES.items()},
                hint=("只管新填的日期", "Only for days that are newly given"),
            ),
        }
    }
    found_defaults = ("today",)
    operators = ORDER
    template = "fields/date.html"
    unique_possible = True
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Date()

    def inline_bytes(self, field: Field) -> int:
        return 8

    def value_type(self, field: Field) -> str:
        return "date"

    def read(self, raw: Any, field: Field, context: ParseContext) -> dt.date:
        if isinstance(raw, dt.datetime):
            return first_of(raw.date(), field)
        if isinstance(raw, dt.date):
            return first_of(raw, field)
        found: dt.date | None = None
        if isinstance(raw, str):
            if coarse := _COARSE.get(field.get("format", "date")):
                found = _first_day(coarse.fullmatch(raw.strip()))
            if found is not None:
                return found
            if context.text:
                found = day(raw, context.date_order)
                if found is None and (moment := instant(raw, "UTC", context.date_order)):
                    found = moment.date()  # "2026-03-01 00:00:00" is how spreadsheets write a day
            else:
                found = iso_day(raw)
        if found is None:
            raise FieldFault(
                "not_a_date",
                Text(
                    "“{said}”不是日期，请写成 2026-03-01 这样",
                    "“{said}” is not a date; write it like 2026-03-01",
                    said=str(raw)[:50],
                ),
            )
        return first_of(found, field)

    def check_new(self, value: Any, field: Field, context: ParseContext) -> FieldFault | None:
        return outside_range(value, field, context)

    def to_json(self, value: Any, field: Field) -> Any:
        return None if value is None else value.isoformat()

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        if value is None:
            return ""
        return FORMATS[field.get("format", "date")].format(value.year, value.month, value.day)


def first_of(day: dt.date, field: Field) -> dt.date:
    """What a field keeps of a day: one that asks for a month or a year keeps its first day."""
    match field.get("format"):
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _first_day(said: re.Match[str] | None) -> dt.date | None:
    try:
        return dt.date(int(said[1]), int(said[2]) if said.re.groups > 1 else 1, 1) if said else None
    except ValueError:
        return None


def outside_range(day: dt.date, field: Field, context: ParseContext) -> FieldFault | None:
    """The fault of a day that the field's `range` does not allow today."""
    words, allows = RANGES.get(field.get("range", ""), (("", ""), None))
    if allows is None or allows(day, clock.today(context.time_zone)):
        return None
    return FieldFault("outside_range", Text("只能填{what}的日期", "Only days: {what}", what=Text(*words)))


def iso_day(text: str) -> dt.date | None:
    """The date of exactly YYYY-MM-DD; None for anything else."""
    if len(text) != 10 or text[4] != "-":
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
