"""Nothing half done is left in the code: no markers for later, no empty bodies that say so."""

import re
from collections.abc import Iterator

from checks.tree import ROOT, files, lines, place

MARKER = re.compile(
    r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "raise NotImplemented" + "Error"]) + r")\b"
)


def findings() -> Iterator[str]:
    """Where a marker stands."""
    for path in files():
        if path.suffix not in (".py", ".ts", ".css", ".html", ".mjs") or path.is_relative_to(ROOT / "docs"):
            continue
        for number, line in lines(path):
            if MARKER.search(line):
                yield f"{place(path, number)}: left for later"
