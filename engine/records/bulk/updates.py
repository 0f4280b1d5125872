"""Changing many records at once: read, judged and written in sets, each as if those before it were written."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.fields.form import Field, Form
from engine.platform.errors import Fault, Refusal
from engine.records.storage.form_traits import traits
from engine.records.storage.rows import StoredRecord
from engine.records.writing import holding, incoming
from engine.records.writing.changes import Change, lock_parents, write_all
from engine.records.writing.preparing import Prepared, confirm_rules, prepare
from engine.records.writing.rules import unique, validation
from engine.records.writing.transaction import Transaction

AT_ONCE = 1000


@dataclass
class Changed:
    """What became of the changes, by the number that each came with."""

    updated: list[int] = attribute(default_factory=list)
    unchanged: list[int] = attribute(default_factory=list)
    faults: dict[int, list[Fault]] = attribute(default_factory=dict)
    refusals: dict[int, Refusal] = attribute(default_factory=dict)
    warnings: dict[int, list[Fault]] = attribute(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Values that a record is to get; `number` is where they stood in what was read."""

    number: int
    id: int
    values: Mapping[str, Any] = attribute(default_factory=dict)


WorkOut = Callable[[Mapping[int, StoredRecord]], Mapping[int, Mapping[str, Any] | Refusal]]
"""Gives the values for records as they are, or what refuses them."""


def portions(
    tx: Transaction, form: Form, wanted: Iterable[Wanted], *, singly: bool = False
) -> Iterator[list[Wanted]]:
    """So many at a time as can be judged together: no record twice, and singly where one may depend on another."""
    most = 1 if singly or tx.listened(form.key) or _looks_at_itself(tx, form) else AT_ONCE
    portion: dict[int, Wanted] = {}
    for one in wanted:
        if one.id in portion or len(portion) == most:
            yield list(portion.values())
            portion = {}
        portion[one.id] = one
    if portion:
        yield list(portion.values())


def change(
    tx: Transaction,
    form: Form,
    wanted: Sequence[Wanted],
    changed: Changed,
    *,
    work_out: WorkOut | None = None,
    text: bool = False,
) -> None:
    """Change these records, none of them twice; what is wrong with one leaves it as it is and is told.

    With `work_out` the values are those that it gives, as they would be sent; `text` says that they are typed texts.
    """
    held = holding.held_all(tx, form, [one.id for one in wanted], "update")
    given: Mapping[int, Mapping[str, Any] | Refusal] = {one.id: one.values for one in wanted}
    if work_out is not None:
        given = work_out({key: found[0] for key, found in held.items() if not isinstance(found, Refusal)})
    parsed = work_out is None
    known = _References(tx)
    context = tx.parsing(text=text)
    fine: list[tuple[int, Prepared]] = []
    sent: dict[int, Mapping[str, Any]] = {}
    for one in wanted:
        found, values = held[one.id], given.get(one.id, one.values)
        if isinstance(found, Refusal):
            changed.refusals[one.number] = found
        elif isinstance(values, Refusal):
            changed.refusals[one.number] = values
        else:
            sent[one.id] = values
            if parsed:
                known.note(form, values, found[0])
    known.read()
    _read_linked(tx, form, sent.values())
    for one in wanted:
        found = held[one.id]
        if one.id in sent and not isinstance(found, Refusal):
            made = prepare(tx, form, *found, sent[one.id], "", context, known=known, parsed=parsed)
            fine.append((one.number, made))
    _Writing(tx, form, changed).write(fine)


class _Writing:
    """Judges what repeats, and writes what is fine."""

    def __init__(self, tx: Transaction, form: Form, changed: Changed) -> None:
        self.tx = tx
        self.form = form
        self.changed = changed
        self.holders = unique.Holders(tx, form)
        self._waiting: list[tuple[int, Prepared]] = []

    def write(self, prepared: Sequence[tuple[int, Prepared]]) -> None:
        form, holders, changed = self.form, self.holders, self.changed
        compared = {number: made.compared for number, made in prepared}
        prints = {
            number: unique.fingerprints(form, made.values) for number, made in prepared if compared[number]
        }
        holders.look(prints.values())
        for number, made in prepared:
            if compared[number]:
                if holders.waits(made.before.id, prints[number]):
                    self._flush()
                place = made.before.id, prints[number], "", compared[number]
                refused, reminded = holders.conflicts(*place)
                if (refused or reminded) and any(one.unsure for _, one in self._waiting):
                    self._flush()  # it may have given the value back
                    refused, reminded = holders.conflicts(*place)
                made.faults += refused
                made.warnings += reminded
            if made.faults:
                changed.faults[number] = made.faults
            elif not made.changed:
                changed.unchanged.append(number)
                changed.warnings[number] = made.warnings
            else:
                if compared[number]:
                    was = unique.fingerprints(form, made.before.values)
                    holders.take(made.before, was, prints[number])
                self._waiting.append((number, made))
        self._flush()

    def _flush(self) -> None:
        """Write what is waiting; what breaks a rule that can be looked at only now is taken back again."""
        waiting, self._waiting = self._waiting, []
        while waiting:
            broken = self._write(waiting)
            for number, made in waiting:
                if made.before.id in broken:
                    self.changed.faults[number] = broken[made.before.id]
                    self._give_back(made)
            if not broken:
                break
            waiting = [(number, made) for number, made in waiting if made.before.id not in broken]
        self.holders.written()

    def _write(self, waiting: Sequence[tuple[int, Prepared]]) -> dict[int, list[Fault]]:
        """Write them all, or none and answer what is wrong with some."""
        tx, form = self.tx, self.form
        changes = [Change(made.before, made.values, made.changed) for _, made in waiting]
        unsure = {made.before.id: made.unsure for _, made in waiting if made.unsure}
        lock_parents(tx, form, changes)  # outside of the savepoint, whose end would give the locks up
        locked = {key: set(found) for key, found in tx.locked.items()} if len(waiting) == 1 else tx.locked
        savepoint = tx.connection.begin_nested()
        try:
            write_all(tx, form, changes)
        except Refusal as refusal:
            # Somebody who listens refuses it; where anybody listens, records are changed singly.
            if len(waiting) > 1:
                raise
            savepoint.rollback()
            tx.locked = locked  # what those who listen have locked is given up with the savepoint
            tx.forget_all()
            self.changed.refusals[waiting[0][0]] = refusal
            return {}
        confirmed = confirm_rules(tx, form.key, unsure) if unsure else {}
        broken = {record_id: faults for record_id, (faults, _) in confirmed.items() if faults}
        if broken:
            savepoint.rollback()
            tx.locked = locked
            tx.forget(form.key, [made.before.id for _, made in waiting])
            return broken
        savepoint.commit()
        for number, made in waiting:
            _, warnings = confirmed.get(made.before.id, ([], []))
            self.changed.updated.append(number)
            self.changed.warnings[number] = made.warnings + warnings
        return {}

    def _give_back(self, made: Prepared) -> None:
        if made.compared:
            was, now = (
                unique.fingerprints(self.form, values) for values in (made.before.values, made.values)
            )
            self.holders.take(made.before, now, was)


class _References:
    """Which members, departments and records exist, asked once for all the changes."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._wanted: dict[tuple[str, str | None], set[int]] = {}
        self._there: dict[tuple[str, str | None], set[int]] = {}

    def note(self, form: Form, values: Mapping[str, Any], before: StoredRecord) -> None:
        """Remember what these values name."""
        sent = incoming.Incoming(form, "", dict(values))
        for field, _, ids in incoming.named(sent, before):
            kind = field.kind.refers_to  # type: ignore[attr-defined]
            place = kind, field.get("form") if kind == "record" else None
            self._wanted.setdefault(place, set()).update(ids)

    def read(self) -> None:
        """Ask for all of them."""
        for (kind, form), ids in self._wanted.items():
            self._there[kind, form] = incoming.existing(self.tx, kind, form, ids)

    def __call__(self, kind: str, form: str | None, ids: Iterable[int]) -> set[int]:
        wanted = set(ids)
        asked = self._wanted.get((kind, form), set())
        there = wanted & self._there.get((kind, form), set())
        if rest := wanted - asked:
            found = incoming.existing(self.tx, kind, form, rest)
            self._wanted.setdefault((kind, form), set()).update(rest)
            self._there.setdefault((kind, form), set()).update(found)
            there |= found
        return there


def _read_linked(tx: Transaction, form: Form, sent: Collection[Mapping[str, Any]]) -> None:
    """Read the records whose values are copied, or looked at by rules, before they are asked for one by one."""
    for field in _looked_through(tx, form):
        ids = {value for one in sent if isinstance(value := one.get(field.key), int)}
        if ids:
            tx.read_records(field.get("form"), ids)


def _looked_through(tx: Transaction, form: Form) -> list[Field]:
    """The links through which a change of this form looks at another record."""
    steps = {
        path[0]
        for rule in validation.rules(tx.live, form.key)
        for path in rule.formula.paths
        if len(path) > 1
    }
    return [
        one
        for one in (*traits(form).filling, *(field for field in form.fields if field.key in steps))
        if one.type == "link" and one.get("form") in tx.live.forms
    ]


def _looks_at_itself(tx: Transaction, form: Form) -> bool:
    return any(one.get("form") == form.key for one in _looked_through(tx, form))
