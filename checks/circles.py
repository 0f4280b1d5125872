"""No script needs, by whatever way, one that needs it: what runs first in a circle is a matter of luck. Types alone may."""

import re
from collections.abc import Iterator
from pathlib import Path

from checks.tree import ROOT, files, place

IMPORT = re.compile(
    r"""^\s*(?:import|export)\s+(?!type\b)(?:[^;'"]*?\bfrom\s+)?["'](\.[^"']+)["']""", re.MULTILINE
)


def findings() -> Iterator[str]:
    """Each circle once, with the scripts on its way."""
    scripts = {path for path in files() if path.suffix == ".ts"}
    needs = {path: sorted(_imported(path, scripts)) for path in sorted(scripts)}
    done: set[Path] = set()
    for first in needs:
        if first not in done:
            yield from _circles(first, needs, [], done)


def _imported(path: Path, scripts: set[Path]) -> set[Path]:
    named = (Path(f"{path.parent / name}.ts").resolve() for name in IMPORT.findall(path.read_text("utf-8")))
    return {one for one in named if one in scripts}


def _circles(one: Path, needs: dict[Path, list[Path]], way: list[Path], done: set[Path]) -> Iterator[str]:
    if one in way:
        names = [str(step.relative_to(ROOT)) for step in [*way[way.index(one) :], one]]
        yield f"{place(one, 1)}: imports itself by {' → '.join(names[1:])}"
    elif one not in done:
        for other in needs[one]:
            yield from _circles(other, needs, [*way, one], done)
        done.add(one)
