"""Every field type there is: those of this package, and those that others add by the entry point."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points

import engine.fields
from engine.fields.base import FieldType

ENTRY_POINT = "jianflow.field_types"


def get(name: str) -> FieldType:
    """The field type called `name`; KeyError if there is none."""
    return all_types()[name]


def exists(name: str) -> bool:
    """Whether people may give a field this type."""
    kind = all_types().get(name)
    return kind is not None and kind.offered


@cache
def all_types() -> dict[str, FieldType]:
    """All types by name."""
    found = {kind.name: kind() for kind in [*_own(), *_added()]}
    return dict(sorted(found.items()))


def forget() -> None:
    """Look again at the next use; for programs that add a package while they run."""
    all_types.cache_clear()


def _own() -> Iterator[type[FieldType]]:
    for module in pkgutil.iter_modules(engine.fields.__path__):
        yield from _declared(importlib.import_module(f"engine.fields.{module.name}"))


def _added() -> Iterator[type[FieldType]]:
    for entry in entry_points(group=ENTRY_POINT):
        loaded = entry.load()
        if isinstance(loaded, type) and issubclass(loaded, FieldType):
            yield loaded
        else:
            yield from _declared(loaded)


def _declared(module: object) -> Iterator[type[FieldType]]:
    name = getattr(module, "__name__", "")
    for thing in vars(module).values():
        if (
            isinstance(thing, type)
            and issubclass(thing, FieldType)
            and thing.name
            and thing.__module__ == name
        ):
            yield thing
