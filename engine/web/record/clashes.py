"""Where two people have changed the same thing, each to something else; and how two values are compared for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Clash:
    """A field, or a row of a subform, that both have changed."""

    key: str
    """The field's key; of a row `lines.3`, as the page calls it, or `lines.id12` where it is not on the page any more."""
    label: str
    theirs: str
    mine: str

    @property
    def field(self) -> str:
        """The key of the field that it is in."""
        return self.key.partition(".")[0]


def plain(value: Any) -> Any:
    """A value without titles, so that two of them can be compared."""
    if isinstance(value, Mapping):
        if "id" in value and "title" in value:
            return value["id"]
        return {key: plain(one) for key, one in value.items() if plain(one) is not None}
    if isinstance(value, list):
        return [plain(one) for one in value] or None
    return None if value in ("", False) else value
