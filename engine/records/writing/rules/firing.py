"""Fires the linkages of a record under way: looks values up and puts them in, each linkage once, in their order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.definitions.model import LiveApp
from engine.fields.base import FieldFault, RowValues
from engine.fields.form import Field, Form
from engine.records.reading.bare_values import as_sent
from engine.records.storage.computed import computations
from engine.records.writing import completing
from engine.records.writing.incoming import same
from engine.records.writing.rules import linkage
from engine.records.writing.rules.held import Held
from engine.records.writing.rules.linkage import Linkage
from engine.records.writing.rules.looking_up import MOST_ROWS, Found, find, reader
from engine.records.writing.rules.states import place
from engine.records.writing.transaction import Transaction


@dataclass
class Fired:
    """What linkages did: the values they put in by place, the paths that changed, the rows they made anew.

    `rows` has, by subform, the key of the linkage that made the row at each place (None: a person did).
    """

    values: dict[str, Any] = attribute(default_factory=dict)
    changed: set[str] = attribute(default_factory=set)
    rows: dict[str, list[str | None]] = attribute(default_factory=dict)
    remade: dict[str, set[str]] = attribute(default_factory=dict)
    """By subform, the linkages that made rows anew."""
    sources: dict[str, list[int | None]] = attribute(default_factory=dict)
    """By subform made anew, from which record (or row of one) the row at each place has just come."""


def linkages(live: LiveApp, form: Form) -> list[Linkage]:
    """The linkages of a form, read once a version."""
    known: dict[str, list[Linkage]] = live.cache.setdefault("records.linkages", {})
    found = known.get(form.key)
    if found is None:
        found = known[form.key] = linkage.read_rules(form)
    return found


def changed_places(form: Form, values: Mapping[str, Any], before: Mapping[str, Any] | None) -> set[str]:
    """What differs from the record as it was: `customer`, `lines.2.product` (by the row's place now)."""
    found = set()
    for key, value in values.items():
        field = form.field(key)
        if field is None:
            continue
        if not field.children:
            if not same(field, value, (before or {}).get(key)):
                found.add(key)
            continue
        known = {row.id: row for row in (before or {}).get(key) or ()}
        for number, row in enumerate(value or ()):
            old = known.get(row.id) if row.id is not None else None
            for column in field.children:
                had = old.values.get(column.key) if old is not None else None
                if not same(column, row.values.get(column.key), had):
                    found.add(place(column, number))
    return found


def fire(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    changed: Collection[str],
    stands: Collection[str] = (),
    rows: Mapping[str, list[str | None]] | None = None,
    looked_up: dict[Any, Any] | None = None,
    *,
    by_hand: bool = False,
) -> Fired:
    """Fire the linkages one of whose condition fields is among the `changed` places.

    What is at a place that `stands` was sent with the change itself and stays. `rows` says who made which row.
    `looked_up` keeps what was found, for the records of one load. With `by_hand` the places were changed in this very
    order: what somebody has typed since the condition changed stays.
    """
    fired = Fired(rows={key: list(made) for key, made in (rows or {}).items()})
    places = set(changed)
    order = {place: number for number, place in enumerate(changed)} if by_hand else {}
    for one in linkages(tx.live, form):
        _fire_one(_Firing(tx, form, values, system, set(stands), fired, looked_up, order), one, places)
    return fired


@dataclass
class _Firing:
    tx: Transaction
    form: Form
    values: dict[str, Any]
    system: Mapping[str, Any]
    stands: set[str]
    fired: Fired
    looked_up: dict[Any, Any] | None = None
    order: dict[str, int] = attribute(default_factory=dict)
    since: int = -1
    """When the condition of the linkage at hand was changed last, among the changes made by hand."""

    def stays(self, place: str) -> bool:
        """Whether a linkage leaves the value at this place alone."""
        if place in self.stands or self.order.get(place, -1) > self.since:
            return True
        if self.order:
            self.order[place] = self.since  # what is put in is as old as its cause
        return False

    def known(self) -> dict[str, Any]:
        return {**self.system, **self.values}


def _fire_one(at: _Firing, rule: Linkage, places: set[str]) -> None:
    touched = {one for one in places if _path(one) in rule.reads}
    if not touched:
        return
    before = set(at.fired.changed)
    at.since = max((at.order.get(one, -1) for one in touched), default=-1)
    if rule.inside is not None:
        whole = any("." not in one for one in touched)
        for number, _ in enumerate(at.values.get(rule.inside.key) or ()):
            own = [one for one in touched if "." not in one or one.split(".")[1] == str(number)]
            if whole or own:
                at.since = max((at.order.get(one, -1) for one in own), default=-1)
                _fill_row(at, rule, number, places)
    elif rule.makes is not None:
        _make_rows(at, rule, places)
    else:
        _fill_record(at, rule, places)
    fresh = at.fired.changed - before
    if fresh:
        formulas = computations(at.tx.live, at.form.key).after(fresh)
        worked = completing.work_out(at.tx, at.form, at.values, formulas, at.system)
        at.fired.changed |= worked
        places |= worked


def _fill_record(at: _Firing, rule: Linkage, places: set[str]) -> None:
    found = find(at.tx, at.form, rule, Held(at.tx, at.form, at.known()), 1, at.looked_up)
    if not found and rule.keeps:
        return
    for field, source in rule.pairs:
        if at.stays(field.key):
            continue
        value = fitted(at.tx, field, found[0].values.get(source)) if found else None
        if same(field, value, at.values.get(field.key)):
            continue
        at.values[field.key] = at.fired.values[field.key] = value
        at.fired.changed.add(field.key)
        places.add(field.key)
        if field.get("fill") and value is not None:
            for target, copied in completing.copied(at.tx, field, value, reader(at.tx, rule)).items():
                if target not in at.stands:
                    at.values[target] = at.fired.values[target] = copied
                    at.fired.changed.add(target)
                    places.add(target)


def _fill_row(at: _Firing, rule: Linkage, number: int, places: set[str]) -> None:
    subform = rule.inside
    assert subform is not None
    rows = list(at.values.get(subform.key) or ())
    row = rows[number]
    held = Held(at.tx, at.form, at.known(), subform, row.values)
    found = find(at.tx, at.form, rule, held, 1, at.looked_up)
    if not found and rule.keeps:
        return
    values = dict(row.values)
    for field, source in rule.pairs:
        here = place(field, number)
        value = fitted(at.tx, field, found[0].values.get(source)) if found else None
        if at.stays(here) or same(field, value, values.get(field.key)):
            continue
        values[field.key] = at.fired.values[here] = value
        at.fired.changed.add(field.path)
        places.add(here)
    rows[number] = RowValues(row.id, values)
    at.values[subform.key] = rows


def _make_rows(at: _Firing, rule: Linkage, places: set[str]) -> None:
    """Rows from what was found, in place of those that this linkage made before; all other rows stay."""
    subform = rule.makes
    assert subform is not None
    if subform.key in at.stands:
        return
    found = find(at.tx, at.form, rule, Held(at.tx, at.form, at.known()), MOST_ROWS, at.looked_up)
    if not found and rule.keeps:
        return
    rows = list(at.values.get(subform.key) or ())
    makers = at.fired.rows.get(subform.key) or []
    makers = [*makers, *[None] * (len(rows) - len(makers))]
    kept = [(row, maker) for row, maker in zip(rows, makers) if maker != rule.key]
    most = subform.get("max_rows")
    room = max(0, most - len(kept)) if most else MOST_ROWS
    made = [RowValues(None, row_values(at.tx, rule, one)) for one in found[:room]]
    if not made and len(kept) == len(rows):
        return
    at.values[subform.key] = [*(row for row, _ in kept), *made] or None
    completing.add_defaults(at.tx, at.form, at.values, set(at.values), at.tx.parsing())
    at.fired.rows[subform.key] = [*(maker for _, maker in kept), *(rule.key for _ in made)]
    at.fired.remade.setdefault(subform.key, set()).add(rule.key)
    had = at.fired.sources.get(subform.key) or [None] * len(rows)
    left = [source for source, maker in zip(had, makers) if maker != rule.key]
    at.fired.sources[subform.key] = [*left, *(one.id for one in found[:room])]
    at.fired.changed |= {subform.key}
    places |= {
        subform.key,
        *(place(field, len(kept) + n) for n in range(len(made)) for field, _ in rule.pairs),
    }


def row_values(tx: Transaction, rule: Linkage, found: Found) -> dict[str, Any]:
    """What a row has that a linkage makes of what it found."""
    return {field.key: fitted(tx, field, found.values.get(source)) for field, source in rule.pairs}


def fitted(tx: Transaction, field: Field, value: Any) -> Any:
    """The value as the field keeps it; nothing where it does not fit."""
    if value is None or getattr(field.kind, "refers_to", None):
        return value
    try:
        return field.kind.parse(as_sent(value), field, tx.parsing())
    except FieldFault:
        return None


def _path(one: str) -> str:
    """`lines.2.product` as `lines.product`."""
    subform, dot, rest = one.partition(".")
    number, _, column = rest.partition(".")
    return f"{subform}.{column}" if dot and number.isdigit() else one
