"""The table that `make bench` prints: what was measured, beside the bare limit of the same work in the same run."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute


@dataclass(frozen=True)
class Line:
    """One figure. `bare` is the same work without the product; `goal` says in words what was wanted."""

    what: str
    ours: str
    bare: str = ""
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None
    beside: str = ""


@dataclass
class Report:
    """The figures of one run, in the order in which they were measured."""

    lines: list[Line] = attribute(default_factory=list)

    def add(self, line: Line) -> None:
        """Note a figure and say it at once."""
        self.lines.append(line)
        print(
            "  ".join(part for part in (line.what, line.ours, line.bare, line.ratio, line.beside) if part),
            flush=True,
        )

    def rates(
        self, what: str, ours: Sequence[float], bare: Sequence[float], least: float | None = None
    ) -> None:
        """Work a second: medians of rounds in which ours and the bare one alternated."""
        one, other = statistics.median(ours), statistics.median(bare)
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
        self.add(
            Line(
                what,
                f"{one:,.0f}/s",
                f"{other:,.0f}/s",
                f"{ratio:.3f}",
                "" if least is None else f"≥ {least}",
                None if least is None else ratio >= least,
            )
        )

    def times(
        self,
        what: str,
        ours: float,
        bare: float,
        *,
        at_most: float | None = None,
        http: float | None = None,
        against_bare: bool = True,
    ) -> None:
        """Seconds for one piece of work; the goal is 1.3 × bare + 5 ms, or `at_most` seconds."""
        limit = 1.3 * bare + 0.005 if at_most is None else at_most
        goal = "1.3 × bare + 5 ms" if at_most is None else f"≤ {milliseconds(at_most)}"
        judged = against_bare or at_most is not None
        self.add(
            Line(
                what,
                milliseconds(ours),
                milliseconds(bare),
                f"{ours / bare:.2f}",
                goal if judged else "",
                ours <= limit if judged else None,
                "" if http is None else f"HTTP {milliseconds(http)}",
            )
        )

    def value(self, what: str, value: float, unit: str, most: float | None = None, beside: str = "") -> None:
        """A size or a time that has no bare limit."""
        self.add(
            Line(
                what,
                f"{value:,.2f} {unit}" if value < 10 else f"{value:,.0f} {unit}",
                "",
                "",
                "" if most is None else f"< {most:g} {unit}",
                None if most is None else value < most,
                beside,
            )
        )

    def __str__(self) -> str:
        heads = Line("", "ours", "bare", "ratio", "goal", None, "beside")
        rows = [
            (one.what, one.ours, one.bare, one.ratio, one.goal, _mark(one.reached), one.beside)
            for one in [heads, *self.lines]
        ]
        widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        lines.insert(1, "-" * min(sum(widths) + 12, 150))
        return "\n".join(lines)


def milliseconds(seconds: float) -> str:
    """A time as people compare it."""
    return f"{seconds * 1000:,.2f} ms" if seconds < 0.1 else f"{seconds * 1000:,.0f} ms"


def alternating(
    rounds: int, ours: Callable[[], float], bare: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Both measured in turns, so that what else the machine does strikes both."""
    mine: list[float] = []
    theirs: list[float] = []
    for turn in range(rounds):
        for measure, kept in ((ours, mine), (bare, theirs)) if turn % 2 else ((bare, theirs), (ours, mine)):
            kept.append(measure())
    return mine, theirs


def _mark(reached: bool | None) -> str:
    return {None: "", True: "reached", False: "MISSED"}[reached]


def _width(text: str) -> int:
    return len(text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
