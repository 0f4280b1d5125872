"""Some thousand rows of a sheet as they were read: their values by column, and what there is to know of them."""

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.exchange.problems import Problem


@dataclass(frozen=True)
class CellProblem:
    """A problem with its place: row as the sheet numbers it, column by its header."""

    row: int
    column: str
    target: str
    value: str
    problem: Problem


@dataclass(frozen=True)
class Named:
    """That a row names something which has to be made first; in a subform `line` counts its rows from 0."""

    row: int
    value: Any
    line: int = 0


@dataclass
class Batch:
    """Some thousand rows: their numbers in the sheet and each field's values, with what is to be known of them."""

    numbers: list[int]
    columns: dict[str, list[Any]] = attribute(default_factory=dict)
    problems: list[CellProblem] = attribute(default_factory=list)
    rejected: set[int] = attribute(default_factory=set)
    skipped: set[int] = attribute(default_factory=set)
    named: dict[str, list[Named]] = attribute(default_factory=dict)
    last: dict[int, int] = attribute(default_factory=dict)
    """The last row of a record that takes several rows of the sheet, by its first."""
    rows: int = 0
    """How many rows of the sheet these are."""

    @property
    def left_out(self) -> set[int]:
        """The places of the rows that are not to be written."""
        out = self.rejected | self.skipped
        return {at for at, number in enumerate(self.numbers) if number in out} if out else set()
