"""Which fields the rules of a form lock or hide in many records at once, asked in one statement: for lists."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Invalid
from engine.records.reading.condition_sql import holding
from engine.records.writing.rules.display import DisplayRule, expanded

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Closed:
    """The keys of one record's fields that are locked, and of those that are hidden."""

    locked: frozenset[str] = NOBODY
    hidden: frozenset[str] = NOBODY


OPEN = Closed()
"""A record in which no rule closes anything."""


def closed(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, ids: Collection[int]
) -> dict[int, Closed]:
    """By record what its rules close; the columns of subforms are left to the record's page."""
    rules = [
        rule
        for rule in form.rules
        if rule.get("kind") == DisplayRule.name
        and "inside" not in rule
        and any(rule.get(role) for role in ("lock", "hide", "show"))
    ]
    if not rules or not ids:
        return {}
    try:
        held = holding(connection, live, form, viewer, [rule.get("when") for rule in rules], ids)
    except Invalid:
        return {}  # a condition that only a single row can answer; the write itself will
    return {record_id: _closed(form, rules, row) for record_id, row in held.items()}


def _closed(form: Form, rules: Sequence[Mapping[str, Any]], holds: Sequence[bool]) -> Closed:
    pairs = list(zip(rules, holds, strict=True))
    locked = {path for rule, true in pairs if true for path in _top(form, rule, "lock")}
    hidden = {path for rule, true in pairs if true for path in _top(form, rule, "hide")}
    shown = {path for rule, true in pairs if true for path in _top(form, rule, "show")}
    hidden |= {path for rule, _ in pairs for path in _top(form, rule, "show")} - shown
    return Closed(frozenset(locked), frozenset(hidden))


def _top(form: Form, rule: Mapping[str, Any], role: str) -> Iterator[str]:
    return (path for path in expanded(form, rule.get(role, ())) if "." not in path)
