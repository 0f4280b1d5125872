"""Which fields a condition reads."""

from collections.abc import Mapping
from typing import Any

from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse


def paths(where: Any) -> set[str]:
    """The paths of all leaves, and those that formulas among the values read."""
    found: set[str] = set()
    _collect(where, found)
    return found


def currents(where: Any) -> set[str]:
    """The keys of the record now in the form that the condition asks for."""
    found: set[str] = set()
    _collect_currents(where, found)
    return found


def _collect(where: Any, found: set[str]) -> None:
    if not isinstance(where, Mapping):
        return
    for part in (*_parts(where, "all"), *_parts(where, "any")):
        _collect(part, found)
    _collect(where.get("not"), found)
    if isinstance(where.get("field"), str):
        found.add(where["field"])
    value = where.get("value")
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Mapping) and isinstance(one.get("formula"), str):
            try:
                found.update(".".join(path) for path in parse(one["formula"]).paths)
            except FormulaFault:
                continue


def _collect_currents(where: Any, found: set[str]) -> None:
    if isinstance(where, Mapping):
        if isinstance(where.get("current"), str):
            found.add(where["current"])
        for part in where.values():
            _collect_currents(part, found)
    elif isinstance(where, list):
        for part in where:
            _collect_currents(part, found)


def _parts(where: Mapping[str, Any], key: str) -> list[Any]:
    parts = where.get(key)
    return parts if isinstance(parts, list) else []
