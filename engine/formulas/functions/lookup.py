"""Lookup: finding values in lists such as a subform's columns."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import cast, func

from engine.formulas import coerce
from engine.formulas.criteria import Wildcard
from engine.formulas.functions.base import declare
from engine.formulas.sql_lists import one_list
from engine.formulas.sql_parts import Part
from engine.formulas.sql_words import NUMERIC
from engine.formulas.values import NA, REF, VALUE, Failed, FormulaError, Value, folded
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("lookup")


def same_kind(a: Value, b: Value) -> bool:
    """Whether two values are of the types that a lookup compares: numbers, texts or truths with their like."""
    if a is None or b is None or isinstance(a, FormulaError) or isinstance(b, FormulaError):
        return False
    return coerce.comparable(a)[0] == coerce.comparable(b)[0]


def find_exact(wanted: Value, values: list[Any], wild: bool, backwards: bool = False) -> int:
    """The place of a value, from 0; -1 if it is not there."""
    places = range(len(values) - 1, -1, -1) if backwards else range(len(values))
    pattern = Wildcard.of(wanted) if wild and isinstance(wanted, str) else None
    for at in places:
        value = values[at]
        if not same_kind(wanted, value):
            continue
        if pattern is not None and pattern.wild:
            if pattern.matches(folded(value)):
                return at
        elif coerce.equal(wanted, value):
            return at
    return -1


def find_near(wanted: Value, values: list[Any], below: bool) -> int:
    """The place of the nearest value at or below (above) the wanted one in a list of any order."""
    best = -1
    for at, value in enumerate(values):
        if not same_kind(wanted, value):
            continue
        side = coerce.compare(value, wanted)
        if side == 0:
            return at
        if (side < 0) == below and (best < 0 or (coerce.compare(value, values[best]) > 0) == below):
            best = at
    return best


def find_sorted(wanted: Value, values: list[Any], down: bool) -> int:
    """MATCH's places in a sorted list: the last at or before the wanted value."""
    found = -1
    for at, value in enumerate(values):
        if not same_kind(wanted, value):
            continue
        side = coerce.compare(value, wanted)
        if side == 0 or (side > 0) == down:
            found = at
            if down and side == 0:
                return at
        else:
            break
    return found


@function(
    "MATCH(wanted: value, list: list, kind?: number) -> number",
    Text(
        "值在列表里的位置；kind 为 0 时完全相等（文字可用 * 和 ?），1 为升序里不大于它的最后一个，-1 为降序。",
        "The place of a value in a list; kind 0: equal (texts with * and ?), "
        "1: the last not above it in a rising list, -1: in a falling list.",
    ),
    [
        ('MATCH("b", {"a","b","c"}, 0)', "2"),
        ("MATCH(25, {10,20,30})", "2"),
        ('MATCH("x", {"a"}, 0)', "#N/A"),
        ('MATCH("b*", {"apple","banana"}, 0)', "2"),
    ],
    context=True,
)
def MATCH(e: "Evaluator", wanted: Value, values: list[Any], kind: Decimal = Decimal(1)) -> int:
    e.budget.charge(len(values) * 4)
    place = find_exact(wanted, values, True) if kind == 0 else find_sorted(wanted, values, kind < 0)
    if place < 0:
        raise Failed(NA)
    return place + 1


@function(
    "XMATCH(wanted: value, list: list, kind?: integer, order?: integer) -> number",
    Text(
        "值在列表里的位置；kind：0 相等，-1 相等或较小，1 相等或较大，2 通配符；order 为 -1 时从后面找。",
        "The place of a value in a list; kind 0: equal, -1: or the next smaller, 1: or the next larger, "
        "2: wildcards; order -1 looks from the end.",
    ),
    [
        ('XMATCH("b", {"a","b"})', "2"),
        ("XMATCH(25, {10,30,20}, -1)", "3"),
        ('XMATCH("a*", {"b","ab"}, 2)', "2"),
    ],
    context=True,
)
def XMATCH(e: "Evaluator", wanted: Value, values: list[Any], kind: int = 0, order: int = 1) -> int:
    return _place(e, wanted, values, kind, order) + 1


def _place(e: "Evaluator", wanted: Value, values: list[Any], kind: int, order: int) -> int:
    e.budget.charge(len(values) * 4)
    if kind not in (-1, 0, 1, 2) or order not in (-2, -1, 1, 2):
        raise Failed(VALUE)
    place = find_exact(wanted, values, kind == 2, order == -1)
    if place < 0 and kind in (-1, 1):
        place = find_near(wanted, values, kind == -1)
    if place < 0:
        raise Failed(NA)
    return place


@function(
    "XLOOKUP(wanted: value, list: list, results: list, instead?: any, kind?: integer, order?: integer)",
    Text(
        "在列表里找值，给另一列同一位置的值；找不到时给 instead。",
        "Looks a value up in a list and gives what stands at its place in another; `instead` if it is not there.",
    ),
    [
        ('XLOOKUP("b", {"a","b"}, {10,20})', "20"),
        ('XLOOKUP("x", {"a"}, {1}, "none")', "none"),
        ('XLOOKUP("x", {"a"}, {1})', "#N/A"),
    ],
    context=True,
    result=lambda types: types[2],
)
def XLOOKUP(
    e: "Evaluator",
    wanted: Value,
    values: list[Any],
    results: list[Any],
    instead: Value = None,
    kind: int = 0,
    order: int = 1,
) -> Value:
    if len(values) != len(results):
        raise Failed(VALUE)
    try:
        return coerce.scalar(results[_place(e, wanted, values, kind, order)])
    except Failed as failed:
        if failed.error == NA and instead is not None:
            return instead
        raise


@function(
    "LOOKUP(wanted: value, list: list, results?: list)",
    Text(
        "在升序列表里找不大于它的最后一个值，给另一列同一位置的值。",
        "Finds the last value not above the wanted one in a rising list, and gives what stands at its place in another.",
    ),
    [('LOOKUP(75, {0,60,80}, {"C","B","A"})', "B"), ("LOOKUP(5, {1,4,6})", "4")],
    context=True,
    result=lambda types: types[-1],
)
def LOOKUP(e: "Evaluator", wanted: Value, values: list[Any], results: list[Any] | None = None) -> Value:
    e.budget.charge(len(values) * 4)
    place = find_sorted(wanted, values, False)
    found = values if results is None else results
    if place < 0 or place >= len(found):
        raise Failed(NA)
    return coerce.scalar(found[place])


@function(
    "INDEX(list: list, place: integer)",
    Text("列表里第几个值。", "The value at a place of a list."),
    [('INDEX({"a","b","c"}, 2)', "b"), ("INDEX({1}, 2)", "#REF!")],
    result=lambda types: types[0],
)
def INDEX(values: list[Any], place: int) -> Value:
    if place < 0:
        raise Failed(VALUE)
    if place == 0:
        return values
    if place > len(values):
        raise Failed(REF)
    return coerce.scalar(values[place - 1])


def _rows_sql(c: "Compiler", part: Part) -> Part:
    count = cast(c.total(one_list([part]), func.count()), NUMERIC)
    return c.make("number", count, whole=8, places=0, weight=20)


@function(
    "ROWS(list: list) -> number",
    Text("列表有几行。", "How many rows a list has."),
    [("ROWS({1,2,3})", "3")],
    sql=_rows_sql,
)
def ROWS(values: list[Any]) -> int:
    return len(values)


# --- lists from lists --------------------------------------------------------------------------------------------------------


def _different(values: list[Any]) -> list[Any]:
    """The values of a list, each once, in the order in which they come."""
    seen: dict[Any, Any] = {}
    for value in values:
        if isinstance(value, FormulaError):
            raise Failed(value)
        key = (3, "") if value is None else coerce.comparable(value)
        seen.setdefault(key, value)
    return list(seen.values())


@function(
    "UNIQUE(list: list) -> list",
    Text("去掉列表里的重复值。", "The values of a list, each once."),
    [('TEXTJOIN(",", TRUE, UNIQUE({"a","b","A"}))', "a,b")],
    context=True,
)
def UNIQUE(e: "Evaluator", values: list[Any]) -> Value:
    e.budget.charge(len(values) * 2)
    return _different(values)


@function(
    "COUNTUNIQUE(list: list) -> number",
    Text("列表里有多少个不同的值，空的不算。", "How many different values a list has, blanks not counted."),
    [('COUNTUNIQUE({1,2,2,"a"})', "3")],
    context=True,
)
def COUNTUNIQUE(e: "Evaluator", values: list[Any]) -> int:
    e.budget.charge(len(values) * 2)
    return sum(value is not None for value in _different(values))


@function(
    "SORT(list: list, order?: integer) -> list",
    Text("把列表排序；order 为 -1 时从大到小。", "A list in order; with order -1 from the largest."),
    [('TEXTJOIN(",", TRUE, SORT({3,1,2}))', "1,2,3"), ('TEXTJOIN(",", TRUE, SORT({3,1,2}, -1))', "3,2,1")],
    context=True,
)
def SORT(e: "Evaluator", values: list[Any], order: int = 1) -> Value:
    e.budget.charge(len(values) * 8)
    if order not in (1, -1):
        raise Failed(VALUE)
    filled = [coerce.scalar(value) for value in values if value is not None]
    filled.sort(key=coerce.comparable, reverse=order == -1)
    return [*filled, *[None] * (len(values) - len(filled))]


@function(
    "FILTER(list: list, include: list, instead?: any) -> list",
    Text("列表里条件成立的那些值。", "The values of a list for which a condition holds."),
    [("SUM(FILTER({1,2,3}, {1,2,3} > 1))", "5"), ('FILTER({1}, {FALSE}, "none")', "none")],
    context=True,
)
def FILTER(e: "Evaluator", values: list[Any], include: list[Any], instead: Value = None) -> Value:
    if len(values) != len(include):
        raise Failed(VALUE)
    kept: list[Any] = [
        v for v, keep in zip(values, include, strict=True) if coerce.to_boolean(coerce.scalar(keep))
    ]
    if kept:
        return kept
    if instead is None:
        raise Failed(NA)
    return instead


@function(
    "TEXTSPLIT(text: text, mark: text) -> list",
    Text("按分隔符把文字拆成列表。", "Splits a text at a mark into a list."),
    [('INDEX(TEXTSPLIT("a-b-c", "-"), 2)', "b"), ('ROWS(TEXTSPLIT("a,b", ","))', "2")],
    context=True,
)
def TEXTSPLIT(e: "Evaluator", text: str, mark: str) -> Value:
    if not mark:
        raise Failed(VALUE)
    e.budget.charge(text.count(mark))
    return list(text.split(mark))
