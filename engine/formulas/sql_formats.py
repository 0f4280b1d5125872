"""TEXT in SQL, for the formats that lists and groupings use: plain digits, thousands, percent, year, month, day."""

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text as SqlText
from sqlalchemy import case, func, literal

from engine.formulas.formats import format_value
from engine.formulas.numbers import ZERO
from engine.formulas.sql_parts import Part, RowOnly, as_number
from engine.formulas.sql_parts import steady_sql as steady
from engine.formulas.sql_words import round_sql
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler

WIDEST = 66

_DATE = re.compile(r'(yyyy|yy|mm|m|dd|d|"[^"]*"|[-/. 年月日])', re.IGNORECASE)
_NUMBER = re.compile(r"(#,##)?0(\.0{1,10})?(%)?$")
_PIECES = {"yyyy": "YYYY", "yy": "YY", "mm": "MM", "m": "FMMM", "dd": "DD", "d": "FMDD"}


def format_sql(c: "Compiler", value: Part, pattern: Part) -> Part:
    """TEXT(value, constant format)."""
    written = pattern.constant
    if not isinstance(written, str):
        raise row_by_row()
    if value.type in ("date", "datetime") and not (pieces := _DATE.split(written))[::2].count("") < len(
        pieces[::2]
    ):
        made: Any = func.to_char(value.value, _to_char(pieces[1::2]), type_=SqlText())
        if value.blank:
            made = case((value.value.is_(None), literal(format_value(ZERO, written), SqlText())), else_=made)
        return c.make("text", made, length=60)
    found = _NUMBER.match(written)
    if value.type not in ("number", "blank") or found is None or value.whole > WIDEST:
        raise row_by_row()
    number = as_number(value)
    amount: Any = steady(number)
    if found[3]:
        amount = steady(Part("number", number.value * 100, places=number.places))
    places = len(found[2]) - 1 if found[2] else 0
    whole = "FM" + "999," * (WIDEST // 3) + "990" if found[1] else "FM" + "9" * WIDEST + "0"
    shown: Any = func.to_char(
        round_sql(func.abs(amount), places), whole + ("." + "0" * places if places else ""), type_=SqlText()
    )
    shown = case((number.value < 0, literal("-", SqlText()) + shown), else_=shown)
    return c.make("text", shown + literal("%", SqlText()) if found[3] else shown, length=60)


def _to_char(pieces: list[str]) -> str:
    return "".join(_PIECES.get(p.lower()) or '"' + p.strip('"').replace("\\", "\\\\") + '"' for p in pieces)


def row_by_row() -> RowOnly:
    """The reason for any other format."""
    return RowOnly(Text("TEXT 的这种格式只能逐行计算。", "TEXT with this format is worked out row by row."))
