"""Comparisons in SQL: Excel's order of types, blanks, texts in lower case, options by any of their names."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, and_, case, literal, literal_column
from sqlalchemy import Text as SqlText

from engine.formulas.sql_parts import Part, as_number, as_text, folded_sql, steady_sql
from engine.formulas.sql_words import Sql
from engine.formulas.values import folded, option_value

OPERATE: dict[str, Callable[[Any, Any], Sql]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
RANKS = {"number": 0, "date": 0, "datetime": 0, "time": 0, "text": 1, "empty": 1, "boolean": 2}


def truth(value: bool) -> Sql:
    """TRUE or FALSE as a constant."""
    return literal_column("true" if value else "false", Boolean())


def compare_sql(symbol: str, a: Part, b: Part) -> Sql:
    """Whether `a symbol b`, never NULL for parts without an error."""
    if "error" in (a.type, b.type):
        return truth(False)
    if a.type == "blank" and b.type == "blank":
        return truth(symbol in ("=", "<=", ">="))
    if "blank" in (a.type, b.type):
        kind = b.type if a.type == "blank" else a.type
        return _same_rank(symbol, a, b, RANKS[kind])
    if RANKS[a.type] == RANKS[b.type]:
        return _same_rank(symbol, a, b, RANKS[a.type])
    return _different_ranks(symbol, a, b)


def _same_rank(symbol: str, a: Part, b: Part, rank: int) -> Sql:
    if rank == 1:
        return OPERATE[symbol](*_texts(a, b, symbol))
    if rank == 2:
        false = literal_column("false", Boolean())
        sides = [
            false
            if p.type == "blank"
            else (case((p.value, truth(True)), else_=false) if p.blank else p.value)
            for p in (a, b)
        ]
        return OPERATE[symbol](sides[0], sides[1])
    if a.type == b.type == "date" and not a.blank and not b.blank:
        return OPERATE[symbol](a.value, b.value)
    return OPERATE[symbol](steady_sql(as_number(a)), steady_sql(as_number(b)))


def _different_ranks(symbol: str, a: Part, b: Part) -> Sql:
    """Different types are never equal and ordered by type, but a blank takes the other side's type."""
    settled = truth(OPERATE[symbol](RANKS[a.type], RANKS[b.type]))  # type: ignore[arg-type]
    whens: list[tuple[Sql, Sql]] = []
    if a.blank and b.blank:
        whens.append((and_(a.value.is_(None), b.value.is_(None)), truth(symbol in ("=", "<=", ">="))))
    blank = Part("blank", literal_column("NULL::text", SqlText()), constant=None)
    if a.blank:
        whens.append((a.value.is_(None), _same_rank(symbol, blank, b, RANKS[b.type])))
    if b.blank:
        whens.append((b.value.is_(None), _same_rank(symbol, a, blank, RANKS[a.type])))
    return case(*whens, else_=settled) if whens else settled


def _texts(a: Part, b: Part, symbol: str) -> tuple[Sql, Sql]:
    if symbol in ("=", "<>"):
        if a.options and not b.options:
            return folded_text(a), option_sql(a.options, b)
        if b.options and not a.options:
            return option_sql(b.options, a), folded_text(b)
    return folded_text(a), folded_text(b)


def folded_text(part: Part) -> Sql:
    """A text part in lower case."""
    if isinstance(part.constant, str):
        return literal(folded(part.constant), SqlText()).collate("C")
    return folded_sql(as_text(part).value)


def option_sql(options: Any, part: Part) -> Sql:
    """What is compared with an option: the option's value where the text is a value or label of it."""
    if isinstance(part.constant, str):
        return literal(folded(option_value(options, part.constant)), SqlText()).collate("C")
    text = as_text(part).value
    lowered = folded_sql(text)
    whens = [(lowered == folded(name), literal(folded(value), SqlText())) for name, value in options.items()]
    return case(*whens, else_=lowered)
