"""How records are chosen: one language for lists, permissions, flows, figures and charts."""

from engine.conditions.check import check
from engine.conditions.paths import paths
from engine.conditions.schema import OPERATORS, SCHEMA
from engine.conditions.scope import FormScope, Person, Scope
from engine.conditions.to_sql import to_sql
from engine.conditions.words import Chip, sentence, to_words

__all__ = [
    "OPERATORS",
    "SCHEMA",
    "Chip",
    "FormScope",
    "Person",
    "Scope",
    "check",
    "paths",
    "sentence",
    "to_sql",
    "to_words",
]
