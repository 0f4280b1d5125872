"""What is wrong with documents: each for itself when it is saved, all together before they are published."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from engine.definitions import kinds, places, schema, texts
from engine.definitions.content import etag_of
from engine.definitions.model import Document, LiveApp
from engine.definitions.remembered import Remembered
from engine.fields.schema import KEY_PATTERN
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text, current_language

_KEY = re.compile(KEY_PATTERN)
_sound: Remembered[bool] = Remembered(4000)
"""Kinds and etags of documents that their schema accepts."""
_checked: Remembered[list[Fault]] = Remembered(8)
"""The faults of proposed apps, so that a publication does not check twice what has not changed meanwhile."""


def sound_document(kind: str, key: str, document: object) -> Document:
    """The document if it may be saved; `Invalid` with every fault against its schema."""
    declared = kinds.get(kind)
    if not _KEY.fullmatch(key) or declared.only_key not in (None, key):
        raise Invalid.at("/key", "invalid_key", schema.key_rule(key))
    if not isinstance(document, dict):
        raise Invalid.at(
            "", "wrong_type", Text("定义应当是一个 JSON 对象。", "A definition is a JSON object.")
        )
    texts.check_size(document)
    document = {"key": key, **document}
    faults = schema_faults(kind, document)
    if document["key"] != key:
        faults.insert(
            0,
            Fault(
                "/key",
                "other_key",
                Text(
                    "标识“{given}”与地址里的“{key}”不一致。",
                    "The key “{given}” is not the one in the address, “{key}”.",
                    given=str(document["key"])[:63],
                    key=key,
                ),
            ),
        )
    if faults:
        raise Invalid(
            Text("有 {n} 处问题，未保存。", "Not saved: {n} things are wrong.", n=len(faults)), faults
        )
    return document


def schema_faults(kind: str, document: Document) -> list[Fault]:
    """What the kind's schema and the rules for texts say about a document."""
    found = texts.faults(kind, document)
    if found:
        return found
    place = (kind, etag_of(document))
    if _sound.get(place):
        return []
    found = kinds.get(kind).schema_faults(document)
    if not found:
        _sound.put(place, True)
    return found


def faults(proposed: LiveApp, changed: Collection[tuple[str, str]]) -> list[Fault]:
    """Everything that is wrong with an app as proposed; pointers begin with kind and key.

    Only changed documents are checked against their schema; what goes beyond it is checked in all of them, since
    a change here may break something there.
    """
    fingerprint = (
        proposed.app.id,
        proposed.app.created_at,
        frozenset(proposed.etags.items()),
        current_language(),
    )
    found = _checked.get(fingerprint)
    if found is None:
        found = _checked.put(fingerprint, list(_faults(proposed, changed)))
    return list(found)


def warnings(proposed: LiveApp, changed: Iterable[tuple[str, str]]) -> list[Text]:
    """What the one who publishes these documents should know."""
    return [
        text
        for kind, key in changed
        if key in proposed.documents.get(kind, {})
        for text in kinds.get(kind).warnings(key, proposed)
    ]


def name(app: LiveApp, kind: str, key: str) -> Text | str:
    """What a definition of an app is called."""
    return places.name(kind, key, app.documents.get(kind, {}).get(key))


def _faults(proposed: LiveApp, changed: Collection[tuple[str, str]]) -> Iterable[Fault]:
    broken = []
    for kind, key in changed:
        document = proposed.documents.get(kind, {}).get(key)
        etag = proposed.etags.get((kind, key))
        if document is None or etag is None or _sound.get((kind, etag)):
            continue
        broken.extend(within(kind, key, schema_faults(kind, document)))
    if broken:
        # What goes beyond the schema is only asked of documents that keep to it.
        return broken
    return [
        fault
        for kind in kinds.all_kinds()
        for key in proposed.documents.get(kind.name, {})
        for fault in within(kind.name, key, _checked_document(kind, key, proposed))
    ]


def _checked_document(kind: kinds.Kind, key: str, proposed: LiveApp) -> list[Fault]:
    try:
        return list(kind.check(key, proposed))
    except RecursionError:
        called = name(proposed, kind.name, key)
        return [
            Fault(
                "",
                "too_deep",
                Text("“{name}”里的内容一层套一层，太深了。", "“{name}” is nested too deeply.", name=called),
            )
        ]


def within(kind: str, key: str, found: Iterable[Fault]) -> list[Fault]:
    """The faults of a document with pointers that begin with its kind and key."""
    return [replace(fault, pointer=f"/{kind}/{key}{fault.pointer}") for fault in found]


def forget(*_: Any) -> None:
    """Check everything anew; for programs that register a kind or a field type while they run."""
    _sound.forget()
    _checked.forget()
