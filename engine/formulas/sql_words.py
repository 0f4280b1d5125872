"""The smallest words of SQL that formulas are said in: constants, error codes, rounding, serials of days."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Integer, Numeric, case, cast, func, literal, literal_column
from sqlalchemy import Text as SqlText
from sqlalchemy.sql.elements import ColumnElement

from engine.formulas.values import FormulaError

Sql = ColumnElement[Any]

NUMERIC = Numeric(asdecimal=True)
ZERO: Sql = literal_column("0::numeric", NUMERIC)
ONE: Sql = literal_column("1::numeric", NUMERIC)


def code(error: FormulaError) -> Sql:
    """An error code as a constant."""
    return literal_column(f"'{error.code}'", SqlText())


def error_when(condition: Sql, error: FormulaError) -> Sql:
    """The error where the condition holds."""
    return case((condition, code(error)))


def number_literal(value: Decimal | int) -> Sql:
    """An exact constant; small ones stand in the text, so that plans can use them."""
    text = format(value if isinstance(value, Decimal) else Decimal(value), "f")
    if len(text) <= 40:
        return literal_column(f"{text}::numeric" if value >= 0 else f"({text}::numeric)", NUMERIC)
    return literal(Decimal(value), NUMERIC)


def integer_literal(value: int) -> Sql:
    """A whole number for SQL's own functions."""
    return literal_column(str(int(value)) if value >= 0 else f"({int(value)})", Integer())


def round_sql(value: Sql, places: int) -> Sql:
    """round(value, places) as a numeric."""
    return func.round(value, integer_literal(places), type_=NUMERIC)


def share_sql(clock: Sql) -> Sql:
    """The part of the day that a time stands for."""
    return round_sql(round_sql(cast(func.extract("epoch", clock), NUMERIC), 40) / number_literal(86400), 20)


def day_serial(day: Sql) -> Sql:
    """A date as Excel's serial."""
    days = cast(day - literal_column("date '1899-12-30'", Date()), NUMERIC)
    return days - case((day < literal_column("date '1900-03-01'", Date()), ONE), else_=ZERO)
