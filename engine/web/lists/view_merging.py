"""A shared view as somebody arranges it who does not see all of it: what is hidden from them stays where it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.conditions.paths import paths
from engine.platform.errors import Forbidden
from engine.platform.i18n import Text
from engine.records.reading.visible import as_readable, readable
from engine.web.lists.listing import Listing


def merged(
    listing: Listing, view: Mapping[str, Any], state: Mapping[str, Any], stated: Sequence[str]
) -> dict[str, Any]:
    """The view with what was changed of its `stated` parts; what somebody else changed meanwhile stays.

    Raises Forbidden where its condition has hidden parts and another one is wanted.
    """
    shown = listing.view
    now = as_readable(listing.live, listing.form, listing.viewer, view)
    if now.get("where") != view.get("where") and state.get("where") != shown.get("where"):
        raise Forbidden(
            Text(
                "这个视图的条件有您无权查看的部分，您不能修改它的条件；可以另存为自己的视图",
                "Its conditions name what you may not see, so you may not change them; keep a view of your own instead",
            )
        )
    made = dict(view)
    for name in stated:
        wanted, before = state.get(name), _parts(listing, shown.get(name), True)
        if wanted == before or name not in state and _parts(listing, now.get(name), True) != before:
            continue
        whole = _with_hidden(listing, view.get(name), wanted)
        if name in state or whole:
            made[name] = whole
        else:
            made.pop(name, None)
    return made


def _parts(listing: Listing, value: Any, seen: bool) -> Any:
    """The elements of a list, or of a mapping by field, that this person may see, or those that they may not."""
    if isinstance(value, list):
        return [one for one in value if _seen(listing, one) is seen]
    if isinstance(value, Mapping):
        return {key: one for key, one in value.items() if _seen(listing, key) is seen}
    return value


def _seen(listing: Listing, part: Any) -> bool:
    """Whether a column, an order, a group or a colour with its condition names only what this person may see."""
    named = {_name(part)}
    if isinstance(part, Mapping) and "when" in part:
        named = set(paths(part["when"]))
    return all(readable(listing.live, listing.form, listing.viewer, path) for path in named)


def _name(part: Any) -> Any:
    return part.get("field", part.get("key")) if isinstance(part, Mapping) else part


def _with_hidden(listing: Listing, old: Any, new: Any) -> Any:
    """The new elements and the hidden ones of the old, each after what it stood behind."""
    if isinstance(old, Mapping) and isinstance(new, Mapping | None) and not _is_condition(old):
        return {**_parts(listing, old, False), **(new or {})}
    if not isinstance(old, list) or not isinstance(new, list | None):
        return new
    made = list(new or ())
    for number, one in enumerate(old):
        if not _seen(listing, one):
            above = {_name(other) for other in old[:number]}
            made.insert(
                max((at + 1 for at, other in enumerate(made) if _name(other) in above), default=0), one
            )
    return made


def _is_condition(value: Mapping[str, Any]) -> bool:
    return bool(value.keys() & {"all", "any", "not", "op", "formula"})
