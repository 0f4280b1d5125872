"""The sheets while they are being written: one list of rows per form, each row known by its reference."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from types import ModuleType
from typing import Any

from templates_gallery.sample_crm import chinese, english

SEED = 20260301
WORDS = {"zh-CN": chinese, "en": english}
"""Modules of the same names with the same numbers of words, so that the figures are the same in every language."""


@dataclass
class Book:
    """Everything that is written, in the order in which it has to be loaded."""

    words: ModuleType = chinese
    random: Random = field(default_factory=lambda: Random(SEED))
    sheets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, sheet: str, **cells: Any) -> str:
        """One more row; returns the reference by which other rows name it."""
        rows = self.sheets.setdefault(sheet, [])
        reference = f"{sheet}-{len(rows) + 1:03d}"
        rows.append({"_ref": reference, **cells})
        return reference

    def add_line(self, sheet: str, parent: str, **cells: Any) -> None:
        """One more subform row of `parent`."""
        self.sheets.setdefault(sheet, []).append({"_parent": parent, **cells})

    def rows(self, sheet: str) -> list[dict[str, Any]]:
        """The rows of a sheet so far."""
        return self.sheets.get(sheet, [])

    def row(self, reference: str) -> dict[str, Any]:
        """The row that `reference` names."""
        return self.sheets[reference.rsplit("-", 1)[0]][int(reference.rsplit("-", 1)[1]) - 1]

    def pick(self, choices: Sequence[Any], weights: Sequence[int] | None = None) -> Any:
        """One of `choices`."""
        return self.random.choices(choices, weights)[0] if weights else self.random.choice(choices)

    def chance(self, share: float) -> bool:
        """True for about `share` of all calls."""
        return self.random.random() < share

    def between(self, first: int, last: int) -> int:
        """A whole number, both ends included; a range turned round by its neighbours gives its first."""
        return self.random.randint(first, last) if first <= last else first

    def time(self) -> str:
        """A time of day at which people work."""
        return f"{self.between(9, 17):02d}:{self.pick((0, 10, 15, 20, 30, 40, 45, 50)):02d}"

    def csv(self, sheet: str) -> str:
        """A sheet as CSV text; columns in the order in which they first appear."""
        columns = list(dict.fromkeys(key for row in self.rows(sheet) for key in row))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in self.rows(sheet):
            writer.writerow([_cell(row.get(column)) for column in columns])
        return text.getvalue()


def day(offset: int) -> str:
    """A date `offset` days from the day of cloning."""
    return f"@{offset}"


def moment(offset: int, time: str) -> str:
    """A point in time `offset` days from the day of cloning."""
    return f"@{offset}T{time}"


def offset_of(cell: str) -> int:
    """How many days from the day of cloning a date cell lies."""
    return int(cell[1:].split("T")[0])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ";".join(str(part) for part in value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
