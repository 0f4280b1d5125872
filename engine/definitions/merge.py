"""The three-way merge of two documents made from one: element by element, by key."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

IDENTITIES = ("key", "value", "field", "form")
"""What tells the elements of a list apart, the first that all of them have."""

_WHOLE = frozenset({"op", "all", "any", "not"})  # a condition is one statement and never mixed from two
_MISSING: Any = type("Missing", (), {"__repr__": lambda self: "missing"})()


@dataclass
class Merged:
    """The merged document; where both sides changed the same differently, `conflicts` point at it and mine stands."""

    document: Any
    conflicts: list[str] = field(default_factory=list)


def merge(base: Any, mine: Any, theirs: Any) -> Merged:
    """Take over what either side changed since `base`."""
    conflicts: list[str] = []
    return Merged(_merge(base, mine, theirs, "", conflicts), conflicts)


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
            path.append(_identity(at_hand) or name)
        else:
            at_hand = at_hand.get(name) if isinstance(at_hand, Mapping) else None
            path.append(name)
    return path


def at(document: Any, path: Sequence[str]) -> Any:
    """What stands at a path by keys; None where nothing does."""
    for name in path:
        if isinstance(document, list):
            document = next((one for one in document if _identity(one) == name), None)
        elif isinstance(document, Mapping):
            document = document.get(name)
        else:
            return None
    return document


def _identity(element: Any) -> str | None:
    if isinstance(element, str):
        return element
    if isinstance(element, Mapping):
        return next((element[name] for name in IDENTITIES if isinstance(element.get(name), str)), None)
    return None


def _merge(base: Any, mine: Any, theirs: Any, pointer: str, conflicts: list[str]) -> Any:
    if _same(mine, theirs) or _same(base, theirs):
        return mine
    if _same(base, mine):
        return theirs
    if _is_object(mine) and _is_object(theirs) and (base is _MISSING or _is_object(base)):
        return _merge_objects({} if base is _MISSING else base, mine, theirs, pointer, conflicts)
    if isinstance(mine, list) and isinstance(theirs, list) and (base is _MISSING or isinstance(base, list)):
        named = identities([] if base is _MISSING else base, mine, theirs)
        if named is not None:
            return _merge_lists(named[0], named[1], named[2], pointer, conflicts)
    conflicts.append(pointer)
    return theirs if mine is _MISSING else mine


def _merge_objects(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], pointer: str, conflicts: list[str]
) -> dict[str, Any]:
    if any(_differs(base, mine, theirs, name) for name in ("type", "kind")):
        # Two elements of one name that are not the same thing have nothing to be mixed of.
        conflicts.append(pointer)
        return mine
    merged = {}
    for name in dict.fromkeys([*mine, *theirs]):
        one = _merge(
            base.get(name, _MISSING),
            mine.get(name, _MISSING),
            theirs.get(name, _MISSING),
            f"{pointer}/{escape(name)}",
            conflicts,
        )
        if one is not _MISSING:
            merged[name] = one
    return merged


def _differs(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], name: str) -> bool:
    here, there = mine.get(name), theirs.get(name)
    return here != there and base.get(name) not in (here, there)


def _merge_lists(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], pointer: str, conflicts: list[str]
) -> list[Any]:
    places = {name: number for number, name in enumerate(mine)}
    elements = {}
    for name in dict.fromkeys([*mine, *theirs, *base]):
        where = f"{pointer}/{places[name]}" if name in places else pointer
        one = _merge(
            base.get(name, _MISSING), mine.get(name, _MISSING), theirs.get(name, _MISSING), where, conflicts
        )
        if one is not _MISSING:
            elements[name] = one
    order = _merge_order(list(base), list(mine), list(theirs), set(elements))
    if order is None:
        conflicts.append(pointer)
        order = [
            *(name for name in mine if name in elements),
            *(name for name in elements if name not in mine),
        ]
    return [elements[name] for name in order]


def _merge_order(base: list[str], mine: list[str], theirs: list[str], kept: set[str]) -> list[str] | None:
    """The order that takes over what either side moved; None if the moves contradict each other."""
    shared = [name for name in base if name in kept and name in set(mine) & set(theirs)]
    here = [name for name in mine if name in set(shared)]
    there = [name for name in theirs if name in set(shared)]
    common = _order_of_shared(shared, here, there)
    if common is None:
        return None
    order = common
    for side in (theirs, mine):
        order = _insert(order, [name for name in side if name in kept])
    return order


def _order_of_shared(base: list[str], here: list[str], there: list[str]) -> list[str] | None:
    if here in (base, there):
        return there
    if there == base:
        return here
    for name in _moved(base, here) & _moved(base, there):
        if set(here[: here.index(name)]) != set(there[: there.index(name)]):
            return None  # each has put it somewhere else
    # Of each pair, whoever turned it round wins; if both did, they agree. What comes out is an order unless
    # three of them go round in a circle.
    rank_here, rank_there = ({name: n for n, name in enumerate(order)} for order in (here, there))
    before = dict.fromkeys(base, 0)
    for number, first in enumerate(base):
        for second in base[number + 1 :]:
            turned = rank_here[first] > rank_here[second] or rank_there[first] > rank_there[second]
            before[first if turned else second] += 1
    order = sorted(base, key=lambda name: before[name])
    return order if sorted(before.values()) == list(range(len(base))) else None


def _moved(base: list[str], side: list[str]) -> set[str]:
    """What a side may have moved: all that is not in every longest row of elements that it left in their order."""
    rank = {name: number for number, name in enumerate(base)}
    numbers = [rank[name] for name in side]
    until = _longest_until(numbers)
    after = _longest_until([-number for number in reversed(numbers)])[::-1]
    longest = max(until, default=0)
    staying: dict[int, list[str]] = {}
    for name, left, right in zip(side, until, after, strict=True):
        if left + right - 1 == longest:
            staying.setdefault(left, []).append(name)
    return set(side) - {names[0] for names in staying.values() if len(names) == 1}


def _longest_until(numbers: list[int]) -> list[int]:
    """For each number how many rise towards it at most, itself among them."""
    ends: list[int] = []
    found = []
    for number in numbers:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
        found.append(at + 1)
    return found


def _insert(order: list[str], side: list[str]) -> list[str]:
    """Put the elements that only `side` has behind the one they follow there."""
    placed = set(order)
    following: dict[str | None, list[str]] = {}
    previous: str | None = None
    for name in side:
        if name in placed:
            previous = name
        else:
            following.setdefault(previous, []).append(name)
    result = list(following.get(None, ()))
    for name in order:
        result.append(name)
        result.extend(following.get(name, ()))
    return result


def _name(element: Any, by: str | None) -> str | None:
    if by is None:
        # Plain values, and lists of plain values, are their own name.
        if isinstance(element, dict):
            return None
        return orjson.dumps(element).decode()
    if isinstance(element, dict):
        value = element.get(by)
        return value if isinstance(value, str) and not _WHOLE & element.keys() else None
    return element if isinstance(element, str) else None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not _WHOLE & value.keys()


def _same(one: Any, other: Any) -> bool:
    # In Python True is 1 and 1 is 1.0; in JSON they are different things.
    if one is _MISSING or other is _MISSING:
        return one is other
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
