"""Which fields the rules of a form lock in many records at once, asked in one statement: for lists."""

from collections.abc import Collection

from sqlalchemy import Connection

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Invalid
from engine.records.condition_sql import holding


def locked(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, ids: Collection[int]
) -> dict[int, set[str]]:
    """By record the keys of its fields that are locked; those of subforms' columns are left to the record's page."""
    rules = [
        rule
        for rule in form.rules
        if rule.get("kind") == "display" and rule.get("lock") and "inside" not in rule
    ]
    if not rules or not ids:
        return {}
    try:
        held = holding(connection, live, form, viewer, [rule.get("when") for rule in rules], ids)
    except Invalid:
        return {}  # a condition that only a single row can answer; the write itself will
    return {
        record_id: {
            path
            for rule, holds in zip(rules, row, strict=True)
            if holds
            for path in rule["lock"]
            if "." not in path
        }
        for record_id, row in held.items()
    }
