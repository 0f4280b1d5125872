"""Where a form, field, view or role is used."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.definitions import kinds, places
from engine.definitions.model import LiveApp
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Use:
    """A place that names something else, as a pointer and in words."""

    kind: str
    key: str
    pointer: str
    place: Text | str


def uses(app: LiveApp, kind: str, key: str, path: str | None = None) -> Iterator[Use]:
    """The places that name a definition, or (with `path`) one of its elements or what stands inside it."""
    for other in kinds.all_kinds():
        for other_key, document in app.documents.get(other.name, {}).items():
            seen = set()
            for reference in other.references(other_key, app):
                itself = path is None and (other.name, other_key) == (kind, key)
                if (reference.kind, reference.key) != (kind, key) or itself or reference.pointer in seen:
                    continue
                if path is None or _names(reference.path, path):
                    seen.add(reference.pointer)
                    place = places.place(other.name, document, reference.pointer)
                    yield Use(other.name, other_key, reference.pointer, place)


def _names(named: str | None, path: str) -> bool:
    return named is not None and (named == path or named.startswith(f"{path}."))
