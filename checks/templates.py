"""Templates hold nothing that the content security policy forbids: no inline style, script or expression."""

import re
from collections.abc import Iterator

from checks.tree import files, lines, place

FORBIDDEN = {
    r"\sstyle\s*=": "a style attribute; use a class",
    r"\son[a-z]+\s*=\s*[\"'{]": "an inline event handler; use a custom element",
    r"\bhx-on\b": "hx-on evaluates a string; use a custom element",
    r"[\"']js:": "an expression; use a custom element",
    r"hx-trigger\s*=\s*[\"'][^\"']*\[": "a trigger filter evaluates a string; send an event of our own",
    r"<style\b": "a style element; put it into the stylesheet",
    r"<script(?![^>]*\b(?:src|type=\"application/json\"))": "an inline script; put it into the bundle",
}


def findings() -> Iterator[str]:
    """What stands in a template and may not."""
    for path in files():
        if path.suffix not in (".html", ".jinja", ".j2"):
            continue
        for number, line in lines(path):
            for pattern, why in FORBIDDEN.items():
                if re.search(pattern, line, re.IGNORECASE):
                    yield f"{place(path, number)}: {why}"
