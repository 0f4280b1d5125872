"""A table as it lies in a file: named sheets of rows of cells, whatever the format."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from engine.platform.errors import Invalid
from engine.platform.i18n import Text

MAX_COLUMNS = 1_000
MAX_ROWS = 1_048_576


@dataclass(frozen=True)
class CellError:
    """A cell that shows an error such as `#N/A`; never to be taken for an empty one."""

    code: str

    def __str__(self) -> str:
        return self.code


UNCALCULATED = CellError("=?")
"""A cell with a formula that nothing has worked out yet; also never an empty one."""

Cell = str | Decimal | float | bool | datetime | date | time | timedelta | CellError | None
Row = list[Cell]


@dataclass(frozen=True)
class SheetSize:
    """How large a sheet is; rows count title and header lines too."""

    name: str
    rows: int
    columns: int


class Table(Protocol):
    """An opened file."""

    @property
    def format(self) -> str:
        """The kind of file."""
        ...

    @property
    def names(self) -> list[str]:
        """The names of the sheets."""
        ...

    @property
    def sheets(self) -> list[SheetSize]:
        """The sheets with their sizes; a large file is read for that."""
        ...

    def size(self, sheet: str) -> SheetSize:
        """How large one sheet is."""
        ...

    def about(self, sheet: str) -> int:
        """About how many rows a sheet has, without much reading."""
        ...

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the sheets that nobody sees who opens the file."""
        ...

    def percentages(self, sheet: str) -> frozenset[int]:
        """The places of the columns whose numbers are shown as percentages: there 0.5 is 50%."""
        ...

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows from the top, all with the same number of cells: as many as the sheet has columns.

        Where the size was not asked before, a column that has its first value far down may be left out.
        """
        ...


class UnreadableFile(Invalid):
    """A file that is broken or not a table; the message says where it breaks."""

    code = "unreadable_file"


def unreadable(code: str, message: Text, **details: object) -> UnreadableFile:
    """The refusal of a file, with `code` as the fault's code."""
    return UnreadableFile.at("/file", code, message, **details)  # type: ignore[return-value]
