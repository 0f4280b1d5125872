"""The rows of an understood file as values of a form's fields, in batches of columns, with every problem at its cell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.batch import Batch, CellProblem, Named
from engine.exchange.choices import Choices, has_options, made_by
from engine.exchange.clean import ColumnReader, Made, Names, Skipped, shown_cell
from engine.exchange.gathering import Gathering
from engine.exchange.mapping import DATE_ORDERS, ImportMapping, Lookup
from engine.exchange.names import MemberNames, RecordNames, same
from engine.exchange.problems import Problem
from engine.exchange.sheet import Cell
from engine.exchange.understanding import Understanding
from engine.fields.base import ParseContext
from engine.fields.form import Field, Form
from engine.records.bulk.write import LATER
from engine.records.reading.directory import ViewersDirectory

BATCH = 5_000


@dataclass(frozen=True)
class Column:
    """An imported column; of a field that the form does not have yet, the values are only looked at."""

    position: int
    header: str
    field: Field
    reader: ColumnReader
    kept: bool = True


class SheetReader:
    """Reads an understood file into rows of values."""

    def __init__(
        self,
        connection: Connection,
        live: LiveApp,
        form: Form,
        viewer: Viewer,
        understood: Understanding,
        only: Callable[[Field], bool] = lambda field: True,
    ) -> None:
        self.connection = connection
        self.live = live
        self.form = form
        self.viewer = viewer
        self.understood = understood
        self._only = only
        directory = ViewersDirectory(connection, live, viewer)
        self._contexts = {
            order: ParseContext(viewer.language, viewer.time_zone, directory, True, order)
            for order in (None, *DATE_ORDERS.values())
        }
        self.columns = list(self._columns())
        self.in_rows = any(column.field.parent is not None for column in self.columns)

    def batches(self) -> Iterator[Batch]:
        """The file's records, some thousand at a time, with the problems among them."""
        gathering = Gathering() if self.in_rows else None
        for numbers, rows in self.understood.portions(BATCH):
            batch = self._read(numbers, rows)
            yield gathering.add(batch) if gathering else batch
        if gathering and (rest := gathering.rest()) is not None:
            yield rest

    def _read(self, numbers: list[int], rows: list[list[Cell]]) -> Batch:
        batch = Batch(numbers, rows=len(rows))
        cells_of = list(zip(*rows, strict=True))
        for column in self.columns:
            cells = cells_of[column.position]
            values = column.reader.read_all(cells)
            if column.reader.odd:
                self._note(batch, column, cells, values)
            if column.kept:
                batch.columns[column.field.path] = values
        return batch

    def _note(self, batch: Batch, column: Column, cells: tuple[Cell, ...], values: list[Any]) -> None:
        """Take out of a column what is no value: problems, skipped rows, things that are still to be made."""
        path = column.field.path
        for at, value in enumerate(values):
            kind = value.__class__
            if kind is Problem:
                number = batch.numbers[at]
                batch.problems.append(CellProblem(number, column.header, path, shown_cell(cells[at]), value))
                values[at] = None
                if value.level == "must":
                    batch.rejected.add(number)
            elif kind is Made or kind is list and any(one.__class__ is Made for one in value):
                batch.named.setdefault(path, []).append(Named(batch.numbers[at], value))
                values[at] = LATER
            elif kind is Skipped:
                batch.skipped.add(batch.numbers[at])
                values[at] = None

    def _columns(self) -> Iterator[Column]:
        mapping = self.understood.mapping
        for position, header, target in self.understood.targets:
            found = self.form.field(target)
            field = found or _new_field(mapping, target, header)
            if field is None or not self._only(field):
                continue
            reader = ColumnReader(
                field,
                replace(
                    self._contexts[DATE_ORDERS.get(mapping.dates.get(target, ""))],
                    percents=mapping.percents.get(target),
                ),
                mapping.values.get(target, {}),
                self._names(field, target, mapping),
                self._choices(field, mapping),
            )
            yield Column(position, header, field, reader, found is not None)

    def _choices(self, field: Field, mapping: ImportMapping) -> Choices | None:
        """What becomes of texts that are no option of the field."""
        if not has_options(field):
            return None
        return Choices(field, self._contexts[None], mapping.choices.get(field.path, "reject"))

    def made_options(self) -> dict[str, list[str]]:
        """The options that what was read so far needs and the form does not have, by field."""
        return made_by(column.reader.choices for column in self.columns)

    def _names(self, field: Field, target: str, mapping: ImportMapping) -> Names | None:
        """What the names in a link's or member's column stand for."""
        if field.type in ("member", "members"):
            return MemberNames(
                self.connection, self.viewer, mapping.members.get(target, Lookup("name", "empty"))
            )
        if field.type not in ("link", "links"):
            return None
        rule = mapping.links.get(target, Lookup("name", "empty"))
        own = self._own(rule) if field.get("form") == self.form.key else frozenset()
        return RecordNames(self.connection, self.live, self.viewer, field, rule, own)

    def _own(self, rule: Lookup) -> frozenset[str]:
        """The names that the file's own records have; the file is gone through once to collect them."""
        position = next((at for at, _, target in self.understood.targets if target == rule.by), None)
        if position is None:
            return frozenset()
        found = (shown_cell(row[position]) for _, row in self.understood.data())
        return frozenset(same(name) for name in found if name)


def _new_field(mapping: ImportMapping, target: str, header: str) -> Field | None:
    document = mapping.new_fields.get(target)
    return None if document is None else Field.read({"key": target, "label": header, **document})
