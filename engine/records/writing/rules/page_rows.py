"""Rows that a linkage made on a page: what their filler had no cell for is put in from where they came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.fields.base import RowValues
from engine.fields.form import Form
from engine.records.storage.computed import computations
from engine.records.writing import completing
from engine.records.writing.rules.firing import linkages, row_values
from engine.records.writing.rules.held import Held
from engine.records.writing.rules.linkage import Linkage
from engine.records.writing.rules.looking_up import MOST_ROWS, find
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Mark:
    """Which linkage made a row on a page, and from which record or row."""

    rule: str
    source: int | None = None

    @classmethod
    def read(cls, said: str | None) -> "Mark | None":
        """A mark as the page sends it back: `prices:12`."""
        rule, _, source = (said or "").partition(":")
        number = int(source) if source.isascii() and source.isdigit() and len(source) < 19 else None
        return cls(rule, number) if rule else None

    def __str__(self) -> str:
        return self.rule if self.source is None else f"{self.rule}:{self.source}"


Marks = Mapping[str, Sequence[Mark | None]]
"""By subform, the mark of the row at each place; None for one that a person made."""


def makers(tx: Transaction, form: Form, marks: Marks) -> dict[str, list[str | None]]:
    """By subform, the linkage that made each row, of those that make rows of this subform at all."""
    known = {(one.makes.key, one.key) for one in linkages(tx.live, form) if one.makes is not None}
    return {
        key: [one.rule if one is not None and (key, one.rule) in known else None for one in of]
        for key, of in marks.items()
    }


def complete(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    sent: Mapping[str, Any],
    marks: Marks,
) -> set[str]:
    """Put the columns in that new rows came without, as the linkage found them; answers the paths that changed.

    What a person could fill in stays as they sent it.
    """
    changed: set[str] = set()
    for rule in linkages(tx.live, form):
        if rule.makes is None or not marks.get(rule.makes.key):
            continue
        changed |= _complete(tx, form, values, system, sent, rule, marks[rule.makes.key])
    if changed:
        formulas = computations(tx.live, form.key).after(changed)
        changed |= completing.work_out(tx, form, values, formulas, system)
    return changed


def _complete(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    sent: Mapping[str, Any],
    rule: Linkage,
    marks: Sequence[Mark | None],
) -> set[str]:
    assert rule.makes is not None
    key = rule.makes.key
    columns = {field.key for field, _ in rule.pairs}
    missing = {
        number: columns - row.values.keys()
        for number, row in enumerate(sent.get(key) or ())
        if row.id is None and number < len(marks) and _made_by(rule, marks[number])
    }
    if not any(missing.values()):
        return set()
    held = Held(tx, form, {**system, **values})
    found = {one.id: one for one in find(tx, form, rule, held, MOST_ROWS)}
    rows, changed = list(values.get(key) or ()), set()
    for number, lacking in missing.items():
        source = found.get(marks[number].source)  # type: ignore[union-attr]
        if source is None or not lacking:
            continue
        given = {column: one for column, one in row_values(tx, rule, source).items() if column in lacking}
        rows[number] = RowValues(None, {**rows[number].values, **given})
        changed |= {f"{key}.{column}" for column in given}
    values[key] = rows or None
    return changed


def _made_by(rule: Linkage, mark: Mark | None) -> bool:
    return mark is not None and mark.rule == rule.key and mark.source is not None
