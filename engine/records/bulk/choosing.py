"""New rows against the conditions that say what their fields offer, one look for many rows.

Staged rows are looked at in sets. What only the whole record can tell, such as a choice in a row of a subform, is
looked at once the records are written.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.conditions.paths import currents
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.records.bulk.checks import RowFault, mark, rows_of
from engine.records.bulk.staging import FAULT, NUMBER, Staging
from engine.records.reading.condition_sql import holding
from engine.records.reading.offered import OUTSIDE, not_offered, offering
from engine.records.reading.rowset import RowOnlyField
from engine.records.reading.scope import AppScope
from engine.records.storage.form_traits import conditional, narrowed
from engine.records.storage.rows import StoredRecord
from engine.records.storage.storage import StoredColumn
from engine.records.writing.incoming import newly, place_fault
from engine.records.writing.rules import applying
from engine.records.writing.rules.firing import linkages
from engine.records.writing.rules.held import Held
from engine.records.writing.transaction import Transaction

AT_ONCE = 50
"""So many different conditions are asked in one statement."""

Known = Mapping[str, Any]
"""What a row has at the paths that a condition asks it for."""


def check(tx: Transaction, form: Form, staging: Staging) -> list[RowFault]:
    """Rows with a choice that the field's condition does not offer them."""
    late = {one.path for one in waiting(tx, form, staging)}
    found: list[RowFault] = []
    for key, (field, column) in staging.target.columns.items():
        if conditional(field) and key not in late:
            found += _check_field(tx, form, staging, field, column)
    return found


def waiting(tx: Transaction, form: Form, staging: Staging) -> list[Field]:
    """The fields, and columns of subforms, whose choices are looked at in the records that are written."""
    linked = _linked(tx, form)
    scope = AppScope(rows_of(tx, form, staging))
    fields = [
        field
        for field, _ in staging.target.columns.values()
        if conditional(field)
        and (field.path in linked or any(_asked(scope, path) is None for path in currents(_where(field))))
    ]
    fields += [one for field in form.fields for one in field.children if conditional(one) or narrowed(one)]
    return fields


def check_written(
    tx: Transaction, form: Form, fields: Sequence[Field], records: Collection[StoredRecord]
) -> Iterator[tuple[int, Fault]]:
    """The faults of new records in the fields that were `waiting`, each with its record's id.

    What a linkage puts in itself may stay.
    """
    linked, by_id = _linked(tx, form), {one.id: one for one in records}
    for field in fields:
        where = _where(field)
        groups: dict[str, tuple[Known, list[tuple[int, str, list[Any]]]]] = {}
        for record in records:
            known = record.known()
            for row, below, chosen in _choices(field, record):
                held = Held(tx, form, known, field.parent, row)
                asked = {path: held.value(path) for path in sorted(currents(where))}
                groups.setdefault(repr(asked), (asked, []))[1].append((record.id, below, chosen))
        for (record_id, below, chosen), wrong in _judged(tx, field, where, list(groups.values())):
            bad = [one for one in chosen if one in wrong]
            if bad and field.path in linked:
                put_in = _put_in(tx, form, by_id[record_id], field.path)
                bad = [one for one in bad if one not in put_in]
            if bad:
                code, said = wrong[bad[0]]
                yield record_id, place_fault("", field, code, said, below)


def _choices(field: Field, record: StoredRecord) -> Iterator[tuple[Mapping[str, Any] | None, str, list[Any]]]:
    """What the record holds in the field: with its row where the field is a column, and the place below the field."""
    if field.parent is None:
        if chosen := newly(record.values.get(field.key), None):
            yield None, "", chosen
        return
    for number, row in enumerate(record.values.get(field.parent.key) or ()):
        if chosen := newly(row.values.get(field.key), None):
            yield row.values, f"/{number}/{field.key}", chosen


def _judged(
    tx: Transaction, field: Field, where: Any, groups: Sequence[tuple[Known, list[Any]]]
) -> Iterator[tuple[Any, Mapping[Any, tuple[str, Any]]]]:
    """Each of the choices that ask for the same with what is not offered of them; the choices stand last in them."""
    for start in range(0, len(groups), AT_ONCE):
        some = groups[start : start + AT_ONCE]
        asked = [(known, {one for *_, chosen in held for one in chosen}) for known, held in some]
        for (_, held), wrong in zip(some, _wrong(tx, field, where, asked), strict=True):
            for one in held:
                yield one, wrong


def _put_in(tx: Transaction, form: Form, record: StoredRecord, path: str) -> set[Any]:
    """What linkages put into a field of this record."""
    system = {key: value for key, value in record.known().items() if key not in record.values}
    return applying.linked_values(tx, form, record.values, system, {path})[path]


def _linked(tx: Transaction, form: Form) -> set[str]:
    """The paths that linkages write."""
    return {path for rule in linkages(tx.live, form) for path in rule.writes}


def _where(field: Field) -> Any:
    return field.get("where") or (field.get("options_from") or {}).get("where")


def _check_field(
    tx: Transaction, form: Form, staging: Staging, field: Field, column: StoredColumn
) -> list[RowFault]:
    where = _where(field)
    rows = _rows(tx, form, staging, column, sorted(currents(where)))
    by_known: dict[tuple[tuple[str, Any], ...], list[tuple[int, int, list[Any]]]] = {}
    for row_id, number, chosen, known in rows:
        by_known.setdefault(tuple(known.items()), []).append((row_id, number, chosen))
    faults: list[RowFault] = []
    marked: dict[str, list[int]] = {}
    groups = [(dict(known), held) for known, held in by_known.items()]
    for (row_id, number, chosen), wrong in _judged(tx, field, where, groups):
        if bad := next((one for one in chosen if one in wrong), None):
            code, said = wrong[bad]
            faults.append(RowFault(number, field.key, code, place_fault("", field, code, said).message))
            marked.setdefault(code, []).append(row_id)
    for code, ids in marked.items():
        mark(tx, staging, ids, code)
    return sorted(faults, key=lambda one: one.number)


def _rows(
    tx: Transaction, form: Form, staging: Staging, column: StoredColumn, asked: Sequence[str]
) -> Iterator[tuple[int, int, list[Any], Known]]:
    """The id, the number, the choices of each row, and what it has at the paths that are asked for."""
    rows = rows_of(tx, form, staging)
    scope, main = AppScope(rows), rows.main
    paths = {path: _asked(scope, path) for path in asked}
    own = main.c[column.name]
    statement = (
        sa.select(main.c.id, main.c[NUMBER], own, *paths.values())
        .select_from(rows.source.clause())
        .where(main.c[FAULT].is_(None), own.is_not(None))
    )
    for row_id, number, chosen, *values in tx.connection.execute(statement):
        many = chosen if isinstance(chosen, list) else [chosen]
        yield row_id, number, many, dict(zip(paths, values, strict=True))


def _asked(scope: AppScope, path: str) -> Any:
    """The column of a path; None where sets cannot tell its value."""
    steps = scope.resolve(path)
    if steps is None or any(step.kind.multiple or step.type == "subform" for step in steps):
        return None
    try:
        return scope.made(steps).value
    except RowOnlyField:
        return None


def _wrong(
    tx: Transaction, field: Field, where: Any, asked: Sequence[tuple[Known, set[Any]]]
) -> Iterator[dict[Any, tuple[str, Any]]]:
    """For each of the conditions those of the values that it does not offer, with what is said of them."""
    if narrowed(field):
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
