"""Colour rules of a view: which rows and cells of a page of records they colour."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from engine.platform.errors import Invalid
from engine.records.reading.matching import matching
from engine.web.lists.listing import Listing

COLORS = ("green", "amber", "red", "violet", "cyan", "blue", "grey")
ROW = ""
"""Stands for the whole row where a cell's field would stand."""
MOST = 20


def rules_of(sent: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rules that can be asked: with a condition and a colour there is."""
    found = [one for one in sent if isinstance(one.get("when"), Mapping) and one.get("color") in COLORS]
    return found[:MOST]


def colors(
    connection: Connection, listing: Listing, ids: Sequence[int], rules: Sequence[Mapping[str, Any]]
) -> dict[int, dict[str, str]]:
    """By record, the colour of its row (under "") and of its cells by field; the first rule that holds decides."""
    rules = rules_of(rules)
    try:
        held = _held(connection, listing, ids, rules)
    except Invalid:
        # A colour is a courtesy: the list must not fail for a rule whose field is gone.
        rules = [rule for rule in rules if _askable(connection, listing, rule)]
        held = _held(connection, listing, ids, rules)
    found: dict[int, dict[str, str]] = {}
    for record_id, answers in held.items():
        for rule, holds in zip(rules, answers, strict=True):
            if holds:
                found.setdefault(record_id, {}).setdefault(str(rule.get("field") or ROW), rule["color"])
    return found


def _held(
    connection: Connection, listing: Listing, ids: Sequence[int], rules: Sequence[Mapping[str, Any]]
) -> dict[int, list[bool]]:
    asked = [rule["when"] for rule in rules]
    return matching(connection, listing.live, listing.form.key, listing.viewer, ids, asked)


def _askable(connection: Connection, listing: Listing, rule: Mapping[str, Any]) -> bool:
    try:
        _held(connection, listing, [0], [rule])
    except Invalid:
        return False
    return True
