"""The three-way merge of two documents made from one: element by element, by key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.definitions.identity import (
    MISSING,
    WHOLE,
    Path,
    element_at,
    escape,
    identities,
    identity,
    names_in,
    numbered,
)
from engine.definitions.merge_moves import Travel, travels, without
from engine.definitions.merge_order import Contradiction, merge_order, moved

Step = dict[str, Any]
"""What is done to the merged document to have it as one side has it: `do` set, unset, move, drop or sort at `path`."""


@dataclass(frozen=True)
class Where:
    """A place: its pointer in mine, and its path by keys in the merged document and in each of the three."""

    pointer: str = ""
    path: Path = ()
    base: Path = ()
    mine: Path = ()
    theirs: Path = ()

    def inside(self, name: str, part: str | None) -> "Where":
        """The place of a property or an element; without a `part` of its own the pointer stays at the whole."""
        pointer = self.pointer if part is None else f"{self.pointer}/{part}"
        paths = ((*path, name) for path in (self.path, self.base, self.mine, self.theirs))
        return Where(pointer, *paths)


@dataclass(frozen=True)
class Clash:
    """A place where both did something that cannot be had together, and what leads to either side's version."""

    where: Where
    keep_mine: list[Step] = field(default_factory=list)
    take_theirs: list[Step] = field(default_factory=list)
    moved: tuple[str, ...] | None = None
    """Where it is about the order of a list: the elements that both put somewhere else, if it is about single ones."""


@dataclass
class Merged:
    """The merged document; where both sides changed the same differently, `clashes` say so and mine stands there.

    What one side removed stands until somebody decides.
    """

    document: Any
    clashes: list[Clash] = field(default_factory=list)

    @property
    def conflicts(self) -> list[str]:
        """The clashes as pointers into mine."""
        return [clash.where.pointer for clash in self.clashes]


def merge(base: Any, mine: Any, theirs: Any) -> Merged:
    """Take over what either side changed since `base`."""
    found = travels(base, mine, theirs)
    merging = _Merging(mine)
    sides = [_lifted(one, found, side) for one, side in ((base, "base"), (mine, "mine"), (theirs, "theirs"))]
    document = merging.merge(sides[0], sides[1], sides[2], Where())
    for travel in found:
        document = merging.settle(travel, document, base, mine, theirs)
    return Merged(document, [_with_passengers(clash, found) for clash in merging.clashes])


def _lifted(document: Any, found: list[Travel], side: str) -> Any:
    """The document with each element that travels only where it comes to stand."""
    gone: dict[Path, set[str]] = {}
    for travel in found:
        at = getattr(travel, side)
        if at is not None and side != ("mine" if travel.is_mine else "theirs"):
            gone.setdefault(at, set()).add(travel.name)
    return without(document, gone)


def _with_passengers(clash: Clash, found: list[Travel]) -> Clash:
    """What goes with the removal of a list that somebody moved an element into: that element goes back first."""
    for steps, side in ((clash.keep_mine, "mine"), (clash.take_theirs, "theirs")):
        for step in [one for one in steps if one["do"] == "drop"]:
            for travel in found:
                to = getattr(travel, side)
                inside = travel.stands[: len(step["path"])] == tuple(step["path"])
                if inside and to is not None and to != travel.stands:
                    steps.append(_move(travel, to, []))
    return clash


def _move(travel: Travel, to: Path, behind: list[str]) -> Step:
    return {"do": "move", "path": [*travel.stands, travel.name], "to": list(to), "behind": behind}


class _Merging:
    """One merge: the clashes so far, and mine as it was, into which pointers lead."""

    def __init__(self, mine: Any) -> None:
        self.mine = mine
        self.clashes: list[Clash] = []

    def merge(self, base: Any, mine: Any, theirs: Any, where: Where) -> Any:
        """What stands at a place in the end; `MISSING` for nothing."""
        if _same(mine, theirs) or _same(base, theirs):
            return mine
        if _same(base, mine):
            return theirs
        if _is_object(mine) and _is_object(theirs) and (base is MISSING or _is_object(base)):
            return self._objects({} if base is MISSING else base, mine, theirs, where)
        if (
            isinstance(mine, list)
            and isinstance(theirs, list)
            and (base is MISSING or isinstance(base, list))
        ):
            named = identities([] if base is MISSING else base, mine, theirs)
            if named is not None:
                return self._lists(named[0], named[1], named[2], where)
        self.clash(where, mine, theirs, "unset")
        return theirs if mine is MISSING else mine

    def clash(self, where: Where, mine: Any, theirs: Any, removing: str) -> None:
        """Tell a place where both differ; in the merged document mine stands, or what is left."""
        path = list(where.path)
        removal: list[Step] = [{"do": removing, "path": path}]
        if mine is MISSING:
            self.clashes.append(Clash(where, keep_mine=removal))
        elif theirs is MISSING:
            self.clashes.append(Clash(where, take_theirs=removal))
        else:
            self.clashes.append(Clash(where, take_theirs=[{"do": "set", "path": path, "after": theirs}]))

    def settle(self, travel: Travel, document: Any, base: Any, mine: Any, theirs: Any) -> Any:
        """Put into an element that was moved to another list what both changed of it, and tell two moves of it."""
        name, stands = travel.name, (*travel.stands, travel.name)
        paths = [None if at is None else (*at, name) for at in (travel.base, travel.mine, travel.theirs)]
        sides = [
            MISSING if path is None else element_at(one, path)
            for one, path in zip((base, mine, theirs), paths, strict=True)
        ]
        own = self._pointer(paths[1] or travel.base)
        where = Where(own, stands, *(path or (*travel.base, name) for path in paths))
        if MISSING not in sides:
            document = _replaced(document, stands, self.merge(sides[0], sides[1], sides[2], where))
        if not travel.elsewhere:
            return document
        if MISSING in sides:
            self.clash(where, sides[1], sides[2], "drop")
            return document
        at, side, whole = (travel.theirs, "theirs", theirs) if travel.is_mine else (travel.mine, "mine", mine)
        assert at is not None
        there = names_in(element_at(whole, at))
        step = _move(travel, at, there[: there.index(name)][::-1])
        keep, take = ([], [step]) if side == "theirs" else ([step], [])
        self.clashes.append(Clash(where, keep_mine=keep, take_theirs=take, moved=(name,)))
        return document

    def _pointer(self, path: Path) -> str:
        """A path as a pointer into mine, as far as there is something."""
        while path and element_at(self.mine, path) is MISSING:
            path = path[:-1]
        return "".join(f"/{escape(part)}" for part in numbered(self.mine, path))

    def _objects(
        self, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], where: Where
    ) -> dict[str, Any]:
        if any(_differs(base, mine, theirs, name) for name in ("type", "kind")):
            # Two elements of one name that are not the same thing have nothing to be mixed of.
            self.clash(where, mine, theirs, "drop")
            return mine
        merged = {}
        for name in dict.fromkeys([*mine, *theirs]):
            was, here, there = (one.get(name, MISSING) for one in (base, mine, theirs))
            one = self.merge(was, here, there, where.inside(name, escape(name)))
            if one is not MISSING:
                merged[name] = one
        return merged

    def _lists(
        self, base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], where: Where
    ) -> list[Any]:
        number_of = self._numbers(where, mine)
        elements = {}
        for name in dict.fromkeys([*mine, *theirs, *base]):
            sides = [one.get(name, MISSING) for one in (base, mine, theirs)]
            called = next(identity(one) or name for one in sides if one is not MISSING)
            number = number_of.get(name)
            here = where.inside(called, None if number is None else str(number))
            told = len(self.clashes)
            one = self._element(name, sides, (base, mine, theirs), here)
            if one is MISSING:
                continue
            elements[name] = one
            for clash in self.clashes[told:]:
                if clash.where == here:
                    _as_element(clash)
        return self._in_order(base, mine, theirs, elements, where)

    def _element(self, name: str, sides: list[Any], lists: Any, where: Where) -> Any:
        base, mine, theirs = sides
        if base is not MISSING and (mine is MISSING) != (theirs is MISSING):
            left = theirs if mine is MISSING else mine
            mover = lists[2] if mine is MISSING else lists[1]
            if _same(base, left) and name in moved(list(lists[0]), list(mover)):
                self.clash(where, mine, theirs, "drop")  # the other has only moved it, and would not know
                return left
        return self.merge(base, mine, theirs, where)

    def _numbers(self, where: Where, mine: dict[str, Any]) -> dict[str, int]:
        """Where the elements stand in mine as it was, in which those that travelled still have their places."""
        names = names_in(element_at(self.mine, where.mine))
        return {name: number for number, name in enumerate(names if len(names) > len(mine) else mine)}

    def _in_order(
        self, base: Any, mine: Any, theirs: Any, elements: dict[str, Any], where: Where
    ) -> list[Any]:
        order = merge_order(list(base), list(mine), list(theirs), set(elements))
        if isinstance(order, Contradiction):
            path = list(where.path)
            called = [identity(theirs[name]) or name for name in theirs]
            names = tuple(identity(base[name]) or name for name in order.names)
            step = {"do": "sort", "path": path, "order": called}
            self.clashes.append(Clash(where, take_theirs=[step], moved=names))
            order = [
                *(name for name in mine if name in elements),
                *(name for name in elements if name not in mine),
            ]
        return [elements[name] for name in order]


def _as_element(clash: Clash) -> None:
    """An element of a list is dropped where a property is unset."""
    for step in (*clash.keep_mine, *clash.take_theirs):
        if step["do"] == "unset":
            step["do"] = "drop"


def _replaced(document: Any, path: Path, value: Any) -> Any:
    """The document with another value at a path, which is there."""
    if not path:
        return value
    change: Callable[[Any], Any] = lambda inner: _replaced(inner, path[1:], value)  # noqa: E731
    if isinstance(document, list):
        return [change(one) if identity(one) == path[0] else one for one in document]
    if isinstance(document, dict) and path[0] in document:
        return {**document, path[0]: change(document[path[0]])}
    return document


def _differs(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], name: str) -> bool:
    here, there = mine.get(name), theirs.get(name)
    return here != there and base.get(name) not in (here, there)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not WHOLE & value.keys()


def _same(one: Any, other: Any) -> bool:
    # In Python True is 1 and 1 is 1.0; in JSON they are different things.
    if one is MISSING or other is MISSING:
        return one is other
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
