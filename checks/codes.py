"""Collects every error code of the source, and writes docs/developers/error-codes.md: `python -m checks.codes`."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "developers" / "error-codes.md"
FOLDERS = ("engine", "builders", "templates_gallery")
PLACES = {
    "Fault": 1,
    "at": 1,
    "FieldFault": 0,
    "FormulaFault": 0,
    "Problem": 0,
    "fault": 1,
    "place_fault": 2,
    "unreadable": 0,
    "fail": 2,
    "_document": 1,
}
"""Functions that take a code, and at which place."""

TEXTS = ("Text", "_wanted", "key_rule", "_unknown_property")
"""Calls that make a text for the reader."""

LISTS = ("CODES", "HTTP_CODES")
"""Names of lists of codes: texts, or pairs that begin with one."""

HEAD = """# Error codes

Every refusal carries a code. The list is made from the source by `python -m checks.codes`; a test fails when the two
differ. A code, once published, keeps its meaning.

| code | where it comes from |
|---|---|
"""


def codes() -> dict[str, list[str]]:
    """All codes with the packages that give them."""
    found: dict[str, set[str]] = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            place = ".".join(file.relative_to(ROOT).parts[:2]).removesuffix(".py")
            face = place.startswith(("engine.web", "builders"))  # there words of pages stand before texts too
            for code in _codes(ast.parse(file.read_text(encoding="utf-8")), face):
                found.setdefault(code, set()).add(place)
    return {code: sorted(places) for code, places in sorted(found.items())}


def page() -> str:
    """The documentation page."""
    return HEAD + "".join(f"| `{code}` | {', '.join(places)} |\n" for code, places in codes().items())


def _codes(tree: ast.Module, face: bool) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
            if not face:
                yield from _before_its_text(node.args)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and not face:
            yield from _before_its_text(node.value.elts)
        elif isinstance(node, ast.ClassDef):
            yield from _of_class(node)
        elif isinstance(node, ast.Assign) and any(getattr(one, "id", "") in LISTS for one in node.targets):
            yield from _of_list(node.value)


def _of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    at = PLACES.get(name)
    if name == "at" and getattr(getattr(call.func, "value", None), "id", "schema") == "schema":
        at = 3  # definitions.schema.at(kind, document, pointer, code, …), from outside or within
    if at is not None and len(call.args) > at:
        yield from _texts(call.args[at])
    for keyword in call.keywords:
        if keyword.arg == "code":
            yield from _texts(keyword.value)


def _before_its_text(listed: list[ast.expr]) -> Iterator[str]:
    """A code that stands right before the text that explains it."""
    for code, said in pairwise(listed):
        if isinstance(said, ast.Call) and getattr(said.func, "id", "") in TEXTS:
            yield from _texts(code)


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and any(
            getattr(one, "id", "") == "code" for one in statement.targets
        ):
            yield from _texts(statement.value)


def _of_list(node: ast.expr) -> Iterator[str]:
    listed = node.values if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    for one in listed:
        yield from _texts(one.elts[0] if isinstance(one, ast.Tuple) and one.elts else one)


def _texts(node: ast.expr) -> Iterator[str]:
    """The codes that an expression may be: a text, or either side of a choice."""
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.replace("_", "").isalnum()
    ):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(codes())} codes in {PAGE.relative_to(ROOT)}")
