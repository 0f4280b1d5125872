"""Totals: sums, counts and averages of what is written out, of fields, and of lists."""

# The declaration above each function says what it does.
# ruff: noqa: D103

import ast
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text as SqlText
from sqlalchemy import case, cast, func

from engine.formulas import coerce, numbers
from engine.formulas.functions.base import declare
from engine.formulas.sql_lists import figure, figures, list_error, one_list
from engine.formulas.sql_operators import Flat, quotient
from engine.formulas.sql_parts import Part, RowOnly, first_error
from engine.formulas.sql_words import NUMERIC, ONE, ZERO, error_when
from engine.formulas.values import DIV0, VALUE, Failed, FormulaError
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("aggregate")


def added(parts: list[Any]) -> Any:
    """The sum of SQL expressions."""
    terms: list[Any] = []
    for part in parts:
        terms += ["+", part] if terms else [part]
    return Flat(terms, NUMERIC) if len(parts) > 1 else parts[0]


def total(values: list[Decimal]) -> Decimal:
    """The exact sum."""
    made = numbers.ZERO
    for value in values:
        made = numbers.add(made, value)
    return made


def _sum_sql(c: "Compiler", *parts: Part) -> Part:
    found = figures(c, parts)
    value = added([func.coalesce(v, ZERO) for v in found.totals(c, "sum")])
    return c.make(
        "number", value, first_error(found.errors), whole=found.whole + 8, places=found.places, weight=20
    )


@function(
    "SUM(number*: numbers) -> number",
    Text("求和。列里的文字和空值不算。", "Adds up. Texts and blanks in a list are passed over."),
    [("SUM(1, 2, 3)", "6"), ('SUM("3", TRUE)', "4"), ('SUM({1,"x",2})', "3"), ("SUM(1, #N/A)", "#N/A")],
    sql=_sum_sql,
)
def SUM(values: list[Decimal]) -> Decimal:
    return total(values)


def _average_sql(c: "Compiler", *parts: Part) -> Part:
    found = figures(c, parts)
    count = added(found.totals(c, "count"))
    whole = c.once(
        c.make("number", added([func.coalesce(v, ZERO) for v in found.totals(c, "sum")]), weight=20)
    )
    number = c.once(c.make("number", count, first_error(found.errors), weight=20))
    none = None if found.certain else error_when(number.value == ZERO, DIV0)
    value = quotient(whole.value, func.nullif(number.value, ZERO, type_=NUMERIC))
    return c.make("number", value, first_error([number.error, none]), whole=found.whole + 8, weight=6)


@function(
    "AVERAGE(number*: numbers) -> number",
    Text(
        "平均值。空值和列里的文字不算；没有数时为 #DIV/0!。",
        "The average. Blanks and texts in a list are passed over; #DIV/0! of nothing.",
    ),
    [("AVERAGE(1, 2, 6)", "3"), ('AVERAGE({"x"})', "#DIV/0!")],
    sql=_average_sql,
)
def AVERAGE(values: list[Decimal]) -> Decimal:
    return numbers.divide(total(values), Decimal(len(values)))


def _extreme_sql(name: str, pick: Any) -> Any:
    def compiled(c: "Compiler", *parts: Part) -> Part:
        found = figures(c, parts)
        values = found.totals(c, name)
        value = pick(*values, type_=NUMERIC) if len(values) > 1 else values[0]
        return c.make(
            "number",
            func.coalesce(value, ZERO),
            first_error(found.errors),
            whole=found.whole,
            places=found.places,
            weight=20,
        )

    return compiled


@function(
    "MAX(number*: numbers) -> number",
    Text("最大的数；没有数时为 0。", "The largest number; 0 of nothing."),
    [("MAX(3, 9, 5)", "9"), ('MAX({"x"})', "0")],
    sql=_extreme_sql("max", func.greatest),
)
def MAX(values: list[Decimal]) -> Decimal:
    return max(values, default=numbers.ZERO)


@function(
    "MIN(number*: numbers) -> number",
    Text("最小的数；没有数时为 0。", "The smallest number; 0 of nothing."),
    [("MIN(3, 9, 5)", "3"), ('MIN({"x"})', "0")],
    sql=_extreme_sql("min", func.least),
)
def MIN(values: list[Decimal]) -> Decimal:
    return min(values, default=numbers.ZERO)


def _count_sql(c: "Compiler", *nodes: ast.expr) -> Part:
    counts: list[Any] = []
    for node in nodes:
        part = c.work(node)
        part = c.once(part) if part.weight > 6 else part
        if part.source is not None:
            counts.append(cast(c.total(part.source, func.count(_clean(part, figure(part)))), NUMERIC))
        elif isinstance(node, ast.Name) or part.type in ("number", "date", "datetime", "time"):
            value = _clean(part, figure(part))
            counts.append(case((value.is_not(None), ONE), else_=ZERO))
        else:
            raise RowOnly(
                Text(
                    "COUNT 里写出的文字只能逐行计算。",
                    "Texts written out in COUNT are worked out row by row.",
                )
            )
    return c.make("number", added(counts), whole=8, places=0, weight=20)


def _clean(part: Part, value: Any) -> Any:
    """The value where there is no error."""
    return value if part.error is None else case((part.error.is_(None), value))


@function(
    "COUNT(value*: lazy) -> number",
    Text("有多少个数字或日期。", "How many numbers and dates there are."),
    [
        ("COUNT(1, 2)", "2"),
        ('COUNT({1,"x",TRUE})', "1"),
        ('COUNT("5", "x", TRUE)', "2"),
        ("COUNT(1/0, 1)", "1"),
    ],
    sql=_count_sql,
)
def COUNT(e: "Evaluator", *nodes: ast.expr) -> Decimal:
    count = 0
    for node in nodes:
        value = e.attempt(node)
        if type(value) is list:
            e.budget.charge(len(value))
            count += sum(is_number(item) for item in value)
        else:
            count += is_number(value) if isinstance(node, ast.Name) else _reads(value)
    return Decimal(count)


def is_number(value: Any) -> bool:
    """Whether a value counts as a number: numbers, dates and times do."""
    return value is not None and not isinstance(value, (str, bool, FormulaError))


def _reads(value: Any) -> bool:
    if value is None or isinstance(value, FormulaError):
        return False
    try:
        coerce.to_number(value)
    except Failed:
        return False
    return True


def _counta_sql(c: "Compiler", *parts: Part) -> Part:
    counts: list[Any] = []
    for part in parts:
        there = part.value if part.error is None else func.coalesce(part.error, cast(part.value, SqlText()))
        if part.source is not None:
            counts.append(cast(c.total(part.source, func.count(there)), NUMERIC))
        elif part.blank:
            counts.append(case((there.is_not(None), ONE), else_=ZERO))
        else:
            counts.append(ONE)
    return c.make("number", added(counts), whole=8, places=0, weight=20)


@function(
    "COUNTA(value*: raws) -> number",
    Text("有多少个值不是空的。", "How many values are not blank."),
    [('COUNTA(1, "x", TRUE)', "3"), ('COUNTA("")', "1")],
    sql=_counta_sql,
)
def COUNTA(values: list[Any]) -> int:
    return sum(value is not None for value in values)


def _countblank_sql(c: "Compiler", part: Part) -> Part:
    blank = part.value.is_(None) if part.type != "text" else func.coalesce(part.value, "") == ""
    if part.error is not None:
        blank = blank & part.error.is_(None)
    one = case((blank, ONE))
    if part.source is None:
        return c.make("number", func.coalesce(one, ZERO), whole=1, places=0)
    return c.make(
        "number", cast(c.total(part.source, func.count(one)), NUMERIC), whole=8, places=0, weight=20
    )


@function(
    "COUNTBLANK(list: raws) -> number",
    Text("有多少个值是空的。", "How many values are blank."),
    [('COUNTBLANK({1,"",3})', "1")],
    sql=_countblank_sql,
)
def COUNTBLANK(values: list[Any]) -> int:
    return sum(value is None or (isinstance(value, str) and value == "") for value in values)


def _sumproduct_sql(c: "Compiler", *parts: Part) -> Part:
    source = one_list(list(parts))
    value: Any = None
    for part in parts:
        term = func.coalesce(figure(part), ZERO)
        value = term if value is None else value * term
    errors = [list_error(c, part, source=source) for part in parts]
    made = c.total(source, func.sum(value))
    return c.make(
        "number",
        func.coalesce(made, ZERO),
        first_error(errors),
        whole=sum(p.whole for p in parts) + 8,
        places=sum(p.places for p in parts),
        weight=20,
    )


@function(
    "SUMPRODUCT(list*: list) -> number",
    Text("各列对应的数相乘，再求和。", "Multiplies the lists element by element and adds up."),
    [
        ("SUMPRODUCT({1,2,3}, {4,5,6})", "32"),
        ("SUMPRODUCT({1,2} * {3,4})", "11"),
        ("SUMPRODUCT({1,2}, {3})", "#VALUE!"),
    ],
    sql=_sumproduct_sql,
)
def SUMPRODUCT(*lists: list[Any]) -> Decimal:
    if len({len(values) for values in lists}) != 1:
        raise Failed(VALUE)
    for values in lists:
        for value in values:
            if isinstance(value, FormulaError):
                raise Failed(value)
    made = numbers.ZERO
    for row in zip(*lists, strict=True):
        product = numbers.ONE
        for value in row:
            counted = value is not None and not isinstance(value, (str, bool))
            product = numbers.multiply(product, coerce.to_number(value) if counted else numbers.ZERO)
        made = numbers.add(made, product)
    return made
