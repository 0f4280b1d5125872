"""The values formulas work with: their types, error values, blanks, and how one becomes another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal, TypeAlias

ValueType: TypeAlias = Literal["number", "text", "boolean", "date", "datetime", "time", "any"]
VALUE_TYPES: tuple[ValueType, ...] = ("number", "text", "boolean", "date", "datetime", "time", "any")


@dataclass(frozen=True, slots=True)
class FormulaError:
    """An error as a value, named as Excel names it (`#DIV/0!`)."""

    code: str

    def __str__(self) -> str:
        return self.code


NULL = FormulaError("#NULL!")
DIV0 = FormulaError("#DIV/0!")
VALUE = FormulaError("#VALUE!")
REF = FormulaError("#REF!")
NAME = FormulaError("#NAME?")
NUM = FormulaError("#NUM!")
NA = FormulaError("#N/A")
ERRORS: dict[str, FormulaError] = {error.code: error for error in (NULL, DIV0, VALUE, REF, NAME, NUM, NA)}


class Failed(Exception):
    """Carries an error value up to whoever can take it (IFERROR, or the end of the formula)."""

    def __init__(self, error: FormulaError) -> None:
        super().__init__(error.code)
        self.error = error


class OptionText(str):
    """The stored value of an option field; it also answers to its labels when compared."""

    __slots__ = ("options",)
    options: Mapping[str, str]

    def __new__(cls, value: str, options: Mapping[str, str]) -> "OptionText":
        made = super().__new__(cls, value)
        made.options = options
        return made


Scalar: TypeAlias = Decimal | str | bool | date | datetime | time | FormulaError | None
Value: TypeAlias = Scalar | list[Scalar]

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """Text as it is compared: ASCII letters in lower case, all else as it stands (PostgreSQL's "C")."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def option_value(options: Mapping[str, str], text: str) -> str:
    """The option's value for a value or label written in any case; anything else stays as it is."""
    return options.get(text) or options.get(text.lower()) or options.get(folded(text)) or text
