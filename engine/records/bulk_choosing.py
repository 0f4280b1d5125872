"""Staged rows against the conditions that say what their fields offer, found in sets: one look for many rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.conditions.paths import currents
from engine.fields.form import Field, Form
from engine.records.bulk_checks import RowFault, mark, rows_of
from engine.records.condition_sql import holding
from engine.records.form_traits import conditional
from engine.records.incoming import place_fault
from engine.records.offered import OUTSIDE, not_offered, offering
from engine.records.rowset import RowOnlyField
from engine.records.rules.firing import linkages
from engine.records.scope import AppScope
from engine.records.staging import FAULT, NUMBER, Staging
from engine.records.storage import StoredColumn
from engine.records.transaction import Transaction

AT_ONCE = 50
"""So many different conditions are asked in one statement."""

Known = Mapping[str, Any]
"""What a row has at the paths that a condition asks it for."""


def check(tx: Transaction, form: Form, staging: Staging) -> list[RowFault]:
    """Rows with a choice that the field's condition does not offer them; what linkages put in may stay."""
    linked = {path for rule in linkages(tx.live, form) for path in rule.writes}
    found: list[RowFault] = []
    for key, (field, column) in staging.target.columns.items():
        if conditional(field) and key not in linked:
            found += _check_field(tx, form, staging, field, column)
    return found


def _check_field(
    tx: Transaction, form: Form, staging: Staging, field: Field, column: StoredColumn
) -> list[RowFault]:
    where = field.get("where") or (field.get("options_from") or {}).get("where")
    rows = _rows(tx, form, staging, column, sorted(currents(where)))
    by_known: dict[tuple[tuple[str, Any], ...], list[tuple[int, int, list[Any]]]] = {}
    for row_id, number, chosen, known in rows:
        by_known.setdefault(tuple(known.items()), []).append((row_id, number, chosen))
    faults: list[RowFault] = []
    marked: dict[str, list[int]] = {}
    groups = list(by_known.items())
    for start in range(0, len(groups), AT_ONCE):
        some = groups[start : start + AT_ONCE]
        asked = [(dict(known), {one for *_, chosen in held for one in chosen}) for known, held in some]
        for (_, held), wrong in zip(some, _wrong(tx, field, where, asked), strict=True):
            for row_id, number, chosen in held:
                if bad := next((one for one in chosen if one in wrong), None):
                    code, said = wrong[bad]
                    faults.append(
                        RowFault(number, field.key, code, place_fault("", field, code, said).message)
                    )
                    marked.setdefault(code, []).append(row_id)
    for code, ids in marked.items():
        mark(tx, staging, ids, code)
    return sorted(faults, key=lambda one: one.number)


def _rows(
    tx: Transaction, form: Form, staging: Staging, column: StoredColumn, asked: Sequence[str]
) -> Iterator[tuple[int, int, list[Any], Known]]:
    """The id, the number, the choices of each row, and what it has at the paths that can be asked in sets."""
    rows = rows_of(tx, form, staging)
    scope, main = AppScope(rows), rows.main
    paths: dict[str, Any] = {}
    for path in asked:
        steps = scope.resolve(path)
        if steps is None or any(step.kind.multiple or step.type == "subform" for step in steps):
            continue
        try:
            paths[path] = scope.made(steps).value
        except RowOnlyField:
            continue  # a part of the condition whose value is not known here rules nothing out
    own = main.c[column.name]
    statement = (
        sa.select(main.c.id, main.c[NUMBER], own, *paths.values())
        .select_from(rows.source.clause())
        .where(main.c[FAULT].is_(None), own.is_not(None))
    )
    for row_id, number, chosen, *values in tx.connection.execute(statement):
        many = chosen if isinstance(chosen, list) else [chosen]
        yield row_id, number, many, dict(zip(paths, values, strict=True))


def _wrong(
    tx: Transaction, field: Field, where: Any, asked: Sequence[tuple[Known, set[Any]]]
) -> Iterator[dict[Any, tuple[str, Any]]]:
    """For each of the conditions those of the values that it does not offer, with what is said of them."""
    if field.get("options_from"):
        for known, values in asked:
            wrong = not_offered(tx.connection, tx.live, tx.viewer, field, values, known.get)
            yield {one: (fault.code, fault.message) for one, fault in wrong.items()}
        return
    target = tx.live.forms.get(field.get("form", ""))
    if target is None:
        yield from ({} for _ in asked)
        return
    wheres = [offering(where, known.get) for known, _ in asked]
    ids = {one for _, values in asked for one in values}
    held = holding(tx.connection, tx.live, target, tx.viewer, wheres, ids)
    for number, (_, values) in enumerate(asked):
        yield {one: ("outside_scope", OUTSIDE) for one in values if one in held and not held[one][number]}
