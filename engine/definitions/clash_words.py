"""A clash of two edits in words: which thing it is about, and what either side did with it."""

from collections.abc import Callable, Iterator
from typing import Any

from engine.definitions import difference, places, rule_kinds
from engine.definitions.identity import MISSING, Path, element_at, identity, names_in, numbered
from engine.definitions.merge import Clash
from engine.definitions.merge_order import moved
from engine.definitions.model import Document
from engine.definitions.value_words import type_label
from engine.fields.form import Form
from engine.platform.i18n import Text

MOST_MOVES = 5

Read = Callable[[Document], Form]
"""Reads a form's document as the app would have it, so that what its rules name can be said."""


class Told:
    """Says clashes of two documents that were made from one; `read` is there for forms."""

    def __init__(
        self, kind: str, base: Document, mine: Document, theirs: Document, read: Read | None
    ) -> None:
        self.kind = kind
        self.base = base
        self._mine = mine
        self._theirs = theirs
        self._read = read

    def place(self, clash: Clash) -> Text | str:
        """What people call the thing: by its name in mine, else in what both began with."""
        where = clash.where
        sides = ((self._mine, where.mine), (self.base, where.base), (self._theirs, where.theirs))
        document, path = next((one for one in sides if element_at(*one) is not MISSING), sides[0])
        if clash.moved is not None and _is_list(document, path) and len(clash.moved) == 1:
            path = (*path, *clash.moved)
        return places.place(self.kind, document, numbered(document, path), options_by_label=True)

    def mine(self, clash: Clash) -> Text | str:
        """What I did."""
        return self._side(clash, self._mine, clash.where.mine)

    def theirs(self, clash: Clash) -> Text | str:
        """What the other did."""
        return self._side(clash, self._theirs, clash.where.theirs)

    def _side(self, clash: Clash, side: Document, path: Path) -> Text | str:
        before, now = element_at(self.base, clash.where.base), element_at(side, path)
        if not path or now is MISSING:
            return Text("已删除", "deleted") if before is not MISSING and path is not None else _NOTHING
        if _is_list(side, path) and clash.moved is not None:
            names = clash.moved or tuple(
                sorted(moved(names_in(before), names_in(now)), key=names_in(now).index)
            )
            return _together([self._behind(side, (*path, name), len(names) > 1) for name in names])
        if not _is_list(side, path[:-1]):
            return self._value(side, path, now)
        if before is MISSING:
            return self._added(side, path, now)
        said = [*self._moves(side, clash.where.base, path)]
        if not clash.moved:
            said += self._changes(side, clash.where.base, path)
        return _together(said) if said else Text("没有改", "left as it was")

    def _moves(self, side: Document, base: Path, path: Path) -> Iterator[Text | str]:
        if base[:-1] == path[:-1]:
            lists = [names_in(element_at(one, path[:-1])) for one in (self.base, side)]
            if path[-1] in moved(*lists):
                yield self._behind(side, path)
            return
        inside = places.steps(side, numbered(side, path[:-2]))
        if inside:
            yield Text("移入{place}", "moved into {place}", place=places.joined(inside))
        else:
            out_of = places.steps(self.base, numbered(self.base, base[:-2]))
            yield Text("移出{place}", "moved out of {place}", place=places.joined(out_of))

    def _behind(self, side: Document, path: Path, named: bool = False) -> Text | str:
        """Where in its list an element stands now."""
        elements = element_at(side, path[:-1])
        number = next((n for n, one in enumerate(elements) if identity(one) == path[-1]), 0)
        names = [_called(elements[n], n) for n in ((number - 1) if number else number, number)]
        first, mine = number == 0, (names[1] if named else "")
        zh, en = (
            ("移到最前面", "moved to the top") if first else ("移到“{before}”后面", "moved behind “{before}”")
        )
        if named:
            zh, en = "“{mine}”" + zh, "“{mine}” " + en
        return Text(zh, en, mine=mine, before=names[0])

    def _changes(self, side: Document, base: Path, path: Path) -> list[Text | str]:
        sentence = [self._rule(one, at) for one, at in ((self.base, base), (side, path))]
        if sentence[1] and sentence[0] != sentence[1]:
            return [Text("改为：{sentence}", "changed to: {sentence}", sentence=sentence[1])]
        return list(difference.between(self.base, side, base, path))

    def _added(self, side: Document, path: Path, now: Any) -> Text | str:
        place = places.steps(side, numbered(side, path), options_by_label=True)[-1]
        label = self._rule(side, path) or type_label(now)
        added = Text("新增{place}", "added {place}", place=place)
        return Text("{added}（{label}）", "{added} ({label})", added=added, label=label) if label else added

    def _value(self, side: Document, path: Path, now: Any) -> Text | str:
        if path[0] == "rules" and (sentence := self._rule(side, path[:2])):
            return sentence
        said = difference.value(side, path)
        if said is not None:
            return said
        changes = difference.between(self.base, side, path, path)
        return _together(list(changes)) if changes else Text("改过", "changed")

    def _rule(self, document: Document, path: Path) -> str:
        """A rule as a sentence; nothing for one that is not whole yet, and for what is no rule."""
        rule = element_at(document, path)
        if self._read is None or path[:1] != ("rules",) or len(path) != 2 or not isinstance(rule, dict):
            return ""
        try:
            return rule_kinds.get(str(rule.get("kind"))).sentence(self._read(document), rule)
        except (KeyError, LookupError, TypeError, AttributeError, ValueError):
            return ""


_NOTHING = Text("没有", "nothing")


def _is_list(document: Any, path: Path) -> bool:
    return isinstance(element_at(document, path), list)


def _called(element: Any, number: int) -> Text | str:
    return (
        places.quoted(element, identity(element) or str(number + 1))
        if isinstance(element, dict)
        else str(element)
    )


def _together(said: list[Text | str]) -> Text | str:
    if len(said) == 1:
        return said[0]
    shown = said[:MOST_MOVES] + (["…"] if len(said) > MOST_MOVES else [])
    names = [f"s{number}" for number in range(len(shown))]
    params = dict(zip(names, shown, strict=True))
    return Text("；".join(f"{{{one}}}" for one in names), "; ".join(f"{{{one}}}" for one in names), **params)
