"""Reads the cells of one column as values of one field; equal cells are read once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.exchange.choices import UNKNOWN, Choices
from engine.exchange.fast_columns import fast
from engine.exchange.mapping import Replacement
from engine.exchange.problems import Problem
from engine.exchange.sheet import UNCALCULATED, Cell, CellError
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.platform.i18n import Text

REMEMBERED = 50_000
EXACT = 1e15
"""From here on a spreadsheet's number has lost digits: it keeps 15."""
WHOLE = 1e20
DIGITS_LOST = Text(
    "超过 15 位的数字，Excel 已丢失后面的位数；请在表格里把这一列设为文本后重新填写",
    "A number of more than 15 digits, of which Excel has lost the last; make the column text and enter it anew",
)
NOT_CALCULATED = Text(
    "公式还没有算出结果；请用 Excel 或 WPS 打开文件，保存后再导入",
    "The formula has not been worked out; open the file in a spreadsheet program, save it and import it again",
)


@dataclass(frozen=True)
class Made:
    """A record or member that the import has to make first, by its name."""

    name: str
    in_file: bool = False
    """A row of the file itself makes it."""


@dataclass(frozen=True)
class Skipped:
    """The whole row is left out, as somebody chose for this value."""


class Names:
    """What the texts of a link or member column stand for."""

    def learn(self, texts: Collection[str]) -> None:
        """Look these texts up, all at once; asked before `find` is."""

    def find(self, text: str) -> int | Made | Problem | None:
        """The id, something to be made, nothing (left empty), or what is wrong."""
        raise LookupError(text)

    def create(self, text: str) -> int | Made | Problem:
        """What somebody chose to be made under this name: what has it already, or something to be made."""
        raise LookupError(text)


@dataclass
class ColumnReader:
    """Reads the cells of a column; a cell becomes a value, a Problem, a Made or Skipped.

    `odd` tells whether anything but plain values has come so far.
    """

    field: Field
    context: ParseContext
    replacements: Mapping[str, Replacement] = attribute(default_factory=dict)
    names: Names | None = None
    choices: Choices | None = None
    odd: bool = False
    _known: dict[Any, Any] = attribute(default_factory=dict, repr=False)

    def read_all(self, cells: Sequence[Cell]) -> list[Any]:
        """The values of many cells."""
        if self.names is None and not self.replacements and self.context.percents != "percent":
            values = fast(self.field, cells)
            if values is not None:
                return values
        known = self._known
        if len(known) > REMEMBERED:
            known.clear()
        # True and 1.0 are one key to a dictionary but not one value to a person.
        places: Sequence[Any] = cells
        if bool in set(map(type, cells)):
            places = [(bool, cell) if cell.__class__ is bool else cell for cell in cells]
        fresh = [place for place in dict.fromkeys(places) if place not in known]
        if self.names is not None:
            self.names.learn(self._texts(fresh))
        for place in fresh:
            cell = place[1] if place.__class__ is tuple else place
            value = known[place] = None if cell is None else self.read(cell)
            self.odd = self.odd or _is_odd(value)
        return list(map(known.__getitem__, places))

    def _texts(self, places: Iterable[Any]) -> set[str]:
        texts: set[str] = set()
        for place in places:
            cell = place[1] if place.__class__ is tuple else place
            if cell is not None and not isinstance(cell, CellError):
                text = shown(cell).strip()
                chosen = self.replacements.get(text)
                texts.add((chosen.text or "" if chosen.kind == "text" else "") if chosen else text)
        if self.field.kind.multiple:
            texts = {part for text in texts for part in parts(text)}
        texts.discard("")
        return texts

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
        if cell == UNCALCULATED:
            return Problem("not_calculated", NOT_CALCULATED)
        said = Text("单元格是错误值 {code}", "The cell holds the error {code}", code=cell.code)
        return Problem("cell_error", said)

    def _replaced(self, chosen: Replacement, cell: Cell) -> Any:
        if chosen.kind == "empty":
            return None
        if chosen.kind == "skip":
            return Skipped()
        if chosen.kind == "create":
            if self.choices is not None:
                return self.choices.create(shown(cell))
            return self._made(shown(cell)) if self.names else self._value(cell)
        return self._value(chosen.text)

    def _made(self, text: str) -> Any:
        assert self.names is not None
        found = self.names.create(text)
        return found if isinstance(found, Problem) or not self.field.kind.multiple else [found]

    def _value(self, cell: Cell) -> Any:
        if self.names is not None:
            return self._named(shown(cell))
        if isinstance(cell, float) and abs(cell) >= EXACT and self.field.kind.align != "end":
            return Problem("digits_lost", DIGITS_LOST)
        try:
            value = self.field.kind.parse(_raw(cell, self.field), self.field, self.context)
            if value is not None and (fault := self.field.kind.check_new(value, self.field, self.context)):
                raise fault
            return value
        except FieldFault as fault:
            if self.choices is not None and fault.code == UNKNOWN:
                return self.choices.unknown(shown(cell), fault)
            suggestion = fault.details.get("suggestion")
            return Problem(fault.code, fault.message, suggestion=suggestion)

    def _named(self, text: str) -> Any:
        assert self.names is not None
        if not self.field.kind.multiple:
            return self.names.find(text)
        found = [self.names.find(part) for part in parts(text)]
        problem = next((one for one in found if isinstance(one, Problem)), None)
        return problem or [one for one in found if one is not None] or None


def shown_cell(cell: Cell) -> str:
    """A cell as it stands in the sheet; errors as their code."""
    return cell.code if isinstance(cell, CellError) else shown(cell)


def shown(cell: Cell) -> str:
    """A cell as the person who looks at the sheet reads it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < WHOLE else repr(cell)
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


def _is_odd(value: Any) -> bool:
    kind = value.__class__
    return kind in (Problem, Made, Skipped) or kind is list and any(one.__class__ is Made for one in value)


def parts(text: str) -> list[str]:
    """Several names in one cell, apart."""
    for mark in ("；", "、", "，", ","):
        text = text.replace(mark, ";")
    return [part.strip() for part in text.split(";") if part.strip()]
