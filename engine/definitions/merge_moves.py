"""Elements that somebody took from one list into another: a field into a subform, a form into another group."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.definitions.identity import Path, element_at, identity, names_in
from engine.definitions.merge_order import moved

TRAVELLING = ("fields", "items")
"""Lists between which elements move."""

Found = dict[Path, Any]
"""An element by the paths of the lists that it stands in."""


@dataclass(frozen=True)
class Travel:
    """An element that a side moved to another list, and in which list each side has it; None where it has none."""

    name: str
    base: Path
    mine: Path | None
    theirs: Path | None
    elsewhere: bool
    """Whether the other side moved it too, somewhere else, or removed it."""

    @property
    def stands(self) -> Path:
        """The list that it stands in when both are merged: mine, where I moved it."""
        if self.mine is not None and self.mine != self.base:
            return self.mine
        assert self.theirs is not None
        return self.theirs

    @property
    def is_mine(self) -> bool:
        """Whether it stands where I moved it."""
        return self.mine is not None and self.mine != self.base


def travels(base: Any, mine: Any, theirs: Any) -> list[Travel]:
    """All elements that either side moved from one list to another."""
    was, here, there = (_located(one) for one in (base, mine, theirs))
    found = []
    for name, places in was.items():
        own, other = here.get(name, {}), there.get(name, {})
        if places.keys() == own.keys() == other.keys():
            continue
        travel = _travel(name[1], places, own, other)
        if travel is not None:
            found.append(_with_order(travel, base, mine, theirs))
    return found


def without(document: Any, gone: Mapping[Path, set[str]], path: Path = ()) -> Any:
    """The document without the elements that `gone` names by the path of their list."""
    if not gone:
        return document
    if isinstance(document, Mapping):
        return {name: without(inner, gone, (*path, name)) for name, inner in document.items()}
    if isinstance(document, list):
        left = gone.get(path, set())
        return [
            without(one, gone, (*path, identity(one) or ""))
            for one in document
            if not left or identity(one) not in left
        ]
    return document


def _travel(name: str, base: Found, mine: Found, theirs: Found) -> Travel | None:
    own, other = _step(base, mine), _step(base, theirs)
    if own and other:
        (start, here), (other_start, there) = own, other
        return Travel(name, start, here, there, here != there) if start == other_start else None
    stepped = own or other
    if stepped is None:
        return None
    start, there = stepped
    still = theirs if own else mine
    if still.keys() - base.keys():
        return None
    at = start if start in still else None
    mine_at, theirs_at = (there, at) if own else (at, there)
    return Travel(name, start, mine_at, theirs_at, at is None)


def _with_order(travel: Travel, base: Any, mine: Any, theirs: Any) -> Travel:
    """Who only moved it within its list has moved it elsewhere too."""
    if travel.mine == travel.theirs:
        here, there = (names_in(element_at(one, travel.stands)) for one in (mine, theirs))
        before = [{*names[: names.index(travel.name)]} & {*here} & {*there} for names in (here, there)]
        return replace(travel, elsewhere=before[0] != before[1])
    side, at = (theirs, travel.theirs) if travel.is_mine else (mine, travel.mine)
    if travel.elsewhere or at != travel.base:
        return travel
    lists = (names_in(element_at(one, travel.base)) for one in (base, side))
    return replace(travel, elsewhere=travel.name in moved(*lists))


def _step(base: Found, side: Found) -> tuple[Path, Path] | None:
    gone, come = base.keys() - side.keys(), side.keys() - base.keys()
    if len(gone) != 1 or len(come) != 1:
        return None
    (start,), (end,) = gone, come
    same = base[start].get("type") == side[end].get("type")
    return (start, end) if same else None


def _located(document: Any) -> dict[tuple[str, str], Found]:
    found: dict[tuple[str, str], Found] = {}
    for kind, path, name, element in _elements(document, ()):
        found.setdefault((kind, name), {})[path] = element
    return found


def _elements(document: Any, path: Path) -> Iterator[tuple[str, Path, str, Any]]:
    if isinstance(document, Mapping):
        for name, inner in document.items():
            yield from _elements(inner, (*path, name))
    elif isinstance(document, list):
        names = [identity(one) if isinstance(one, Mapping) else None for one in document]
        if None in names or len(set(names)) != len(names):
            return
        for name, element in zip(names, document, strict=True):
            assert name is not None
            if path[-1] in TRAVELLING:
                yield path[-1], path, name, element
            yield from _elements(element, (*path, name))
