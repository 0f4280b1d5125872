"""What the rules say of records that many were written of at once: looked at as they are stored, row by row."""

from collections.abc import Iterable
from typing import Any

from engine.definitions import rule_kinds
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.records.storage.form_traits import traits
from engine.records.storage.rows import StoredRecord
from engine.records.writing.changes import Change
from engine.records.writing.incoming import Incoming
from engine.records.writing.rules import applying
from engine.records.writing.rules.settling import ruled, settle
from engine.records.writing.transaction import Transaction


def hideable(tx: Transaction, form: Form) -> set[str]:
    """The fields and columns that a rule may hide, so that whether they may be empty is only known with the record."""
    rules = ruled(tx.live, form, tx.viewer.time_zone)
    paths = {path for one in rules.displays for role in ("show", "hide") for path in one.roles.get(role, ())}
    return paths | {column.path for path in paths for column in _columns(form, path)}


def looks(tx: Transaction, form: Form) -> bool:
    """Whether records of the form have to be looked at once they are written.

    Rules that only show and hide what may be empty anyway refuse nothing and take nothing away.
    """
    rules = ruled(tx.live, form, tx.viewer.time_zone)
    if next(rule_kinds.looking(form), None) is not None or rules.linked:
        return True
    if rules.required or rules.locking or rules.empties:
        return True
    tops = {path.partition(".")[0] for path in hideable(tx, form)}
    return any(field.key in tops for field in traits(form).demanding)


def empties(tx: Transaction, form: Form) -> bool:
    """Whether rules take values away that other rules read."""
    return ruled(tx.live, form, tx.viewer.time_zone).empties


def look(tx: Transaction, form: Form, record: StoredRecord) -> tuple[list[Fault], Change | None]:
    """What is wrong with a new record, and what it loses because its rules hide and empty it."""
    values: dict[str, Any] = dict(record.values)
    system = {key: value for key, value in record.known().items() if key not in values}
    applied = applying.Applied(settle(tx, form, values, system))
    sent = Incoming(form, "", {key: one for key, one in values.items() if _filled_in(form, key, one)})
    found = applying.faults(tx, form, values, system, sent, None, applied, None)
    emptied = set(applied.states.emptied)
    return found, Change(record, values, emptied) if emptied and not found else None


def _filled_in(form: Form, key: str, value: Any) -> bool:
    field = form.field(key)
    return value is not None and field is not None and not field.kind.computed


def _columns(form: Form, path: str) -> Iterable[Field]:
    field = form.field(path)
    return field.children if field is not None else ()
