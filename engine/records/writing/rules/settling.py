"""Applies the display rules and option linkages of a form to a record under way, in the order in which they depend."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from engine.definitions import dependencies
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.storage.computed import computations, touches
from engine.records.writing.completing import work_out
from engine.records.writing.incoming import place_fault, same
from engine.records.writing.rules import display, options
from engine.records.writing.rules.display import Display
from engine.records.writing.rules.held import Held
from engine.records.writing.rules.options import Linked
from engine.records.writing.rules.states import NOTHING, States, place
from engine.records.writing.transaction import Transaction

LOCKED = Text("现在已锁定，不能修改", "Is locked now and cannot be changed")
NOT_OFFERED = Text("现在不能选“{option}”", "“{option}” cannot be chosen now")


class Ruled:
    """The display rules and option linkages of one form, read once a version."""

    def __init__(self, live: LiveApp, form: Form, time_zone: str) -> None:
        self.live = live
        self.form = form
        self.displays = tuple(display.read_rules(form, time_zone))
        self.linked = options.in_order(options.read_rules(form, time_zone))

    @property
    def any(self) -> bool:
        """Whether the form has such rules at all."""
        return bool(self.displays or self.linked)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path about which a rule says something."""
        displayed = {path for one in self.displays for path in one.targets}
        return frozenset(displayed | {one.field.path for one in self.linked})

    @cached_property
    def locking(self) -> bool:
        """Whether some rule locks a field."""
        return any("lock" in one.roles for one in self.displays)

    @cached_property
    def empties(self) -> bool:
        """Whether some rule empties what it hides."""
        return any(one.empties for one in self.displays)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """What is shown or hidden: each path after those that its rules depend on."""
        graph: dict[str, set[str]] = {}
        for one in self.displays:
            for path in one.shown:
                graph.setdefault(path, set()).update(one.reads)
        for (key, path), read in dependencies.reads(self.live).items():
            if key == self.form.key:
                graph.setdefault(path, set()).update(other[1] for other in read if other[0] == key)
        done: dict[str, None] = {}
        on_way: set[str] = set()

        def visit(path: str) -> None:
            if path in done or path in on_way:
                return
            on_way.add(path)
            for other in sorted(graph.get(path, ())):
                visit(other)
            on_way.discard(path)
            done[path] = None

        for path in sorted(graph):
            visit(path)
        targets = {path for one in self.displays for path in one.shown}
        return tuple(path for path in done if path in targets)

    @cached_property
    def demanded(self) -> tuple[str, ...]:
        """What is required or locked."""
        roles = ("require", "lock")
        return tuple(
            sorted({path for one in self.displays for role in roles for path in one.roles.get(role, ())})
        )

    @cached_property
    def required(self) -> frozenset[str]:
        """What some rule requires where its condition holds."""
        return frozenset(path for one in self.displays for path in one.roles.get("require", ()))

    def concerned(self, changed: Iterable[str]) -> set[str]:
        """The paths about which rules say something else when these have changed."""
        changed = set(changed)
        found = {path for one in self.displays if touches(one.reads, changed) for path in one.targets}
        for one in self.linked:  # each after what narrows the field by which it decides
            if touches(one.reads, changed | found):
                found.add(one.field.path)
        return found


def ruled(live: LiveApp, form: Form, time_zone: str) -> Ruled:
    """The display rules and option linkages of a form."""
    known: dict[tuple[str, str], Ruled] = live.cache.setdefault("records.ruled", {})
    found = known.get((form.key, time_zone))
    if found is None:
        found = known[form.key, time_zone] = Ruled(live, form, time_zone)
    return found


def settle(
    tx: Transaction, form: Form, values: dict[str, Any], system: Mapping[str, Any], *, empty: bool = True
) -> States:
    """What the rules say of these values; with `empty`, those that are hidden and to be emptied go from them."""
    rules = ruled(tx.live, form, tx.viewer.time_zone)
    if not rules.any:
        return NOTHING
    return _Settling(tx, form, values, system, rules).run(empty)


class _Settling:
    def __init__(
        self, tx: Transaction, form: Form, values: dict[str, Any], system: Mapping[str, Any], rules: Ruled
    ) -> None:
        self.tx = tx
        self.form = form
        self.values = values
        self.system = system
        self.rules = rules
        self.states = States()
        self._truths: dict[Display, list[bool]] = {}

    def run(self, empty: bool) -> States:
        for path in self.rules.order:
            self._display(path, empty)
        self._truths.clear()  # what was emptied is gone now
        for path in self.rules.demanded:
            self._demand(path)
        for one in self.rules.linked:
            self._options(one)
        return self.states

    def _known(self) -> dict[str, Any]:
        return {**self.system, **self.values}

    def _rows(self, subform: Field) -> list[RowValues]:
        return list(self.values.get(subform.key) or ())

    def _truth(self, rule: Display) -> list[bool]:
        """Whether the rule's condition holds: for the record, or for each of the rows."""
        if rule not in self._truths:
            known = self._known()
            if rule.inside is None:
                self._truths[rule] = [Held(self.tx, self.form, known).holds(rule.when)]
            else:
                self._truths[rule] = [
                    Held(self.tx, self.form, known, rule.inside, row.values).holds(rule.when)
                    for row in self._rows(rule.inside)
                ]
        return self._truths[rule]

    def _held(self, field: Field, rules: list[Display]) -> Iterator[tuple[int | None, dict[Display, bool]]]:
        """Which of the rules hold for the field, or for the column in each row."""
        places: list[int | None] = [None]
        if field.parent is not None and any(one.inside is not None for one in rules):
            places = list(range(len(self._rows(field.parent))))
        for row in places:
            yield row, {one: self._truth(one)[row or 0 if one.inside else 0] for one in rules}

    def _display(self, path: str, empty: bool) -> None:
        field = self.form.field(path)
        if field is None:
            return
        rules = [one for one in self.rules.displays if path in one.shown]
        emptied: list[int | None] = []
        for row, held in self._held(field, rules):
            said = self._said(field, held, row)
            if said and empty:
                emptied.append(row)
        if emptied and not field.kind.computed and field.kind.stored:
            self._empty(field, emptied)

    def _demand(self, path: str) -> None:
        field = self.form.field(path)
        for role, chosen in (("require", self.states.required), ("lock", self.states.locked)):
            rules = [one for one in self.rules.displays if path in one.roles.get(role, ())]
            if field is not None and rules:
                chosen |= {place(field, row) for row, held in self._held(field, rules) if any(held.values())}

    def _said(self, field: Field, held: Mapping[Display, bool], row: int | None) -> bool:
        """Note what the rules say of one place; answers whether its value is to go."""
        states, at = self.states, place(field, row)
        showing = [one for one in held if field.path in one.roles.get("show", ())]
        hiding = [one for one in held if field.path in one.roles.get("hide", ()) and held[one]]
        if showing and not any(held[one] for one in showing):
            hiding += showing
        if hiding:
            states.hidden.add(at)
        return any(one.empties for one in hiding)

    def _empty(self, field: Field, rows: list[int | None]) -> None:
        values = self.values
        if field.parent is None:
            if values.get(field.key) is None:
                return
            values[field.key] = None
        else:
            # A column that is hidden in the whole record has no row of its own to name.
            chosen = None if None in rows else set(rows)
            changed = False
            made = []
            for number, row in enumerate(self._rows(field.parent)):
                if (chosen is None or number in chosen) and row.values.get(field.key) is not None:
                    row = RowValues(row.id, {**row.values, field.key: None})
                    changed = True
                made.append(row)
            if not changed:
                return
            values[field.parent.key] = made
        self.states.emptied.add(field.path)
        formulas = computations(self.tx.live, self.form.key).after({field.path})
        self.states.emptied |= work_out(self.tx, self.form, values, formulas, self.system)

    def _options(self, rule: Linked) -> None:
        known = self._known()
        if rule.inside is None:
            self._narrow(rule, Held(self.tx, self.form, known), None)
            return
        for number, row in enumerate(self._rows(rule.inside)):
            self._narrow(rule, Held(self.tx, self.form, known, rule.inside, row.values), number)

    def _narrow(self, rule: Linked, held: Held, row: int | None) -> None:
        if held.holds(rule.when):
            by = rule.by_field
            possible = self.states.only(by, row if by.parent else None) if by is not None else None
            offered = rule.options(held.value(rule.by) if rule.by else None, possible)
            if offered is not None:
                self.states.allow(place(rule.field, row), offered)


# -- what is wrong -----------------------------------------------------------------------------------------


def not_offered(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    states: States,
    looked: Collection[str] | None,
    pointer: str,
    faulty: Collection[str] = (),
) -> Iterable[Fault]:
    """Faults for options that the rules do not offer; `looked` limits the paths that are looked at."""
    for field in dict.fromkeys(one.field for one in ruled(tx.live, form, tx.viewer.time_zone).linked):
        top = field.parent or field
        if top.key in faulty or looked is not None and not touches({field.path}, looked):
            continue
        for row, value in each(field, values):
            offered = states.only(field, row)
            if offered is None or states.hides(field, row):
                continue
            for option in value if isinstance(value, list) else [value]:
                if option is not None and option not in offered:
                    named = field.kind.display(
                        [option] if isinstance(value, list) else option, field, tx.viewer.language
                    )
                    said = Text(NOT_OFFERED.zh, NOT_OFFERED.en, option=named)
                    below = "" if row is None else f"/{row}/{field.key}"
                    yield place_fault(pointer, field, "option_not_offered", said, below)


def changed_locked(
    form: Form,
    before: Mapping[str, Any],
    sent: Mapping[str, Any],
    was: States,
    now: States,
    pointer: str,
) -> Iterable[Fault]:
    """Faults for what was sent into fields that were locked before and still are, unless it changes nothing."""
    for key, value in sent.items():
        field = form.field(key)
        if field is None or field.system or same(field, value, before.get(key)):
            continue
        if was.locks(field) and now.locks(field):
            yield place_fault(pointer, field, "locked", LOCKED)
        elif field.children:
            yield from _locked_rows(field, before.get(key), value, was, now, pointer)


def _locked_rows(
    subform: Field, before: Any, rows: Any, was: States, now: States, pointer: str
) -> Iterable[Fault]:
    known = {row.id: (number, row) for number, row in enumerate(before or ())}
    for number, row in enumerate(rows or ()):
        old_number, old = known.get(row.id, (None, None)) if row.id is not None else (None, None)
        if row.id is None and number < len(before or ()) and before[number].id is None:
            old = before[number]  # what the engine by itself would make of this new row
        for column in subform.children:
            if column.key not in row.values:
                continue
            had = old.values.get(column.key) if old is not None else None
            if same(column, row.values[column.key], had):
                continue
            # A new row has no earlier state of its own: there only what locks the whole column counts.
            if was.locks(column, old_number) and now.locks(column, number):
                yield place_fault(pointer, column, "locked", LOCKED, f"/{number}/{column.key}")


def each(field: Field, values: Mapping[str, Any]) -> Iterable[tuple[int | None, Any]]:
    """The value of a field, or those of a column, with the number of the row."""
    if field.parent is None:
        yield None, values.get(field.key)
        return
    for number, row in enumerate(values.get(field.parent.key) or ()):
        yield number, row.values.get(field.key)
