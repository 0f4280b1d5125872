"""What changed from one document to another, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions import places, value_words
from engine.definitions.identity import Path, element_at, escape, identities, numbered
from engine.definitions.model import Document
from engine.platform.i18n import Text

LONGEST_VALUE = 120
MOST_WORDS = 30
_YES, _NO = Text("是", "yes"), Text("否", "no")


def difference(before: Document | None, after: Document | None) -> list[Text]:
    """The changes, one sentence each, in the order of the document; nothing for equal ones."""
    if before is None and after is None:
        return []
    if before is None:
        return [Text("新建", "Created")]
    if after is None:
        return [Text("删除", "Removed")]
    return list(_objects(_Two(before, after), before, after, "", ""))


def between(before: Document, after: Document, old_path: Path, path: Path) -> list[Text]:
    """The changes of one thing, which has its place in both."""
    old, new = element_at(before, old_path), element_at(after, path)
    pointers = [
        "".join(f"/{escape(part)}" for part in numbered(*one)) for one in ((before, old_path), (after, path))
    ]
    if isinstance(old, list) and isinstance(new, list):
        named = identities(old, new)
        two = _Two(before, after)
        return [] if named is None else list(_lists(two, named[0], named[1], pointers[0], pointers[1]))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    return list(_objects(_Two(before, after), old, new, pointers[0], pointers[1]))


def value(document: Document, path: Path) -> Text | str | None:
    """A property's value in words; None for more than a word or a list of words."""
    holder, found = element_at(document, path[:-1]), element_at(document, path)
    if _unsayable(found) or not isinstance(holder, Mapping):
        return None
    pointer = "".join(f"/{escape(part)}" for part in numbered(document, path[:-1]))
    return _said(found, document, pointer, holder, path[-1])


class _Two:
    """The two documents, in which places are named."""

    def __init__(self, before: Document, after: Document) -> None:
        self.before = before
        self.after = after

    def place(self, pointer: str) -> Text | str | None:
        return _joined(places.steps(self.after, pointer, options_by_label=True))

    def old_place(self, pointer: str) -> Text | str | None:
        return _joined(places.steps(self.before, pointer, options_by_label=True))


def _joined(steps: list[Text | str]) -> Text | str | None:
    return places.joined(steps) if steps else None


def _objects(
    two: _Two, before: Mapping[str, Any], after: Mapping[str, Any], old_pointer: str, pointer: str
) -> Iterator[Text]:
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name), after.get(name)
        if _equal(old, new):
            continue
        old_at, at = f"{old_pointer}/{escape(name)}", f"{pointer}/{escape(name)}"
        if isinstance(old or [], list) and isinstance(new or [], list):
            named = identities(old or [], new or [])
            if named is not None and any(isinstance(one, dict) for one in (*(old or []), *(new or []))):
                yield from _lists(two, named[0], named[1], old_at, at)
                continue
        if (
            isinstance(old, Mapping)
            and isinstance(new, Mapping)
            and _is_structure(old)
            and _is_structure(new)
        ):
            yield from _objects(two, old, new, old_at, at)
        else:
            said = [
                _said(old, two.before, old_pointer, before, name),
                _said(new, two.after, pointer, after, name),
            ]
            yield _changed(two.place(pointer), places.property_name(name), old, new, *said)


def _lists(
    two: _Two, before: dict[str, Any], after: dict[str, Any], old_pointer: str, pointer: str
) -> Iterator[Text]:
    old_numbers = {name: number for number, name in enumerate(before)}
    for number, (name, new) in enumerate(after.items()):
        at = f"{pointer}/{number}"
        if name not in before:
            yield Text("新增{place}", "Added {place}", place=two.place(at))
        elif not _equal(before[name], new):
            old_at = f"{old_pointer}/{old_numbers[name]}"
            if isinstance(before[name], Mapping) and isinstance(new, Mapping):
                yield from _objects(two, before[name], new, old_at, at)
            else:
                yield Text("修改了{place}", "Changed {place}", place=two.place(at))
    for name, number in old_numbers.items():
        if name not in after:
            yield Text("删除{place}", "Removed {place}", place=two.old_place(f"{old_pointer}/{number}"))
    shared = [name for name in before if name in after]
    if shared != [name for name in after if name in before]:
        yield Text("调整了{place}的顺序", "Reordered {place}", place=two.place(pointer))


def _changed(
    place: Text | str | None, name: Text, old: Any, new: Any, old_said: Text | str, new_said: Text | str
) -> Text:
    here = name if place is None else Text("{place}的{name}", "{place}: {name}", place=place, name=name)
    if _unsayable(old) or _unsayable(new):
        if old is None:
            return Text("设置了{here}", "{here} set", here=here)
        if new is None:
            return Text("去掉了{here}", "{here} removed", here=here)
        return Text("修改了{here}", "{here} changed", here=here)
    if old is None:
        return Text("{here}设为“{new}”", "{here} set to “{new}”", here=here, new=new_said)
    if new is None:
        return Text("去掉了{here}（原为“{old}”）", "{here} removed (it was “{old}”)", here=here, old=old_said)
    return Text(
        "{here}由“{old}”改为“{new}”",
        "{here} changed from “{old}” to “{new}”",
        here=here,
        old=old_said,
        new=new_said,
    )


def _said(value: Any, document: Document, pointer: str, holder: Mapping[str, Any], name: str) -> Text | str:
    """A value in words: the label of a choice, of a field, or as it stands there."""
    called = value_words.word(document, pointer, holder, name, value)
    if called is not None:
        return called
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, Mapping):
        return places.spoken(value, "")
    if isinstance(value, list):
        words = [value_words.word(document, pointer, holder, name, one) or str(one) for one in value]
        return places.listed(words[:MOST_WORDS]) if words else Text("空", "empty")
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _unsayable(value: Any) -> bool:
    """Whether the value is more than a word or a list of words: a condition, a pattern."""
    if isinstance(value, Mapping):
        return not _is_label(value)
    return isinstance(value, list) and any(isinstance(one, (Mapping, list)) for one in value)


def _is_label(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= {"zh-CN", "en"}


def _is_structure(value: Any) -> bool:
    return (
        isinstance(value, Mapping) and not _is_label(value) and not {"op", "all", "any", "not"} & value.keys()
    )


def _equal(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other) or one is None and other is None
