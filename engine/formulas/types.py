"""The types of steps before any value is known: what branches have in common."""

from collections.abc import Iterable

# Beside the value types: "blank" (an argument left empty), "empty" (the text ""), "error" (an error written out);
# a type with "?" behind it may also be "".
FILLERS = ("blank", "empty", "error")


def join(a: str, b: str) -> str:
    """The type that two branches have in common, "any" if they have none."""
    if a == b:
        return a
    for one, other in ((a, b), (b, a)):
        if one in ("blank", "error"):
            return other
        if one == "empty":
            return other if other in ("text", "any") or other.endswith("?") else f"{other}?"
        if one.endswith("?") and one[:-1] == other:
            return one
    return "any"


def join_all(types: Iterable[str]) -> str:
    """The type that all branches have in common."""
    found = ""
    for kind in types:
        found = kind if not found else join(found, kind)
    return found or "any"
