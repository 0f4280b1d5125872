"""Exact decimals: the context, rounding, and how a number is written as text.

A number has up to 308 digits before the point and 40 after it. Sums and products are exact within that;
division, powers and inexact functions are rounded half up to 20 places; comparisons, INT and the ROUND family
first round to 15 places, so that INT(1/3*3) is 1.
"""

import math
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_05UP,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from engine.formulas.values import DIV0, NUM, Failed

PLACES = 20
MAX_PLACES = 40
STEADY_PLACES = 15
MAX_EXPONENT = 307

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]
# 308 digits before the point and 40 after it fit; small numbers cost the same in it as in one of 60 digits.
EXACT = Context(prec=400, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=_TRAPS)
# ROUND_05UP keeps what the second rounding needs to know, so that rounding twice gives what rounding once would.
_NARROW = Context(prec=60, rounding=ROUND_05UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=_TRAPS)
_WIDE = Context(prec=400, rounding=ROUND_05UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=_TRAPS)

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
_UNITS = {places: Decimal(1).scaleb(-places) for places in range(-310, 61)}


def bounded(number: Decimal) -> Decimal:
    """The number, unless it is out of range: #NUM!. Places beyond the 40th are rounded away."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise Failed(NUM)
    if exponent < -MAX_PLACES:
        number = EXACT.quantize(number, _UNITS[MAX_PLACES])
    if len(digits) + exponent > MAX_EXPONENT + 1 and number:
        raise Failed(NUM)
    return number


def add(a: Decimal, b: Decimal) -> Decimal:
    """a + b."""
    return EXACT.add(a, b)


def subtract(a: Decimal, b: Decimal) -> Decimal:
    """a - b."""
    return EXACT.subtract(a, b)


def multiply(a: Decimal, b: Decimal) -> Decimal:
    """a * b, at most 40 places."""
    return bounded(EXACT.multiply(a, b))


def divide(a: Decimal, b: Decimal) -> Decimal:
    """a / b rounded half up to 20 places; #DIV/0! for b = 0."""
    if not b:
        raise Failed(DIV0)
    context = _NARROW if a.adjusted() - b.adjusted() < 30 else _WIDE
    return inexact(context.divide(a, b))


def inexact(number: Decimal) -> Decimal:
    """The result of an inexact function, rounded half up to 20 places."""
    if number and number.adjusted() > MAX_EXPONENT:
        raise Failed(NUM)
    return EXACT.quantize(number, _UNITS[PLACES])


def steady(number: Decimal) -> Decimal:
    """Rounded to 15 places, as comparisons and the ROUND family see it."""
    return round_places(number, STEADY_PLACES)


def round_places(number: Decimal, places: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Rounded to `places` (negative: tens, hundreds …), by default half away from zero."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -places:
        return number
    return number.quantize(_UNITS[max(places, -310)], rounding, EXACT) or ZERO


def floor(number: Decimal) -> Decimal:
    """The largest whole number not above."""
    return round_places(steady(number), 0, ROUND_FLOOR)


def ceiling(number: Decimal) -> Decimal:
    """The smallest whole number not below."""
    return round_places(steady(number), 0, ROUND_CEILING)


def truncated(number: Decimal) -> Decimal:
    """The whole part, towards zero."""
    return round_places(steady(number), 0, ROUND_DOWN)


def power(base: Decimal, exponent: Decimal) -> Decimal:
    """base ^ exponent with Excel's errors: 0^0 and a root of a negative are #NUM!, 0^-1 is #DIV/0!."""
    if not base:
        if not exponent:
            raise Failed(NUM)
        if exponent < 0:
            raise Failed(DIV0)
        return ZERO
    whole = exponent == exponent.to_integral_value(context=EXACT)
    if base < 0 and not whole:
        raise Failed(NUM)
    # a rough logarithm first: nothing that can't be shown is ever computed
    digits = exponent * Decimal(repr(_log10(base.copy_abs())))
    if digits > MAX_EXPONENT + 1:
        raise Failed(NUM)
    if digits < -PLACES - 2:
        return ZERO
    if whole and abs(exponent) <= 512:
        return inexact(EXACT.power(base, int(exponent)))
    context = _NARROW if digits < 30 else _WIDE
    return inexact(context.power(base, exponent))


def _log10(number: Decimal) -> float:
    mantissa = number.scaleb(-number.adjusted(), EXACT)
    return math.log10(float(mantissa)) + number.adjusted()


def square_root(number: Decimal) -> Decimal:
    """The square root; #NUM! of a negative."""
    if number < 0:
        raise Failed(NUM)
    return inexact((_NARROW if number.adjusted() < 60 else _WIDE).sqrt(number))


def exponential(number: Decimal) -> Decimal:
    """e ^ number."""
    if number > 710:
        raise Failed(NUM)
    if number < -60:
        return ZERO
    return inexact((_NARROW if number < 60 else _WIDE).exp(number))


def logarithm(number: Decimal) -> Decimal:
    """The natural logarithm; #NUM! of zero and below."""
    if number <= 0:
        raise Failed(NUM)
    return inexact(_NARROW.ln(number))


def logarithm10(number: Decimal) -> Decimal:
    """The logarithm to base 10; #NUM! of zero and below."""
    if number <= 0:
        raise Failed(NUM)
    return inexact(_NARROW.log10(number))


def logarithm_to(number: Decimal, base: Decimal) -> Decimal:
    """The logarithm to a base, rounded once: LOG(8, 2) is 3."""
    if number <= 0 or base <= 0:
        raise Failed(NUM)
    if base == ONE:
        raise Failed(DIV0)
    return inexact(_NARROW.divide(_NARROW.ln(number), _NARROW.ln(base)))


def from_float(number: float) -> Decimal:
    """A float's result (trigonometry) as a decimal of 15 significant digits."""
    if number != number or number in (float("inf"), float("-inf")):
        raise Failed(NUM)
    return inexact(Decimal(f"{number:.15g}"))


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    if not number:
        return ZERO
    exponent = number.as_tuple().exponent
    if exponent == 0:
        return number
    short = EXACT.normalize(number)
    return short if short.as_tuple().exponent <= 0 else EXACT.quantize(short, ONE)  # type: ignore[operator]


def number_text(number: Decimal) -> str:
    """A number as text, as Excel's General writes it.

    Exact decimals of up to 10 places are written in full, longer ones with 15 significant digits;
    from 1E+21 on with an exponent.
    """
    if not number:
        return "0"
    if round_places(number, 10) != number:
        number = round_places(number, shown_places(number))
        if not number:
            return "0"
    if number.adjusted() >= 21:
        mantissa = EXACT.normalize(Context(prec=15, rounding=ROUND_HALF_UP).plus(number))
        return f"{format(mantissa.scaleb(-mantissa.adjusted()), 'f')}E+{mantissa.adjusted()}"
    return format(plain(number), "f")


def shown_places(number: Decimal) -> int:
    """How many places 15 significant digits leave, at most 20."""
    return max(0, min(PLACES, STEADY_PLACES - 1 - number.adjusted()))
