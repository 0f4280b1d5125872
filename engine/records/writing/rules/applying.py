"""What the rules of a form make of a record before it is written: values filled in, hidden, refused; at every door."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.definitions import rule_kinds
from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.records.reading.rights import Rights
from engine.records.storage.computed import computations, touches
from engine.records.writing import completing
from engine.records.writing.incoming import Incoming
from engine.records.writing.rules import made_rows, page_rows, required, settling
from engine.records.writing.rules.emptying import followed, settle_and_fire
from engine.records.writing.rules.firing import changed_places, fire, linkages
from engine.records.writing.rules.settling import ruled, settle
from engine.records.writing.rules.states import States, place
from engine.records.writing.transaction import Transaction


@dataclass
class Applied:
    """What the rules did with a record: their states, the paths they changed, who made which of its rows."""

    states: States = attribute(default_factory=States)
    changed: set[str] = attribute(default_factory=set)
    rows: dict[str, list[str | None]] = attribute(default_factory=dict)


def apply(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    sent: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    record_id: int | None = None,
    rights: Rights | None = None,
) -> Applied:
    """Fire the linkages that the change sets off, then see what the display rules say; `values` change in place.

    A person who saw a live form has seen what linkages filled in: what they sent is what they want. What they could
    not send, since it is closed to them by their `rights` or was not on the page, is filled in here.
    """
    applied = Applied()
    if not linkages(tx.live, form):
        applied.states = settle(tx, form, values, system)
    else:
        system = {**system, "id": record_id}
        if marks := tx.made_on_page.pop(form.key, None):
            applied.changed |= page_rows.complete(tx, form, values, system, sent, marks)
        places = changed_places(form, {key: values.get(key) for key in sent}, before)
        looks = bool(places or followed(tx, form))
        rows = made_rows.read(tx, form, before, values) if record_id and looks else None
        stands = _on_page(form, sent, rights) if tx.live_form else _stands(form, sent)
        fired = fire(tx, form, values, system, places, stands, rows)
        applied.states, after = settle_and_fire(tx, form, values, system, stands, fired.rows)
        applied.changed |= fired.changed | after.changed
        applied.rows = {key: after.rows[key] for key in (*fired.remade, *after.remade)}
    applied.changed |= applied.states.emptied
    return applied


def link(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    sent: Mapping[str, Any],
    looked_up: dict[Any, Any],
) -> bool:
    """Fire the linkages of one of many new records; answers whether one did. `looked_up` keeps what was found."""
    stands = _stands(form, sent)
    fired = fire(tx, form, values, system, changed_places(form, sent, None), stands, looked_up=looked_up)
    if followed(tx, form):
        _, after = settle_and_fire(tx, form, values, system, stands, looked_up=looked_up)
        return bool(fired.changed or after.changed)
    return bool(fired.changed)


def faults(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    system: Mapping[str, Any],
    sent: Incoming,
    before: Mapping[str, Any] | None,
    applied: Applied,
    changed: Collection[str] | None,
) -> list[Fault]:
    """What is empty, not offered or locked; `changed` limits it to what changed and what rules say about that."""
    rules = ruled(tx.live, form, tx.viewer.time_zone)
    looked: set[str] | None = None
    if changed is not None:
        looked = set(changed) | rules.concerned(changed)
    keys = None if looked is None else {path.partition(".")[0] for path in looked}
    faulty = sent.faulty
    found = list(required.check(form, values, keys, sent.pointer, faulty, applied.states))
    if rules.linked:
        found += settling.not_offered(tx, form, values, applied.states, looked, sent.pointer, faulty)
    found += _others(form, values, sent.pointer, looked, faulty)
    if rules.locking:
        found += _locked(tx, form, values, system, sent, before, applied)
    return found


def _others(
    form: Form,
    values: Mapping[str, Any],
    pointer: str,
    looked: Collection[str] | None,
    faulty: Collection[str],
) -> Iterable[Fault]:
    """What kinds of rules that came from outside have against the record."""
    for kind, rule, reads in rule_kinds.looking(form):
        if not touches(reads, faulty) and (looked is None or touches(reads, looked)):
            yield from kind.faults(form, rule, values, pointer)


def _stands(form: Form, sent: Mapping[str, Any]) -> set[str]:
    """The places at which the change itself brings a value, which linkages leave alone."""
    found = set()
    for key, value in sent.items():
        field = form.field(key)
        if field is None or value is None or value == []:
            continue
        found.add(key)
        if field.children:
            for number, row in enumerate(value):
                # A row that was there comes with all it had; what came with the change cannot be told from that.
                found |= {
                    place(column, number)
                    for column in field.children
                    if row.id is None and row.values.get(column.key) is not None
                }
    return found


def _on_page(form: Form, sent: Mapping[str, Any], rights: Rights | None) -> set[str]:
    """The places that a person had before their eyes and could fill in; what they left empty is to be empty."""
    found = set(sent)
    for key, value in sent.items():
        field = form.field(key)
        if field is not None and field.children:
            found |= {
                place(column, number)
                for number in range(len(value or ()))
                for column in field.children
                if rights is None or rights.opens(column)
            }
    return found


def accept_linked(
    tx: Transaction, form: Form, values: Mapping[str, Any], system: Mapping[str, Any], sent: Incoming
) -> None:
    """Drop the faults of links that a linkage put in itself, out of what is offered, or (with the app's rights) of sight."""
    rules = linkages(tx.live, form)
    given = {
        "unknown_record": {path for rule in rules if rule.with_app for path in rule.writes},
        "outside_scope": {path for rule in rules for path in rule.writes},
    }
    unseen = {
        number: path
        for number, fault in enumerate(sent.faults)
        if "id" in fault.details and (path := sent.path(fault)) in given.get(fault.code, ())
    }
    if not unseen:
        return
    put_in = linked_values(tx, form, values, system, set(unseen.values()))
    sent.faults[:] = [
        fault
        for number, fault in enumerate(sent.faults)
        if number not in unseen or fault.details["id"] not in put_in[unseen[number]]
    ]


def linked_values(
    tx: Transaction, form: Form, values: Mapping[str, Any], system: Mapping[str, Any], paths: Collection[str]
) -> dict[str, set[Any]]:
    """What linkages would put at these paths if nothing stood there."""
    fields = [field for path in paths if (field := form.field(path)) is not None]
    made = dict(values)
    for field in fields:
        if field.parent is None:
            made[field.key] = None
        else:
            rows = made.get(field.parent.key) or ()
            made[field.parent.key] = [RowValues(row.id, {**row.values, field.key: None}) for row in rows]
    fire(tx, form, made, system, changed_places(form, made, None))
    return {field.path: {value for _, value in settling.each(field, made)} for field in fields}


# -- locks -------------------------------------------------------------------------------------------------


def _locked(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    system: Mapping[str, Any],
    sent: Incoming,
    before: Mapping[str, Any] | None,
    applied: Applied,
) -> Iterable[Fault]:
    """Faults for locked fields, unless what was sent is just what the engine itself would put there."""
    was_values = dict(before) if before is not None else _untouched(tx, form, system)
    was = settle(tx, form, dict(was_values), system, empty=False)

    def wrong(base: Mapping[str, Any]) -> list[Fault]:
        return list(settling.changed_locked(form, base, sent.values, was, applied.states, sent.pointer))

    if not wrong(was_values):
        return []
    return wrong(_by_itself(tx, form, values, system, was_values, was, applied.states))


def _untouched(tx: Transaction, form: Form, system: Mapping[str, Any]) -> dict[str, Any]:
    """A new record before anybody has filled anything in."""
    values: dict[str, Any] = {}
    completing.add_defaults(tx, form, values, (), tx.parsing())
    completing.work_out_all(
        tx, form, computations(tx.live, form.key), values, system, set(values), (), new=True
    )
    return values


def _by_itself(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    system: Mapping[str, Any],
    before: Mapping[str, Any],
    was: States,
    now: States,
) -> dict[str, Any]:
    """The record with its locked fields as they would be if nobody had written into them."""
    made = dict(values)
    for field in form.fields:
        if was.locks(field) and now.locks(field):
            made[field.key] = before.get(field.key)
        elif field.children and made.get(field.key):
            made[field.key] = _rows_by_themselves(field, made[field.key], before.get(field.key), was)
    places = changed_places(form, values, before)
    chosen = {
        key: value
        for key, value in values.items()
        if (field_at := form.field(key)) is not None and (key in places or field_at.children)
    }
    completing.fill(tx, form, made, chosen, ())
    fire(tx, form, made, system, places)
    return made


def _rows_by_themselves(subform: Field, rows: Any, before: Any, was: States) -> list[RowValues]:
    known = {row.id: (number, row) for number, row in enumerate(before or ())}
    made = []
    for row in rows:
        number, old = known.get(row.id, (None, None)) if row.id is not None else (None, None)
        reset = {
            column.key: old.values.get(column.key) if old is not None else None
            for column in subform.children
            if was.locks(column, number)
        }
        made.append(RowValues(row.id, {**row.values, **reset}))
    return made
