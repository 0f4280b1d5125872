"""The dry run: what an import would do, with equal faults gathered so that one decision mends them all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from itertools import takewhile
from typing import Any

from engine.exchange.batch import Batch, CellProblem
from engine.exchange.clean import Made, shown_cell
from engine.exchange.understanding import Understanding
from engine.platform.i18n import Text, current_language

MOST_CELLS = 2_000
MOST_GROUPS = 200
MOST_SAMPLES = 12
LEVELS = ("must", "should", "remind")


@dataclass
class Group:
    """The same problem with the same value in one column."""

    column: str
    target: str
    value: str
    code: str
    level: str
    message: Text
    suggestion: str | None
    rows: int = 0
    first: int = 0

    def json(self) -> dict[str, Any]:
        """As the wizard and the API show it."""
        return {
            "column": self.column,
            "target": self.target,
            "value": self.value,
            "code": self.code,
            "level": self.level,
            "message": self.message.render(current_language()),
            "suggestion": self.suggestion,
            "rows": self.rows,
            "first": self.first,
        }


@dataclass
class Findings:
    """Everything that a dry run found."""

    rows: int = 0
    skipped: int = 0
    must: set[int] = attribute(default_factory=set)
    should: set[int] = attribute(default_factory=set)
    reminded: set[int] = attribute(default_factory=set)
    groups: dict[tuple[str, str, str, str], Group] = attribute(default_factory=dict)
    cells: list[CellProblem] = attribute(default_factory=list)
    made: dict[str, set[str]] = attribute(default_factory=dict)

    def note(self, batch: Batch, problems: Iterable[CellProblem]) -> None:
        """Count a batch in."""
        for one in problems:
            self.add(one)
            if one.problem.level == "should":
                self.should.add(one.row)
        self.rows += len(batch.numbers)
        self.skipped += len(batch.skipped)
        self.must |= batch.rejected - batch.skipped
        out = batch.rejected | batch.skipped
        for path, named in batch.named.items():
            names = self.made.setdefault(path, set())
            for made in named:
                if made.row not in out:
                    values = made.value if isinstance(made.value, list) else [made.value]
                    names |= {one.name for one in values if isinstance(one, Made) and not one.in_file}

    def make(self, records: Mapping[str, set[str]]) -> None:
        """Count in the records that were made because rows name them, also those of rows that are left out."""
        for path, names in records.items():
            self.made.setdefault(path, set()).update(names)

    def refuse(self, problems: Iterable[CellProblem]) -> None:
        """Count in what the records' own checks refuse."""
        for one in problems:
            self.add(one)
            self.must.add(one.row)

    def remind(self, problems: Iterable[CellProblem]) -> None:
        """Count in what the form only reminds of."""
        for one in problems:
            self.add(one)
            self.reminded.add(one.row)

    def add(self, one: CellProblem) -> None:
        """Count one cell's problem in."""
        said = one.problem.message.zh if one.problem.code == "rule" else ""
        place = (one.column or one.target, one.problem.code, one.value, said)
        group = self.groups.get(place)
        if group is None:
            if len(self.groups) >= MOST_GROUPS:
                place = (one.column or one.target, one.problem.code, "…", "")
                group = self.groups.get(place)
            if group is None:
                problem = one.problem
                group = self.groups[place] = Group(
                    one.column, one.target, place[2], problem.code, problem.level, problem.message, problem.suggestion,
                    first=one.row,
                )  # fmt: skip
        group.rows += 1
        if len(self.cells) < MOST_CELLS:
            self.cells.append(one)

    def json(self, understood: Understanding) -> dict[str, Any]:
        """The result of the dry run: counts, groups, what will be made, and the mapping as it was understood."""
        return {
            "rows": self.rows,
            "must": len(self.must),
            "should": len(self.should - self.must),
            "reminded": len(self.reminded - self.must),
            "skipped": self.skipped,
            "ready": self.rows - len(self.must) - self.skipped,
            "groups": [one.json() for one in sorted(self.groups.values(), key=_weight)],
            "samples": self._samples(understood),
            "makes": {path: len(names) for path, names in self.made.items() if names},
            "mapping": understood.mapping.json()
            | {"sheet": understood.sheet, "header_row": understood.header.row},
            "guessed": sorted(understood.guessed),
            "columns": {
                name: {"type": one.type, "filled": one.filled, "date_orders": list(one.date_orders)}
                for name, one in understood.contents.items()
            },
        }

    def _samples(self, understood: Understanding) -> list[tuple[int, list[str]]]:
        """The first row of each of the gravest groups, as it stands in the file."""
        grave = [one.first for one in sorted(self.groups.values(), key=_weight) if one.level != "remind"]
        wanted = set(grave[:MOST_SAMPLES])
        if not wanted:
            return []
        last = max(wanted)
        rows = takewhile(lambda one: one[0] <= last, understood.data())
        return [(number, [shown_cell(cell) for cell in row]) for number, row in rows if number in wanted]


def _weight(group: Group) -> tuple[int, int]:
    return (LEVELS.index(group.level), -group.rows)
