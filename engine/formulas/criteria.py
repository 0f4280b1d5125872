"""Criteria as SUMIFS and COUNTIF have them (`">=10"`, `"a*"`, `5`), and Excel's wildcards in linear time."""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from engine.formulas import coerce, numbers
from engine.formulas.budget import MAX_PATTERN
from engine.formulas.reading import read_number
from engine.formulas.values import ERRORS, VALUE, Failed, FormulaError, OptionText, folded

_SYMBOL = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)


@dataclass(frozen=True)
class Criterion:
    """One condition on an element. Exactly one of number, boolean, error, blank or text is what it looks for."""

    symbol: str = "="
    number: Decimal | None = None
    boolean: bool | None = None
    error: FormulaError | None = None
    blank: bool = False
    empty_too: bool = False
    text: str = ""

    @staticmethod
    def of(wanted: Any, locale: str = "zh-CN") -> "Criterion":
        """The condition that a value says."""
        if isinstance(wanted, str):
            return _read(str(wanted), locale)
        if isinstance(wanted, bool):
            return Criterion(boolean=wanted)
        if isinstance(wanted, FormulaError):
            return Criterion(error=wanted)
        return Criterion(number=numbers.steady(coerce.to_number(wanted)))

    @cached_property
    def wild(self) -> bool:
        """Whether the text has wildcards."""
        return Wildcard.of(self.text).wild

    @cached_property
    def plain(self) -> str:
        """The text without the marks that take a wildcard's meaning away."""
        return Wildcard.of(self.text).plain

    def like(self) -> str:
        """The text as a pattern of SQL's LIKE, in lower case."""
        return Wildcard.of(self.text).like()

    def matches(self, value: Any) -> bool:
        """Whether an element meets it."""
        if self.blank:
            empty = value is None or (self.empty_too and isinstance(value, str) and value == "")
            return (value is not None) if self.symbol == "<>" else empty
        if self.symbol == "<>":
            return not self._positive("=", value)
        return self._positive(self.symbol, value)

    def _positive(self, symbol: str, value: Any) -> bool:
        if self.error is not None:
            return symbol == "=" and value == self.error
        if value is None or isinstance(value, FormulaError):
            return False
        if isinstance(value, bool) or self.boolean is not None:
            return (
                isinstance(value, bool)
                and self.boolean is not None
                and _compared(symbol, value, self.boolean)
            )
        if symbol == "=" and isinstance(value, OptionText) and self.plain.lower() in value.options:
            return folded(value) == folded(value.options[self.plain.lower()])
        if isinstance(value, (Decimal, date, time)):
            return self.number is not None and _compared(
                symbol, numbers.steady(coerce.to_number(value)), self.number
            )
        if not isinstance(value, str):
            return False
        if self.number is not None:
            if symbol != "=":
                return False
            read = read_number(value)
            return read is not None and numbers.steady(read) == self.number
        if symbol != "=":
            return _compared(symbol, folded(value), folded(self.text))
        return (
            Wildcard.of(self.text).matches(folded(value))
            if self.wild
            else folded(value) == folded(self.plain)
        )


def _compared(symbol: str, a: Any, b: Any) -> bool:
    if symbol == "=":
        return bool(a == b)
    if symbol in ("<", "<="):
        return bool(a < b or (symbol == "<=" and a == b))
    return bool(a > b or (symbol == ">=" and a == b))


@lru_cache(maxsize=1024)
def _read(text: str, locale: str) -> Criterion:
    found = _SYMBOL.match(text)
    assert found is not None
    symbol, rest = found[1] or "=", found[2]
    if len(rest) > MAX_PATTERN:
        raise Failed(VALUE)
    if rest == "" and symbol in ("=", "<>"):
        return Criterion(symbol, blank=True, empty_too=found[1] is None)
    if rest.upper() in ("TRUE", "FALSE"):
        return Criterion(symbol, boolean=rest.upper() == "TRUE", text=rest)
    if rest.upper() in ERRORS:
        return Criterion(symbol, error=ERRORS[rest.upper()])
    number = read_number(rest, locale)
    return Criterion(symbol, number=None if number is None else numbers.steady(number), text=rest)


class Wildcard:
    """`*` any text, `?` one character, `~` takes their meaning away; compared in lower case.

    The pieces between the stars are looked for one after the other, so that no pattern takes long.
    """

    @staticmethod
    @lru_cache(maxsize=1024)
    def of(pattern: str) -> "Wildcard":
        """The pattern, read; longer ones than Excel takes are #VALUE!."""
        return Wildcard(pattern)

    def __init__(self, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise Failed(VALUE)
        pieces: list[list[str | None]] = [[]]
        at = 0
        while at < len(pattern):
            mark = pattern[at]
            if mark == "~" and pattern[at + 1 : at + 2] in ("*", "?", "~"):
                at += 1
                pieces[-1].append(pattern[at])
            elif mark == "*":
                if pieces[-1] or len(pieces) == 1:
                    pieces.append([])
            elif mark == "?":
                pieces[-1].append(None)
            else:
                pieces[-1].append(mark)
            at += 1
        self.pieces = pieces
        self.wild = len(pieces) > 1 or any(c is None for c in pieces[0])
        self.plain = "".join(c or "?" for c in pieces[0])
        self._parts = ["".join("." if c is None else re.escape(folded(c)) for c in piece) for piece in pieces]
        self._found = [re.compile(part, re.DOTALL) for part in self._parts]

    def matches(self, text: str) -> bool:
        """Whether the whole text, in lower case, fits."""
        if len(self.pieces) == 1:
            return self._found[0].fullmatch(text) is not None
        begun = self._found[0].match(text)
        if begun is None:
            return False
        at = begun.end()
        for piece in self._found[1:-1]:
            found = piece.search(text, at)
            if found is None:
                return False
            at = found.end()
        last = len(text) - len(self.pieces[-1])
        return last >= at and self._found[-1].fullmatch(text, last) is not None

    def find(self, text: str, start: int) -> int:
        """Where the pattern first occurs in the text, in lower case, from `start` on; -1 if nowhere."""
        pieces = [(regex, piece) for regex, piece in zip(self._found, self.pieces, strict=True)]
        leading = 0
        while leading < len(pieces) - 1 and not pieces[leading][1]:
            leading += 1
        if leading:
            return start if self._rest(text, start, leading) else -1
        found = self._found[0].search(text, start)
        if found is None:
            return -1
        return found.start() if self._rest(text, found.end(), 1) else -1

    def _rest(self, text: str, at: int, first: int) -> bool:
        for regex in self._found[first:]:
            found = regex.search(text, at)
            if found is None:
                return False
            at = found.end()
        return True

    def like(self) -> str:
        """The pattern for SQL's LIKE with `\\` as its escape, in lower case."""
        return "%".join("".join(_like_character(c) for c in piece) for piece in self.pieces)


def _like_character(character: str | None) -> str:
    if character is None:
        return "_"
    return f"\\{character}" if character in "%_\\" else folded(character)
