"""Finds every function: ours, and those that others add by the entry point group `jianflow.functions`."""

import difflib
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from engine.formulas.functions.base import Function

ENTRY_POINTS = "jianflow.functions"
MODULES = (
    "logic",
    "math",
    "rounding",
    "aggregate",
    "conditional",
    "statistics",
    "text",
    "words",
    "date",
    "calendar",
    "lookup",
    "finance",
    "people",
)

_added: dict[str, Function] = {}


@lru_cache(maxsize=1)
def functions() -> dict[str, Function]:
    """All functions by name, in the order of the reference."""
    found: dict[str, Function] = {}
    for name in MODULES:
        for function in functions_in(import_module(f"engine.formulas.functions.{name}")):
            found[function.name] = function
    for entry in entry_points(group=ENTRY_POINTS):
        loaded = entry.load()
        offered = functions_in(loaded) if isinstance(loaded, ModuleType) else [loaded]
        for function in offered:
            found.setdefault(function.name, function)
    for function in _added.values():
        found.setdefault(function.name, function)
    return found


def functions_in(module: ModuleType) -> list[Function]:
    """The functions that a module declares."""
    return [value for value in vars(module).values() if isinstance(value, Function)]


def register(function: Function) -> None:
    """Add a function from outside; one of ours can't be replaced."""
    if function.name in functions():
        raise ValueError(f"{function.name} exists already")
    _added[function.name] = function
    functions.cache_clear()


def find(name: str) -> Function | None:
    """The function of that name, written in any case."""
    return functions().get(name.upper())


def similar(name: str) -> str | None:
    """The function that was probably meant."""
    close = difflib.get_close_matches(name.upper(), list(functions()), n=1, cutoff=0.6)
    return close[0] if close else None
