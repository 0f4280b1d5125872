"""Whole columns of ordinary cells read at once: plain texts and plain numbers, which is what most cells hold.

What it answers is what the field type's `parse` would for each cell; where anything is out of the ordinary it
answers None, and the cells are read one by one.
"""

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from engine.exchange.sheet import Cell
from engine.fields.form import Field
from engine.fields.money import MoneyField
from engine.fields.number import NumberField
from engine.fields.percent import PercentField
from engine.fields.text import TextField
from engine.fields.textarea import TextareaField
from engine.fields.typed_text import MOST_DIGITS

_ODD = re.compile("[\x00-\x1f\ud800-\udfff]")
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?", re.ASCII)
_EXACT = 1e15
_WIDE = Context(prec=140, rounding=ROUND_HALF_UP)
_MOST_PLACES = 10


def fast(field: Field, cells: Sequence[Cell]) -> list[Any] | None:
    """The values of all cells, or None where one of them must be looked at by itself."""
    read = _READERS.get(field.kind.__class__)
    return read(field, cells) if read else None


def _texts(field: Field, cells: Sequence[Cell]) -> list[Any] | None:
    if field.get("pattern") or field.get("format"):
        return None
    try:
        texts = [cell.strip() if cell is not None else None for cell in cells]  # type: ignore[union-attr]
    except AttributeError:
        return None
    present = [text for text in texts if text]
    if not present:
        return [None] * len(cells)
    if len(max(present, key=len)) > field.get("max_length", getattr(field.kind, "longest", 0)) or _ODD.search(
        "".join(present)
    ):
        return None
    return texts if len(present) == len(texts) else [text or None for text in texts]


def _numbers(field: Field, cells: Sequence[Cell]) -> list[Any] | None:
    places = field.kind.places(field)  # type: ignore[attr-defined]
    step = None if places is None else _STEPS[places]
    # Typed into a percentage, "5" is 5%: texts are left to the field type there.
    plain = _PLAIN.fullmatch if field.kind.__class__ is not PercentField else _nothing
    values: list[Any] = []
    append = values.append
    seen: dict[Cell, Decimal] = {}
    for cell in cells:
        kind = cell.__class__
        if cell is None:
            append(None)
            continue
        if kind is float and -_EXACT < cell < _EXACT:  # type: ignore[operator]
            value = seen.get(cell)
            if value is None:
                value = seen[cell] = _rounded(Decimal(repr(cell)), step)
        elif kind is str and plain(cell):  # type: ignore[arg-type]
            value = seen.get(cell)
            if value is None:
                value = seen[cell] = _rounded(Decimal(cell), step)  # type: ignore[arg-type]
        else:
            return None
        append(value)
    return values if _within(field, values) else None


def _within(field: Field, values: list[Any]) -> bool:
    low, high = field.get("min"), field.get("max")
    if low is None and high is None:
        return True
    present = [value for value in values if value is not None]
    return not present or (
        (low is None or min(present) >= Decimal(str(low)))
        and (high is None or max(present) <= Decimal(str(high)))
    )


def _nothing(cell: str) -> None:
    return None


def _rounded(value: Decimal, step: Decimal | None) -> Decimal:
    if step is not None:
        return value.quantize(step, context=_WIDE)
    whole = value.to_integral_value()
    return whole if whole == value else value.quantize(_STEPS[_MOST_PLACES], context=_WIDE).normalize()


_STEPS = [Decimal((0, (1,), -places)) for places in range(MOST_DIGITS)]
_READERS: dict[type, Callable[[Field, Sequence[Cell]], "list[Any] | None"]] = {
    TextField: _texts,
    NumberField: _numbers,
    MoneyField: _numbers,
    PercentField: _numbers,
    TextareaField: _texts,
}
