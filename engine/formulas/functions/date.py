"""Dates and times: today, their parts, making and moving them."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, DateTime, Integer, cast, func, literal_column
from sqlalchemy import case as sql_case

from engine.formulas import coerce, dates, numbers
from engine.formulas.functions.base import declare
from engine.formulas.reading import read_moment
from engine.formulas.sql_parts import Part, RowOnly, as_number, first_error, serial_sql, steady_sql
from engine.formulas.sql_words import NUMERIC, ZERO, error_when, integer_literal, number_literal, round_sql
from engine.formulas.values import NUM, VALUE, Failed, Value
from engine.formulas.values import NUM as NUM_ERROR
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("date")

ANY_NUMBER = Text(
    "只有数字、没有类型的日期只能逐行计算。",
    "The parts of a plain number as a date are worked out row by row.",
)


@function(
    "TODAY() -> date",
    Text("今天（按组织的时区）。", "Today, in the organisation's time zone."),
    [("TODAY() = INT(NOW())", "TRUE")],
    volatile=True,
    context=True,
    sql=lambda c: c.fixed(c.scope.moment.local.date()),
)
def TODAY(e: "Evaluator") -> date:
    return e.moment.local.date()


@function(
    "NOW() -> datetime",
    Text("现在的日期和时间（按组织的时区）。", "The date and time now, in the organisation's time zone."),
    [("NOW() >= TODAY()", "TRUE")],
    volatile=True,
    context=True,
    sql=lambda c: c.fixed(c.scope.moment.local.replace(microsecond=0)),
)
def NOW(e: "Evaluator") -> datetime:
    return e.moment.local.replace(microsecond=0)


# --- parts ---------------------------------------------------------------------------------------------------------------


def day_parts(value: Value, locale: str) -> tuple[int, int, int]:
    """Year, month and day of a date, a text that reads as one, or a serial (a blank is 1900-01-00)."""
    if isinstance(value, str):
        moment = read_moment(value, locale)
        value = moment if isinstance(moment, date) else coerce.to_number(value, locale)
    if isinstance(value, date):
        return value.year, value.month, value.day
    number = coerce.to_number(value, locale)
    if number < 0:
        raise Failed(NUM_ERROR)
    return dates.day_parts(number)


def _part_sql(field: str, blank: int) -> Any:
    def compiled(c: "Compiler", value: Part) -> Part:
        if value.type not in ("date", "datetime", "blank"):
            raise RowOnly(ANY_NUMBER)
        if value.type == "blank":
            return c.make("number", number_literal(blank), whole=4, places=0)
        made: Any = cast(func.extract(field, value.value), NUMERIC)
        if value.blank:
            made = func.coalesce(made, number_literal(blank))
        return c.make("number", made, whole=4, places=0)

    return compiled


@function(
    "YEAR(date: value) -> number",
    Text("年份。", "The year of a date."),
    [("YEAR(DATE(2026, 3, 1))", "2026"), ("YEAR(60)", "1900"), ('YEAR("2026-03-01")', "2026")],
    sql=_part_sql("year", 1900),
    context=True,
)
def YEAR(e: "Evaluator", value: Value) -> int:
    return day_parts(value, e.locale)[0]


@function(
    "MONTH(date: value) -> number",
    Text("月份，1 到 12。", "The month of a date, 1 to 12."),
    [("MONTH(DATE(2026, 3, 1))", "3"), ("MONTH(60)", "2")],
    sql=_part_sql("month", 1),
    context=True,
)
def MONTH(e: "Evaluator", value: Value) -> int:
    return day_parts(value, e.locale)[1]


@function(
    "DAY(date: value) -> number",
    Text("一个月里的第几天。", "The day of the month."),
    [("DAY(DATE(2026, 3, 1))", "1"), ("DAY(60)", "29"), ("DAY(61)", "1")],
    sql=_part_sql("day", 0),
    context=True,
)
def DAY(e: "Evaluator", value: Value) -> int:
    return day_parts(value, e.locale)[2]


def _clock(value: Value, locale: str) -> time:
    if isinstance(value, str):
        moment = read_moment(value, locale)
        value = moment if moment is not None else coerce.to_number(value, locale)
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    number = coerce.to_number(value, locale)
    if number < 0:
        raise Failed(NUM_ERROR)
    return dates.clock_of(number)


def _clock_sql(field: str) -> Any:
    def compiled(c: "Compiler", value: Part) -> Part:
        if value.type in ("date", "blank"):
            return c.make("number", ZERO, whole=2, places=0)
        if value.type not in ("datetime", "time"):
            raise RowOnly(ANY_NUMBER)
        made: Any = func.trunc(cast(func.extract(field, value.value), NUMERIC), type_=NUMERIC)
        return c.make("number", func.coalesce(made, ZERO), whole=2, places=0)

    return compiled


@function(
    "HOUR(time: value) -> number",
    Text("小时，0 到 23。", "The hour, 0 to 23."),
    [("HOUR(0.75)", "18"), ('HOUR("10:30")', "10")],
    sql=_clock_sql("hour"),
    context=True,
)
def HOUR(e: "Evaluator", value: Value) -> int:
    return _clock(value, e.locale).hour


@function(
    "MINUTE(time: value) -> number",
    Text("分钟，0 到 59。", "The minute, 0 to 59."),
    [('MINUTE("10:30")', "30"), ("MINUTE(7/1440)", "7")],
    sql=_clock_sql("minute"),
    context=True,
)
def MINUTE(e: "Evaluator", value: Value) -> int:
    return _clock(value, e.locale).minute


@function(
    "SECOND(time: value) -> number",
    Text("秒，0 到 59。", "The second, 0 to 59."),
    [('SECOND("10:30:15")', "15")],
    sql=_clock_sql("second"),
    context=True,
)
def SECOND(e: "Evaluator", value: Value) -> int:
    return _clock(value, e.locale).second


def weekday(number: int, kind: int) -> int:
    """The day of the week of a serial: 1 is a Sunday in Excel's calendar."""
    if kind == 1:
        return (number - 1) % 7 + 1
    if kind in (2, 11):
        return (number - 2) % 7 + 1
    if kind == 3:
        return (number - 2) % 7
    if 12 <= kind <= 17:
        return (number - 2 - (kind - 11)) % 7 + 1
    raise Failed(NUM_ERROR)


def _weekday_sql(c: "Compiler", value: Part, kind: Part | None = None) -> Part:
    known = 1 if kind is None else kind.whole_constant()
    shift = {1: 1, 2: 2, 11: 2, 3: 2, **{k: k - 9 for k in range(12, 18)}}.get(known or 0)
    if shift is None or value.type not in ("date", "datetime"):
        raise RowOnly(ANY_NUMBER)
    number = func.floor(serial_sql(value), type_=NUMERIC) - number_literal(shift)
    seven = number_literal(7)
    made = number - seven * func.floor(number / seven, type_=NUMERIC)
    return c.make("number", made if known == 3 else made + number_literal(1), whole=1, places=0)


@function(
    "WEEKDAY(date: value, kind?: integer) -> number",
    Text(
        "星期几：默认星期日为 1；kind 为 2 时星期一为 1。",
        "The day of the week: by default Sunday is 1; with kind 2 Monday is 1.",
    ),
    [
        ("WEEKDAY(DATE(2026, 3, 1))", "1"),
        ("WEEKDAY(DATE(2026, 3, 1), 2)", "7"),
        ("WEEKDAY(1)", "1"),
        ("WEEKDAY(1, 9)", "#NUM!"),
    ],
    sql=_weekday_sql,
    context=True,
)
def WEEKDAY(e: "Evaluator", value: Value, kind: int = 1) -> int:
    return weekday(int(numbers.floor(day_number(value, e.locale))), kind)


def day_number(value: Value, locale: str) -> Decimal:
    """A date as its serial, never below 0."""
    number = coerce.to_number(value, locale)
    if number > dates.LAST_SERIAL + 1 or (number < 0 and not isinstance(value, date)):
        raise Failed(NUM_ERROR)
    return number


# --- making ----------------------------------------------------------------------------------------------------------------


def _date_sql(c: "Compiler", year: Part, month: Part, day: Part) -> Part:
    parts: list[Any] = [func.least(func.greatest(p.value, -200_000), 200_000) for p in (year, month, day)]
    y, m, d = parts
    y = sql_case(((y >= 0) & (y < 1900), y + 1900), else_=y)
    months = c.once(c.make("number", cast(y * 12 + m - 1, NUMERIC), weight=9))
    outside = (months.value < 1900 * 12 - 12) | (months.value >= 10000 * 12)
    count = cast(sql_case((outside, number_literal(2000 * 12)), else_=months.value), Integer())
    first = func.make_date(
        func.div(cast(count, NUMERIC), number_literal(12)).cast(Integer()),
        cast(func.mod(count, 12), Integer()) + 1,
        1,
        type_=Date(),
    )
    number = c.once(
        c.make("number", serial_sql(Part("date", first, blank=False)) + cast(d, NUMERIC) - 1, weight=9)
    )
    bad = outside | (number.value < 1) | (number.value > dates.LAST_SERIAL) | (number.value == 60)
    safe = cast(sql_case((bad, number_literal(1)), else_=number.value), Integer())
    made = (
        literal_column("date '1899-12-30'", Date())
        + safe
        + sql_case((safe < 60, integer_literal(1)), else_=integer_literal(0))
    )
    return c.make("date", cast(made, Date()), error_when(bad, NUM))


@function(
    "DATE(year: integer, month: integer, day: integer) -> date",
    Text(
        "由年、月、日得到日期；月和日可以超出范围。",
        "A date from year, month and day; months and days may overflow.",
    ),
    [
        ("DATE(2026, 3, 1)", "2026-03-01"),
        ("DATE(2026, 13, 1)", "2027-01-01"),
        ("DATE(2026, 3, 0)", "2026-02-28"),
        ("DATE(1900, 2, 29) + 1", "61"),
        ("DATE(-1, 1, 1)", "#NUM!"),
    ],
    sql=_date_sql,
)
def DATE(year: int, month: int, day: int) -> date | Decimal:
    if max(abs(year), abs(month), abs(day)) > 200_000:
        year, month, day = (max(-200_000, min(200_000, part)) for part in (year, month, day))
    return dates.make_date(year, month, day)


@function(
    "TIME(hour: integer, minute: integer, second: integer) -> time",
    Text("由时、分、秒得到一天里的时间。", "A time of day from hour, minute and second."),
    [("TIME(10, 30, 0)", "10:30"), ("TIME(25, 0, 0) * 24", "1"), ("TIME(-1, 0, 0)", "#NUM!")],
)
def TIME(hour: int, minute: int, second: int) -> time:
    if max(abs(hour), abs(minute), abs(second)) > 32767:
        raise Failed(NUM_ERROR)
    seconds = hour * 3600 + minute * 60 + second
    if seconds < 0:
        raise Failed(NUM_ERROR)
    return dates.clock_from_seconds(seconds)


@function(
    "DATEVALUE(text: text) -> date",
    Text("把文字读作日期。", "Reads a text as a date."),
    [
        ('DATEVALUE("2026-03-01")', "2026-03-01"),
        ('DATEVALUE("2026年3月1日")', "2026-03-01"),
        ('DATEVALUE("abc")', "#VALUE!"),
    ],
    context=True,
)
def DATEVALUE(e: "Evaluator", text: str) -> date:
    moment = read_moment(text, e.locale, e.moment.local.date())
    if isinstance(moment, datetime):
        return moment.date()
    if not isinstance(moment, date):
        raise Failed(VALUE)
    return moment


@function(
    "TIMEVALUE(text: text) -> time",
    Text("把文字读作时间。", "Reads a text as a time of day."),
    [('TIMEVALUE("2:30 PM")', "14:30"), ('TIMEVALUE("abc")', "#VALUE!")],
    context=True,
)
def TIMEVALUE(e: "Evaluator", text: str) -> time:
    moment = read_moment(text, e.locale, e.moment.local.date())
    if isinstance(moment, datetime):
        return moment.time()
    if isinstance(moment, time):
        return moment
    if moment is None:
        raise Failed(VALUE)
    return time(0)


# --- moving ----------------------------------------------------------------------------------------------------------------


def _months_sql(end: bool) -> Any:
    def compiled(c: "Compiler", day: Part, months: Part) -> Part:
        d = c.once(day)
        shift = func.least(func.greatest(months.value, -200_000), 200_000)
        count = c.once(
            c.make(
                "number",
                cast(
                    func.extract("year", d.value) * 12 + func.extract("month", d.value) - 1 + shift, NUMERIC
                ),
                weight=9,
            )
        )
        outside = (count.value < 1900 * 12) | (count.value >= 10000 * 12)
        near = sql_case((outside, integer_literal(0)), else_=shift)
        moved: Any
        if end:
            start = func.date_trunc("month", cast(d.value, DateTime()), type_=DateTime())
            moved = start + func.make_interval(0, near + 1) - literal_column("interval '1 day'")
        else:
            moved = cast(d.value, DateTime()) + func.make_interval(0, near)
        return c.make("date", cast(moved, Date()), error_when(outside, NUM))

    return compiled


@function(
    "EDATE(date: date, months: integer) -> date",
    Text("几个月后（负数为之前）的同一天。", "The same day so many months later, or earlier."),
    [("EDATE(DATE(2026, 1, 31), 1)", "2026-02-28"), ("EDATE(DATE(2026, 3, 15), -2)", "2026-01-15")],
    sql=_months_sql(False),
)
def EDATE(day: date, months: int) -> date:
    return dates.add_months(day, months)


@function(
    "EOMONTH(date: date, months: integer) -> date",
    Text(
        "几个月后（负数为之前）那个月的最后一天。",
        "The last day of the month so many months later, or earlier.",
    ),
    [("EOMONTH(DATE(2026, 1, 15), 1)", "2026-02-28"), ("EOMONTH(DATE(2026, 1, 15), 0)", "2026-01-31")],
    sql=_months_sql(True),
)
def EOMONTH(day: date, months: int) -> date:
    return dates.month_end(day, months)


def _days_sql(c: "Compiler", end: Part, start: Part) -> Part:
    values = []
    errors = []
    for part in (end, start):
        number = as_number(part)
        values.append(number.value if part.type == "date" else func.floor(steady_sql(number), type_=NUMERIC))
        errors.append(number.error)
    return c.make("number", values[0] - values[1], first_error(errors), whole=20, places=0)


@function(
    "DAYS(end: value, start: value) -> number",
    Text("两个日期相差几天。", "The days between two dates."),
    [("DAYS(DATE(2026, 3, 1), DATE(2026, 2, 1))", "28"), ('DAYS("2026-01-02", "2026-01-01")', "1")],
    sql=_days_sql,
    context=True,
)
def DAYS(e: "Evaluator", end: Value, start: Value) -> Decimal:
    first, second = coerce.to_number(end, e.locale), coerce.to_number(start, e.locale)
    return numbers.subtract(numbers.floor(first), numbers.floor(second))


def _datedif_sql(c: "Compiler", start: Part, end: Part, unit: Part) -> Part:
    if not isinstance(unit.constant, str) or unit.constant.lower() not in ("d", "m", "y"):
        raise RowOnly(
            Text("DATEDIF 的这种单位只能逐行计算。", "DATEDIF with this unit is worked out row by row.")
        )
    a, b = c.once(start), c.once(end)
    wrong = error_when(a.value > b.value, NUM)
    if unit.constant.lower() == "d":
        made: Any = serial_sql(Part("date", b.value, blank=False)) - serial_sql(
            Part("date", a.value, blank=False)
        )
        return c.make("number", made, wrong, whole=7, places=0)
    months: Any = (func.extract("year", b.value) - func.extract("year", a.value)) * 12
    months = months + func.extract("month", b.value) - func.extract("month", a.value)
    months = months - sql_case((func.extract("day", b.value) < func.extract("day", a.value), 1), else_=0)
    made = cast(months, NUMERIC)
    if unit.constant.lower() == "y":
        made = func.floor(round_sql(made / number_literal(12), 15), type_=NUMERIC)
    return c.make("number", made, wrong, whole=6, places=0)


@function(
    "DATEDIF(start: date, end: date, unit: text) -> number",
    Text(
        '两个日期之间的整年 "Y"、整月 "M"、天 "D"；"YM"、"MD"、"YD" 为余下的月和天。',
        'The whole years "Y", months "M" or days "D" between two dates; "YM", "MD", "YD" give what is left.',
    ),
    [
        ('DATEDIF(DATE(2020, 5, 20), DATE(2026, 3, 1), "Y")', "5"),
        ('DATEDIF(DATE(2020, 5, 20), DATE(2026, 3, 1), "M")', "69"),
        ('DATEDIF(DATE(2020, 5, 20), DATE(2026, 3, 1), "YM")', "9"),
        ('DATEDIF(DATE(2026, 2, 1), DATE(2026, 1, 1), "D")', "#NUM!"),
    ],
    sql=_datedif_sql,
)
def DATEDIF(start: date, end: date, unit: str) -> int:
    unit = unit.upper()
    if start > end or unit not in ("Y", "M", "D", "YM", "MD", "YD"):
        raise Failed(NUM_ERROR)
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    if unit == "D":
        return dates.serial(end) - dates.serial(start)
    if unit in ("Y", "M", "YM"):
        return {"Y": months // 12, "M": months, "YM": months % 12}[unit]
    if unit == "MD":
        return (end - _on(end.year, end.month - (end.day < start.day), start.day)).days
    passed = (end.month, end.day) >= (start.month, start.day)
    return (end - _on(end.year - (not passed), start.month, start.day)).days


def _on(year: int, month: int, day: int) -> date:
    """A day that may not exist in its month: then the first days of the next."""
    return dates.from_serial(Decimal(dates.first_of_month(year, month) + day - 1))
