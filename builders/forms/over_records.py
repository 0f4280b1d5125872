"""The app with its drafts, over the records that there are: what is stored is read as the published forms say it is."""

from collections.abc import Mapping
from typing import Any

from builders.forms.draft import KIND, Designed
from engine.definitions.model import Document, LiveApp
from engine.definitions.propose import propose

DRAFTED = ("label", "hint", "width", "placeholder", "options")
"""What a field that is published shows as it is drafted; all else of it says how its values came to be."""


def over_records(designed: Designed) -> LiveApp:
    """The drafted app whose published fields keep their definition.

    What a column holds was worked out by the published formula: were it judged by the drafted one, a designer could
    read what is hidden from them by drafting another formula over it.
    """
    published = designed.live.documents.get(KIND, {})
    drafted = designed.proposed.documents.get(KIND, {})
    return propose(
        designed.live,
        {
            (KIND, key): as_stored(document, published[key]) if key in published else document
            for key, document in drafted.items()
        },
    )


def as_stored(document: Document, published: Document) -> Document:
    """A drafted form with the fields that are published as those are, and the title that its records have."""
    made = {**document, "fields": _fields(document["fields"], published["fields"])}
    made.pop("title", None)
    return {**made, "title": published["title"]} if "title" in published else made


def _fields(drafted: list[Any], published: list[Any]) -> list[Any]:
    known = {one["key"]: one for one in published}
    return [_field(one, known[one["key"]]) if one["key"] in known else one for one in drafted]


def _field(drafted: Mapping[str, Any], published: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: drafted[name] for name in DRAFTED if name in drafted}
    if drafted.get("type") != published.get("type"):
        shown.pop("options", None)
    made = {**published, **shown}
    if published.get("type") == "subform":  # the "fields" of a lookup are the names of its columns
        made["fields"] = _fields(list(drafted.get("fields") or ()), list(published["fields"]))
    return made
