"""Rows of a sheet that belong together: a record with lines of its subforms takes one row a line."""

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.exchange.batch import Batch, Named
from engine.fields.base import RowValues


@dataclass
class _Record:
    number: int
    own: dict[str, Any]
    lines: dict[str, list[dict[str, Any]]] = attribute(default_factory=dict)
    named: dict[str, list[Named]] = attribute(default_factory=dict)
    rejected: bool = False
    skipped: bool = False
    last: int = 0


class Gathering:
    """Gathers rows to records: one whose own cells are empty or repeat those above is a further line.

    The last record of a batch is held back, for its lines may go on in the next.
    """

    def __init__(self) -> None:
        self._held: _Record | None = None

    def add(self, batch: Batch) -> Batch:
        """The records that end in this batch, with all problems of its rows."""
        done: list[_Record] = []
        named = {path: {one.row: one.value for one in found} for path, found in batch.named.items()}
        for at, number in enumerate(batch.numbers):
            self._take(batch, named, at, number, done)
        made = _batch(done)
        made.problems, made.rows = batch.problems, batch.rows
        return made

    def rest(self) -> Batch | None:
        """The record that was held back at the end."""
        held, self._held = self._held, None
        return None if held is None else _batch([held])

    def _take(
        self, batch: Batch, named: dict[str, dict[int, Any]], at: int, number: int, done: list[_Record]
    ) -> None:
        own: dict[str, Any] = {}
        lines: dict[str, dict[str, Any]] = {}
        for path, values in batch.columns.items():
            value = values[at]
            if value is None:
                continue
            subform, dot, column = path.partition(".")
            if dot:
                lines.setdefault(subform, {})[column] = value
            else:
                own[path] = named.get(path, {}).get(number, value)
        held = self._held
        if held is None or not lines or any(held.own.get(key) != value for key, value in own.items()):
            if held is not None:
                done.append(held)
            held = self._held = _Record(number, own)
        held.last = number
        held.rejected = held.rejected or number in batch.rejected
        held.skipped = held.skipped or number in batch.skipped
        for subform, line in lines.items():
            rows = held.lines.setdefault(subform, [])
            for column in line:
                path = f"{subform}.{column}"
                if number in named.get(path, {}):
                    held.named.setdefault(path, []).append(Named(held.number, named[path][number], len(rows)))
            rows.append(line)
        if held.number == number:
            for path in own:
                if number in named.get(path, {}):
                    held.named.setdefault(path, []).append(Named(number, named[path][number]))
                    # the value itself comes later; the name stays to compare the rows below with


def _batch(records: list[_Record]) -> Batch:
    from engine.records.bulk.write import LATER

    made = Batch([one.number for one in records])
    keys = dict.fromkeys(key for one in records for key in (*one.own, *one.lines))
    for key in keys:
        made.columns[key] = [
            [RowValues(None, line) for line in one.lines[key]]
            if key in one.lines
            else LATER
            if key in one.named
            else one.own.get(key)
            for one in records
        ]
    for one in records:
        if one.rejected:
            made.rejected.add(one.number)
        if one.skipped:
            made.skipped.add(one.number)
        if one.last != one.number:
            made.last[one.number] = one.last
        for path, found in one.named.items():
            made.named.setdefault(path, []).extend(found)
    return made
