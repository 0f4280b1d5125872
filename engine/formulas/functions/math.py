"""Mathematics: what a calculator knows."""

# The declaration above each function says what it does.
# ruff: noqa: D103

import math
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func

from engine.formulas import numbers
from engine.formulas.functions.base import declare
from engine.formulas.sql_operators import power, quotient
from engine.formulas.sql_parts import Part
from engine.formulas.sql_words import NUMERIC, ZERO, error_when, number_literal, round_sql
from engine.formulas.values import DIV0, NUM, Failed
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler

function = declare("math")

PI_DIGITS = Decimal("3.14159265358979323846")


@function(
    "ABS(number: number) -> number",
    Text("绝对值。", "The number without its sign."),
    [("ABS(-5)", "5")],
    sql=lambda c, x: c.make("number", func.abs(x.value, type_=NUMERIC), whole=x.whole, places=x.places),
)
def ABS(number: Decimal) -> Decimal:
    return number.copy_abs()


@function(
    "SIGN(number: number) -> number",
    Text("正数为 1，零为 0，负数为 -1。", "1, 0 or -1: whether the number is above, at or below zero."),
    [("SIGN(-3)", "-1"), ("SIGN(0)", "0"), ("SIGN(8)", "1")],
    sql=lambda c, x: c.make("number", func.sign(x.value, type_=NUMERIC), whole=1, places=0),
)
def SIGN(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def _mod_sql(c: "Compiler", number: Part, divisor: Part) -> Part:
    x, d = c.once(number), c.once(divisor)
    share = func.floor(
        round_sql(quotient(x.value, func.nullif(d.value, ZERO, type_=NUMERIC)), 15), type_=NUMERIC
    )
    return c.make(
        "number",
        x.value - d.value * share,
        error_when(d.value == ZERO, DIV0),
        whole=max(x.whole, d.whole) + 1,
        places=max(x.places, d.places),
    )


@function(
    "MOD(number: number, divisor: number) -> number",
    Text("除法的余数，符号与除数相同。", "The remainder of a division, with the divisor's sign."),
    [
        ("MOD(7, 3)", "1"),
        ("MOD(-7, 3)", "2"),
        ("MOD(7, -3)", "-2"),
        ("MOD(1, 0)", "#DIV/0!"),
        ("MOD(3.3, 1.1)", "0"),
    ],
    sql=_mod_sql,
)
def MOD(number: Decimal, divisor: Decimal) -> Decimal:
    return numbers.subtract(number, numbers.multiply(divisor, numbers.floor(numbers.divide(number, divisor))))


def _quotient_sql(c: "Compiler", number: Part, divisor: Part) -> Part:
    d = c.once(divisor)
    share = round_sql(quotient(number.value, func.nullif(d.value, ZERO, type_=NUMERIC)), 15)
    return c.make(
        "number",
        func.trunc(share, type_=NUMERIC),
        error_when(d.value == ZERO, DIV0),
        whole=number.whole + d.places,
        places=0,
    )


@function(
    "QUOTIENT(number: number, divisor: number) -> number",
    Text("除法的整数部分。", "The whole part of a division."),
    [("QUOTIENT(7, 2)", "3"), ("QUOTIENT(-7, 2)", "-3")],
    sql=_quotient_sql,
)
def QUOTIENT(number: Decimal, divisor: Decimal) -> Decimal:
    return numbers.truncated(numbers.divide(number, divisor))


def _power_sql(c: "Compiler", base: Part, exponent: Part) -> Part:
    return power(c, base, exponent)


@function(
    "POWER(base: number, exponent: number) -> number",
    Text("乘方，与 ^ 相同。", "A power, as with ^."),
    [("POWER(2, 10)", "1024"), ("POWER(0, 0)", "#NUM!"), ("POWER(-8, 0.5)", "#NUM!"), ("POWER(4, 0.5)", "2")],
    sql=_power_sql,
)
def POWER(base: Decimal, exponent: Decimal) -> Decimal:
    return numbers.power(base, exponent)


def _root_sql(c: "Compiler", number: Part) -> Part:
    x = c.once(number)
    value = round_sql(func.sqrt(round_sql(func.greatest(x.value, ZERO), 40), type_=NUMERIC), 20)
    return c.make("number", value, error_when(x.value < ZERO, NUM), whole=x.whole, places=20)


@function(
    "SQRT(number: number) -> number",
    Text("平方根。", "The square root."),
    [("SQRT(16)", "4"), ("SQRT(-1)", "#NUM!")],
    sql=_root_sql,
)
def SQRT(number: Decimal) -> Decimal:
    return numbers.square_root(number)


def _exp_sql(c: "Compiler", number: Part) -> Part:
    x = c.once(number)
    within = func.least(func.greatest(x.value, number_literal(-60)), number_literal(709))
    value = case(
        (x.value < number_literal(-60), ZERO),
        else_=round_sql(func.exp(round_sql(within, 40), type_=NUMERIC), 20),
    )
    return c.make("number", value, error_when(x.value > number_literal(709), NUM), whole=308, places=20)


@function(
    "EXP(number: number) -> number",
    Text("e 的乘方。", "e raised to a power."),
    [("ROUND(EXP(1), 10)", "2.7182818285"), ("EXP(0)", "1"), ("EXP(1000)", "#NUM!")],
    sql=_exp_sql,
)
def EXP(number: Decimal) -> Decimal:
    if number > 709:
        raise Failed(NUM)
    return numbers.exponential(number)


def _positive(c: "Compiler", number: Part, make: Any) -> Part:
    """A logarithm: #NUM! of zero and below."""
    x = c.once(number)
    inside = case((x.value > ZERO, x.value), else_=number_literal(1))
    return c.make(
        "number",
        round_sql(make(round_sql(inside, 40)), 20),
        error_when(x.value <= ZERO, NUM),
        whole=4,
        places=20,
    )


@function(
    "LN(number: number) -> number",
    Text("自然对数。", "The natural logarithm."),
    [("LN(1)", "0"), ("ROUND(LN(10), 10)", "2.302585093"), ("LN(0)", "#NUM!")],
    sql=lambda c, x: _positive(c, x, lambda v: func.ln(v, type_=NUMERIC)),
)
def LN(number: Decimal) -> Decimal:
    return numbers.logarithm(number)


@function(
    "LOG10(number: number) -> number",
    Text("以 10 为底的对数。", "The logarithm to base 10."),
    [("LOG10(1000)", "3"), ("LOG10(-1)", "#NUM!")],
    sql=lambda c, x: _positive(c, x, lambda v: func.log(v, type_=NUMERIC)),
)
def LOG10(number: Decimal) -> Decimal:
    return numbers.logarithm10(number)


@function(
    "LOG(number: number, base?: number) -> number",
    Text("对数，底数默认为 10。", "The logarithm, to base 10 unless another is given."),
    [("LOG(100)", "2"), ("LOG(8, 2)", "3"), ("LOG(5, 1)", "#DIV/0!")],
)
def LOG(number: Decimal, base: Decimal = Decimal(10)) -> Decimal:
    if base == 10:
        return numbers.logarithm10(number)
    return numbers.logarithm_to(number, base)


@function("PI() -> number", Text("圆周率。", "The number pi."), [("ROUND(PI(), 6)", "3.141593")])
def PI() -> Decimal:
    return PI_DIGITS


@function(
    "PRODUCT(number*: numbers) -> number",
    Text("所有数的乘积。", "All numbers multiplied."),
    [("PRODUCT(2, 3, 4)", "24"), ("PRODUCT({2,3})", "6")],
)
def PRODUCT(values: list[Decimal]) -> Decimal:
    if not values:
        return numbers.ZERO
    made = values[0]
    for value in values[1:]:
        made = numbers.multiply(made, value)
    return made


# --- whole numbers -----------------------------------------------------------------------------------------------------


def _count(number: Decimal, most: int) -> int:
    """A number of things: whole, not negative, at most `most`."""
    whole = numbers.truncated(number)
    if whole < 0 or whole > most:
        raise Failed(NUM)
    return int(whole)


@function(
    "FACT(number: number) -> number",
    Text("阶乘，最多到 170。", "The factorial, up to that of 170."),
    [("FACT(5)", "120"), ("FACT(0)", "1"), ("FACT(-1)", "#NUM!"), ("FACT(171)", "#NUM!")],
)
def FACT(number: Decimal) -> Decimal:
    return Decimal(math.factorial(_count(number, 170)))


@function(
    "COMBIN(number: number, chosen: number) -> number",
    Text("从若干个中选几个，有多少种组合。", "In how many ways so many can be chosen of a number."),
    [("COMBIN(8, 2)", "28"), ("COMBIN(2, 3)", "#NUM!")],
)
def COMBIN(number: Decimal, chosen: Decimal) -> Decimal:
    return _ways(number, chosen, math.comb)


@function(
    "PERMUT(number: number, chosen: number) -> number",
    Text("从若干个中取几个，有多少种排列。", "In how many orders so many can be taken of a number."),
    [("PERMUT(5, 2)", "20")],
)
def PERMUT(number: Decimal, chosen: Decimal) -> Decimal:
    return _ways(number, chosen, math.perm)


def _ways(number: Decimal, chosen: Decimal, ways: Any) -> Decimal:
    n, k = _count(number, 10**15), _count(chosen, 10**15)
    if k > n:
        raise Failed(NUM)
    size = math.lgamma(n + 1) - math.lgamma(n - k + 1) - (math.lgamma(k + 1) if ways is math.comb else 0)
    if size > 709:
        raise Failed(NUM)
    return numbers.bounded(Decimal(ways(n, k)))


@function(
    "GCD(number*: numbers) -> number",
    Text("最大公约数。", "The greatest common divisor."),
    [("GCD(24, 36)", "12"), ("GCD(5, 0)", "5")],
)
def GCD(values: list[Decimal]) -> Decimal:
    return Decimal(math.gcd(*(_count(v, 2**53) for v in values)))


@function(
    "LCM(number*: numbers) -> number",
    Text("最小公倍数。", "The least common multiple."),
    [("LCM(4, 6)", "12")],
)
def LCM(values: list[Decimal]) -> Decimal:
    made = 1
    for value in values:
        made = math.lcm(made, _count(value, 2**53))
        if made > 10**300:
            raise Failed(NUM)
    return Decimal(made)


@function(
    "SUMSQ(number*: numbers) -> number",
    Text("平方和。", "The sum of the squares."),
    [("SUMSQ(3, 4)", "25")],
)
def SUMSQ(values: list[Decimal]) -> Decimal:
    made = numbers.ZERO
    for value in values:
        made = numbers.add(made, numbers.multiply(value, value))
    return made


@function(
    "BASE(number: number, radix: integer, length?: integer) -> text",
    Text(
        "把整数写成另一种进位制，可补零到一定长度。",
        "Writes a whole number to another base, padded with zeros.",
    ),
    [("BASE(7, 2)", "111"), ("BASE(255, 16)", "FF"), ("BASE(7, 2, 8)", "00000111")],
)
def BASE(number: Decimal, radix: int, length: int = 0) -> str:
    if not 2 <= radix <= 36 or not 0 <= length <= 255:
        raise Failed(NUM)
    left, digits = _count(number, 2**53), ""
    while left or not digits:
        left, digit = divmod(left, radix)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    return digits.rjust(length, "0")


@function(
    "DECIMAL(text: text, radix: integer) -> number",
    Text("把另一种进位制的数读成十进制。", "Reads a number written to another base."),
    [('DECIMAL("FF", 16)', "255"), ('DECIMAL("zap", 36)', "45745")],
)
def DECIMAL(text: str, radix: int) -> Decimal:
    if not 2 <= radix <= 36 or len(text) > 255:
        raise Failed(NUM)
    try:
        return numbers.bounded(Decimal(int(text, radix)))
    except ValueError:
        raise Failed(NUM) from None


# --- angles --------------------------------------------------------------------------------------------------------------


def _angle(name: str, zh: str, en: str, examples: list[tuple[str, str]], compute: Any) -> Any:
    """A trigonometric function: by floating point, to 15 digits."""

    def python(number: Decimal) -> Decimal:
        try:
            return numbers.from_float(compute(float(number)))
        except (ValueError, OverflowError):
            raise Failed(NUM) from None

    return function(f"{name}(number: number) -> number", Text(zh, en), examples)(python)


SIN = _angle(
    "SIN", "正弦（弧度）。", "The sine of an angle in radians.", [("ROUND(SIN(PI()/2), 10)", "1")], math.sin
)
COS = _angle("COS", "余弦（弧度）。", "The cosine of an angle in radians.", [("COS(0)", "1")], math.cos)
TAN = _angle(
    "TAN",
    "正切（弧度）。",
    "The tangent of an angle in radians.",
    [("ROUND(TAN(PI()/4), 10)", "1")],
    math.tan,
)
ASIN = _angle(
    "ASIN",
    "反正弦。",
    "The angle with this sine.",
    [("ROUND(ASIN(1), 6)", "1.570796"), ("ASIN(2)", "#NUM!")],
    math.asin,
)
ACOS = _angle("ACOS", "反余弦。", "The angle with this cosine.", [("ACOS(1)", "0")], math.acos)
ATAN = _angle(
    "ATAN", "反正切。", "The angle with this tangent.", [("ROUND(ATAN(1), 6)", "0.785398")], math.atan
)


@function(
    "ATAN2(x: number, y: number) -> number",
    Text("一点的方位角（弧度）。", "The angle, in radians, of the point (x, y)."),
    [("ROUND(ATAN2(1, 1), 6)", "0.785398"), ("ATAN2(0, 0)", "#DIV/0!")],
)
def ATAN2(x: Decimal, y: Decimal) -> Decimal:
    if not x and not y:
        raise Failed(DIV0)
    return numbers.from_float(math.atan2(float(y), float(x)))


@function(
    "DEGREES(angle: number) -> number",
    Text("弧度换成度。", "Radians to degrees."),
    [("ROUND(DEGREES(PI()), 6)", "180")],
)
def DEGREES(angle: Decimal) -> Decimal:
    return numbers.divide(numbers.multiply(angle, Decimal(180)), PI_DIGITS)


@function(
    "RADIANS(angle: number) -> number",
    Text("度换成弧度。", "Degrees to radians."),
    [("ROUND(RADIANS(180), 6)", "3.141593")],
)
def RADIANS(angle: Decimal) -> Decimal:
    return numbers.divide(numbers.multiply(angle, PI_DIGITS), Decimal(180))


# --- chance --------------------------------------------------------------------------------------------------------------


@function(
    "RAND() -> number",
    Text("0 到 1 之间的随机数，每次计算都不同。", "A random number from 0 to 1, another one each time."),
    [("RAND() < 1", "TRUE")],
    volatile=True,
)
def RAND() -> Decimal:
    return Decimal(random.randrange(10**15)).scaleb(-15)


@function(
    "RANDBETWEEN(lowest: number, highest: number) -> number",
    Text("两个整数之间（含两端）的随机整数。", "A random whole number between two, both included."),
    [("RANDBETWEEN(3, 3)", "3"), ("RANDBETWEEN(2, 1)", "#NUM!")],
    volatile=True,
)
def RANDBETWEEN(lowest: Decimal, highest: Decimal) -> int:
    low, high = numbers.ceiling(lowest), numbers.floor(highest)
    if low > high or abs(low) > 10**15 or abs(high) > 10**15:
        raise Failed(NUM)
    return random.randint(int(low), int(high))
