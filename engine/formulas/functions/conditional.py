"""Totals with conditions: SUMIF, SUMIFS, COUNTIF, COUNTIFS, AVERAGEIF, AVERAGEIFS, MAXIFS, MINIFS."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, cast, func

from engine.formulas import numbers
from engine.formulas.criteria import Criterion
from engine.formulas.functions.aggregate import total
from engine.formulas.functions.base import declare, numbers_in
from engine.formulas.sql_lists import criterion_sql, figure, list_error, one_list
from engine.formulas.sql_operators import quotient
from engine.formulas.sql_parts import Part, first_error
from engine.formulas.sql_words import NUMERIC, ZERO, error_when
from engine.formulas.values import DIV0, VALUE, Failed
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("aggregate")


def _chosen(e: "Evaluator", values: list[Any], pairs: tuple[Any, ...]) -> list[Any]:
    """The elements whose partners meet all criteria."""
    mask = [True] * len(values)
    for at in range(0, len(pairs), 2):
        tested, criterion = pairs[at], Criterion.of(pairs[at + 1], e.locale)
        if len(tested) != len(values):
            raise Failed(VALUE)
        e.budget.charge(len(tested) * 4)
        mask = [met and criterion.matches(value) for met, value in zip(mask, tested, strict=True)]
    return [value for value, met in zip(values, mask, strict=True) if met]


def _average(values: list[Decimal]) -> Decimal:
    return numbers.divide(total(values), Decimal(len(values)))


def _totalled(name: str, empty: Any) -> Callable[..., Part]:
    """The SQL of an aggregate over the elements whose partners meet all criteria."""

    def compiled(c: "Compiler", values: Part, *pairs: Part) -> Part:
        source = one_list([values, *pairs[::2]])
        mask = and_(*(criterion_sql(pairs[at], pairs[at + 1]) for at in range(0, len(pairs), 2)))
        bad = [pairs[at].error for at in range(1, len(pairs), 2)]
        wrong = list_error(c, values, mask, source)
        clean = mask if values.error is None else and_(mask, values.error.is_(None))
        if name == "avg":
            return _averaged(c, values, source, clean, [*bad, wrong])
        value = c.total(source, getattr(func, name)(figure(values)).filter(clean))
        made = func.coalesce(value, empty)
        return c.make(
            "number",
            made,
            first_error([*bad, wrong]),
            whole=values.whole + 8,
            places=values.places,
            weight=20,
        )

    return compiled


def _averaged(c: "Compiler", values: Part, source: Any, mask: Any, errors: list[Any]) -> Part:
    count = c.once(
        c.make("number", cast(c.total(source, func.count(figure(values)).filter(mask)), NUMERIC), weight=20)
    )
    whole = c.total(source, func.sum(figure(values)).filter(mask))
    value = quotient(func.coalesce(whole, ZERO), func.nullif(count.value, ZERO, type_=NUMERIC))
    none = error_when(count.value == ZERO, DIV0)
    return c.make("number", value, first_error([*errors, none]), whole=values.whole + 8, weight=20)


def _with_range(compiled: Callable[..., Part]) -> Callable[..., Part]:
    """SUMIF's order of arguments: what is tested, the criterion, what is added (by default the same)."""
    return lambda c, tested, criterion, values=None: compiled(c, values or tested, tested, criterion)


@function(
    "SUMIF(list: list, criterion: value, sum_list?: list) -> number",
    Text(
        '把符合条件的加起来。条件如 ">=10"、"华东*"、5。',
        'Adds up what meets a criterion such as ">=10", "east*" or 5.',
    ),
    [
        ('SUMIF({5,10,15}, ">=10")', "25"),
        ('SUMIF({"a","b","A"}, "a", {1,2,3})', "4"),
        ('SUMIF({"apple","pear"}, "*p*e", {1,2})', "1"),
    ],
    sql=_with_range(_totalled("sum", ZERO)),
    context=True,
)
def SUMIF(e: "Evaluator", tested: list[Any], criterion: Any, values: list[Any] | None = None) -> Decimal:
    return total(numbers_in(_chosen(e, tested if values is None else values, (tested, criterion))))


@function(
    "SUMIFS(sum_list: list, list*: list, criterion*: value) -> number",
    Text("把符合所有条件的加起来。", "Adds up what meets all criteria."),
    [('SUMIFS({1,2,3}, {"a","b","a"}, "a", {10,20,30}, ">10")', "3"), ("SUMIFS({1,2}, {1}, 1)", "#VALUE!")],
    sql=_totalled("sum", ZERO),
    context=True,
)
def SUMIFS(e: "Evaluator", values: list[Any], *pairs: Any) -> Decimal:
    return total(numbers_in(_chosen(e, values, pairs)))


@function(
    "AVERAGEIF(list: list, criterion: value, average_list?: list) -> number",
    Text("符合条件的平均值。", "The average of what meets a criterion."),
    [('AVERAGEIF({1,2,3}, ">1")', "2.5"), ('AVERAGEIF({1,2}, ">5")', "#DIV/0!")],
    sql=_with_range(_totalled("avg", ZERO)),
    context=True,
)
def AVERAGEIF(e: "Evaluator", tested: list[Any], criterion: Any, values: list[Any] | None = None) -> Decimal:
    return _average(numbers_in(_chosen(e, tested if values is None else values, (tested, criterion))))


@function(
    "AVERAGEIFS(average_list: list, list*: list, criterion*: value) -> number",
    Text("符合所有条件的平均值。", "The average of what meets all criteria."),
    [('AVERAGEIFS({10,20,30}, {"a","b","a"}, "a")', "20")],
    sql=_totalled("avg", ZERO),
    context=True,
)
def AVERAGEIFS(e: "Evaluator", values: list[Any], *pairs: Any) -> Decimal:
    return _average(numbers_in(_chosen(e, values, pairs)))


@function(
    "MAXIFS(max_list: list, list*: list, criterion*: value) -> number",
    Text("符合所有条件的最大值；没有时为 0。", "The largest of what meets all criteria; 0 of nothing."),
    [('MAXIFS({1,5,3}, {"a","b","a"}, "a")', "3")],
    sql=_totalled("max", ZERO),
    context=True,
)
def MAXIFS(e: "Evaluator", values: list[Any], *pairs: Any) -> Decimal:
    return max(numbers_in(_chosen(e, values, pairs)), default=numbers.ZERO)


@function(
    "MINIFS(min_list: list, list*: list, criterion*: value) -> number",
    Text("符合所有条件的最小值；没有时为 0。", "The smallest of what meets all criteria; 0 of nothing."),
    [('MINIFS({4,5,3}, {"a","b","a"}, "a")', "3")],
    sql=_totalled("min", ZERO),
    context=True,
)
def MINIFS(e: "Evaluator", values: list[Any], *pairs: Any) -> Decimal:
    return min(numbers_in(_chosen(e, values, pairs)), default=numbers.ZERO)


def _counted(c: "Compiler", *pairs: Part) -> Part:
    source = one_list(list(pairs[::2]))
    mask = and_(*(criterion_sql(pairs[at], pairs[at + 1]) for at in range(0, len(pairs), 2)))
    errors = first_error(pairs[at].error for at in range(1, len(pairs), 2))
    value = cast(c.total(source, func.count().filter(mask)), NUMERIC)
    return c.make("number", value, errors, whole=8, places=0, weight=20)


@function(
    "COUNTIF(list: list, criterion: value) -> number",
    Text("有多少个符合条件。", "How many meet a criterion."),
    [
        ('COUNTIF({1,2,3}, ">1")', "2"),
        ('COUNTIF({"ab","ac","b"}, "a?")', "2"),
        ('COUNTIF({"a*","ab"}, "a~*")', "1"),
        ('COUNTIF({5,"5","x"}, 5)', "2"),
    ],
    sql=_counted,
    context=True,
)
def COUNTIF(e: "Evaluator", tested: list[Any], criterion: Any) -> int:
    return len(_chosen(e, tested, (tested, criterion)))


@function(
    "COUNTIFS(list*: list, criterion*: value) -> number",
    Text("有多少个符合所有条件。", "How many meet all criteria."),
    [('COUNTIFS({1,2,3}, ">1", {"a","b","c"}, "<>c")', "1")],
    sql=_counted,
    context=True,
)
def COUNTIFS(e: "Evaluator", *pairs: Any) -> int:
    return len(_chosen(e, pairs[0], pairs))
