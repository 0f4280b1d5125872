"""Reads the cells of one column as values of one field; equal cells are read once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

from engine.exchange.mapping import Replacement
from engine.exchange.sheet import Cell, CellError
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.platform.i18n import Text

Level = Literal["must", "should"]
REMEMBERED = 200_000


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell: `must` keeps its row out, `should` asks for a look and leaves the cell empty."""

    code: str
    message: Text
    level: Level = "must"
    suggestion: str | None = None


@dataclass(frozen=True)
class Made:
    """A record or member that the import has to make first, by its name."""

    name: str


@dataclass(frozen=True)
class Skipped:
    """The whole row is left out, as somebody chose for this value."""


class Names:
    """What the texts of a link or member column stand for."""

    def find(self, text: str) -> int | Made | Problem | None:
        """The id, something to be made, nothing (left empty), or what is wrong."""
        raise LookupError(text)


@dataclass
class ColumnReader:
    """Reads the cells of a column; a cell becomes a value, a Problem, a Made or Skipped."""

    field: Field
    context: ParseContext
    replacements: Mapping[str, Replacement] = attribute(default_factory=dict)
    names: Names | None = None
    _known: dict[Any, Any] = attribute(default_factory=dict, repr=False)

    def read_all(self, cells: Iterable[Cell]) -> list[Any]:
        """The values of many cells."""
        known = self._known
        if len(known) > REMEMBERED:
            known.clear()
        values = []
        for cell in cells:
            if cell is None:
                values.append(None)
                continue
            # True and 1.0 are one key to a dictionary but not one value to a person.
            place = (cell.__class__, cell) if cell.__class__ is bool else cell
            try:
                values.append(known[place])
            except KeyError:
                value = known[place] = self.read(cell)
                values.append(value)
        return values

    def read(self, cell: Cell) -> Any:
        """The value of one cell."""
        if isinstance(cell, CellError):
            return self._error(cell)
        if isinstance(cell, str):
            cell = cell.strip()
            if not cell:
                return None
        if self.replacements:
            chosen = self.replacements.get(shown(cell))
            if chosen is not None:
                return self._replaced(chosen, cell)
        return self._value(cell)

    def _error(self, cell: CellError) -> Any:
        chosen = self.replacements.get(cell.code)
        if chosen is not None:
            return self._replaced(chosen, cell.code)
        said = Text("单元格是错误值 {code}", "The cell holds the error {code}", code=cell.code)
        return Problem("cell_error", said)

    def _replaced(self, chosen: Replacement, cell: Cell) -> Any:
        if chosen.kind == "empty":
            return None
        if chosen.kind == "skip":
            return Skipped()
        if chosen.kind == "create":
            return Made(shown(cell)) if self.names else self._value(cell)
        return self._value(chosen.text)

    def _value(self, cell: Cell) -> Any:
        if self.names is not None:
            return self._named(shown(cell))
        try:
            return self.field.kind.parse(_raw(cell, self.field), self.field, self.context)
        except FieldFault as fault:
            suggestion = fault.details.get("suggestion")
            return Problem(fault.code, fault.message, suggestion=suggestion)

    def _named(self, text: str) -> Any:
        assert self.names is not None
        if not self.field.kind.multiple:
            return self.names.find(text)
        found = [self.names.find(part) for part in parts(text)]
        problem = next((one for one in found if isinstance(one, Problem)), None)
        return problem or [one for one in found if one is not None] or None


def shown(cell: Cell) -> str:
    """A cell as the person who looks at the sheet reads it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    return "" if cell is None else str(cell)


def _raw(cell: Cell, field: Field) -> Any:
    """What a field type's `parse` takes for this cell."""
    if isinstance(cell, bool) and field.type == "switch":
        return cell
    if isinstance(cell, float) and field.kind.align == "end":
        return Decimal(repr(cell))
    if isinstance(cell, (date, datetime)) and field.type == "date":
        return cell
    if isinstance(cell, timedelta):
        return str(cell)
    return shown(cell)


def parts(text: str) -> list[str]:
    """Several names in one cell, apart."""
    for mark in ("；", "、", "，", ","):
        text = text.replace(mark, ";")
    return [part.strip() for part in text.split(";") if part.strip()]
