"""Rounding: Excel's ROUND family. All of it first rounds to 15 places, so that ROUND(1.005 * 100, 0) is what it says."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func

from engine.formulas import numbers
from engine.formulas.functions.base import declare
from engine.formulas.sql_operators import quotient
from engine.formulas.sql_parts import Part, steady_sql
from engine.formulas.sql_words import (
    NUMERIC,
    ZERO,
    Sql,
    error_when,
    integer_literal,
    number_literal,
    round_sql,
)
from engine.formulas.values import DIV0, NUM, Failed
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler

function = declare("math")


def rounded(number: Decimal, digits: int, rounding: str) -> Decimal:
    """Rounded to `digits` places after the steadying rounding to 15."""
    if digits > 40:
        return numbers.steady(number)
    return numbers.round_places(numbers.steady(number), max(digits, -309), rounding)


def _digits(part: Part | None) -> tuple[Any, int]:
    """The digits as SQL, and how many places the result has at most."""
    if part is None:
        return integer_literal(0), 0
    known = part.whole_constant()
    if known is not None:
        return integer_literal(max(min(known, 40), -309)), max(min(known, 15), 0)
    return func.least(func.greatest(part.value, -309), 40), 15


def _round_sql(c: "Compiler", number: Part, digits: Part | None = None) -> Part:
    places, bound = _digits(digits)
    return c.make(
        "number", func.round(steady_sql(number), places, type_=NUMERIC), whole=number.whole + 1, places=bound
    )


@function(
    "ROUND(number: number, digits: integer) -> number",
    Text(
        "四舍五入到几位小数；负数表示到十位、百位。",
        "Rounds half away from zero to so many places; negative: tens, hundreds.",
    ),
    [
        ("ROUND(2.5, 0)", "3"),
        ("ROUND(-2.5, 0)", "-3"),
        ("ROUND(1.005, 2)", "1.01"),
        ("ROUND(1234, -2)", "1200"),
    ],
    sql=_round_sql,
)
def ROUND(number: Decimal, digits: int) -> Decimal:
    return rounded(number, digits, ROUND_HALF_UP)


def _trunc_sql(c: "Compiler", number: Part, digits: Part | None = None) -> Part:
    places, bound = _digits(digits)
    return c.make(
        "number", func.trunc(steady_sql(number), places, type_=NUMERIC), whole=number.whole, places=bound
    )


@function(
    "ROUNDDOWN(number: number, digits: integer) -> number",
    Text("向零舍去到几位小数。", "Rounds towards zero to so many places."),
    [("ROUNDDOWN(3.19, 1)", "3.1"), ("ROUNDDOWN(-3.19, 1)", "-3.1")],
    sql=_trunc_sql,
)
def ROUNDDOWN(number: Decimal, digits: int) -> Decimal:
    return rounded(number, digits, ROUND_DOWN)


@function(
    "TRUNC(number: number, digits?: integer) -> number",
    Text("截去小数部分，或只留几位小数。", "Cuts the places off, or all but so many."),
    [("TRUNC(8.9)", "8"), ("TRUNC(-8.9)", "-8"), ("TRUNC(3.14159, 2)", "3.14")],
    sql=_trunc_sql,
)
def TRUNC(number: Decimal, digits: int = 0) -> Decimal:
    return rounded(number, digits, ROUND_DOWN)


def _roundup_sql(c: "Compiler", number: Part, digits: Part) -> Part:
    number = c.once(number)
    places, bound = _digits(digits)
    steady = steady_sql(number)
    cut = func.trunc(steady, places, type_=NUMERIC)
    unit: Sql = func.power(number_literal(10), -places, type_=NUMERIC)
    known = digits.whole_constant()
    if known is not None:
        unit = number_literal(Decimal(1).scaleb(-max(min(known, 40), -309)))
    value = case((cut == steady, cut), else_=cut + func.sign(steady, type_=NUMERIC) * unit)
    return c.make(
        "number",
        value,
        whole=number.whole + 310 if known is None else max(number.whole, -known) + 1,
        places=bound,
    )


@function(
    "ROUNDUP(number: number, digits: integer) -> number",
    Text("远离零进位到几位小数。", "Rounds away from zero to so many places."),
    [("ROUNDUP(3.11, 1)", "3.2"), ("ROUNDUP(-3.11, 1)", "-3.2"), ("ROUNDUP(1200, -3)", "2000")],
    sql=_roundup_sql,
)
def ROUNDUP(number: Decimal, digits: int) -> Decimal:
    return rounded(number, digits, ROUND_UP)


@function(
    "INT(number: number) -> number",
    Text("向下取整。", "Rounds down to a whole number."),
    [("INT(8.9)", "8"), ("INT(-8.9)", "-9"), ("INT(1/3*3)", "1")],
    sql=lambda c, x: c.make("number", func.floor(steady_sql(x), type_=NUMERIC), whole=x.whole + 1, places=0),
)
def INT(number: Decimal) -> Decimal:
    return numbers.floor(number)


def _multiple(number: Decimal, step: Decimal, up: bool) -> Decimal:
    """The multiple of `step` at or above (below) the number."""
    share = numbers.divide(number, step)
    return numbers.multiply(numbers.ceiling(share) if up else numbers.floor(share), step)


def _multiple_sql(c: "Compiler", number: Part, step: Part, up: bool, floor: bool) -> Part:
    x, s = c.once(number), c.once(step)
    share = round_sql(quotient(x.value, func.nullif(s.value, ZERO, type_=NUMERIC)), 15)
    value: Sql = (func.ceil(share, type_=NUMERIC) if up else func.floor(share, type_=NUMERIC)) * s.value
    value = case((x.value == ZERO, ZERO), (s.value == ZERO, ZERO), else_=value)
    error: Sql = error_when((x.value > ZERO) & (s.value < ZERO), NUM)
    if floor:
        error = case(
            (error.is_not(None), error),
            ((s.value == ZERO) & (x.value != ZERO), error_when(s.value == ZERO, DIV0)),
        )
    return c.make("number", value, error, whole=max(x.whole, s.whole) + 1, places=s.places)


@function(
    "CEILING(number: number, step: number) -> number",
    Text("向上取到步长的倍数。", "Rounds up to a multiple of the step."),
    [
        ("CEILING(2.5, 1)", "3"),
        ("CEILING(-2.5, -2)", "-4"),
        ("CEILING(-2.5, 2)", "-2"),
        ("CEILING(2.5, -2)", "#NUM!"),
        ("CEILING(1.5, 0.1)", "1.5"),
    ],
    sql=lambda c, x, s: _multiple_sql(c, x, s, True, False),
)
def CEILING(number: Decimal, step: Decimal) -> Decimal:
    if not number or not step:
        return numbers.ZERO
    if number > 0 > step:
        raise Failed(NUM)
    return _multiple(number, step, True)


@function(
    "FLOOR(number: number, step: number) -> number",
    Text("向下取到步长的倍数。", "Rounds down to a multiple of the step."),
    [
        ("FLOOR(3.7, 2)", "2"),
        ("FLOOR(-2.5, -2)", "-2"),
        ("FLOOR(2.5, -2)", "#NUM!"),
        ("FLOOR(2, 0)", "#DIV/0!"),
    ],
    sql=lambda c, x, s: _multiple_sql(c, x, s, False, True),
)
def FLOOR(number: Decimal, step: Decimal) -> Decimal:
    if not number:
        return numbers.ZERO
    if number > 0 > step:
        raise Failed(NUM)
    if not step:
        raise Failed(DIV0)
    return _multiple(number, step, False)


@function(
    "CEILING.MATH(number: number, step?: number, mode?: number) -> number",
    Text(
        "向上取到步长的倍数；mode 不为 0 时负数远离零。",
        "Rounds up to a multiple of the step; with a mode, negatives away from zero.",
    ),
    [
        ("CEILING.MATH(24.3, 5)", "25"),
        ("CEILING.MATH(-8.1, 2)", "-8"),
        ("CEILING.MATH(-5.5, 2, -1)", "-6"),
        ("CEILING.MATH(6.7)", "7"),
    ],
)
def CEILING_MATH(number: Decimal, step: Decimal = Decimal(1), mode: Decimal = Decimal(0)) -> Decimal:
    if not number or not step:
        return numbers.ZERO
    return _multiple(number, step.copy_abs(), not (number < 0 and mode))


@function(
    "FLOOR.MATH(number: number, step?: number, mode?: number) -> number",
    Text(
        "向下取到步长的倍数；mode 不为 0 时负数朝向零。",
        "Rounds down to a multiple of the step; with a mode, negatives towards zero.",
    ),
    [
        ("FLOOR.MATH(24.3, 5)", "20"),
        ("FLOOR.MATH(-8.1, 2)", "-10"),
        ("FLOOR.MATH(-5.5, 2, -1)", "-4"),
        ("FLOOR.MATH(6.7)", "6"),
    ],
)
def FLOOR_MATH(number: Decimal, step: Decimal = Decimal(1), mode: Decimal = Decimal(0)) -> Decimal:
    if not number or not step:
        return numbers.ZERO
    return _multiple(number, step.copy_abs(), bool(number < 0 and mode))


@function(
    "MROUND(number: number, step: number) -> number",
    Text("四舍五入到步长的倍数。", "Rounds to the nearest multiple of the step."),
    [
        ("MROUND(10, 3)", "9"),
        ("MROUND(-10, -3)", "-9"),
        ("MROUND(1.3, 0.2)", "1.4"),
        ("MROUND(5, -2)", "#NUM!"),
    ],
)
def MROUND(number: Decimal, step: Decimal) -> Decimal:
    if not number or not step:
        return numbers.ZERO
    if (number > 0) != (step > 0):
        raise Failed(NUM)
    share = numbers.round_places(numbers.steady(numbers.divide(number, step)), 0)
    return numbers.multiply(share, step)


def _to_parity(number: Decimal, odd: bool) -> Decimal:
    whole = numbers.round_places(numbers.steady(number.copy_abs()), 0, ROUND_UP)
    if int(whole) % 2 != odd:
        whole = numbers.add(whole, numbers.ONE)
    return whole.copy_negate() if number < 0 else whole


@function(
    "EVEN(number: number) -> number",
    Text("远离零取到偶数。", "Rounds away from zero to an even number."),
    [("EVEN(1.5)", "2"), ("EVEN(3)", "4"), ("EVEN(-1)", "-2"), ("EVEN(0)", "0")],
)
def EVEN(number: Decimal) -> Decimal:
    return _to_parity(number, False)


@function(
    "ODD(number: number) -> number",
    Text("远离零取到奇数。", "Rounds away from zero to an odd number."),
    [("ODD(1.5)", "3"), ("ODD(2)", "3"), ("ODD(-2)", "-3"), ("ODD(0)", "1")],
)
def ODD(number: Decimal) -> Decimal:
    return _to_parity(number, True)
