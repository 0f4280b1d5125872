"""Working days, weeks and shares of a year."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import cast, func

from engine.formulas import coerce, dates, numbers
from engine.formulas.functions.base import declare
from engine.formulas.functions.date import day_number, weekday
from engine.formulas.sql_parts import Part
from engine.formulas.sql_words import NUMERIC
from engine.formulas.values import NUM, VALUE, Failed, Value
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("date")

FAR = date(1899, 12, 31)


@function(
    "WEEKNUM(date: value, kind?: integer) -> number",
    Text(
        "一年里的第几周；默认一周从星期日开始，kind 为 2 时从星期一开始，21 为 ISO 周。",
        "The week of the year; weeks begin on Sunday, with kind 2 on Monday; 21 gives ISO weeks.",
    ),
    [
        ("WEEKNUM(DATE(2026, 1, 4))", "2"),
        ("WEEKNUM(DATE(2026, 1, 4), 2)", "1"),
        ("WEEKNUM(DATE(2026, 1, 4), 21)", "1"),
    ],
    context=True,
)
def WEEKNUM(e: "Evaluator", value: Value, kind: int = 1) -> int:
    number = int(numbers.floor(day_number(value, e.locale)))
    if kind == 21:
        return dates.from_serial(Decimal(number)).isocalendar().week
    if kind not in (1, 2, *range(11, 18)):
        raise Failed(NUM)
    year = dates.day_parts(Decimal(number))[0]
    first = dates.first_of_month(year, 1)
    return (number - first + weekday(first, kind) - 1) // 7 + 1


def _isoweek_sql(c: "Compiler", value: Part) -> Part:
    return c.make("number", cast(func.extract("week", value.value), NUMERIC), whole=2, places=0)


@function(
    "ISOWEEKNUM(date: date) -> number",
    Text(
        "ISO 周：星期一开始，含一月四日的为第一周。",
        "The ISO week: from Monday on; the week with the 4th of January is the first.",
    ),
    [("ISOWEEKNUM(DATE(2026, 1, 1))", "1"), ("ISOWEEKNUM(DATE(2027, 1, 1))", "53")],
    sql=_isoweek_sql,
)
def ISOWEEKNUM(day: date) -> int:
    return day.isocalendar().week


def _quarter_sql(c: "Compiler", value: Part) -> Part:
    return c.make("number", cast(func.extract("quarter", value.value), NUMERIC), whole=1, places=0)


@function(
    "QUARTER(date: date) -> number",
    Text("第几季度，1 到 4。", "The quarter of a date, 1 to 4."),
    [("QUARTER(DATE(2026, 5, 1))", "2"), ("QUARTER(DATE(2026, 12, 31))", "4")],
    sql=_quarter_sql,
)
def QUARTER(day: date) -> int:
    return (day.month + 2) // 3


# --- working days ----------------------------------------------------------------------------------------------------------


def _holidays(values: list[Any] | None, locale: str) -> set[date]:
    return {coerce.to_date(coerce.scalar(value), locale) for value in values or [] if value not in (None, "")}


def _free_days(value: Value) -> frozenset[int]:
    """The days off, Monday 0, from a number (1: Saturday and Sunday … 17: Saturday) or a text of seven 0 and 1."""
    if isinstance(value, str):
        if len(value) != 7 or set(value) - {"0", "1"} or value == "1111111":
            raise Failed(VALUE)
        return frozenset(i for i, mark in enumerate(value) if mark == "1")
    kind = 1 if value is None else coerce.to_integer(value)
    if 1 <= kind <= 7:
        return frozenset({(kind + 4) % 7, (kind + 5) % 7})
    if 11 <= kind <= 17:
        return frozenset({(kind - 12) % 7})
    raise Failed(NUM)


def working_days(start: date, end: date, free: frozenset[int], holidays: set[date]) -> int:
    """The working days from start to end, both included; negative backwards."""
    sign = 1
    if start > end:
        start, end, sign = end, start, -1
    weeks, rest = divmod((end - start).days + 1, 7)
    count = weeks * (7 - len(free))
    count += sum((start.weekday() + i) % 7 not in free for i in range(rest))
    count -= sum(start <= day <= end and day.weekday() not in free for day in holidays)
    return sign * count


def _moved(start: date, count: int, free: frozenset[int], holidays: set[date]) -> date:
    """The day so many working days away."""
    step = 1 if count > 0 else -1
    left, day = abs(count), start
    if left > 3_000_000:
        raise Failed(NUM)
    weeks = max(0, left // (7 - len(free)) - len(holidays) - 1)
    try:
        if weeks:
            target = day + timedelta(days=7 * weeks * step)
            first = day + timedelta(days=step)
            left -= abs(working_days(first, target, free, holidays))
            day = target
        while left:
            day += timedelta(days=step)
            left -= day.weekday() not in free and day not in holidays
    except OverflowError:
        raise Failed(NUM) from None
    if day <= FAR:
        raise Failed(NUM)
    return day


@function(
    "NETWORKDAYS(start: date, end: date, holidays?: list) -> number",
    Text(
        "两个日期之间（含两端）的工作日天数，可去掉节假日。",
        "The working days between two dates, both included, without holidays.",
    ),
    [
        ("NETWORKDAYS(DATE(2026, 3, 2), DATE(2026, 3, 8))", "5"),
        ('NETWORKDAYS(DATE(2026, 3, 2), DATE(2026, 3, 8), {"2026-03-04"})', "4"),
    ],
    context=True,
)
def NETWORKDAYS(e: "Evaluator", start: date, end: date, holidays: list[Any] | None = None) -> int:
    return working_days(start, end, frozenset({5, 6}), _holidays(holidays, e.locale))


@function(
    "NETWORKDAYS.INTL(start: date, end: date, weekend?: value, holidays?: list) -> number",
    Text(
        '同 NETWORKDAYS，可指定哪几天休息（"0000011" 从星期一起）。',
        'As NETWORKDAYS, with other days off ("0000011", from Monday on).',
    ),
    [
        ('NETWORKDAYS.INTL(DATE(2026, 3, 2), DATE(2026, 3, 8), "0000001")', "6"),
        ("NETWORKDAYS.INTL(DATE(2026, 3, 2), DATE(2026, 3, 8), 11)", "6"),
    ],
    context=True,
)
def NETWORKDAYS_INTL(
    e: "Evaluator", start: date, end: date, weekend: Value = None, holidays: list[Any] | None = None
) -> int:
    return working_days(start, end, _free_days(weekend), _holidays(holidays, e.locale))


@function(
    "WORKDAY(start: date, days: integer, holidays?: list) -> date",
    Text("几个工作日之后（负数为之前）的日期。", "The date so many working days later, or earlier."),
    [("WORKDAY(DATE(2026, 3, 6), 1)", "2026-03-09"), ("WORKDAY(DATE(2026, 3, 9), -1)", "2026-03-06")],
    context=True,
)
def WORKDAY(e: "Evaluator", start: date, days: int, holidays: list[Any] | None = None) -> date:
    return _moved(start, days, frozenset({5, 6}), _holidays(holidays, e.locale))


@function(
    "WORKDAY.INTL(start: date, days: integer, weekend?: value, holidays?: list) -> date",
    Text("同 WORKDAY，可指定哪几天休息。", "As WORKDAY, with other days off."),
    [('WORKDAY.INTL(DATE(2026, 3, 6), 1, "0000001")', "2026-03-07")],
    context=True,
)
def WORKDAY_INTL(
    e: "Evaluator", start: date, days: int, weekend: Value = None, holidays: list[Any] | None = None
) -> date:
    return _moved(start, days, _free_days(weekend), _holidays(holidays, e.locale))


# --- shares of a year --------------------------------------------------------------------------------------------------------


def days360(start: date, end: date, european: bool) -> int:
    """The days between two dates in a year of 12 months of 30 days."""
    first, last = start.day, end.day
    if european:
        first, last = min(first, 30), min(last, 30)
    else:
        if start.day == dates.days_in_month(start.year, start.month):
            first = 30
        if last == 31 and first < 30:
            end, last = dates.month_end(end, 0) + timedelta(days=1), 1
        elif last == 31:
            last = 30
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


@function(
    "DAYS360(start: date, end: date, european?: boolean) -> number",
    Text("按每月 30 天、每年 360 天计算的天数。", "The days between two dates in a year of 360 days."),
    [
        ("DAYS360(DATE(2026, 1, 30), DATE(2026, 2, 1))", "1"),
        ("DAYS360(DATE(2026, 1, 1), DATE(2026, 12, 31))", "360"),
    ],
)
def DAYS360(start: date, end: date, european: bool = False) -> int:
    return days360(start, end, european)


@function(
    "YEARFRAC(start: date, end: date, basis?: integer) -> number",
    Text(
        "两个日期之间占一年的多少；basis：0 为 30/360，1 为实际，2 为 360，3 为 365，4 为欧洲 30/360。",
        "The part of a year between two dates; basis 0: 30/360, 1: actual, 2: 360, 3: 365, 4: European 30/360.",
    ),
    [
        ("YEARFRAC(DATE(2026, 1, 1), DATE(2026, 7, 1))", "0.5"),
        ("YEARFRAC(DATE(2026, 1, 1), DATE(2027, 1, 1), 3)", "1"),
    ],
)
def YEARFRAC(start: date, end: date, basis: int = 0) -> Decimal:
    if not 0 <= basis <= 4:
        raise Failed(NUM)
    if start > end:
        start, end = end, start
    days = Decimal((end - start).days)
    if basis in (0, 4):
        return numbers.divide(
            Decimal(_days360_us(start, end) if basis == 0 else days360(start, end, True)), Decimal(360)
        )
    if basis in (2, 3):
        return numbers.divide(days, Decimal(360 if basis == 2 else 365))
    return numbers.divide(days, _year_length(start, end))


def _days360_us(start: date, end: date) -> int:
    """30/360 as YEARFRAC has it: the ends of February count as the 30th."""
    first, last = start.day, end.day
    if _last_of_february(start):
        if _last_of_february(end):
            last = 30
        first = 30
    if last == 31 and first >= 30:
        last = 30
    first = min(first, 30)
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


def _last_of_february(day: date) -> bool:
    return day.month == 2 and day.day == dates.days_in_month(day.year, 2)


def _year_length(start: date, end: date) -> Decimal:
    """The average length of the years that a span touches, as Excel's actual/actual has it."""
    if (end.year, end.month, end.day) <= (start.year + 1, start.month, start.day):
        leap = (
            dates.days_in_month(start.year, 2) == 29 if start.year == end.year else _leap_between(start, end)
        )
        return Decimal(366 if leap else 365)
    years = end.year - start.year + 1
    days = (date(end.year, 12, 31) - date(start.year, 1, 1)).days + 1
    return numbers.divide(Decimal(days), Decimal(years))


def _leap_between(start: date, end: date) -> bool:
    return any(
        dates.days_in_month(year, 2) == 29 and start <= date(year, 2, 29) <= end
        for year in (start.year, end.year)
    )
