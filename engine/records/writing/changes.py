"""Carries out what was decided: writes a new record, or what changed in one that is there, with all that hangs on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.fields.form import SYSTEM_KEYS, Form
from engine.records.reading import search
from engine.records.storage import persist, serials, titles
from engine.records.storage.computed import computations
from engine.records.storage.form_traits import traits
from engine.records.storage.rows import StoredRecord
from engine.records.storage.storage import LINKS
from engine.records.storage.tables import FormTable
from engine.records.writing import attachments, history, rollups, showing
from engine.records.writing.completing import work_out
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Event, LookAgain, Transaction


def write_new(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    *,
    lock: bool = True,
    shown: bool = False,
) -> int:
    """Write a new record whose values are complete but for its serial numbers; answers its id.

    With `shown` it is read by the same statement for `showing.taken`, where that reads what a later one would.
    """
    if lock:
        rollups.note(tx, form.key, None, values)
        rollups.lock(tx)
    number_serials(tx, form, [values], system)
    table = tx.table(form.key)
    document = encoded(tx, form, values) | {**system, "version": 1, "import_id": tx.import_id}
    beside = _beside(tx, form, table)
    way = showing.way(tx, form, table, persist.present([document]), beside) if shown else None
    if way is not None:
        record_id = way.insert(tx, document)
    else:
        record_id = persist.insert_one(tx.connection, table, document, beside)
    if record_id is None:
        raise LookAgain
    follow_new(tx, form, record_id, values)
    return record_id


def _beside(tx: Transaction, form: Form, table: FormTable) -> persist.Beside:
    place = ("beside", tx.careful)
    made: persist.Beside | None = table.statements.get(place)
    if made is None:
        links = (
            ()
            if tx.careful
            else tuple(  # then they have been looked at before
                (column.name, tx.table(field.get("form")).stored.qualified())
                for field, column in table.columns.values()
                if field.type == "link" and field.get("form") in tx.live.forms
            )
        )
        made = table.statements[place] = persist.Beside(search.inserting(table), links)
    return made


def follow_new(tx: Transaction, form: Form, record_id: int, values: Mapping[str, Any]) -> None:
    """What a written record brings with it: its files, and those who listen."""
    for key in traits(form).holding:
        _bind_files(tx, form, form.field(key), record_id, None, values.get(key))
    tx.changes(Event("created", form.key, record_id, None, values, frozenset(values)))


def number_serials(
    tx: Transaction, form: Form, records: list[dict[str, Any]], system: Mapping[str, Any]
) -> None:
    """Draw the serial numbers of new records in one range, and work out what reads them."""
    table = tx.table(form.key)
    zone = tx.viewer.time_zone
    for field in traits(form).serials:
        if field.key not in table.columns:
            continue
        within = serials.bucket(field, tx.moment, zone)
        first = serials.draw(
            tx.connection, table.stored.schema, table.stored.id, field.key, within, len(records)
        )
        for number, values in enumerate(records, first):
            shown = {
                part["field"]: _shown(tx, form, part["field"], values)
                for part in field.get("pattern", ())
                if "field" in part
            }
            values[field.key] = serials.written(field, number, tx.moment, zone, values, shown)
        formulas = computations(tx.live, form.key).after({field.key})
        if formulas:
            for values in records:
                work_out(tx, form, values, formulas, system)


def encoded(tx: Transaction, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new record as the statements take it: columns, subforms' rows, title, hashes."""
    table = tx.table(form.key)
    made = persist.encode(table, values)
    for key, subform in table.subforms.items():
        if values.get(key):
            made[f"s_{subform.stored.id}"] = persist.encode_rows(subform, values[key])
    title = made_title(tx, form, values)
    made["title"], made["title_key"] = title, titles.sort_key(title)
    made["errors"] = persist.errors_in(values)
    for key, hashed in unique.fingerprints(form, values).items():
        if key in table.uniques:
            made[table.uniques[key].name] = hashed
    return made


def made_title(tx: Transaction, form: Form, values: Mapping[str, Any]) -> str | None:
    """The record's title; None where it is empty."""
    names: dict[int, str] = {}
    for field in titles.people_in(form):
        if values.get(field.key) is not None:
            names |= tx.read_titles(field.type, None, [values[field.key]])
    return titles.title(form, values, tx.language, names) or None


@dataclass
class Change:
    """What is to become of a record: its new whole, and the paths that differ, computed ones among them.

    `cause` is the change in the history that this one takes back.
    """

    before: StoredRecord
    values: dict[str, Any]
    changed: set[str]
    cause: int | None = None

    @property
    def keys(self) -> set[str]:
        """The fields that differ."""
        return {path.partition(".")[0] for path in self.changed}


def write_changed(
    tx: Transaction,
    form: Form,
    before: StoredRecord,
    values: dict[str, Any],
    changed: Iterable[str],
    *,
    kind: str = "updated",
    cause: int | None = None,
) -> int:
    """Write what a person changed in a record, with its history; answers the new version."""
    write_all(tx, form, [Change(before, values, set(changed), cause)], kind=kind)
    return before.version + 1


def write_all(tx: Transaction, form: Form, changes: Sequence[Change], *, kind: str = "updated") -> None:
    """The same for many records, each of them once: a fixed number of statements however many they are."""
    lock_parents(tx, form, changes)
    _write_columns(tx, form, changes)
    noted = [(one.before.id, one.before.version + 1, _old(form, one)) for one in changes]
    history.note_all(tx, form.key, noted, kind, causes=[one.cause for one in changes])
    holding = traits(form).holding
    for one in changes:
        was = one.before.known()
        for key in one.keys & holding:
            _bind_files(tx, form, form.field(key), one.before.id, was.get(key), one.values.get(key))
    ids = [one.before.id for one in changes]
    tx.forget(form.key, ids)
    tx.to_index.setdefault(form.key, set()).update(ids)
    if tx.listened(form.key):
        for one in changes:
            was = one.before.known()
            now = {**was, **one.values}
            tx.changes(Event("updated", form.key, one.before.id, was, now, frozenset(one.changed)))


def rewrite(tx: Transaction, form: Form, changes: Sequence[Change]) -> None:
    """Write what the engine itself takes from new records before anybody sees them: no version, no history."""
    _write_columns(tx, form, changes, new=True)


def lock_parents(tx: Transaction, form: Form, changes: Iterable[Change]) -> None:
    """Lock the records whose sums the changes concern, and remember them."""
    for one in changes:
        was = one.before.known()
        rollups.note(tx, form.key, was, {**was, **one.values}, one.changed)
    rollups.lock(tx)


def _old(form: Form, change: Change) -> dict[str, Any]:
    was = change.before.known()
    return {
        key: was.get(key)
        for key in change.keys
        if (field := form.field(key)) is not None and not field.kind.computed
    }


def _write_columns(tx: Transaction, form: Form, changes: Sequence[Change], *, new: bool = False) -> None:
    """Write the changed paths wherever they are kept, and what is derived from them.

    Records of which different fields change are written by one statement all the same: what stays is written as it is.
    """
    table = tx.table(form.key)
    keys = {key for one in changes for key in one.keys} - SYSTEM_KEYS
    plain = [key for key in keys if key in table.columns and table.columns[key][1].kind != LINKS]
    titled = bool(keys & set(titles.title_fields(form)))
    computed = any((field := form.field(key)) is not None and field.kind.computed for key in keys)
    uniques = [
        (one, table.uniques[one.key].name)
        for one in unique.uniques(form)
        if one.key in table.uniques and any(field.key in keys for field in one.fields)
    ]
    owned = any("owner" in one.changed for one in changes)
    documents: list[dict[str, Any]] = []
    for one in changes:
        values = one.values
        document: dict[str, Any] = {
            "id": one.before.id,
            "version": one.before.version + (0 if new else 1),
            "updated_at": tx.moment,
            "updated_by": tx.viewer.member_id,
        }
        if owned:
            document["owner"] = values["owner"] if "owner" in one.changed else one.before.owner
        document |= persist.encode(table, {key: values.get(key) for key in plain})
        if titled:
            title = made_title(tx, form, values)
            document |= {"title": title, "title_key": titles.sort_key(title)}
        if computed:
            document["errors"] = persist.errors_in(values)
        for each, name in uniques:
            document[name] = unique.duplicates.fingerprint(each, values)
        documents.append(document)
    persist.update(tx.connection, table, documents, [name for name in documents[0] if name != "id"])
    for key in keys:
        concerned = [one for one in changes if key in one.keys]
        placed = table.columns.get(key)
        if placed is not None and placed[1].kind == LINKS:
            targets = {one.before.id: one.values.get(key) for one in concerned}
            persist.replace_links(tx.connection, table, placed[1], targets)
        elif key in table.subforms:
            rows = {
                one.before.id: (one.before.values.get(key) or [], one.values.get(key) or [])
                for one in concerned
            }
            persist.replace_rows(tx.connection, table.subforms[key], rows)


def _bind_files(tx: Transaction, form: Form, field: Any, record_id: int, before: Any, after: Any) -> None:
    if field.kind.holds_files:
        attachments.bind(tx, form.key, record_id, field, before, after)
    elif after and field.children:
        known = {row.id: row for row in before or ()}
        for column in field.children:
            if column.kind.holds_files:
                for row in after:
                    old = known.get(row.id)
                    attachments.bind(
                        tx,
                        form.key,
                        record_id,
                        column,
                        old.values.get(column.key) if old else None,
                        row.values.get(column.key),
                    )


def _shown(tx: Transaction, form: Form, key: str, values: Mapping[str, Any]) -> str:
    field = form.field(key)
    value = values.get(key)
    if field is None or value is None:
        return ""
    kind = getattr(field.kind, "refers_to", None)
    if kind:
        return tx.title(kind, field.get("form"), value) or ""
    return field.kind.display(value, field, tx.language)
