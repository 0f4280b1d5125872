"""Whole columns of ordinary cells read at once: plain texts and plain numbers, which is what most cells hold.

What it answers is what the field type's `parse` would for each cell; where anything is out of the ordinary it
answers None, and the cells are read one by one.
"""

import re
from collections.abc import Callable, Collection, Sequence
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
_NUMERIC = {float, str, type(None)}


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
    kinds = set(map(type, cells))
    if not kinds <= _NUMERIC:  # before the cells are told apart: to a dictionary True and 1.0 are one
        return None
    places = field.kind.places(field)  # type: ignore[attr-defined]
    step = None if places is None else _STEPS[places]
    # Typed into a percentage, "5" is 5%: texts are left to the field type there.
    plain = _PLAIN.fullmatch if field.kind.__class__ is not PercentField else _nothing
    known: dict[Cell, Decimal | None] = {}
    for cell in set(cells):
        if cell.__class__ is float and -_EXACT < cell < _EXACT:  # type: ignore[operator]
            known[cell] = _written(repr(cell), places, step)
        elif cell.__class__ is str and plain(cell):  # type: ignore[arg-type]
            known[cell] = _written(cell, places, step)  # type: ignore[arg-type]
        elif cell is not None:
            return None
    if not _within(field, known.values()):
        return None
    known[None] = None
    return list(map(known.__getitem__, cells))


def _within(field: Field, values: Collection[Any]) -> bool:
    low, high = field.get("min"), field.get("max")
    return not values or (
        (low is None or min(values) >= Decimal(str(low)))
        and (high is None or max(values) <= Decimal(str(high)))
    )


def _nothing(cell: str) -> None:
    return None


def _written(text: str, places: int | None, step: Decimal | None) -> Decimal:
    """A number that is written with as many places as are kept needs no rounding, which takes longest."""
    if places and text[-1 - places : -places] == "." and "e" not in text:
        return Decimal(text)
    return _rounded(Decimal(text), step)


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
