"""The rows of an understood file as values of a form's fields, in batches, with every problem at its cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.clean import ColumnReader, Made, Names, Problem, Skipped, parts, shown
from engine.exchange.mapping import DATE_ORDERS, Lookup
from engine.exchange.names import member_names, record_names, same
from engine.exchange.sheet import Cell, CellError
from engine.exchange.understanding import Understanding
from engine.fields.base import ParseContext
from engine.fields.form import Field, Form

BATCH = 5_000


@dataclass(frozen=True)
class CellProblem:
    """A problem with its place: row as the sheet numbers it, column by its header."""

    row: int
    column: str
    target: str
    value: str
    problem: Problem


@dataclass
class ReadRow:
    """One record to be: its first row in the sheet, its values, the names that are to be made first."""

    number: int
    values: dict[str, Any]
    made: dict[str, Any] = attribute(default_factory=dict)
    rejected: bool = False
    skipped: bool = False


@dataclass(frozen=True)
class Column:
    """An imported column."""

    position: int
    header: str
    field: Field
    reader: ColumnReader


class SheetReader:
    """Reads an understood file into rows of values."""

    def __init__(
        self, connection: Connection, live: LiveApp, form: Form, viewer: Viewer, understood: Understanding
    ) -> None:
        self.form = form
        self.understood = understood
        names = self._names(connection, live, viewer)
        context = {
            order: ParseContext(
                language=viewer.language, time_zone=viewer.time_zone, text=True, date_order=order
            )
            for order in (None, *DATE_ORDERS.values())
        }
        self.columns = [
            Column(
                position,
                header,
                found,
                ColumnReader(
                    found,
                    context[DATE_ORDERS.get(understood.mapping.dates.get(target, ""))],
                    understood.mapping.values.get(target, {}),
                    names.get(target),
                ),
            )
            for position, header, target in understood.targets
            if (found := form.field(target)) is not None
        ]
        self.in_rows = [column for column in self.columns if column.field.parent is not None]

    def batches(self) -> Iterator[tuple[list[ReadRow], list[CellProblem]]]:
        """The file's records, some thousand at a time, with the problems among them."""
        held: ReadRow | None = None
        for numbers, rows in self._portions():
            problems: list[CellProblem] = []
            read = self._read(numbers, rows, problems)
            if self.in_rows:
                read, held = self._gathered(read, held)
            yield read, problems
        if held is not None:
            yield [held], []

    def _portions(self) -> Iterator[tuple[list[int], list[list[Cell]]]]:
        numbers: list[int] = []
        rows: list[list[Cell]] = []
        for number, row in self.understood.data():
            numbers.append(number)
            rows.append(row)
            if len(rows) >= BATCH:
                yield numbers, rows
                numbers, rows = [], []
        if rows:
            yield numbers, rows

    def _read(self, numbers: list[int], rows: list[list[Cell]], problems: list[CellProblem]) -> list[ReadRow]:
        read = [ReadRow(number, {}) for number in numbers]
        for column in self.columns:
            at, path = column.position, column.field.path
            cells = [row[at] if at < len(row) else None for row in rows]
            for row, cell, value in zip(read, cells, column.reader.read_all(cells), strict=True):
                if value is None:
                    continue
                kind = value.__class__
                if kind is Problem:
                    problems.append(CellProblem(row.number, column.header, path, shown_cell(cell), value))
                    row.rejected = row.rejected or value.level == "must"
                elif kind is Made or (kind is list and any(one.__class__ is Made for one in value)):
                    row.made[path] = value
                elif kind is Skipped:
                    row.skipped = True
                else:
                    row.values[path] = value
        return read

    def _gathered(self, read: list[ReadRow], held: ReadRow | None) -> tuple[list[ReadRow], ReadRow | None]:
        """Rows whose own columns are empty or repeat the row above are further lines of its subforms."""
        done: list[ReadRow] = []
        for row in read:
            own = {path: value for path, value in row.values.items() if "." not in path}
            lines: dict[str, dict[str, Any]] = {}
            for path, value in row.values.items():
                if "." in path:
                    subform, column = path.split(".", 1)
                    lines.setdefault(subform, {})[column] = value
            if (
                held is not None
                and (not own or own == {k: v for k, v in held.values.items() if k in own})
                and lines
            ):
                held.rejected = held.rejected or row.rejected
            else:
                if held is not None:
                    done.append(held)
                held = ReadRow(row.number, own, row.made, row.rejected, row.skipped)
            for subform, line in lines.items():
                held.values.setdefault(subform, []).append(line)
        return done, held

    def _names(self, connection: Connection, live: LiveApp, viewer: Viewer) -> dict[str, Names]:
        """What the names in link and member columns stand for; the file is gone through once to collect them."""
        wanted: dict[str, tuple[Field, int]] = {}
        for position, _, target in self.understood.targets:
            found = self.form.field(target)
            if found is not None and found.type in ("link", "links", "member", "members"):
                wanted[target] = (found, position)
        if not wanted:
            return {}
        texts: dict[str, set[str]] = {target: set() for target in wanted}
        own: set[str] = set()
        mapping = self.understood.mapping
        by_target = {target: position for position, _, target in self.understood.targets}
        titles = {
            by_target[rule.by]
            for target, (found, _) in wanted.items()
            if found.get("form") == self.form.key
            and (rule := mapping.links.get(target))
            and rule.by in by_target
        }
        for _, row in self.understood.data():
            for target, (_, position) in wanted.items():
                if position < len(row) and row[position] is not None:
                    texts[target].add(shown_cell(row[position]).strip())
            own |= {same(shown_cell(row[position])) for position in titles if position < len(row)}
        found_names: dict[str, Names] = {}
        for target, (field, _) in wanted.items():
            replaced = {to.text for to in mapping.values.get(target, {}).values() if to.text}
            asked = _single(field, texts[target]) | replaced
            if field.type in ("member", "members"):
                rule = mapping.members.get(target, Lookup("name", "empty"))
                found_names[target] = member_names(connection, rule, asked)
            else:
                rule = mapping.links.get(target, Lookup("name", "empty"))
                inside = frozenset(own) if field.get("form") == self.form.key else frozenset()
                found_names[target] = record_names(connection, live, viewer, field, rule, asked, inside)
        return found_names


def shown_cell(cell: Cell) -> str:
    """A cell as it stands in the sheet; errors as their code."""
    return cell.code if isinstance(cell, CellError) else shown(cell)


def _single(field: Field, texts: set[str]) -> set[str]:
    if not field.kind.multiple:
        return texts
    return {part for text in texts for part in parts(text)}
