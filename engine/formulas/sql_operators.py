"""Operators in SQL. A long chain of one operator becomes one flat expression, however many terms it has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, case, func, literal_column
from sqlalchemy import Text as SqlText
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ClauseList, ColumnElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import InternalTraversal

from engine.formulas.budget import MAX_TEXT
from engine.formulas.sql_compare import compare_sql
from engine.formulas.sql_parts import (
    MAX_WHOLE,
    UNKNOWN,
    Part,
    RowOnly,
    Source,
    as_number,
    as_text,
    first_error,
    mixed,
)
from engine.formulas.sql_words import (
    NUMERIC,
    ONE,
    ZERO,
    Sql,
    error_when,
    integer_literal,
    number_literal,
    round_sql,
)
from engine.formulas.values import DIV0, NUM, VALUE
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler

_FLAT = {"+": "+", "-": "-", "*": "*", "&": "||"}


class Running:
    """The part that a chain of operators has come to so far."""

    def __init__(self, compiler: "Compiler", first: Part) -> None:
        self.compiler = compiler
        self.part = first
        # terms of + - or of * or of & that wait to become one flat expression
        self.terms: list[Any] = []
        self.errors: list[Sql | None] = []
        self.kind = ""
        self.sources: list[Source | None] = []

    def step(self, symbol: str, right: Part | None, one_sided: bool) -> None:
        """Apply one operator."""
        group = {"+": "sum", "-": "sum", "*": "product", "&": "text"}.get(symbol, "")
        if one_sided or right is None:
            self.close()
            self.part = sign(self.compiler, symbol, self.part)
            return
        if self.part.hollow or right.hollow:
            raise mixed()
        if group != self.kind or not group:
            self.close()
        if group:
            self._extend(group, symbol, right)
        else:
            self.part = binary(self.compiler, symbol, self.part, right)

    def result(self) -> Part:
        """The whole chain."""
        self.close()
        return self.part

    def _extend(self, group: str, symbol: str, right: Part) -> None:
        right = ready(self.compiler, right, 6, 60 if group == "text" else 2 if right.type == "text" else 60)
        read = as_text if group == "text" else as_number
        b = read(right)
        if not self.kind:
            least = 60 if group == "text" or self.part.type != "text" else 2
            self.part = ready(self.compiler, self.part, 6, least)
            a = read(self.part)
            self.kind = group
            self.terms = [a.value]
            self.errors = [self.part.error, right.error, a.error, b.error]
            self.sources = [self.part.source]
            self.part = replace(a, options=None, constant=None if a.is_constant else a.constant)
        else:
            self.errors += [right.error, b.error]
        self.terms += [_FLAT[symbol], b.value]
        self.sources.append(right.source)
        a = self.part
        if group == "sum":
            whole, places = max(a.whole, b.whole) + (len(self.terms) % 9 == 0), max(a.places, b.places)
            length = 0
        elif group == "product":
            whole, places, length = a.whole + b.whole, a.places + b.places, 0
        else:
            whole = places = 0
            length = a.length + b.length
        self.part = replace(
            a,
            whole=whole,
            places=places,
            length=length,
            weight=a.weight + right.weight,
            depth=max(a.depth, right.depth + 1),
        )
        if group == "product" and (places > 40 or whole > MAX_WHOLE):
            self.close()

    def close(self) -> None:
        """Turn the waiting terms into one expression."""
        if not self.kind:
            return
        part, kind = self.part, self.kind
        value: Sql = Flat(self.terms, SqlText() if kind == "text" else NUMERIC)
        errors = self.errors
        part = replace(
            part,
            type="text" if kind == "text" else "number",
            value=value,
            error=first_error(errors),
            blank=False,
            source=one_source([s for s in self.sources if s is not None]),
            constant=UNKNOWN,
        )
        self.kind, self.terms, self.errors, self.sources = "", [], [], []
        if kind == "product":
            part = bounded(self.compiler, part)
        if kind == "text" and part.length > MAX_TEXT:
            part = self.compiler.once(replace(part, length=MAX_TEXT))
            too_long = error_when(func.length(part.value) > MAX_TEXT, VALUE)
            part = replace(part, error=first_error((part.error, too_long)))
        self.part = replace(part, depth=part.depth + 1)


class Flat(ColumnElement[Any]):
    """`a + b - c …` written without nesting: SQLAlchemy would recurse once for every operator."""

    inherit_cache = True

    def __init__(self, terms: Sequence[Any], type_: Any) -> None:
        self.type = type_
        self.symbols = tuple(term for term in terms if isinstance(term, str))
        self.clauses = ClauseList(
            *[term for term in terms if not isinstance(term, str)], operator=custom_op(",")
        )

    _traverse_internals = [
        ("clauses", InternalTraversal.dp_clauseelement),
        ("symbols", InternalTraversal.dp_plain_obj),
        ("type", InternalTraversal.dp_type),
    ]

    @property
    def _from_objects(self) -> list[Any]:
        return self.clauses._from_objects


@compiles(Flat)
def _flat(element: Flat, compiler: Any, **kw: Any) -> str:
    sides = [
        compiler.process(term.self_group(against=custom_op("+")), **kw) for term in element.clauses.clauses
    ]
    words = [sides[0]]
    for symbol, side in zip(element.symbols, sides[1:], strict=True):
        words += [symbol, side]
    return "(" + " ".join(words) + ")"


def ready(compiler: "Compiler", part: Part, depth: int, weight: int) -> Part:
    """The part, made to stand once if it is larger than this."""
    return compiler.once(part) if part.depth > depth or part.weight > weight else part


def one_source(sources: Sequence[Source]) -> Source | None:
    """The source that all elements come from; lists of different rows can't be combined in SQL."""
    if not sources:
        return None
    first = sources[0]
    steps = list(first.steps)
    for other in sources[1:]:
        if other.from_clause is not first.from_clause:
            raise RowOnly(
                Text(
                    "不同子表的列只能逐行合在一起计算。",
                    "Columns of different lists are combined row by row.",
                )
            )
        steps += [step for step in other.steps if step not in steps]
    return Source(first.from_clause, first.where, first.order, steps)


def bounded(compiler: "Compiler", part: Part) -> Part:
    """A product with at most 40 places; where it may have more than 308 digits it is checked."""
    value = part.value
    if part.places > 40:
        value = round_sql(value, 40)
    part = replace(part, value=value, places=min(part.places, 40))
    if part.whole <= MAX_WHOLE:
        return part
    part = compiler.once(part)
    too_large = func.abs(part.value) >= number_literal_power(308)
    return compiler.once(
        replace(
            part,
            value=case((too_large, literal_column("NULL::numeric", NUMERIC)), else_=part.value),
            error=first_error((part.error, error_when(too_large, NUM))),
            whole=20,
            weight=9,
        )
    )


def number_literal_power(exponent: int) -> Sql:
    """10 to a power, written short."""
    return literal_column(f"1e{exponent}::numeric", NUMERIC)


def sign(compiler: "Compiler", symbol: str, part: Part) -> Part:
    """A sign before a value, or % behind it."""
    if symbol == "+":
        return part
    if part.hollow:
        raise mixed()
    part = ready(compiler, part, 6, 2 if part.type == "text" else 60)
    number = as_number(part)
    error = first_error((part.error, number.error))
    if symbol == "-":
        return replace(
            number,
            value=-number.value,
            error=error,
            depth=part.depth + 1,
            weight=part.weight + 1,
            constant=UNKNOWN,
        )
    value = number.value * literal_column("0.01::numeric", NUMERIC)
    places = number.places + 2
    if places > 20:
        value, places = round_sql(value, 20), 20
    return replace(
        number,
        value=value,
        places=places,
        error=error,
        depth=part.depth + 1,
        weight=part.weight + 1,
        constant=UNKNOWN,
    )


def binary(compiler: "Compiler", symbol: str, a: Part, b: Part) -> Part:
    """Division, powers and comparisons."""
    a, b = (ready(compiler, side, 6, 2 if side.type == "text" else 6) for side in (a, b))
    if symbol == "/":
        made = divide(compiler, a, b)
    elif symbol == "^":
        made = power(compiler, a, b)
    else:
        made = Part("boolean", compare_sql(symbol, a, b), first_error((a.error, b.error)), blank=False)
        made = replace(
            made,
            value=func.coalesce(made.value, literal_column("false", Boolean()))
            if made.error is not None
            else made.value,
        )
    source = one_source([p.source for p in (a, b) if p.source is not None])
    return compiler.settle(replace(made, source=source), a, b)


def divide(compiler: "Compiler", a: Part, b: Part) -> Part:
    """a / b to 20 places; #DIV/0! for b = 0."""
    x, y = as_number(a), as_number(b)
    whole = min(x.whole + y.places + 1, 340)
    errors = [a.error, b.error, x.error, y.error]
    if y.is_constant and y.constant:
        value = quotient(x.value, y.value)
    else:
        value = quotient(x.value, func.nullif(y.value, ZERO, type_=NUMERIC))
        errors.append(error_when(y.value == ZERO, DIV0))
    made = Part("number", value, first_error(errors), blank=False, places=20, whole=whole)
    return bounded(compiler, made) if whole > MAX_WHOLE else made


def quotient(a: Sql, b: Sql) -> Sql:
    """a / b rounded half up to 20 places: PostgreSQL keeps as many places as the dividend shows."""
    return round_sql(round_sql(a, 40) / b, 20)


def power(compiler: "Compiler", a: Part, b: Part) -> Part:
    """a ^ b with Excel's errors."""
    x, y = as_number(a), as_number(b)
    whole = y.whole_constant() if y.is_constant and y.places == 0 else None
    if whole is not None and 1 <= whole <= 12:
        value = round_sql(func.power(round_sql(x.value, 40), integer_literal(whole), type_=NUMERIC), 20)
        made = Part(
            "number",
            value,
            first_error((a.error, b.error, x.error)),
            blank=False,
            places=20,
            whole=min(x.whole * whole, 600),
        )
        return bounded(compiler, made)
    x = compiler.once(replace(x, error=first_error((a.error, b.error, x.error, y.error)), weight=9))
    y = compiler.once(replace(y, error=None, weight=9, source=y.source))
    base, exponent = x.value, y.value
    fraction = exponent != func.trunc(exponent)
    digits = exponent * func.log(
        func.greatest(func.abs(base), literal_column("1e-40::numeric", NUMERIC)), type_=NUMERIC
    )
    wrong = case(
        (x.error.is_not(None), x.error)
        if x.error is not None
        else (literal_column("false"), literal_column("NULL::text")),
        ((base == ZERO) & (exponent == ZERO), error_when(literal_column("true"), NUM)),
        ((base == ZERO) & (exponent < ZERO), error_when(literal_column("true"), DIV0)),
        ((base < ZERO) & fraction, error_when(literal_column("true"), NUM)),
        ((base != ZERO) & (digits > number_literal(308)), error_when(literal_column("true"), NUM)),
    )
    checked = compiler.once(
        Part(
            "number",
            digits,
            wrong,
            blank=False,
            weight=20,
            source=one_source([p.source for p in (a, b) if p.source is not None]),
        )
    )
    value = case(
        (checked.error.is_not(None), literal_column("NULL::numeric", NUMERIC)),  # type: ignore[union-attr]
        ((base == ZERO) | (checked.value < number_literal(-22)), ZERO),
        (exponent == ONE, round_sql(base, 20)),
        else_=round_sql(func.power(round_sql(base, 40), exponent, type_=NUMERIC), 20),
    )
    return Part("number", value, checked.error, blank=False, places=20, whole=308, weight=12)
