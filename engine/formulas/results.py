"""Turns a formula's value into what a field of a certain kind holds, in Python and in SQL alike."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Time, case, cast, func, literal_column, null
from sqlalchemy import Text as SqlText

from engine.formulas import coerce, dates, numbers
from engine.formulas.moment import Moment
from engine.formulas.sql_parts import Part, as_date, as_text, first_error, steady_sql
from engine.formulas.sql_scope import SqlFormula
from engine.formulas.sql_words import NUMERIC, Sql, code, error_when, number_literal, round_sql
from engine.formulas.values import NUM, VALUE, Failed, Value

NUMBER_KINDS = ("number", "money", "percent", "rating", "count")
KINDS = (*NUMBER_KINDS, "text", "date", "datetime", "time", "boolean")


def to_result(value: Value, kind: str, scale: int | None = None, moment: Moment | None = None) -> Value:
    """The value as a field of `kind` holds it: numbers with `scale` places, half away from zero.

    A blank or "" is blank everywhere; a value of another type is #VALUE!. A number can be a date, by its serial.
    With a `moment`, a datetime comes out as an instant in UTC.
    """
    try:
        value = coerce.scalar(value)
        if value is None or (isinstance(value, str) and value == ""):
            return None
        made = _CONVERT.get(kind, _number)(value, scale)
        return moment.to_instant(made) if moment is not None and isinstance(made, datetime) else made
    except Failed as failed:
        return failed.error


def _number(value: Any, scale: int | None) -> Value:
    if not isinstance(value, (Decimal, int)) or isinstance(value, bool):
        raise Failed(VALUE)
    number = Decimal(value)
    return number if scale is None else numbers.EXACT.quantize(number, Decimal(1).scaleb(-scale))


def _text(value: Any, scale: int | None) -> Value:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes" if not value.second else "seconds")
    return coerce.to_text(value)


def _boolean(value: Any, scale: int | None) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return value != 0
    raise Failed(VALUE)


def _date(value: Any, scale: int | None) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, Decimal):
        return dates.from_serial(value)
    raise Failed(VALUE)


def _datetime(value: Any, scale: int | None) -> Value:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, dates.MIDNIGHT)
    if isinstance(value, Decimal):
        return dates.moment_of(value)
    raise Failed(VALUE)


def _time(value: Any, scale: int | None) -> Value:
    if isinstance(value, time):
        return value
    raise Failed(VALUE)


_CONVERT = {"text": _text, "boolean": _boolean, "date": _date, "datetime": _datetime, "time": _time}


def result_sql(
    made: SqlFormula, kind: str, scale: int | None = None, time_zone: str = "UTC"
) -> tuple[Sql, Sql | None]:
    """The same for a compiled formula: the value's column and the error code's (None if it can't fail).

    A datetime without a zone is one on the clocks of `time_zone`.
    """
    value, error = _converted(made, kind, scale, time_zone)
    total = first_error((made.error, error))
    if error is not None:
        value = case((error.is_(None), value))
    return value, total


def _converted(made: SqlFormula, kind: str, scale: int | None, zone: str) -> tuple[Sql, Sql | None]:
    value = made.value
    wrong = error_when(value.is_not(None), VALUE)
    if made.type == "any":
        return cast(null(), _column_type(kind)), None
    if kind == "text":
        return _text_sql(made.type, value, zone), None
    if made.type == "text":
        return cast(null(), _column_type(kind)), error_when(func.coalesce(value, "") != "", VALUE)
    if kind == "boolean":
        if made.type == "boolean":
            return value, None
        return (value != 0, None) if made.type == "number" else (cast(null(), Boolean()), wrong)
    if kind == "date":
        if made.type == "date":
            return value, None
        if made.type == "datetime":
            return cast(func.timezone(zone, value), Date()), None
        if made.type == "number":
            day = as_date(Part("number", value, None, blank=False))
            return case((value.is_not(None), day.value)), day.error
        return cast(null(), Date()), wrong
    if kind == "datetime":
        return _datetime_sql(made.type, value, zone)
    if kind == "time":
        if made.type == "time":
            return value, None
        return cast(null(), Time()), wrong
    if made.type != "number":
        return cast(null(), NUMERIC), wrong
    return (value if scale is None else round_sql(value, scale)), None


def _text_sql(kind: str, value: Sql, zone: str) -> Sql:
    if kind == "text":
        return func.nullif(value, literal_column("''::text"), type_=SqlText())
    if kind == "datetime":
        return func.to_char(func.timezone(zone, value), "YYYY-MM-DD HH24:MI:SS", type_=SqlText())
    if kind == "date":
        return func.to_char(value, "YYYY-MM-DD", type_=SqlText())
    if kind == "time":
        seconds = func.to_char(value, "HH24:MI:SS", type_=SqlText())
        return case((func.extract("second", value) == 0, func.left(seconds, 5)), else_=seconds)
    return func.nullif(as_text(Part(kind, value)).value, literal_column("''::text"), type_=SqlText())


def _datetime_sql(kind: str, value: Sql, zone: str) -> tuple[Sql, Sql | None]:
    if kind == "datetime":
        return value, None
    if kind == "date":
        return func.timezone(zone, cast(value, DateTime()), type_=DateTime(timezone=True)), None
    if kind == "number":
        number = Part("number", value, None, blank=False)
        day = as_date(number)
        floor = func.floor(steady_sql(number), type_=NUMERIC)
        seconds = func.round((value - floor) * number_literal(86400), type_=NUMERIC)
        local = cast(day.value, DateTime()) + seconds * literal_column("interval '1 second'")
        return func.timezone(zone, local, type_=DateTime(timezone=True)), error_when(
            day.error.is_not(None), NUM
        ) if day.error is not None else None
    return cast(null(), DateTime(timezone=True)), case((value.is_not(None), code(VALUE)))


def _column_type(kind: str) -> Any:
    return {
        "text": SqlText(),
        "boolean": Boolean(),
        "date": Date(),
        "datetime": DateTime(timezone=True),
        "time": Time(),
    }.get(kind, NUMERIC)
