"""Many records put into the recycle bin: in sets where none of them hangs on another, else one after the other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.access.viewer import App, Viewer
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Refusal
from engine.records.storage import rows
from engine.records.storage.rows import StoredRecord
from engine.records.storage.storage import LINKS
from engine.records.writing import history, rollups
from engine.records.writing.changes import Change, write_all
from engine.records.writing.holding import held_all
from engine.records.writing.recycle import LinkPlace, delete, emptied, links_to, still_used
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import transact

TOGETHER, SINGLY = 500, 50
"""So many records are deleted in one transaction: in sets, or one after the other."""


@dataclass
class Deleted:
    """Which records are in the recycle bin now, and why others are not."""

    ids: list[int] = attribute(default_factory=list)
    refusals: dict[int, Refusal] = attribute(default_factory=dict)


def delete_many(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    record_ids: Sequence[int],
    *,
    door: str,
) -> Deleted:
    """Delete these records, each standing or falling for itself; what goes along with another is not told of again."""
    done = Deleted()
    began: list[datetime] = []
    left = list(dict.fromkeys(record_ids))
    while left:

        def work(tx: Transaction, left: Sequence[int] = left) -> tuple[Deleted, int]:
            form = tx.live.form(form_key)
            places = links_to(tx, form_key)
            began.append(tx.moment)
            if _hang_together(tx, form, places):
                some = left[:SINGLY]
                return _one_by_one(tx, form, some, began[0]), len(some)
            some = left[:TOGETHER]
            return _in_sets(tx, form, places, some), len(some)

        found, many = transact(database, app_key, viewer, work, door=door)
        done.ids += found.ids
        done.refusals |= found.refusals
        left = left[many:]
    return done


def _hang_together(tx: Transaction, form: Form, places: Iterable[LinkPlace]) -> bool:
    """Whether it may count in which order the records go: for those that link to each other, or go with each other."""
    return tx.listened(form.key) or any(
        one.form.key == form.key or one.on_delete == "delete" or tx.listened(one.form.key) for one in places
    )


def _one_by_one(tx: Transaction, form: Form, record_ids: Sequence[int], began: datetime) -> Deleted:
    done = Deleted()
    for one in record_ids:
        try:
            with tx.attempt():
                delete(tx, form.key, one)
            done.ids.append(one)
        except Refusal as refusal:
            if not _gone_along(tx, form, one, began):
                done.refusals[one] = refusal
    return done


def _gone_along(tx: Transaction, form: Form, record_id: int, began: datetime) -> bool:
    """Whether the record went with another that this very request has deleted."""
    name = tx.table(form.key).stored.qualified()
    sql = f"SELECT 1 FROM {name} WHERE id = %s::bigint AND deleted_at >= %s AND deleted_by IS NOT DISTINCT FROM %s::bigint"
    found = tx.connection.exec_driver_sql(sql, (record_id, began, tx.viewer.member_id))
    return found.first() is not None


def _in_sets(tx: Transaction, form: Form, places: Sequence[LinkPlace], record_ids: Sequence[int]) -> Deleted:
    done = Deleted()
    records: dict[int, StoredRecord] = {}
    for one, found in held_all(tx, form, record_ids, "delete").items():
        if isinstance(found, Refusal):
            done.refusals[one] = found
        else:
            records[one] = found[0]
    name = tx.table(form.key).stored.qualified()
    # Stronger than a change needs: it waits for those who are just linking here, and they for it.
    tx.connection.exec_driver_sql(
        f"SELECT 1 FROM {name} WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE", (sorted(records),)
    )
    for place in places:
        if place.on_delete == "refuse":
            for one in _named(tx, place, records):
                done.refusals[one] = still_used(tx, records.pop(one), place)
    if records:
        _put_away(tx, form, places, records)
    done.ids = [one for one in record_ids if one in records]
    return done


def _put_away(
    tx: Transaction, form: Form, places: Sequence[LinkPlace], records: Mapping[int, StoredRecord]
) -> None:
    for record in records.values():
        rollups.note(tx, form.key, record.known(), None)
    rollups.lock(tx)
    ids = sorted(records)
    tx.connection.exec_driver_sql(
        f"UPDATE {tx.table(form.key).stored.qualified()} SET deleted_at = %s, deleted_by = %s::bigint,"
        " version = version + 1 WHERE id = ANY(%s::bigint[])",
        (tx.moment, tx.viewer.member_id, ids),
    )
    noted: list[tuple[int, int, Mapping[str, Any]]] = [(one, records[one].version + 1, {}) for one in ids]
    causes = dict(zip(ids, history.note_all(tx, form.key, noted, "deleted"), strict=True))
    tx.forget(form.key, ids)
    tx.to_index.setdefault(form.key, set()).update(ids)
    _let_go(tx, [one for one in places if one.on_delete != "refuse"], causes, list(records))


def _let_go(
    tx: Transaction, places: Sequence[LinkPlace], causes: Mapping[int, int], order: Sequence[int]
) -> None:
    """Empty what named the deleted records; each change tells which deletion it comes from, so that it can be undone.

    A record that named several of them changes as often: in the order in which they would go one after the other, all
    records with a first change at once, then all with a second.
    """
    turn = {one: number for number, one in enumerate(order)}
    naming: dict[tuple[str, int], dict[int, list[LinkPlace]]] = {}
    for place in places:
        for holder, target in _pairs(tx, place, causes):
            naming.setdefault((place.form.key, holder), {}).setdefault(target, []).append(place)
    steps = {whom: sorted(found.items(), key=lambda one: turn[one[0]]) for whom, found in naming.items()}
    for wave in range(max(map(len, steps.values()), default=0)):
        now = {whom: found[wave] for whom, found in steps.items() if wave < len(found)}
        for form_key in sorted({key for key, _ in now}):
            _change(tx, form_key, {one: step for (key, one), step in now.items() if key == form_key}, causes)


def _change(
    tx: Transaction,
    form_key: str,
    steps: Mapping[int, tuple[int, Sequence[LinkPlace]]],
    causes: Mapping[int, int],
) -> None:
    changes = []
    for record in rows.read(tx.connection, tx.table(form_key), list(steps), lock=True).values():
        target, places = steps[record.id]
        values, paths = emptied(record, places, target)
        changes.append(Change(record, values, paths, causes[target]))
    if changes:
        write_all(tx, tx.live.form(form_key), changes, kind="unlinked")


def _naming(place: LinkPlace, targets: Collection[int]) -> "sa.Select[Any]":
    """The records that are not deleted and name some of these, with whom they name."""
    main = place.table.main
    holder = place.table.subforms[place.field.parent.key] if place.field.parent else place.table
    wanted = sa.any_(sa.literal(list(targets), sa.ARRAY(sa.BigInteger())))
    if holder.columns[place.field.key][1].kind == LINKS:
        links = holder.link_tables[place.field.key]
        found = sa.select(links.c.record_id.label("id"), links.c.target_id.label("target"))
        found = found.where(links.c.target_id == wanted)
    else:
        plain = holder.column(place.field.key)
        found = sa.select(plain.table.c.id.label("id"), plain.label("target")).where(plain == wanted)
    inner = found.subquery("naming")
    if place.field.parent:
        row = holder.main
        inner = (
            sa.select(row.c.record_id.label("id"), inner.c.target)
            .join_from(row, inner, row.c.id == inner.c.id)
            .subquery("records")
        )
    return (
        sa.select(main.c.id, inner.c.target)
        .join_from(main, inner, main.c.id == inner.c.id)
        .where(main.c.deleted_at.is_(None))
    )


def _named(tx: Transaction, place: LinkPlace, targets: Collection[int]) -> list[int]:
    """Those of the targets that some record names."""
    naming = _naming(place, targets).subquery("x")
    return list(tx.connection.scalars(sa.select(naming.c.target).distinct()))


def _pairs(tx: Transaction, place: LinkPlace, targets: Collection[int]) -> list[tuple[int, int]]:
    found = tx.connection.execute(_naming(place, targets).distinct().order_by(sa.text("1, 2")))
    return [(row.id, row.target) for row in found]
