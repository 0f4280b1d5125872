"""Statistics: middle values, spread, ranks."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from collections import Counter
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import cast, func

from engine.formulas import coerce, numbers
from engine.formulas.functions.aggregate import total
from engine.formulas.functions.base import declare, numbers_in
from engine.formulas.functions.rounding import rounded
from engine.formulas.sql_lists import figure, list_error
from engine.formulas.sql_parts import Part, RowOnly, first_error
from engine.formulas.sql_words import NUMERIC, error_when
from engine.formulas.values import DIV0, NA, NUM, Failed, FormulaError
from engine.formulas.values import NUM as SQL_NUM
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler

function = declare("aggregate")


def mean(values: list[Decimal]) -> Decimal:
    """The average; #DIV/0! of nothing."""
    return numbers.divide(total(values), Decimal(len(values)))


def _median_sql(c: "Compiler", *parts: Part) -> Part:
    if len(parts) != 1 or parts[0].source is None:
        raise RowOnly(
            Text("多个值的中位数只能逐行计算。", "The median of several arguments is worked out row by row.")
        )
    part, source = parts[0], parts[0].source
    value = figure(part)
    # the two values in the middle of the ordered list, exactly: percentile_cont would go through floating point
    low = c.total(source, func.percentile_disc(0.5).within_group(value.asc()).filter(value.is_not(None)))
    high = c.total(source, func.percentile_disc(0.5).within_group(value.desc()).filter(value.is_not(None)))
    made = c.once(c.make("number", (low + high) * cast(0.5, NUMERIC), weight=20))
    return c.make(
        "number",
        made.value,
        first_error([list_error(c, part), error_when(made.value.is_(None), SQL_NUM)]),
        whole=part.whole,
        places=part.places + 1,
    )


@function(
    "MEDIAN(number*: numbers) -> number",
    Text("中位数。", "The middle value."),
    [("MEDIAN(1, 9, 3)", "3"), ("MEDIAN(1, 2, 3, 4)", "2.5"), ('MEDIAN({"x"})', "#NUM!")],
    sql=_median_sql,
)
def MEDIAN(values: list[Decimal]) -> Decimal:
    return quantile(sorted(values), Decimal("0.5"))


def quantile(ordered: list[Decimal], share: Decimal) -> Decimal:
    """The value at a share of the ordered list, between its neighbours; #NUM! of nothing."""
    if not ordered or not 0 <= share <= 1:
        raise Failed(NUM)
    place = numbers.multiply(Decimal(len(ordered) - 1), share)
    below = int(numbers.floor(place))
    if below >= len(ordered) - 1:
        return ordered[-1]
    rest = numbers.subtract(place, Decimal(below))
    step = numbers.subtract(ordered[below + 1], ordered[below])
    return numbers.add(ordered[below], numbers.multiply(step, rest))


@function(
    "MODE(number*: numbers) -> number",
    Text("出现最多的数；都只出现一次时为 #N/A。", "The most frequent number; #N/A if none comes twice."),
    [("MODE(1, 2, 2, 3)", "2"), ("MODE(1, 2)", "#N/A")],
)
def MODE(values: list[Decimal]) -> Decimal:
    counted = Counter(values)
    if not counted or max(counted.values()) < 2:
        raise Failed(NA)
    return counted.most_common(1)[0][0]


def spread(values: list[Decimal], whole: bool) -> Decimal:
    """The variance of a sample, or of the whole."""
    count = len(values) if whole else len(values) - 1
    if count < 1:
        raise Failed(DIV0)
    middle = mean(values)
    made = numbers.ZERO
    for value in values:
        away = numbers.subtract(value, middle)
        made = numbers.add(made, numbers.multiply(away, away))
    return numbers.divide(made, Decimal(count))


@function(
    "VAR.S(number*: numbers) -> number",
    Text("样本方差。", "The variance of a sample."),
    [("VAR.S(1, 2, 3, 4)", "1.66666666666667"), ("VAR.S(1)", "#DIV/0!")],
)
def VAR_S(values: list[Decimal]) -> Decimal:
    return spread(values, False)


@function("VAR(number*: numbers) -> number", Text("样本方差，同 VAR.S。", "As VAR.S."), [("VAR(1, 3)", "2")])
def VAR(values: list[Decimal]) -> Decimal:
    return spread(values, False)


@function(
    "VAR.P(number*: numbers) -> number",
    Text("总体方差。", "The variance of a whole."),
    [("VAR.P(1, 3)", "1")],
)
def VAR_P(values: list[Decimal]) -> Decimal:
    return spread(values, True)


@function(
    "STDEV.S(number*: numbers) -> number",
    Text("样本标准差。", "The standard deviation of a sample."),
    [("ROUND(STDEV.S(2, 4, 4, 4, 5, 5, 7, 9), 4)", "2.1381")],
)
def STDEV_S(values: list[Decimal]) -> Decimal:
    return numbers.square_root(spread(values, False))


@function(
    "STDEV(number*: numbers) -> number",
    Text("样本标准差，同 STDEV.S。", "As STDEV.S."),
    [("ROUND(STDEV(1, 2), 6)", "0.707107")],
)
def STDEV(values: list[Decimal]) -> Decimal:
    return numbers.square_root(spread(values, False))


@function(
    "STDEV.P(number*: numbers) -> number",
    Text("总体标准差。", "The standard deviation of a whole."),
    [("STDEV.P(2, 4, 4, 4, 5, 5, 7, 9)", "2")],
)
def STDEV_P(values: list[Decimal]) -> Decimal:
    return numbers.square_root(spread(values, True))


@function(
    "AVEDEV(number*: numbers) -> number",
    Text("与平均值的平均距离。", "The average distance from the average."),
    [("AVEDEV(1, 2, 3, 4)", "1")],
)
def AVEDEV(values: list[Decimal]) -> Decimal:
    middle = mean(values)
    return mean([numbers.subtract(value, middle).copy_abs() for value in values])


@function(
    "GEOMEAN(number*: numbers) -> number",
    Text("几何平均数。", "The geometric mean."),
    [("ROUND(GEOMEAN(4, 9), 6)", "6"), ("GEOMEAN(0, 1)", "#NUM!")],
)
def GEOMEAN(values: list[Decimal]) -> Decimal:
    if not values or min(values) <= 0:
        raise Failed(NUM)
    return numbers.exponential(
        numbers.divide(total([numbers.logarithm(value) for value in values]), Decimal(len(values)))
    )


@function(
    "HARMEAN(number*: numbers) -> number",
    Text("调和平均数。", "The harmonic mean."),
    [("ROUND(HARMEAN(1, 2, 4), 4)", "1.7143")],
)
def HARMEAN(values: list[Decimal]) -> Decimal:
    if not values or min(values) <= 0:
        raise Failed(NUM)
    return numbers.divide(
        Decimal(len(values)), total([numbers.divide(numbers.ONE, value) for value in values])
    )


# --- all that is there, texts as 0 ---------------------------------------------------------------------------------------


def _counted(values: list[Any]) -> list[Decimal]:
    """Numbers as AVERAGEA and its kin see them: TRUE is 1, text is 0, blanks are passed over."""
    made = []
    for value in values:
        if value is not None:
            made.append(numbers.ZERO if isinstance(value, str) else coerce.to_number(coerce.scalar(value)))
    return made


@function(
    "AVERAGEA(value*: values) -> number",
    Text("平均值，文字算 0，TRUE 算 1。", "The average, where text counts 0 and TRUE 1."),
    [('AVERAGEA({1,"x",TRUE})', "0.666666666666667")],
)
def AVERAGEA(values: list[Any]) -> Decimal:
    return mean(_counted(values))


@function(
    "MAXA(value*: values) -> number",
    Text("最大值，文字算 0，TRUE 算 1。", "The largest, where text counts 0 and TRUE 1."),
    [('MAXA({-1,"x"})', "0")],
)
def MAXA(values: list[Any]) -> Decimal:
    return max(_counted(values), default=numbers.ZERO)


@function(
    "MINA(value*: values) -> number",
    Text("最小值，文字算 0，TRUE 算 1。", "The smallest, where text counts 0 and TRUE 1."),
    [('MINA({1,"x"})', "0")],
)
def MINA(values: list[Any]) -> Decimal:
    return min(_counted(values), default=numbers.ZERO)


# --- order -----------------------------------------------------------------------------------------------------------------


def _ordered(values: list[Any], place: int, largest: bool) -> Decimal:
    found = sorted(numbers_in(values), reverse=largest)
    if not 1 <= place <= len(found):
        raise Failed(NUM)
    return found[place - 1]


@function(
    "LARGE(list: list, place: integer) -> number",
    Text("第几大的数。", "The largest number but so many."),
    [("LARGE({3,9,5}, 2)", "5"), ("LARGE({1}, 2)", "#NUM!")],
)
def LARGE(values: list[Any], place: int) -> Decimal:
    return _ordered(values, place, True)


@function(
    "SMALL(list: list, place: integer) -> number",
    Text("第几小的数。", "The smallest number but so many."),
    [("SMALL({3,9,5}, 2)", "5")],
)
def SMALL(values: list[Any], place: int) -> Decimal:
    return _ordered(values, place, False)


def _rank(number: Decimal, values: list[Any], upwards: bool) -> tuple[int, int]:
    """The place of a number in a list, and how often it is there."""
    found = numbers_in(values)
    if number not in found:
        raise Failed(NA)
    before = sum(value < number if upwards else value > number for value in found)
    return before + 1, found.count(number)


@function(
    "RANK(number: number, list: list, upwards?: boolean) -> number",
    Text("在列表里排第几，默认从大到小。", "The place of a number in a list, by default from the largest."),
    [("RANK(5, {3,9,5})", "2"), ("RANK(5, {3,9,5}, 1)", "2"), ("RANK(7, {1,2})", "#N/A")],
)
def RANK(number: Decimal, values: list[Any], upwards: bool = False) -> int:
    return _rank(number, values, upwards)[0]


@function(
    "RANK.EQ(number: number, list: list, upwards?: boolean) -> number",
    Text("同 RANK。", "As RANK."),
    [("RANK.EQ(9, {9,9,1})", "1")],
)
def RANK_EQ(number: Decimal, values: list[Any], upwards: bool = False) -> int:
    return _rank(number, values, upwards)[0]


@function(
    "RANK.AVG(number: number, list: list, upwards?: boolean) -> number",
    Text("排第几，并列时取平均。", "The place in a list, averaged where several are equal."),
    [("RANK.AVG(9, {9,9,1})", "1.5")],
)
def RANK_AVG(number: Decimal, values: list[Any], upwards: bool = False) -> Decimal:
    place, often = _rank(number, values, upwards)
    return numbers.divide(Decimal(2 * place + often - 1), Decimal(2))


@function(
    "PERCENTILE(list: list, share: number) -> number",
    Text("百分位数，两端包含在内。", "The value at a share of the ordered list, ends included."),
    [("PERCENTILE({1,2,3,4}, 0.3)", "1.9")],
)
def PERCENTILE(values: list[Any], share: Decimal) -> Decimal:
    return quantile(sorted(numbers_in(values)), share)


@function(
    "PERCENTILE.INC(list: list, share: number) -> number",
    Text("同 PERCENTILE。", "As PERCENTILE."),
    [("PERCENTILE.INC({1,2,3}, 0.5)", "2")],
)
def PERCENTILE_INC(values: list[Any], share: Decimal) -> Decimal:
    return quantile(sorted(numbers_in(values)), share)


@function(
    "QUARTILE(list: list, quarter: integer) -> number",
    Text(
        "四分位数，0 为最小，4 为最大。",
        "The value at a quarter of the ordered list; 0 the smallest, 4 the largest.",
    ),
    [("QUARTILE({1,2,4,7,8,9,10,12}, 1)", "3.5")],
)
def QUARTILE(values: list[Any], quarter: int) -> Decimal:
    if not 0 <= quarter <= 4:
        raise Failed(NUM)
    return quantile(sorted(numbers_in(values)), numbers.divide(Decimal(quarter), Decimal(4)))


@function(
    "PERCENTRANK(list: list, number: number, digits?: integer) -> number",
    Text("一个数在列表里的百分比排位。", "The rank of a number in a list as a share."),
    [("PERCENTRANK({1,2,3,4,5}, 3)", "0.5")],
)
def PERCENTRANK(values: list[Any], number: Decimal, digits: int = 3) -> Decimal:
    found = sorted(numbers_in(values))
    if not found or digits < 1:
        raise Failed(NUM)
    if not found[0] <= number <= found[-1]:
        raise Failed(NA)
    if len(found) == 1:
        return numbers.ONE
    below = sum(value < number for value in found)
    place = Decimal(below)
    if found[below] != number:
        gap = numbers.subtract(found[below], found[below - 1])
        place = numbers.add(
            Decimal(below - 1), numbers.divide(numbers.subtract(number, found[below - 1]), gap)
        )
    share = numbers.divide(place, Decimal(len(found) - 1))
    return rounded(share, digits, ROUND_DOWN)


@function(
    "TRIMMEAN(list: list, share: number) -> number",
    Text("去掉两端一定比例后的平均值。", "The average without a share of the ends."),
    [("TRIMMEAN({1,2,3,4,100}, 0.4)", "3")],
)
def TRIMMEAN(values: list[Any], share: Decimal) -> Decimal:
    found = sorted(numbers_in(values))
    if not found or not 0 <= share < 1:
        raise Failed(NUM)
    cut = int(numbers.floor(numbers.multiply(Decimal(len(found)), share))) // 2
    return mean(found[cut : len(found) - cut])


# --- two lists -------------------------------------------------------------------------------------------------------------


def _pairs(first: list[Any], second: list[Any]) -> tuple[list[Decimal], list[Decimal]]:
    """The pairs of two lists in which both are numbers."""
    if len(first) != len(second):
        raise Failed(NA)
    xs, ys = [], []
    for x, y in zip(first, second, strict=True):
        for value in (x, y):
            if isinstance(value, FormulaError):
                raise Failed(value)
        if not any(value is None or isinstance(value, (str, bool)) for value in (x, y)):
            xs.append(coerce.to_number(x))
            ys.append(coerce.to_number(y))
    return xs, ys


def _products(xs: list[Decimal], ys: list[Decimal]) -> Decimal:
    """The sum of the products of the distances from the averages."""
    mx, my = mean(xs), mean(ys)
    return total(
        [
            numbers.multiply(numbers.subtract(x, mx), numbers.subtract(y, my))
            for x, y in zip(xs, ys, strict=True)
        ]
    )


@function(
    "CORREL(first: list, second: list) -> number",
    Text("两列数的相关系数。", "The correlation of two lists."),
    [("ROUND(CORREL({1,2,3}, {2,4,6}), 10)", "1")],
)
def CORREL(first: list[Any], second: list[Any]) -> Decimal:
    xs, ys = _pairs(first, second)
    return numbers.divide(
        _products(xs, ys), numbers.square_root(numbers.multiply(_products(xs, xs), _products(ys, ys)))
    )


@function(
    "SLOPE(ys: list, xs: list) -> number",
    Text("回归直线的斜率。", "The slope of the line through the points."),
    [("SLOPE({2,4,6}, {1,2,3})", "2")],
)
def SLOPE(ys: list[Any], xs: list[Any]) -> Decimal:
    y, x = _pairs(ys, xs)
    return numbers.divide(_products(x, y), _products(x, x))


@function(
    "INTERCEPT(ys: list, xs: list) -> number",
    Text("回归直线在纵轴上的截距。", "Where the line through the points meets the vertical axis."),
    [("INTERCEPT({3,5,7}, {1,2,3})", "1")],
)
def INTERCEPT(ys: list[Any], xs: list[Any]) -> Decimal:
    y, x = _pairs(ys, xs)
    slope = numbers.divide(_products(x, y), _products(x, x))
    return numbers.subtract(mean(y), numbers.multiply(slope, mean(x)))


@function(
    "FORECAST(x: number, ys: list, xs: list) -> number",
    Text("按回归直线预测。", "The value of the line through the points at x."),
    [("FORECAST(4, {2,4,6}, {1,2,3})", "8")],
)
def FORECAST(x: Decimal, ys: list[Any], xs: list[Any]) -> Decimal:
    y, known = _pairs(ys, xs)
    slope = numbers.divide(_products(known, y), _products(known, known))
    return numbers.add(mean(y), numbers.multiply(slope, numbers.subtract(x, mean(known))))
