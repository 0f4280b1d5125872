"""The list of all functions, for completion in the editor and for the reference."""

from dataclasses import dataclass

from engine.formulas.functions.base import CATEGORIES
from engine.formulas.functions.registry import functions
from engine.platform.i18n import Text


@dataclass(frozen=True)
class FunctionDoc:
    """One function as a person reads about it, its signature in the current language."""

    name: str
    category: str
    category_label: Text
    signature: str
    summary: Text
    examples: tuple[tuple[str, str], ...]
    sql: bool
    volatile: bool


def catalogue() -> list[FunctionDoc]:
    """All functions, ours first, in the order of the reference."""
    return [
        FunctionDoc(
            name=function.name,
            category=function.category,
            category_label=CATEGORIES.get(function.category, Text(function.category, function.category)),
            signature=str(function.usage),
            summary=function.summary,
            examples=function.examples,
            sql=function.sql is not None,
            volatile=function.volatile,
        )
        for function in functions().values()
    ]
