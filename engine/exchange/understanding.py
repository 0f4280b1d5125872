"""How a file is understood: its sheet, its header, what each column holds and where it goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from engine.exchange.column_types import ColumnContent, beyond_one, look_at
from engine.exchange.headers import LOOKED_AT, Header, find_header, header_at
from engine.exchange.mapping import ImportMapping
from engine.exchange.proposal import propose
from engine.exchange.sheet import Row, Table, unreadable
from engine.exchange.targets import Targets
from engine.platform.i18n import Text

SAMPLED = 2_000
PERCENTS_WITHIN = 10_000
"""So many rows tell how percentages are meant; reading all of a large sheet for it would take longer than staging it."""
PORTION = 500


@dataclass(frozen=True)
class Understanding:
    """A file with everything decided that is needed to read it into a form."""

    table: Table
    sheet: str
    header: Header
    contents: dict[str, ColumnContent]
    mapping: ImportMapping
    guessed: frozenset[str]

    @property
    def rows(self) -> int:
        """About how many rows lie below the header."""
        return max(0, self.table.about(self.sheet) - self.header.row)

    @property
    def targets(self) -> list[tuple[int, str, str]]:
        """The columns that are imported: position, header, field."""
        return [
            (number, name, target)
            for number, name in enumerate(self.header.names)
            if (target := self.mapping.columns.get(name)) is not None
        ]

    def portions(self, size: int) -> Iterator[tuple[list[int], list[Row]]]:
        """The rows below the header, so many at a time, with their numbers in the sheet; empty ones are passed over."""
        rows = islice(self.table.rows(self.sheet), self.header.row, None)
        first = self.header.row + 1
        while portion := list(islice(rows, size)):
            numbers = list(range(first, first + len(portion)))
            first += len(portion)
            blank = {
                at
                for at, row in enumerate(portion)
                if (not row or row[0] is None) and row.count(None) == len(row)
            }
            if blank:
                numbers = [number for at, number in enumerate(numbers) if at not in blank]
                portion = [row for at, row in enumerate(portion) if at not in blank]
            if portion:
                yield numbers, portion

    def data(self) -> Iterator[tuple[int, Row]]:
        """The same row by row."""
        for numbers, rows in self.portions(PORTION):
            yield from zip(numbers, rows, strict=True)


def understand(table: Table, targets: Targets, given: ImportMapping) -> Understanding:
    """What the file says, completed by guesses where `given` leaves something open.

    Raises UnreadableFile for a sheet that is not there, Invalid for a mapping that does not fit.
    """
    sheet = _sheet(table, given.sheet)
    first, header = _beginning(table, sheet, given)
    if not given.columns.keys() <= set(header.names):
        table.size(sheet)  # from now on also columns that have their first value far down are there
        first, header = _beginning(table, sheet, given)
    if not header.names:
        raise unreadable("no_header", Text("没有找到表头行", "No header row was found"))
    given.check(targets, header.names)
    below = first[header.row :]
    contents = {
        name: look_at(row[number] for row in below if number < len(row))
        for number, name in enumerate(header.names)
    }
    mapping = propose(targets, header.names, contents, given)
    mapping = _with_percents(table, sheet, header, given, mapping)
    guessed = frozenset(name for name in header.names if name not in given.columns)
    return Understanding(table, sheet, header, contents, mapping, guessed)


def _with_percents(
    table: Table, sheet: str, header: Header, given: ImportMapping, mapping: ImportMapping
) -> ImportMapping:
    """The readings of percentages, where nobody has chosen them, told from the first ten thousand rows."""
    guessed = {
        target: number
        for number, name in enumerate(header.names)
        if (target := mapping.columns.get(name))
        and target in mapping.percents
        and target not in given.percents
    }
    if not guessed:
        return mapping
    shown = table.percentages(sheet)
    found = {target: "fraction" for target, number in guessed.items() if number in shown}
    open_ones = {
        target: number
        for target, number in guessed.items()
        if target not in found and mapping.percents[target] == "fraction"
    }
    for row in islice(table.rows(sheet), SAMPLED, PERCENTS_WITHIN) if open_ones else ():
        beyond = [
            target for target, number in open_ones.items() if number < len(row) and beyond_one(row[number])
        ]
        for target in beyond:
            found[target] = "percent"
            del open_ones[target]
        if not open_ones:
            break
    return replace(mapping, percents={**mapping.percents, **found})


def _beginning(table: Table, sheet: str, given: ImportMapping) -> tuple[list[Row], Header]:
    first = list(islice(table.rows(sheet), (given.header_row or LOOKED_AT) + SAMPLED))
    return first, header_at(first, given.header_row) if given.header_row else find_header(first)


def _sheet(table: Table, name: str | None) -> str:
    if name is None:
        if len(table.names) == 1:
            return table.names[0]
        hidden = table.hidden
        return max(table.sheets, key=lambda one: (one.rows > 1, one.name not in hidden)).name
    if name not in table.names:
        raise unreadable(
            "unknown_sheet", Text("没有名为“{name}”的工作表", "There is no sheet “{name}”", name=name)
        )
    return name


def preview_rows(understood: Understanding, most: int = 50) -> Sequence[tuple[int, Row]]:
    """The first rows, as the wizard shows them."""
    return list(islice(understood.data(), most))
