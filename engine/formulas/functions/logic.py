"""Logic: choosing between values, catching errors, asking what a value is."""

# The declaration above each function says what it does.
# ruff: noqa: D103

import ast
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, literal_column, or_

from engine.formulas import coerce
from engine.formulas.functions.base import declare
from engine.formulas.sql_branches import Branches, settle_branches
from engine.formulas.sql_lists import list_error
from engine.formulas.sql_parts import Part, as_boolean, first_error, mixed
from engine.formulas.tree import constant
from engine.formulas.types import join, join_all
from engine.formulas.values import NA, VALUE, Failed, FormulaError, Value
from engine.formulas.values import VALUE as VALUE_ERROR
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("logic")


def _if_sql(c: "Compiler", *nodes: ast.expr) -> Part:
    branches = Branches(c)
    branches.when(nodes[0], nodes[1])
    branches.otherwise(nodes[2] if len(nodes) > 2 else ast.Constant(False))
    return branches.part()


@function(
    "IF(condition: lazy, when_true: lazy, when_false?: lazy)",
    Text(
        "条件成立时给第一个值，否则给第二个值；没写第二个值时给 FALSE。",
        "Gives the first value where the condition holds, else the second (FALSE if there is none).",
    ),
    [
        ('IF(3 > 2, "yes", "no")', "yes"),
        ("IF(0, 1, 2)", "2"),
        ("IF(FALSE, 1)", "FALSE"),
        ("IF(TRUE, 1, 1/0)", "1"),
    ],
    result=lambda types: join(types[1], types[2] if len(types) > 2 else "boolean"),
    sql=_if_sql,
)
def IF(e: "Evaluator", condition: ast.expr, when_true: ast.expr, when_false: ast.expr | None = None) -> Value:
    chosen = e.work(condition)
    if type(chosen) is list:
        return _if_each(e, chosen, when_true, when_false)
    if chosen if type(chosen) is bool else coerce.to_boolean(chosen):
        return e.work(when_true)
    return False if when_false is None else e.work(when_false)


def _if_each(e: "Evaluator", chosen: list[Any], when_true: ast.expr, when_false: ast.expr | None) -> Value:
    """IF over a list: element by element, as Excel does with arrays."""
    sides = [e.attempt(when_true), False if when_false is None else e.attempt(when_false)]
    e.budget.charge(len(chosen) * 2)
    made: list[Any] = []
    for at, item in enumerate(chosen):
        try:
            side = sides[0] if coerce.to_boolean(coerce.scalar(item)) else sides[1]
            made.append((side[at] if at < len(side) else NA) if type(side) is list else side)
        except Failed as failed:
            made.append(failed.error)
    return made


def _ifs_sql(c: "Compiler", *nodes: ast.expr) -> Part:
    branches = Branches(c)
    for at in range(0, len(nodes), 2):
        branches.when(nodes[at], nodes[at + 1])
    branches.otherwise(constant(NA))
    return branches.part()


@function(
    "IFS(condition*: lazy, value*: lazy)",
    Text(
        "依次看各个条件，给第一个成立的条件后面的值；都不成立时为 #N/A。",
        "Looks at the conditions in turn and gives the value behind the first that holds; #N/A if none does.",
    ),
    [('IFS(1 > 2, "a", 2 > 1, "b")', "b"), ("IFS(FALSE, 1)", "#N/A")],
    result=lambda types: join_all(types[1::2]),
    sql=_ifs_sql,
)
def IFS(e: "Evaluator", *pairs: ast.expr) -> Value:
    for at in range(0, len(pairs), 2):
        if coerce.to_boolean(coerce.scalar(e.work(pairs[at]))):
            return e.work(pairs[at + 1])
    raise Failed(NA)


def _switch_types(types: list[str]) -> str:
    rest = types[1:]
    return join_all(rest[1::2] + ([rest[-1]] if len(rest) % 2 else []))


def _switch_sql(c: "Compiler", subject: ast.expr, *rest: ast.expr) -> Part:
    branches = Branches(c)
    tested = c.once(branches.base(c.work(subject)))
    for at in range(0, len(rest) - 1, 2):
        branches.equals(tested, rest[at], rest[at + 1])
    branches.otherwise(rest[-1] if len(rest) % 2 else constant(NA))
    return branches.part()


@function(
    "SWITCH(subject: lazy, value*: lazy, result*: lazy)",
    Text(
        "把第一个值依次与后面的值比较，给相等的那个后面的结果；最后单独一个值是默认结果。",
        "Compares the first value with each that follows and gives the result behind the equal one; "
        "a last single value is the default.",
    ),
    [
        ('SWITCH(2, 1, "one", 2, "two", "many")', "two"),
        ('SWITCH(9, 1, "one", "many")', "many"),
        ('SWITCH(9, 1, "one")', "#N/A"),
    ],
    result=_switch_types,
    sql=_switch_sql,
)
def SWITCH(e: "Evaluator", subject: ast.expr, *rest: ast.expr) -> Value:
    tested = coerce.scalar(e.work(subject))
    for at in range(0, len(rest) - 1, 2):
        if coerce.equal(tested, coerce.scalar(e.work(rest[at]))):
            return e.work(rest[at + 1])
    if len(rest) % 2:
        return e.work(rest[-1])
    raise Failed(NA)


def _choose_sql(c: "Compiler", index: ast.expr, *choices: ast.expr) -> Part:
    branches = Branches(c)
    chosen = branches.whole(c.work(index))
    for at, choice in enumerate(choices, 1):
        branches.when_sql(chosen.value == at, choice)
    branches.otherwise(constant(VALUE))
    return branches.part()


@function(
    "CHOOSE(index: lazy, value*: lazy)",
    Text("按序号给后面的第几个值。", "Gives the value at that place in the list that follows."),
    [('CHOOSE(2, "a", "b", "c")', "b"), ('CHOOSE(4, "a", "b")', "#VALUE!")],
    result=lambda types: join_all(types[1:]),
    sql=_choose_sql,
)
def CHOOSE(e: "Evaluator", index: ast.expr, *choices: ast.expr) -> Value:
    place = coerce.to_integer(coerce.scalar(e.work(index)), e.locale)
    if not 1 <= place <= len(choices):
        raise Failed(VALUE)
    return e.work(choices[place - 1])


def _iferror_sql(c: "Compiler", value: ast.expr, instead: ast.expr) -> Part:
    return settle_branches(c, value, instead, None)


@function(
    "IFERROR(value: lazy, instead: lazy)",
    Text("值出错时改给另一个值。", "Gives another value where the first is an error."),
    [("IFERROR(1/0, 0)", "0"), ("IFERROR(5, 0)", "5")],
    result=lambda types: join(types[0], types[1]),
    sql=_iferror_sql,
)
def IFERROR(e: "Evaluator", value: ast.expr, instead: ast.expr) -> Value:
    try:
        made = e.work(value)
    except Failed:
        return e.work(instead)
    if type(made) is list and any(isinstance(item, FormulaError) for item in made):
        other = e.work(instead)
        return [other if isinstance(item, FormulaError) else item for item in made]  # type: ignore[misc]
    return made


def _ifna_sql(c: "Compiler", value: ast.expr, instead: ast.expr) -> Part:
    return settle_branches(c, value, instead, NA)


@function(
    "IFNA(value: lazy, instead: lazy)",
    Text(
        "值为 #N/A 时改给另一个值，其他错误照旧。",
        "Gives another value where the first is #N/A; other errors stay.",
    ),
    [('IFNA(#N/A, "none")', "none"), ("IFNA(1/0, 0)", "#DIV/0!")],
    result=lambda types: join(types[0], types[1]),
    sql=_ifna_sql,
)
def IFNA(e: "Evaluator", value: ast.expr, instead: ast.expr) -> Value:
    try:
        return e.work(value)
    except Failed as failed:
        if failed.error == NA:
            return e.work(instead)
        raise


# --- and, or, not ----------------------------------------------------------------------------------------------------


def _listed(e: "Evaluator", nodes: tuple[ast.expr, ...]) -> list[bool]:
    found: list[bool] = []
    for value in [e.work(node) for node in nodes]:
        if type(value) is list:
            e.budget.charge(len(value))
            found += [
                coerce.to_boolean(coerce.scalar(v)) for v in value if v is not None and not isinstance(v, str)
            ]
        else:
            found.append(coerce.to_boolean(value))
    if not found:
        raise Failed(VALUE)
    return found


def _all_sql(combine: Any) -> Any:
    def compiled(c: "Compiler", *nodes: ast.expr) -> Part:
        raw = [c.work(node) for node in nodes]
        if any(part.hollow for part in raw):
            raise mixed()
        raw = [c.once(p) if p.weight > 40 else p for p in raw]
        tested = [as_boolean(p) if p.source is None else _over_list(c, p, combine) for p in raw]
        errors = [*(p.error for p in raw if p.source is None), *(p.error for p in tested)]
        made = c.make("boolean", combine(*(p.value for p in tested)), first_error(errors))
        return c.settle(made, *(p for p in raw if p.source is None))

    return compiled


def _over_list(c: "Compiler", part: Part, combine: Any) -> Part:
    """AND or OR over a list of TRUE and FALSE."""
    from sqlalchemy import func

    if part.type != "boolean" or part.source is None:
        raise mixed()
    fold = func.bool_and if combine is and_ else func.bool_or
    value = c.total(part.source, fold(part.value))
    error = list_error(c, part)
    none = case((value.is_(None), literal_column(f"'{VALUE_ERROR.code}'")))
    return c.make(
        "boolean", func.coalesce(value, literal_column("false")), first_error([error, none]), weight=20
    )


@function(
    "AND(condition*: lazy) -> boolean",
    Text("所有条件都成立时为 TRUE。", "TRUE where all conditions hold."),
    [("AND(TRUE, 1 < 2)", "TRUE"), ("AND(TRUE, 0)", "FALSE"), ('AND("x")', "#VALUE!")],
    sql=_all_sql(and_),
)
def AND(e: "Evaluator", *conditions: ast.expr) -> bool:
    return all(_listed(e, conditions))


@function(
    "OR(condition*: lazy) -> boolean",
    Text("至少一个条件成立时为 TRUE。", "TRUE where at least one condition holds."),
    [("OR(FALSE, 1 < 2)", "TRUE"), ("OR(FALSE, 0)", "FALSE"), ("OR({1,2} = 2)", "TRUE")],
    sql=_all_sql(or_),
)
def OR(e: "Evaluator", *conditions: ast.expr) -> bool:
    return any(_listed(e, conditions))


@function(
    "XOR(condition*: lazy) -> boolean",
    Text("成立的条件为奇数个时为 TRUE。", "TRUE where an odd number of conditions holds."),
    [("XOR(TRUE, FALSE)", "TRUE"), ("XOR(TRUE, TRUE)", "FALSE")],
)
def XOR(e: "Evaluator", *conditions: ast.expr) -> bool:
    return sum(_listed(e, conditions)) % 2 == 1


@function(
    "NOT(condition: boolean) -> boolean",
    Text("把成立变成不成立，反之亦然。", "Turns TRUE into FALSE and FALSE into TRUE."),
    [("NOT(1 > 2)", "TRUE"), ("NOT(5)", "FALSE")],
    sql=lambda c, condition: c.make("boolean", ~condition.value),
)
def NOT(condition: bool) -> bool:
    return not condition


@function(
    "TRUE() -> boolean",
    Text("逻辑值 TRUE。", "The value TRUE."),
    [("TRUE()", "TRUE")],
    sql=lambda c: c.make("boolean", literal_column("true")),
)
def TRUE() -> bool:
    return True


@function(
    "FALSE() -> boolean",
    Text("逻辑值 FALSE。", "The value FALSE."),
    [("FALSE()", "FALSE")],
    sql=lambda c: c.make("boolean", literal_column("false")),
)
def FALSE() -> bool:
    return False


# --- asking what a value is -------------------------------------------------------------------------------------------


def _asks(test: Any) -> Any:
    """The SQL of a question that is never an error itself."""

    def compiled(c: "Compiler", part: Part) -> Part:
        return c.make("boolean", test(part), source=part.source)

    return compiled


def _is_error(part: Part) -> Any:
    return literal_column("false") if part.error is None else part.error.is_not(None)


def _of_type(*types: str) -> Any:
    def test(part: Part) -> Any:
        if part.type not in types:
            return literal_column("false")
        fine = literal_column("true") if part.error is None else part.error.is_(None)
        return and_(part.value.is_not(None), fine) if part.blank else fine

    return test


def _is_blank(part: Part) -> Any:
    if part.type == "blank":
        return literal_column("true")
    if not part.blank:
        return literal_column("false")
    return part.value.is_(None) if part.error is None else and_(part.value.is_(None), part.error.is_(None))


@function(
    "ISBLANK(value: raw) -> boolean",
    Text("字段没有值时为 TRUE。", "TRUE where a field has no value."),
    [("ISBLANK(0)", "FALSE"), ('ISBLANK("")', "FALSE")],
    sql=_asks(_is_blank),
)
def ISBLANK(value: Value) -> bool:
    return value is None


@function(
    "ISERROR(value: raw) -> boolean",
    Text("值是错误时为 TRUE。", "TRUE where the value is an error."),
    [("ISERROR(1/0)", "TRUE"), ("ISERROR(1)", "FALSE")],
    sql=_asks(_is_error),
)
def ISERROR(value: Value) -> bool:
    return isinstance(value, FormulaError)


@function(
    "ISERR(value: raw) -> boolean",
    Text("值是 #N/A 以外的错误时为 TRUE。", "TRUE where the value is an error other than #N/A."),
    [("ISERR(1/0)", "TRUE"), ("ISERR(#N/A)", "FALSE")],
    sql=_asks(
        lambda p: (
            literal_column("false") if p.error is None else and_(p.error.is_not(None), p.error != "#N/A")
        )
    ),
)
def ISERR(value: Value) -> bool:
    return isinstance(value, FormulaError) and value != NA


@function(
    "ISNA(value: raw) -> boolean",
    Text("值是 #N/A 时为 TRUE。", "TRUE where the value is #N/A."),
    [("ISNA(#N/A)", "TRUE"), ("ISNA(1)", "FALSE")],
    sql=_asks(
        lambda p: (
            literal_column("false") if p.error is None else and_(p.error.is_not(None), p.error == "#N/A")
        )
    ),
)
def ISNA(value: Value) -> bool:
    return value == NA and isinstance(value, FormulaError)


@function(
    "ISNUMBER(value: raw) -> boolean",
    Text("值是数字或日期时为 TRUE。", "TRUE where the value is a number or a date."),
    [("ISNUMBER(5)", "TRUE"), ('ISNUMBER("5")', "FALSE"), ("ISNUMBER(DATE(2026,1,1))", "TRUE")],
    sql=_asks(_of_type("number", "date", "datetime", "time")),
)
def ISNUMBER(value: Value) -> bool:
    return value is not None and not isinstance(value, (str, bool, FormulaError))


@function(
    "ISTEXT(value: raw) -> boolean",
    Text("值是文字时为 TRUE。", "TRUE where the value is text."),
    [('ISTEXT("a")', "TRUE"), ("ISTEXT(1)", "FALSE")],
    sql=_asks(_of_type("text", "empty")),
)
def ISTEXT(value: Value) -> bool:
    return isinstance(value, str)


@function(
    "ISNONTEXT(value: raw) -> boolean",
    Text("值不是文字时为 TRUE，空值也算。", "TRUE where the value is no text; a blank is none."),
    [('ISNONTEXT("a")', "FALSE"), ("ISNONTEXT(1)", "TRUE")],
)
def ISNONTEXT(value: Value) -> bool:
    return not isinstance(value, str)


@function(
    "ISLOGICAL(value: raw) -> boolean",
    Text("值是 TRUE 或 FALSE 时为 TRUE。", "TRUE where the value is TRUE or FALSE."),
    [("ISLOGICAL(1 = 1)", "TRUE"), ("ISLOGICAL(1)", "FALSE")],
    sql=_asks(_of_type("boolean")),
)
def ISLOGICAL(value: Value) -> bool:
    return isinstance(value, bool)


@function(
    "ISEVEN(number: number) -> boolean",
    Text("整数部分是偶数时为 TRUE。", "TRUE where the whole part is even."),
    [("ISEVEN(4)", "TRUE"), ("ISEVEN(2.5)", "TRUE"), ("ISEVEN(-1)", "FALSE")],
)
def ISEVEN(number: Decimal) -> bool:
    return coerce.to_integer(number) % 2 == 0


@function(
    "ISODD(number: number) -> boolean",
    Text("整数部分是奇数时为 TRUE。", "TRUE where the whole part is odd."),
    [("ISODD(3)", "TRUE"), ("ISODD(4)", "FALSE")],
)
def ISODD(number: Decimal) -> bool:
    return coerce.to_integer(number) % 2 == 1


@function(
    "NA()",
    Text("错误值 #N/A（没有这个值）。", "The error #N/A (no value available)."),
    [("NA()", "#N/A")],
    sql=lambda c: c.fixed(NA),
)
def NA_() -> Value:
    raise Failed(NA)


@function(
    "ERROR.TYPE(error: raw) -> number",
    Text("错误值的编号；不是错误时为 #N/A。", "The number of an error value; #N/A for what is no error."),
    [("ERROR.TYPE(1/0)", "2"), ("ERROR.TYPE(#N/A)", "7"), ("ERROR.TYPE(1)", "#N/A")],
)
def ERROR_TYPE(error: Value) -> int:
    order = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"]
    if not isinstance(error, FormulaError) or error.code not in order:
        raise Failed(NA)
    return order.index(error.code) + 1


@function(
    "TYPE(value: raw) -> number",
    Text(
        "值的类型：1 数字，2 文字，4 逻辑值，16 错误。",
        "The type of a value: 1 number, 2 text, 4 logical, 16 error.",
    ),
    [("TYPE(1)", "1"), ('TYPE("a")', "2"), ("TYPE(TRUE)", "4"), ("TYPE(1/0)", "16")],
)
def TYPE(value: Value) -> int:
    if isinstance(value, FormulaError):
        return 16
    if isinstance(value, bool):
        return 4
    return 2 if isinstance(value, str) else 1
