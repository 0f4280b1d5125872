"""Taking a whole import back: what it made goes to the recycle bin, what it changed gets its old values.

What somebody has changed since, or uses, stays as it is and is told; a change that was taken back again is none.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from engine.fields.form import Form
from engine.platform.i18n import Text
from engine.records.reading.naming import record_titles
from engine.records.storage import rows
from engine.records.storage.computed import computations
from engine.records.storage.rows import StoredRecord
from engine.records.writing import history, rollups
from engine.records.writing.changes import Change, write_all
from engine.records.writing.completing import work_out
from engine.records.writing.edited import edited
from engine.records.writing.old_values import eras, has_former
from engine.records.writing.recycle import LinkPlace, links_to
from engine.records.writing.rules import unique
from engine.records.writing.still_there import StillThere, by_field
from engine.records.writing.transaction import Event, Transaction

BATCH = 2000
AT_ONCE = 1000

CHANGED = Text("导入后又被修改过", "Changed since the import")
USED = Text("被别的数据使用", "Used by other records")
CLASHES = Text("原来的值现在与别的数据重复", "Its old value is another record's by now")
NO_RIGHT = Text("已没有权限修改", "May not be changed by you any more")


@dataclass(frozen=True)
class Kept:
    """A record that was left as it is, and why."""

    form: str
    id: int
    title: str
    reason: Text
    gone: bool = False
    """Some of its old values cannot come back, for what they name is gone; the others may have."""


@dataclass
class Undone:
    """What became of an import's records."""

    removed: int = 0
    restored: int = 0
    kept: list[Kept] = attribute(default_factory=list)
    fields: dict[str, dict[int, frozenset[str]]] = attribute(default_factory=dict)
    """By form and record, the fields that have their old values."""

    def json(self) -> dict[str, Any]:
        """As a job tells it."""
        return {
            "removed": self.removed,
            "restored": self.restored,
            "kept": [
                {"form": one.form, "id": one.id, "title": one.title, "reason": str(one.reason)}
                for one in self.kept
            ],
        }


def undo_import(tx: Transaction, import_id: UUID, apart: Collection[tuple[str, int]] = ()) -> Undone:
    """Take an import back in this transaction; done again, it does what could not be done before.

    The records `apart`, by form, keep what they have: nothing but their number is told of them.
    """
    outcome = Undone()
    _lock(tx, import_id)
    # In statements after the lock: they see what those who were waited for have committed.
    made = {key: found for key in sorted(tx.live.forms) if (found := _made(tx, key, import_id))}
    going = {key: set(found) for key, found in made.items()}
    for key in made:
        changed = _changed_since(tx, key, going[key])
        outcome.kept += _kept(tx, key, changed, CHANGED)
        going[key] -= changed
    used: dict[str, set[int]] = {key: set() for key in going}
    while named := {key: ids for key in going if (ids := _used(tx, key, going))}:
        for key, ids in named.items():  # what stays may use others, which then stay too
            going[key] -= ids
            used[key] |= ids
    for key, ids in used.items():
        outcome.kept += _kept(tx, key, ids, USED)
    for key, ids in going.items():
        outcome.removed += _remove(tx, tx.live.form(key), sorted(ids))
    _restore_changed(tx, import_id, outcome, apart)
    return outcome


def _lock(tx: Transaction, import_id: UUID) -> None:
    """Keep everybody from changing the import's records, and from linking to them, before they are judged.

    In the order in which all writers lock parents: by form, then by record.
    """
    for key in sorted(tx.live.forms):
        stored = tx.table(key).stored
        tx.connection.exec_driver_sql(
            f"SELECT 1 FROM {stored.qualified()} WHERE (import_id = %s AND deleted_at IS NULL) OR id IN"
            f" (SELECT record_id FROM {stored.schema}.history WHERE form_id = %s::bigint AND import_id = %s)"
            " ORDER BY id FOR UPDATE",
            (import_id, stored.id, import_id),
        )


def _made(tx: Transaction, form_key: str, import_id: UUID) -> list[int]:
    main = tx.table(form_key).main
    return list(
        tx.connection.scalars(
            sa.select(main.c.id).where(main.c.import_id == import_id, main.c.deleted_at.is_(None))
        )
    )


def _changed_since(tx: Transaction, form_key: str, ids: Iterable[int]) -> set[int]:
    ids = list(ids)
    if not ids:
        return set()
    name = tx.table(form_key).stored.qualified()
    found = tx.connection.exec_driver_sql(
        f"SELECT id FROM {name} WHERE id = ANY(%s::bigint[]) AND version > 1", (ids,)
    )
    return edited(tx, tx.live.form(form_key), dict.fromkeys(found.scalars(), 1))


def _used(tx: Transaction, form_key: str, going: dict[str, set[int]]) -> set[int]:
    """Those of the records that go which are named by records that stay."""
    used: set[int] = set()
    ids = going[form_key]
    if not ids:
        return used
    for place in links_to(tx, form_key):
        staying = [
            target
            for holder, target in _named(tx, place, ids)
            if holder not in going.get(place.form.key, set())
        ]
        used.update(staying)
    return used & ids


def _named(tx: Transaction, place: LinkPlace, targets: set[int]) -> Iterable[tuple[int, int]]:
    holder = place.table.subforms[place.field.parent.key] if place.field.parent else place.table
    column = holder.columns[place.field.key][1]
    stored = holder.stored
    main = place.table.stored.qualified()
    if column.kind == "links":
        source, row_id, target = (
            f"{stored.schema}.{stored.link_table(column)} l",
            "l.record_id",
            "l.target_id",
        )
    else:
        source, row_id, target = f"{stored.qualified(column.part)} l", "l.id", f"l.{column.name}"
    if place.field.parent:
        source += f" JOIN {stored.qualified()} s ON s.id = {row_id}"
        row_id = "s.record_id"
    return [
        (row[0], row[1])
        for row in tx.connection.exec_driver_sql(
            f"SELECT {row_id}, {target} FROM {source} JOIN {main} m ON m.id = {row_id}"
            f" WHERE {target} = ANY(%s::bigint[]) AND m.deleted_at IS NULL",
            (list(targets),),
        )
    ]


def _kept(tx: Transaction, form_key: str, ids: Iterable[int], reason: Text) -> list[Kept]:
    titles = record_titles(tx.connection, tx.live, tx.viewer, form_key, ids)
    return [Kept(form_key, one, titles.get(one) or f"#{one}", reason) for one in sorted(ids)]


def _remove(tx: Transaction, form: Form, ids: list[int]) -> int:
    if not ids:
        return 0
    table = tx.table(form.key)
    for one in rollups.rollups_over(tx.live, form.key):
        parents = _parents(tx, form.key, one.via, ids)
        if parents:
            tx.touched.setdefault((one.parent, one.path), set()).update(parents)
    rollups.lock(tx)
    gone = tx.connection.exec_driver_sql(
        f"UPDATE {table.stored.qualified()} SET deleted_at = %s, deleted_by = %s::bigint, version = version + 1"
        " WHERE id = ANY(%s::bigint[]) RETURNING id, version",
        (tx.moment, tx.viewer.member_id, ids),
    )
    versions: dict[int, int] = {row[0]: row[1] for row in gone}
    for start in range(0, len(ids), BATCH):
        history.note_all(
            tx, form.key, [(one, versions[one], {}) for one in ids[start : start + BATCH]], "deleted"
        )
    tx.forget(form.key, ids)
    tx.to_index.setdefault(form.key, set()).update(ids)
    if tx.listened(form.key):
        for record_id in ids:
            tx.changes(Event("deleted", form.key, record_id, None, None, frozenset()))
    return len(ids)


def _parents(tx: Transaction, form_key: str, via: str, ids: list[int]) -> set[int]:
    table = tx.table(form_key)
    column = table.columns[via][1]
    stored = table.stored
    if column.kind == "links":
        sql = f"SELECT DISTINCT target_id FROM {stored.schema}.{stored.link_table(column)} WHERE record_id = ANY(%s::bigint[])"
    else:
        sql = (
            f"SELECT DISTINCT {column.name} FROM {stored.qualified(column.part)} WHERE id = ANY(%s::bigint[])"
            f" AND {column.name} IS NOT NULL"
        )
    return set(tx.connection.exec_driver_sql(sql, (ids,)).scalars())


@dataclass(frozen=True)
class _Earlier:
    """What a record held before the import first changed it, and the version that the import left."""

    history_id: int
    record_id: int
    old: Mapping[str, tuple[Any, int]]
    """By field, what it held, and the change that wrote it down."""
    last_version: int
    undone: bool


def _restore_changed(
    tx: Transaction, import_id: UUID, outcome: Undone, apart: Collection[tuple[str, int]]
) -> None:
    own, tx.import_id = tx.import_id, None
    for key in sorted(tx.live.forms):
        found = _earlier(tx, key, import_id)
        earlier = [one for one in found if (key, one.record_id) not in apart]
        outcome.kept += [
            Kept(key, one.record_id, f"#{one.record_id}", NO_RIGHT)
            for one in found
            if (key, one.record_id) in apart
        ]
        most = 1 if tx.listened(key) else AT_ONCE
        for start in range(0, len(earlier), most):
            _restore(tx, tx.live.form(key), earlier[start : start + most], outcome)
    tx.import_id = own


def _earlier(tx: Transaction, form_key: str, import_id: UUID) -> list[_Earlier]:
    stored = tx.table(form_key).stored
    history_table = f"{stored.schema}.history"
    found = tx.connection.exec_driver_sql(
        f"SELECT id, record_id, kind, version, old FROM {history_table}"
        " WHERE form_id = %s::bigint AND import_id = %s ORDER BY record_id, id",
        (stored.id, import_id),
    ).all()
    first: dict[int, int] = {}
    old: dict[int, dict[str, tuple[Any, int]]] = {}
    last: dict[int, int] = {}
    for history_id, record_id, kind, version, values in found:
        last[record_id] = max(version, last.get(record_id, 0))
        if kind == "updated":
            first.setdefault(record_id, history_id)
            # Of several changes of one record the first that names a field knows what was there before.
            told = {key: (value, history_id) for key, value in values.items()}
            old[record_id] = {**told, **old.get(record_id, {})}
    undone = set(
        tx.connection.exec_driver_sql(
            f"SELECT cause FROM {history_table} WHERE cause = ANY(%s::bigint[]) AND kind = 'undone'",
            (list(first.values()),),
        ).scalars()
    )
    return [
        _Earlier(history_id, record_id, old[record_id], last[record_id], history_id in undone)
        for record_id, history_id in first.items()
    ]


def _restore(tx: Transaction, form: Form, earlier: Sequence[_Earlier], outcome: Undone) -> None:
    records = rows.read(tx.connection, tx.table(form.key), [one.record_id for one in earlier], lock=True)
    changes: list[Change] = []
    touched = {
        one.record_id: one.last_version
        for one in earlier
        if one.record_id in records and one.last_version != records[one.record_id].version and not one.undone
    }
    changed = edited(tx, form, touched)
    been = eras(tx.connection, tx.live, form)
    old_of = {
        one.record_id: {key: been.read(key, *found) for key, found in one.old.items() if form.field(key)}
        for one in earlier
    }
    there = StillThere(tx, (found for old in old_of.values() for found in by_field(form, old)))
    again: list[int] = []
    clashing: list[int] = []
    for one in earlier:
        record = records.get(one.record_id)
        if record is None:
            continue
        if one.last_version == record.version or (record.id in touched and record.id not in changed):
            change, missing = _taken_back(tx, form, record, old_of[record.id], one.history_id, there)
            outcome.kept += [
                Kept(form.key, record.id, record.title or f"#{record.id}", reason, gone=True)
                for reason in missing
            ]
            if change.changed:
                changes.append(change)
        elif record.id in changed:
            again.append(record.id)
    holders = unique.Holders(tx, form)
    prints = [unique.fingerprints(form, change.values) for change in changes]
    holders.look(prints)
    waiting: list[Change] = []
    for change, now in zip(changes, prints, strict=True):
        record = change.before
        if holders.waits(record.id, now):
            _write(tx, form, waiting, holders)
        refused, _ = holders.conflicts(record.id, now, "", now)
        if refused:
            clashing.append(record.id)
            continue
        holders.take(record, unique.fingerprints(form, record.values), now)
        waiting.append(change)
        outcome.restored += 1
        outcome.fields.setdefault(form.key, {})[record.id] = frozenset(
            key for key in change.changed if form.field(key) is not None
        )
    _write(tx, form, waiting, holders)
    outcome.kept += _kept(tx, form.key, again, CHANGED) + _kept(tx, form.key, clashing, CLASHES)


def _write(tx: Transaction, form: Form, waiting: list[Change], holders: unique.Holders) -> None:
    if waiting:
        write_all(tx, form, waiting, kind="undone")
        waiting.clear()
    holders.written()


def _taken_back(
    tx: Transaction,
    form: Form,
    record: StoredRecord,
    old: Mapping[str, Any],
    cause: int,
    there: StillThere,
) -> tuple[Change, list[Text]]:
    """The record with its old values, and why some of them cannot come back."""
    values = dict(record.values)
    changed: set[str] = set()
    missing: list[Text] = []
    for key, value in old.items():
        field = form.field(key)
        if field is None:
            continue
        reason = None if field.kind.computed else there.missing(field, value, record.known().get(key))
        if reason is not None:
            name = Text(field.name("zh-CN"), field.name("en"))
            missing.append(Text("“{field}”：{reason}", "{field}: {reason}", field=name, reason=reason))
        elif not has_former(value):
            values[key] = value
            changed.add(key)
    if all(field.kind.computed for key in changed if (field := form.field(key))):
        changed.clear()
    else:
        changed |= work_out(tx, form, values, computations(tx.live, form.key).after(changed), record.known())
    return Change(record, values, changed, cause), missing
