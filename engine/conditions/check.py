"""What is wrong with a condition, by place."""

from typing import Any

from engine.conditions.read import Reader
from engine.conditions.scope import Scope
from engine.platform.errors import Fault


def check(where: Any, scope: Scope, pointer: str = "") -> list[Fault]:
    """The faults of a condition over the fields of `scope`; None is the condition that all records meet."""
    if where is None:
        return []
    reader = Reader(scope, pointer)
    reader.read(where)
    return reader.faults
