"""Values that the gate gave without what it adds for readers: references as ids, in records and in conditions."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.fields.failed import Failed
from engine.formulas.values import FormulaError


def ids_of(value: Any) -> Any:
    """The value with references as their ids."""
    if isinstance(value, list):
        return [ids_of(one) for one in value]
    return value.id if hasattr(value, "id") and hasattr(value, "title") else value


def bare(value: Any) -> Any:
    """The same with nothing in the place of what could not be worked out."""
    if isinstance(value, list):
        return [bare(one) for one in value]
    return None if isinstance(value, (FormulaError, Failed)) else ids_of(value)


def as_kept(value: Any) -> Any:
    """The same as a field keeps it, which has nothing instead of a list without elements."""
    found = bare(value)
    return None if found == [] else found


def as_sent(value: Any) -> Any:
    """The value as a condition takes it: as it would be sent."""
    if isinstance(value, list):
        return [as_sent(one) for one in value]
    value = ids_of(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def filled(where: Any, current: Callable[[str], Any]) -> Any:
    """A condition with values in the places that ask for those of a record at hand; `current` gives them by field."""
    if isinstance(where, Mapping):
        if isinstance(where.get("current"), str) and len(where) == 1:
            return as_sent(current(where["current"]))
        return {key: filled(part, current) for key, part in where.items()}
    return [filled(part, current) for part in where] if isinstance(where, list) else where
