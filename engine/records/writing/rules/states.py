"""What the rules of a form say about its fields now: hidden, required, locked, which options they take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as attribute

from engine.fields.form import Field


@dataclass
class States:
    """Places are `amount`, `lines.qty` (a column in every row) and `lines.2.qty` (in the row at that place)."""

    hidden: set[str] = attribute(default_factory=set)
    required: set[str] = attribute(default_factory=set)
    locked: set[str] = attribute(default_factory=set)
    allowed: dict[str, frozenset[str]] = attribute(default_factory=dict)
    emptied: set[str] = attribute(default_factory=set)
    """The paths of fields whose values went because they are hidden."""

    def hides(self, field: Field, row: int | None = None) -> bool:
        """Whether the field, or the column in the row at this place, is hidden."""
        return any(place in self.hidden for place in _places(field, row))

    def requires(self, field: Field, row: int | None = None) -> bool:
        """Whether a rule says that it must not be empty."""
        return any(place in self.required for place in _places(field, row))

    def locks(self, field: Field, row: int | None = None) -> bool:
        """Whether a rule says that it must not be changed."""
        return any(place in self.locked for place in _places(field, row))

    def only(self, field: Field, row: int | None = None) -> frozenset[str] | None:
        """The options that it may take; None for all."""
        found: frozenset[str] | None = None
        for place in _places(field, row):
            if place in self.allowed:
                found = self.allowed[place] if found is None else found & self.allowed[place]
        return found

    def allow(self, place: str, options: Iterable[str]) -> None:
        """Narrow the options of a place; what two rules say holds together."""
        wanted = frozenset(options)
        self.allowed[place] = self.allowed[place] & wanted if place in self.allowed else wanted


NOTHING = States()
"""Where no rule says anything."""


def place(field: Field, row: int | None = None) -> str:
    """The place of a field, or of a column in one row."""
    return field.path if row is None or field.parent is None else f"{field.parent.key}.{row}.{field.key}"


def _places(field: Field, row: int | None) -> Iterator[str]:
    yield field.path
    if field.parent is not None:
        yield field.parent.path
        if row is not None:
            yield place(field, row)
