"""What a change makes of a record: read, completed and checked, before anything of it is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.fields.base import ParseContext
from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.records.reading.rights import Rights
from engine.records.storage.computed import computations, touches
from engine.records.storage.rows import StoredRecord
from engine.records.writing import completing, following, incoming
from engine.records.writing.rules import applying, choosing, unique, validation
from engine.records.writing.transaction import Transaction


@dataclass
class Prepared:
    """The record as it would be, the paths that changed, and what is wrong with it.

    `unsure` are broken rules whose condition can only be looked at when the record is written.
    """

    form: Form
    before: StoredRecord
    values: dict[str, Any]
    changed: set[str]
    faults: list[Fault] = attribute(default_factory=list)
    warnings: list[Fault] = attribute(default_factory=list)
    unsure: list[validation.Broken] = attribute(default_factory=list)

    @property
    def compared(self) -> set[str]:
        """The keys of what may not repeat and is concerned."""
        return {
            one.key
            for one in unique.uniques(self.form)
            if touches((field.key for field in one.fields), self.changed)
        }


def prepare(
    tx: Transaction,
    form: Form,
    before: StoredRecord,
    rights: Rights,
    values: Mapping[str, Any],
    pointer: str,
    context: ParseContext,
    *,
    whole: bool = False,
    known: incoming.Known | None = None,
    parsed: bool = False,
) -> Prepared:
    """What `values` make of the record; with `whole` all of it is checked, as when a form is saved.

    `known` answers which of the references exist, where that was asked for many records at once; what is `parsed`
    was made by the field types already.
    """
    sent = incoming.read(tx, form, values, rights, pointer, context, before, known, parsed)
    was = before.known()
    now = {**before.values, **sent.values}
    changed = {
        key
        for key, value in sent.values.items()
        if (field := form.field(key)) is not None and not incoming.same(field, value, was.get(key))
    }
    following.refuse_building(tx, form, changed, pointer, sent.faults)
    if any(form.field(key).children for key in changed):  # type: ignore[union-attr]
        completing.add_defaults(tx, form, now, (one.key for one in form.fields), context)
    completing.fill(tx, form, now, {key: now[key] for key in changed}, sent.values)
    changed |= {
        key
        for key in now
        if key not in changed
        and (field := form.field(key)) is not None
        and not incoming.same(field, now[key], was.get(key))
    }
    system = {key: was[key] for key in ("created_by", "created_at")} | {
        "owner": now.get("owner", before.owner)
    }
    if changed:
        completing.work_out_all(
            tx, form, computations(tx.live, form.key), now, system, changed, sent.values, new=False
        )
    choosing.check(tx, form, now, system, sent, before.values)
    applying.accept_linked(tx, form, now, {**system, "id": before.id}, sent)
    applied = applying.apply(tx, form, now, system, sent.values, before.values, before.id, rights)
    changed |= applied.changed
    if applied.rows:
        tx.rows_made[form.key, before.id] = applied.rows
    made = Prepared(form, before, now, changed, list(sent.faults))
    if before.flow_state != "draft":
        faulty, looked = sent.faulty, None if whole else changed
        made.faults += applying.faults(tx, form, now, system, sent, before.values, applied, looked)
        made.unsure = validation.broken(tx, form, {**was, **now}, looked, pointer, faulty)
    made.faults += settle_rules(made.unsure, made.warnings)
    return made


def settle_rules(unsure: list[validation.Broken], warnings: list[Fault]) -> list[Fault]:
    """Faults and reminders of the broken rules that hold always; those with a condition stay to be confirmed."""
    faults: list[Fault] = []
    for one in list(unsure):
        if not one.unsure:
            unsure.remove(one)
            (faults if one.rule.must else warnings).extend(one.faults())
    return faults


def confirm_rules(
    tx: Transaction, form_key: str, unsure: Mapping[int, Iterable[validation.Broken]]
) -> dict[int, tuple[list[Fault], list[Fault]]]:
    """Faults and reminders by record, of the broken rules whose condition holds for what is written now."""
    found: dict[int, tuple[list[Fault], list[Fault]]] = {}
    for record_id, broken in validation.confirmed_all(tx, form_key, unsure).items():
        faults: list[Fault] = []
        warnings: list[Fault] = []
        for one in broken:
            (faults if one.rule.must else warnings).extend(one.faults())
        found[record_id] = faults, warnings
    return found
