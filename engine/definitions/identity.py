"""What tells the elements of a list in a definition apart, and places by keys instead of numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

IDENTITIES = ("key", "value", "field", "form")
"""What tells the elements of a list apart, the first that all of them have."""

WHOLE = frozenset({"op", "all", "any", "not"})
"""A condition is one statement and never mixed from two."""

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "missing"})()
"""That nothing stands at a place; None is a value."""

Path = tuple[str, ...]
"""A place by the names of properties and the keys of elements."""


def identities(*lists: Sequence[Any]) -> list[dict[str, Any]] | None:
    """Each list's elements by what tells them apart; None if nothing does, then the list is one whole."""
    for name in (None, *IDENTITIES):
        found = []
        for elements in lists:
            named = {_name(element, name): element for element in elements}
            if None in named or len(named) != len(elements):
                break
            found.append(named)
        else:
            return found  # type: ignore[return-value]
    return None


def names_in(elements: Any) -> list[str]:
    """What the elements of a list are told apart by, in their order; nothing where it is one whole."""
    found = identities(elements) if isinstance(elements, list) else None
    return list(found[0]) if found else []


def identity(element: Any) -> str | None:
    """What an element is called by in a path; None for one that has no name."""
    if isinstance(element, str):
        return element
    if isinstance(element, Mapping):
        return next((element[name] for name in IDENTITIES if isinstance(element.get(name), str)), None)
    return None


def escape(part: str) -> str:
    """A key as a part of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def keyed(document: Any, pointer: str) -> list[str]:
    """A pointer with the elements of lists called by their key, so that it holds in another version too."""
    path: list[str] = []
    at_hand = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(at_hand, list):
            at_hand = at_hand[int(name)] if name.isdigit() and int(name) < len(at_hand) else None
            path.append(identity(at_hand) or name)
        else:
            at_hand = at_hand.get(name) if isinstance(at_hand, Mapping) else None
            path.append(name)
    return path


def numbered(document: Any, path: Sequence[str]) -> list[str]:
    """The other way round: the parts of the pointer in this document; an element that is not there keeps its key."""
    found: list[str] = []
    for name in path:
        part, inner = name, None
        if isinstance(document, list):
            for number, one in enumerate(document):
                if identity(one) == name:
                    part, inner = str(number), one
        elif isinstance(document, Mapping):
            inner = document.get(name)
        found.append(part)
        document = inner
    return found


def at(document: Any, path: Sequence[str]) -> Any:
    """What stands at a path by keys; None where nothing does."""
    found = element_at(document, path)
    return None if found is MISSING else found


def element_at(document: Any, path: Sequence[str]) -> Any:
    """The same; `MISSING` where nothing does."""
    for name in path:
        if isinstance(document, list):
            document = next((one for one in document if identity(one) == name), MISSING)
        elif isinstance(document, Mapping):
            document = document.get(name, MISSING)
        else:
            return MISSING
    return document


def _name(element: Any, by: str | None) -> str | None:
    if by is None:
        # Plain values, and lists of plain values, are their own name.
        if isinstance(element, dict):
            return None
        return orjson.dumps(element).decode()
    if isinstance(element, dict):
        value = element.get(by)
        return value if isinstance(value, str) and not WHOLE & element.keys() else None
    return element if isinstance(element, str) else None
