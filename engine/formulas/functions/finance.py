"""Finance: payments, present and future value, returns."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.formulas import numbers
from engine.formulas.functions.base import declare, numbers_in
from engine.formulas.values import DIV0, NUM, Failed
from engine.platform.i18n import Text

function = declare("math")

ZERO, ONE = numbers.ZERO, numbers.ONE


def _growth(rate: Decimal, periods: Decimal) -> Decimal:
    """(1 + rate) ^ periods."""
    return numbers.power(numbers.add(ONE, rate), periods)


def _annuity(rate: Decimal, growth: Decimal, start: Decimal) -> Decimal:
    """What payments of 1 have grown to; `start` is 1 for payments at the beginning of a period."""
    grown = numbers.divide(numbers.subtract(growth, ONE), rate)
    return numbers.multiply(grown, numbers.add(ONE, numbers.multiply(rate, ONE if start else ZERO)))


def payment(rate: Decimal, periods: Decimal, present: Decimal, future: Decimal, start: Decimal) -> Decimal:
    """The payment of a loan."""
    if not periods:
        raise Failed(NUM)
    if not rate:
        return numbers.divide(numbers.add(present, future), periods).copy_negate()
    growth = _growth(rate, periods)
    owed = numbers.add(numbers.multiply(present, growth), future)
    return numbers.divide(owed, _annuity(rate, growth, start)).copy_negate()


def future_value(rate: Decimal, periods: Decimal, paid: Decimal, present: Decimal, start: Decimal) -> Decimal:
    """What a loan or saving has become."""
    if not rate:
        return numbers.add(present, numbers.multiply(paid, periods)).copy_negate()
    growth = _growth(rate, periods)
    return numbers.add(
        numbers.multiply(present, growth), numbers.multiply(paid, _annuity(rate, growth, start))
    ).copy_negate()


@function(
    "PMT(rate: number, periods: number, present: number, future?: number, start?: number) -> number",
    Text("贷款每期的还款额。", "The payment of a loan in each period."),
    [("ROUND(PMT(0.08/12, 10, 10000), 2)", "-1037.03"), ("PMT(0, 10, 1000)", "-100")],
)
def PMT(
    rate: Decimal, periods: Decimal, present: Decimal, future: Decimal = ZERO, start: Decimal = ZERO
) -> Decimal:
    return payment(rate, periods, present, future, start)


@function(
    "FV(rate: number, periods: number, payment: number, present?: number, start?: number) -> number",
    Text("定期存款的终值。", "The future value of regular payments."),
    [("ROUND(FV(0.06/12, 10, -200, -500, 1), 2)", "2581.4")],
)
def FV(
    rate: Decimal, periods: Decimal, paid: Decimal, present: Decimal = ZERO, start: Decimal = ZERO
) -> Decimal:
    return future_value(rate, periods, paid, present, start)


@function(
    "PV(rate: number, periods: number, payment: number, future?: number, start?: number) -> number",
    Text("现值。", "The present value of regular payments."),
    [("ROUND(PV(0.08/12, 240, 500), 2)", "-59777.15")],
)
def PV(
    rate: Decimal, periods: Decimal, paid: Decimal, future: Decimal = ZERO, start: Decimal = ZERO
) -> Decimal:
    if not rate:
        return numbers.add(future, numbers.multiply(paid, periods)).copy_negate()
    growth = _growth(rate, periods)
    value = numbers.add(future, numbers.multiply(paid, _annuity(rate, growth, start)))
    return numbers.divide(value, growth).copy_negate()


@function(
    "NPER(rate: number, payment: number, present: number, future?: number, start?: number) -> number",
    Text("还清需要的期数。", "How many periods it takes."),
    [("ROUND(NPER(0.01, -100, 1000), 4)", "10.5886")],
)
def NPER(
    rate: Decimal, paid: Decimal, present: Decimal, future: Decimal = ZERO, start: Decimal = ZERO
) -> Decimal:
    if not rate:
        return numbers.divide(numbers.add(present, future), paid).copy_negate()
    due = numbers.multiply(paid, numbers.add(ONE, numbers.multiply(rate, ONE if start else ZERO)))
    top = numbers.subtract(due, numbers.multiply(future, rate))
    bottom = numbers.add(numbers.multiply(present, rate), due)
    share = numbers.divide(top, bottom)
    return numbers.divide(numbers.logarithm(share), numbers.logarithm(numbers.add(ONE, rate)))


@function(
    "IPMT(rate: number, period: number, periods: number, present: number, future?: number, start?: number) -> number",
    Text("某一期还款里的利息。", "The interest in one payment."),
    [("ROUND(IPMT(0.1/12, 1, 36, 8000), 2)", "-66.67")],
)
def IPMT(
    rate: Decimal,
    period: Decimal,
    periods: Decimal,
    present: Decimal,
    future: Decimal = ZERO,
    start: Decimal = ZERO,
) -> Decimal:
    if not 1 <= period <= periods:
        raise Failed(NUM)
    if start and period == 1:
        return ZERO
    paid = payment(rate, periods, present, future, start)
    owed = future_value(rate, numbers.subtract(period, ONE), paid, present, start)
    interest = numbers.multiply(owed, rate)
    return numbers.divide(interest, numbers.add(ONE, rate)) if start else interest


@function(
    "PPMT(rate: number, period: number, periods: number, present: number, future?: number, start?: number) -> number",
    Text("某一期还款里的本金。", "What one payment pays back."),
    [("ROUND(PPMT(0.1/12, 1, 24, 2000), 2)", "-75.62")],
)
def PPMT(
    rate: Decimal,
    period: Decimal,
    periods: Decimal,
    present: Decimal,
    future: Decimal = ZERO,
    start: Decimal = ZERO,
) -> Decimal:
    interest = IPMT.python(rate, period, periods, present, future, start)
    return numbers.subtract(payment(rate, periods, present, future, start), interest)


@function(
    "NPV(rate: number, value*: numbers) -> number",
    Text("净现值。", "The net present value of payments at the end of each period."),
    [("ROUND(NPV(0.1, -10000, 3000, 4200, 6800), 2)", "1188.44")],
)
def NPV(rate: Decimal, values: list[Decimal]) -> Decimal:
    return _net(rate, values, 1)


def _net(rate: Decimal, values: list[Decimal], first: int) -> Decimal:
    if rate == -1:
        raise Failed(DIV0)
    factor, made = numbers.divide(ONE, numbers.add(ONE, rate)), ZERO
    weight = factor if first else ONE
    for value in values:
        made = numbers.add(made, numbers.multiply(value, weight))
        weight = numbers.inexact(numbers.multiply(weight, factor))
    return made


@function(
    "IRR(list: list, guess?: number) -> number",
    Text("内部收益率。", "The internal rate of return."),
    [("ROUND(IRR({-70000,12000,15000,18000,21000,26000}), 4)", "0.0866"), ("IRR({1,2})", "#NUM!")],
)
def IRR(values: list[Any], guess: Decimal = Decimal("0.1")) -> Decimal:
    flows = [float(value) for value in numbers_in(values)]
    if len(flows) > 5000 or not any(v > 0 for v in flows) or not any(v < 0 for v in flows):
        raise Failed(NUM)
    return _solve(lambda rate: sum(v / (1 + rate) ** i for i, v in enumerate(flows)), float(guess))


@function(
    "RATE(periods: number, payment: number, present: number, future?: number, start?: number, guess?: number) -> number",
    Text("每期利率。", "The interest rate of a period."),
    [("ROUND(RATE(48, -200, 8000), 4)", "0.0077")],
)
def RATE(
    periods: Decimal,
    paid: Decimal,
    present: Decimal,
    future: Decimal = ZERO,
    start: Decimal = ZERO,
    guess: Decimal = Decimal("0.1"),
) -> Decimal:
    n, p, pv, fv, due = (float(value) for value in (periods, paid, present, future, start))

    def owed(rate: float) -> float:
        if abs(rate) < 1e-12:
            return pv + p * n + fv
        growth = (1 + rate) ** n
        return pv * growth + p * (1 + rate * (1 if due else 0)) * (growth - 1) / rate + fv

    return _solve(owed, float(guess))


def _solve(function: Callable[[float], float], guess: float) -> Decimal:
    """A root by Newton's method with a secant slope; #NUM! if none is found."""
    rate = guess
    try:
        for _ in range(100):
            value = function(rate)
            step = 1e-6 * max(1.0, abs(rate))
            slope = (function(rate + step) - value) / step
            if not slope:
                break
            nearer = rate - value / slope
            if nearer <= -1:
                nearer = (rate - 1) / 2
            if abs(nearer - rate) < 1e-13:
                return numbers.from_float(nearer)
            rate = nearer
        if abs(function(rate)) < 1e-7:
            return numbers.from_float(rate)
    except (OverflowError, ZeroDivisionError, ValueError):
        pass
    raise Failed(NUM)


@function(
    "SLN(cost: number, salvage: number, life: number) -> number",
    Text("直线法折旧。", "Depreciation in equal parts."),
    [("SLN(30000, 7500, 10)", "2250")],
)
def SLN(cost: Decimal, salvage: Decimal, life: Decimal) -> Decimal:
    return numbers.divide(numbers.subtract(cost, salvage), life)


@function(
    "EFFECT(rate: number, periods: integer) -> number",
    Text("由名义年利率得到实际年利率。", "The effective yearly rate of a nominal one."),
    [("ROUND(EFFECT(0.0525, 4), 6)", "0.053543")],
)
def EFFECT(rate: Decimal, periods: int) -> Decimal:
    if rate <= 0 or periods < 1:
        raise Failed(NUM)
    return numbers.subtract(_growth(numbers.divide(rate, Decimal(periods)), Decimal(periods)), ONE)


@function(
    "NOMINAL(rate: number, periods: integer) -> number",
    Text("由实际年利率得到名义年利率。", "The nominal yearly rate of an effective one."),
    [("ROUND(NOMINAL(0.053543, 4), 4)", "0.0525")],
)
def NOMINAL(rate: Decimal, periods: int) -> Decimal:
    if rate <= 0 or periods < 1:
        raise Failed(NUM)
    root = numbers.power(numbers.add(ONE, rate), numbers.divide(ONE, Decimal(periods)))
    return numbers.multiply(numbers.subtract(root, ONE), Decimal(periods))
