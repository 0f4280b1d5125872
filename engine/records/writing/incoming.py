"""Values as they come in: read by the field types, with every fault at once and each at its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import partial
from typing import Any

from engine.access.bodies import pointer_part
from engine.access.viewer import Viewer
from engine.fields.base import FieldFault, ParseContext, RowValues
from engine.fields.failed import value_json
from engine.fields.form import SYSTEM_FIELDS, SYSTEM_KEYS, Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.reading.offered import not_offered
from engine.records.reading.rights import Rights
from engine.records.reading.visible import access_for
from engine.records.storage.form_traits import narrowed, traits
from engine.records.storage.rows import StoredRecord
from engine.records.writing import attachments
from engine.records.writing.shown_here import ShownHere
from engine.records.writing.transaction import Transaction

WRITABLE_SYSTEM = frozenset({"owner"})

Known = Callable[[str, str | None, Iterable[int]], set[int]]
"""Answers which of these members, departments or records (of a form) exist and may be named."""


@dataclass
class Incoming:
    """What was sent, read: values by key, the faults in it."""

    form: Form
    pointer: str
    values: dict[str, Any] = attribute(default_factory=dict)
    faults: list[Fault] = attribute(default_factory=list)
    sound: dict[str, Any] = attribute(default_factory=dict)
    """By subform that has a fault, its rows with the cells that could be read: to be shown, never written."""

    @property
    def faulty(self) -> set[str]:
        """The fields that something is wrong with, as far as it is known by now."""
        start = len(self.pointer) + 1
        return {fault.pointer[start:].split("/")[0] for fault in self.faults}

    def path(self, fault: Fault) -> str:
        """The path of the field that a fault is about: `amount`, `lines.qty`."""
        steps = fault.pointer[len(self.pointer) + 1 :].split("/")
        return ".".join(step for step in steps if not step.isdigit())

    def fault(self, field: Field, code: str, said: Text, below: str = "", **details: Any) -> None:
        """Add a fault at a field; the sentence begins with the field's label."""
        self.faults.append(place_fault(self.pointer, field, code, said, below, **details))


def place_fault(pointer: str, field: Field, code: str, said: Text, below: str = "", **details: Any) -> Fault:
    """A fault at a field, named by its label; in a subform by the row and its column too."""
    top = field.parent or field
    named = Text("{name}：{said}", "{name}: {said}", name=_named_place(field, top, below), said=said)
    return Fault(f"{pointer}/{top.key}{below}", code, named, details)


def _named_place(field: Field, top: Field, below: str) -> Text:
    parts = below.split("/")[1:]
    if not top.children or not parts or not parts[0].isdecimal():
        return _name(field)
    column = field if field.parent is not None else top.child(parts[1]) if len(parts) > 1 else None
    given = {"subform": _name(top), "row": int(parts[0]) + 1}
    if column is None:
        return Text("{subform} 第 {row} 行", "{subform} row {row}", **given)
    return Text(
        "{subform} 第 {row} 行 {column}", "{subform} row {row} {column}", **given, column=_name(column)
    )


def _name(field: Field) -> Text:
    return Text(field.name("zh-CN"), field.name("en"))


def read(
    tx: Transaction,
    form: Form,
    raw: Mapping[str, Any],
    rights: Rights,
    pointer: str,
    context: ParseContext,
    before: StoredRecord | None = None,
    known: Known | None = None,
    parsed: bool = False,
) -> Incoming:
    """Read what was sent. What may not be seen is unknown; what may not be written is a fault, unless unchanged.

    What is `parsed` was made by the field types already.
    """
    incoming = Incoming(form, pointer)
    shown = ShownHere(tx, form, before)
    for key, value in raw.items():
        field = form.field(key) if isinstance(key, str) and "." not in key else None
        if field is None or field.kind.layout_only or rights.hides(field) or _unseen(tx, form, field):
            incoming.faults.append(unknown_field(pointer, str(key)))
        elif not _writable(field):
            if before is None or _seen_in_each_row(tx, form, field) and not _unchanged(before, field, value):
                incoming.fault(
                    field,
                    "not_writable",
                    Text("这个字段由系统计算，不能填写", "This field is worked out and cannot be filled in"),
                )
        else:
            _read_value(incoming, field, value, rights, context, before, shown, parsed=parsed)
    trusted = before is None and not tx.careful and not incoming.faults and tx.viewer.administrator
    _check_references(tx, incoming, before, known or partial(existing, tx), trusted=trusted)
    return incoming


def _unseen(tx: Transaction, form: Form, field: Field) -> bool:
    """Whether a computed field is hidden from the writer, be it by what it reads."""
    return field.kind.computed and access_for(tx.live, form, tx.viewer).never(field.path)


def _seen_in_each_row(tx: Transaction, form: Form, field: Field) -> bool:
    """Else its value is not compared: whether it was guessed would tell what it is."""
    return field.system or access_for(tx.live, form, tx.viewer).always(field.path)


def unknown_field(pointer: str, key: str) -> Fault:
    """The fault of a key that no field has, or that one may not know of."""
    return Fault(
        f"{pointer}/{pointer_part(key[:80])}",
        "unknown_field",
        Text("没有字段“{key}”", "There is no field “{key}”", key=key[:80]),
    )


def _writable(field: Field) -> bool:
    if field.key in SYSTEM_KEYS and field.parent is None and field.form is None:
        return field.key in WRITABLE_SYSTEM
    return field.kind.stored and not field.kind.computed


def _read_value(
    incoming: Incoming,
    field: Field,
    raw: Any,
    rights: Rights,
    context: ParseContext,
    before: StoredRecord | None,
    shown: ShownHere,
    *,
    parsed: bool,
) -> None:
    try:
        value = raw if parsed else field.kind.parse(raw, field, context)
    except FieldFault as fault:
        for one in fault.all():
            incoming.fault(field, one.code, one.message, one.pointer, **one.details)
        if fault.sound is not None and rights.opens(field):
            rows = _merge_rows(incoming, field, fault.sound, rights, before, context, shown)
            incoming.sound[field.key] = rows
        return
    closed = not rights.opens(field)
    if field.children and not (closed and not shown(field)):
        value = _merge_rows(incoming, field, value, rights, before, context, shown)
    if closed:
        if before is None or not _as_shown(field, value, current(before, field), shown):
            incoming.fault(field, "not_editable", Text("您不能修改这个字段", "You may not change this field"))
        return
    incoming.values[field.key] = value
    _check_new(incoming, field, value, current(before, field) if before else None, context)


def _check_new(
    incoming: Incoming, field: Field, value: Any, old: Any, context: ParseContext, below: str = ""
) -> None:
    if value is None or field.children or same(field, value, old):
        return
    if fault := field.kind.check_new(value, field, context):
        incoming.fault(field, fault.code, fault.message, below, **fault.details)


def _merge_rows(
    incoming: Incoming,
    field: Field,
    rows: list[RowValues] | None,
    rights: Rights,
    before: StoredRecord | None,
    context: ParseContext,
    shown: ShownHere,
) -> list[RowValues] | None:
    """The new whole of a subform: a row that comes with its id keeps the columns that it leaves out."""
    known = {row.id: row for row in (before.values.get(field.key) if before else None) or ()}
    merged: list[RowValues] = []
    sent: set[int] = set()
    for number, row in enumerate(rows or ()):
        if row.id is not None and row.id in sent:
            said = Text("编号为 {id} 的行出现了两次", "The row {id} is there twice", id=row.id)
            incoming.fault(field, "repeated_row", said, f"/{number}/id")
            continue
        if row.id is not None:
            sent.add(row.id)
        old = known.get(row.id) if row.id is not None else None
        if row.id is not None and old is None:
            incoming.fault(
                field,
                "unknown_row",
                Text("没有编号为 {id} 的行", "There is no row {id}", id=row.id),
                f"/{number}/id",
            )
            continue
        values = dict(row.values)
        for key, value in row.values.items():
            column, earlier = field.child(key), old.values.get(key) if old else None
            if column is None or rights.hides(column):
                incoming.faults.append(unknown_field(f"{incoming.pointer}/{field.key}/{number}", key))
            elif rights.opens(column):
                _check_new(incoming, column, value, earlier, context, f"/{number}/{key}")
            elif _as_shown(column, value, earlier, shown):
                if old is not None:
                    values.pop(key)  # the row keeps its own
            else:
                incoming.fault(
                    column,
                    "not_editable",
                    Text("您不能修改这一列", "You may not change this column"),
                    f"/{number}/{key}",
                )
        merged.append(RowValues(row.id, {**(old.values if old else {}), **values}))
    return merged or None


def given(form: Form, values: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    """The fields of these values, and the columns of their rows, each with the place below the field."""
    for key, value in values.items():
        field = form.field(key)
        if field is None:
            continue
        yield field, ""
        for number, row in enumerate(value or () if field.children else ()):
            for name, one in row.values.items():
                if one is not None and (column := field.child(name)) is not None:
                    yield column, f"/{number}/{name}"


def _as_shown(field: Field, value: Any, now: Any, shown: ShownHere) -> bool:
    """Whether a value comes back as it was shown; one that this record hides is blank there, and never compared."""
    return same(field, value, now) if shown(field) else value is None


def current(record: StoredRecord, field: Field) -> Any:
    """The value that a record has now."""
    return (
        getattr(record, field.key)
        if field.key in SYSTEM_KEYS and field.form is None
        else record.values.get(field.key)
    )


def same(field: Field, one: Any, other: Any) -> bool:
    """Whether two values are equal as the field's type sees it."""
    if one is None or other is None:
        return one is other
    if field.children:
        return [(row.id, dict(row.values)) for row in one] == [(row.id, dict(row.values)) for row in other]
    if isinstance(one, list) and isinstance(other, list):
        return one == other  # their order is kept, so it counts
    return bool(field.kind.comparable(one) == field.kind.comparable(other))


def _unchanged(before: StoredRecord, field: Field, raw: Any) -> bool:
    if field.live:
        return True
    value = current(before, field)
    shown = value_json(value, field) if not hasattr(value, "code") else {"error": value.code}
    return bool(
        raw == shown or isinstance(raw, dict) and isinstance(shown, dict) and raw.get("id") == shown.get("id")
    )


# -- references ------------------------------------------------------------------------------------------


def _check_references(
    tx: Transaction, incoming: Incoming, before: StoredRecord | None, known: Known, *, trusted: bool = False
) -> None:
    """Faults for what does not exist; the links that the inserting statement looks at itself may be `trusted`."""
    wanted: dict[tuple[str, str | None], dict[int, list[tuple[Field, str]]]] = {}
    for field, below, ids in named(incoming, before):
        kind = field.kind.refers_to  # type: ignore[attr-defined]
        if trusted and field.type == "link" and field.parent is None and field.get("form") in tx.live.forms:
            continue
        place = (kind, field.get("form") if kind == "record" else None)
        for one in ids:
            wanted.setdefault(place, {}).setdefault(one, []).append((field, below))
    for (kind, form), places in wanted.items():
        there = known(kind, form, places)
        for target, used in places.items():
            if target not in there:
                for field, below in used:
                    incoming.fault(field, f"unknown_{kind}", _not_there(kind, target), below, id=target)
    if not traits(incoming.form).holding.isdisjoint(incoming.values):
        attachments.check(tx, incoming, before)
    if not traits(incoming.form).narrowing.isdisjoint(incoming.values):
        _check_offered(tx, incoming, before)


def _check_offered(tx: Transaction, incoming: Incoming, before: StoredRecord | None) -> None:
    """Faults for choices that the field does not offer; one that the record has already may stay."""
    for field, below, values in _choices(incoming, before):
        for fault in not_offered(tx.connection, tx.live, tx.viewer, field, values).values():
            incoming.fault(field, fault.code, fault.message, below)


def _choices(incoming: Incoming, before: StoredRecord | None) -> Iterator[tuple[Field, str, list[Any]]]:
    for key in traits(incoming.form).narrowing & set(incoming.values):
        field, value = incoming.form.field(key), incoming.values[key]
        old = before.values.get(key) if before else None
        if field is None:
            continue
        if not field.children:
            if fresh := newly(value, old):
                yield field, "", fresh
            continue
        rows = {row.id: row.values for row in old or ()}
        for number, row in enumerate(value or ()):
            for column in filter(narrowed, field.children):
                had = rows.get(row.id, {}).get(column.key)
                if fresh := newly(row.values.get(column.key), had):
                    yield column, f"/{number}/{column.key}", fresh


def named(incoming: Incoming, before: StoredRecord | None) -> Iterator[tuple[Field, str, list[int]]]:
    """The references that are new, each with its field and place below the field."""
    naming = traits(incoming.form).naming
    for key, value in incoming.values.items():
        if key not in naming:
            continue
        field = incoming.form.field(key) or SYSTEM_FIELDS[key]
        old = current(before, field) if before else None
        if field.children:
            rows = {row.id: row for row in old or ()}
            for number, row in enumerate(value or ()):
                known = rows.get(row.id)
                for column in field.children:
                    if getattr(column.kind, "refers_to", None) and column.key in row.values:
                        fresh = newly(row.values[column.key], known.values.get(column.key) if known else None)
                        if fresh:
                            yield column, f"/{number}/{column.key}", fresh
        elif getattr(field.kind, "refers_to", None):
            if fresh := newly(value, old):
                yield field, "", fresh


def newly(value: Any, old: Any) -> list[Any]:
    """What a value names that the old one did not."""
    new = value if isinstance(value, list) else [value] if value is not None else []
    had = set(old if isinstance(old, list) else [old])
    return [one for one in new if one not in had]


def existing(tx: Transaction, kind: str, form: str | None, ids: Iterable[int]) -> set[int]:
    """Those that exist, and that the one who writes may see."""
    ids = list(ids)
    if kind == "member" and ids == [tx.viewer.member_id]:
        return set(ids)
    if kind == "record" and form not in tx.live.forms:
        return set()
    found = set(tx.read_titles(kind, form, ids, share=kind == "record"))
    if kind == "record" and found and isinstance(tx.viewer, Viewer) and not tx.viewer.administrator:
        from engine.records.reading.seen import seen

        return seen(tx.connection, tx.live, form or "", tx.viewer, found)
    return found


def _not_there(kind: str, target: int) -> Text:
    return {
        "record": Text("没有编号为 {id} 的数据", "There is no record {id}", id=target),
        "member": Text("没有编号为 {id} 的成员", "There is no member {id}", id=target),
        "department": Text("没有编号为 {id} 的部门", "There is no department {id}", id=target),
    }[kind]
