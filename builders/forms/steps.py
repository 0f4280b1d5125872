"""Steps of the designer: single changes of a document, place by place by key, so that a save sends only what changed."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from engine.definitions.model import Document
from engine.platform.errors import Invalid
from engine.platform.i18n import Text

MOST = 5_000


def applied(document: Document, changes: object) -> Document:
    """The document with the changes: `{"path", "after"}` sets, without `after` removes, `{"path", "order"}` sorts.

    A path names the elements of lists by their key.
    """
    if not isinstance(changes, list) or len(changes) > MOST or not all(_is_change(one) for one in changes):
        raise _unreadable()
    result = copy.deepcopy(document)
    for change in changes:
        if "order" not in change:
            _put(result, change["path"], change)
    for change in changes:
        if "order" in change:
            _sort(result, change["path"], change["order"])
    return result


def _put(document: Document, path: Sequence[str], change: Mapping[str, Any]) -> None:
    holder, name = _at(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        place = next((n for n, one in enumerate(holder) if _key(one) == name), None)
        if "after" not in change:
            if place is not None:
                del holder[place]
        elif place is None:
            holder.append(change["after"])
        else:
            holder[place] = change["after"]
    elif isinstance(holder, dict):
        if "after" in change:
            holder[name] = change["after"]
        else:
            holder.pop(name, None)
    elif "after" in change:
        raise _unreadable()


def _sort(document: Document, path: Sequence[str], order: Sequence[str]) -> None:
    """The list in the order of the keys; what they do not name stays at the end."""
    elements = _at(document, path)
    if not isinstance(elements, list):
        raise _unreadable()
    ranks = {key: rank for rank, key in enumerate(order)}
    elements.sort(key=lambda one: ranks.get(_key(one) or "", len(ranks)))


def _at(document: Any, path: Sequence[str]) -> Any:
    for name in path:
        if isinstance(document, list):
            document = next((one for one in document if _key(one) == name), None)
        else:
            document = document.get(name) if isinstance(document, dict) else None
    return document


def _key(element: Any) -> str | None:
    key = element.get("key") if isinstance(element, dict) else None
    return key if isinstance(key, str) else None


def _is_change(change: object) -> bool:
    if not isinstance(change, dict) or not _are_names(change.get("path")) or not change["path"]:
        return False
    return "order" not in change or _are_names(change["order"])


def _are_names(names: object) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)


def _unreadable() -> Invalid:
    message = Text("这些修改读不懂，没有保存。", "These changes cannot be read; nothing was saved.")
    return Invalid.at("/changes", "unreadable_changes", message)
