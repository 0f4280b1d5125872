"""What is newly chosen against the condition that says what a field offers, with the record as it is now."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.fields.form import Field, Form
from engine.records.reading.condition_sql import holding
from engine.records.reading.offered import OUTSIDE, not_offered, offering
from engine.records.storage.form_traits import conditional, traits
from engine.records.writing.incoming import Incoming, newly
from engine.records.writing.rules.held import Held
from engine.records.writing.transaction import Transaction


def check(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    system: Mapping[str, Any],
    sent: Incoming,
    before: Mapping[str, Any] | None,
) -> None:
    """Add faults for choices that the condition does not offer; what the record had already may stay."""
    keys = traits(form).conditional & set(sent.values)
    if not keys:
        return
    known = {**system, **values}
    for field, row, below, chosen in _choices(form, sorted(keys), values, sent, before):
        place = f"{sent.pointer}/{(field.parent or field).key}{below}"
        if any(fault.pointer == place for fault in sent.faults):
            continue  # of what may not be chosen at all nothing more is told
        held = Held(tx, form, known, field.parent, row)
        if field.get("options_from"):
            wrong = not_offered(tx.connection, tx.live, tx.viewer, field, chosen, held.value)
            for fault in wrong.values():
                sent.fault(field, fault.code, fault.message, below)
            continue
        target, where = tx.live.forms.get(field.get("form", "")), offering(field.get("where"), held.value)
        if target is None or where is None:
            continue
        found = holding(tx.connection, tx.live, target, tx.viewer, [where], chosen)
        for one in chosen:
            if found.get(one) == (False,):
                sent.fault(field, "outside_scope", OUTSIDE, below, id=one)


def _choices(
    form: Form, keys: list[str], values: Mapping[str, Any], sent: Incoming, before: Mapping[str, Any] | None
) -> Iterator[tuple[Field, Mapping[str, Any] | None, str, list[Any]]]:
    """Each field with its row, the place below it, and what was chosen now."""
    for key in keys:
        field, old = form.field(key), (before or {}).get(key)
        if field is None:
            continue
        if not field.children:
            if new := newly(sent.values[key], old):
                yield field, None, "", new
            continue
        had = {row.id: row.values for row in old or ()}
        for number, row in enumerate(values.get(key) or ()):
            for column in filter(conditional, field.children):
                earlier = had.get(row.id, {}).get(column.key) if row.id is not None else None
                if new := newly(row.values.get(column.key), earlier):
                    yield column, row.values, f"/{number}/{column.key}", new
