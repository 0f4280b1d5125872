"""The recycle bin: soft deletion, what it does to those that link here, restoration, and the end after 30 days."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, text

from engine.access.grants import require
from engine.access.viewer import App
from engine.definitions import live as living
from engine.definitions import store
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.platform import clock
from engine.platform.errors import Conflict, Forbidden
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, periodic
from engine.records.reading.naming import record_titles
from engine.records.reading.rights import matching
from engine.records.reading.visible import access_for
from engine.records.storage import persist, rows
from engine.records.storage.rows import StoredRecord
from engine.records.storage.storage import LINKS
from engine.records.storage.tables import FormTable
from engine.records.writing import attachments, history, lost_links, relinking, rollups
from engine.records.writing.changes import write_changed
from engine.records.writing.holding import held, not_found
from engine.records.writing.rules import unique
from engine.records.writing.staleness import stale
from engine.records.writing.transaction import Event, Transaction

KEPT = timedelta(days=30)


def delete(tx: Transaction, form_key: str, record_id: int, version: int | None = None) -> int:
    """Put a record into the recycle bin; answers its version there. Refused while something holds on to it."""
    form = tx.live.form(form_key)
    record, _ = held(tx, form, record_id, "delete")
    if version is not None and version != record.version:
        raise stale(tx, form, record, version, {})
    return _delete(tx, form, record, None)


def restore(tx: Transaction, form_key: str, record_id: int) -> int:
    """Take a record out of the recycle bin, with what was deleted or emptied because of it; answers its version."""
    form = tx.live.form(form_key)
    table = tx.table(form_key)
    grants = require(tx.live, tx.viewer, form_key, "delete")
    record = rows.read(tx.connection, table, [record_id], lock=True, deleted=True).get(record_id)
    if record is None:
        raise not_found(form, record_id)
    allowed = matching(tx.connection, tx.live, table, tx.viewer, grants, [record_id])
    if record_id not in allowed and record.deleted_by != tx.viewer.member_id:
        raise Forbidden(Text("您不能恢复这条数据", "You may not restore this record"))
    return _restore(tx, form, record)


def _delete(tx: Transaction, form: Form, record: StoredRecord, cause: int | None) -> int:
    table = tx.table(form.key)
    name = table.stored.qualified()
    # Stronger than a change needs: it waits for those who are just linking here, and they for it.
    tx.connection.exec_driver_sql(f"SELECT 1 FROM {name} WHERE id = %s::bigint FOR UPDATE", (record.id,))
    _refuse_while_held(tx, form, record)
    known = record.known()
    rollups.note(tx, form.key, known, None)
    rollups.lock(tx)
    version = record.version + 1
    tx.connection.exec_driver_sql(
        f"UPDATE {name} SET deleted_at = %s, deleted_by = %s::bigint, version = %s WHERE id = %s::bigint",
        (tx.moment, tx.viewer.member_id, version, record.id),
    )
    number = history.note(tx, form.key, record.id, "deleted", version, {}, cause=cause)
    tx.forget(form.key, [record.id])
    _let_go(tx, links_to(tx, form.key), record.id, number)
    tx.to_index.setdefault(form.key, set()).add(record.id)
    tx.changes(Event("deleted", form.key, record.id, known, None, frozenset()))
    return version


class LinkPlace:
    """A field of some form, or a column of its subform, that names records of another form."""

    def __init__(self, form: Form, field: Field, table: FormTable) -> None:
        self.form = form
        self.field = field
        self.table = table

    @property
    def on_delete(self) -> str:
        """What happens to the link when the record it names is deleted."""
        return str(self.field.get("on_delete", "empty"))

    def linking(self, connection: Connection, target_id: int, limit: int | None = None) -> list[int]:
        """The records (not the rows) that link to the target and are not deleted, the first ones first."""
        main = self.table.main
        holder = self.table.subforms[self.field.parent.key] if self.field.parent else self.table
        column = holder.columns[self.field.key][1]
        if column.kind == LINKS:
            links = holder.link_tables[self.field.key]
            rows_of = sa.select(links.c.record_id).where(links.c.target_id == target_id)
        else:
            plain = holder.column(self.field.key)
            rows_of = sa.select(plain.table.c.id).where(plain == target_id)
        if self.field.parent:
            rows_of = sa.select(holder.main.c.record_id).where(holder.main.c.id.in_(rows_of))
        statement = (
            sa.select(main.c.id)
            .where(main.c.id.in_(rows_of), main.c.deleted_at.is_(None))
            .order_by(main.c.id)
        )
        return list(connection.scalars(statement.limit(limit) if limit else statement))


def links_to(tx: Transaction, form_key: str) -> list[LinkPlace]:
    """Every field of the app that names records of this form."""
    return [
        LinkPlace(form, field, tx.table(form.key))
        for form in (tx.live.form(key) for key in sorted(tx.live.forms))
        for field in form.walk()
        if field.type in ("link", "links") and field.get("form") == form_key and field.kind.stored
    ]


def _refuse_while_held(tx: Transaction, form: Form, record: StoredRecord) -> None:
    for place in links_to(tx, form.key):
        if place.on_delete != "refuse":
            continue
        found = place.linking(tx.connection, record.id, 6)
        others = [one for one in found if (place.form.key, one) != (form.key, record.id)]
        if others:
            raise still_used(tx, record, place)


def still_used(tx: Transaction, record: StoredRecord, place: LinkPlace) -> Conflict:
    """The refusal to delete what is named at a place that holds on to it, as far as one may know of either."""
    form_key = place.field.get("form")
    title = record_titles(tx.connection, tx.live, tx.viewer, form_key, [record.id]).get(record.id)
    title = title or f"#{record.id}"
    if access_for(tx.live, place.form, tx.viewer).never(place.field.path):
        return Conflict(
            Text(
                "“{title}”还被别的数据使用，不能删除",
                "“{title}” is still used by other records and cannot be deleted",
                title=title,
            ),
            code="still_used",
        )
    return Conflict(
        Text(
            "“{title}”还被{form}使用（{field}），不能删除",
            "“{title}” is still used by {form} ({field}) and cannot be deleted",
            title=title,
            form=Text(place.form.name("zh-CN"), place.form.name("en")),
            field=Text(place.field.name("zh-CN"), place.field.name("en")),
        ),
        code="still_used",
        form=place.form.key,
        field=place.field.path,
    )


def _let_go(tx: Transaction, places: Sequence[LinkPlace], target_id: int, cause: int) -> None:
    """Delete what goes with the record, and empty what named it: all places of one record in one change."""
    naming: dict[str, dict[int, list[LinkPlace]]] = {}
    for place in places:
        if place.on_delete == "refuse":
            continue
        ids = place.linking(tx.connection, target_id)
        if place.on_delete == "delete" and place.field.parent is None:
            for record in rows.read(tx.connection, place.table, ids, lock=True).values():
                _delete(tx, place.form, record, cause)
        else:
            for one in ids:
                naming.setdefault(place.form.key, {}).setdefault(one, []).append(place)
    for form_key, found in naming.items():
        for record in rows.read(tx.connection, tx.table(form_key), found, lock=True).values():
            values, paths = emptied(record, found[record.id], target_id)
            write_changed(tx, tx.live.form(form_key), record, values, paths, kind="unlinked", cause=cause)


def emptied(
    record: StoredRecord, places: Sequence[LinkPlace], target_id: int
) -> tuple[dict[str, Any], set[str]]:
    """The record's values without the target at these places, and the paths that change."""
    values = dict(record.values)
    for place in places:
        key, value = without(place.field, values, target_id)
        values[key] = value
    return values, {place.field.path for place in places}


def without(field: Field, values: Any, target_id: int) -> tuple[str, Any]:
    """The top field's key and its value with the target taken out."""
    if field.parent is not None:
        rows_now = [
            RowValues(row.id, {**row.values, field.key: _less(row.values.get(field.key), target_id)})
            for row in values.get(field.parent.key) or ()
        ]
        return field.parent.key, rows_now or None
    return field.key, _less(values.get(field.key), target_id)


def _less(value: Any, target_id: int) -> Any:
    if isinstance(value, list):
        return [one for one in value if one != target_id] or None
    return None if value == target_id else value


def _restore(tx: Transaction, form: Form, record: StoredRecord, deletions: tuple[int, ...] = ()) -> int:
    table = tx.table(form.key)
    prints = unique.fingerprints(form, record.values)
    refused, _ = unique.conflicts(tx, form, prints, record.id, "/values")
    if refused:
        raise Conflict(
            Text("不能恢复：{reason}", "Cannot be restored: {reason}", reason=refused[0].message),
            refused,
            code="not_unique",
        )
    number = _last_deletion(tx, form.key, record.id)
    deletions = (*deletions, number) if number is not None else deletions
    lost = lost_links.found(tx, form, record, deletions)
    lost_links.refuse_needed(lost)
    version = record.version + 1
    known = record.known()
    rollups.note(tx, form.key, None, known)
    rollups.lock(tx)
    tx.connection.exec_driver_sql(
        f"UPDATE {table.stored.qualified()} SET deleted_at = NULL, deleted_by = NULL, version = %s WHERE id = %s::bigint",
        (version, record.id),
    )
    history.note(tx, form.key, record.id, "restored", version, {})
    tx.forget(form.key, [record.id])
    tx.to_index.setdefault(form.key, set()).add(record.id)
    tx.changes(Event("restored", form.key, record.id, None, known, frozenset(known)))
    if lost:
        tx.warnings += lost_links.told(lost)
        version = _empty(tx, form, replace(record, version=version), lost)
    if number is not None:
        _take_back(tx, form, record.id, number, deletions)
    return relinking.regain(tx, form, record.id) or version


def _last_deletion(tx: Transaction, form_key: str, record_id: int) -> int | None:
    """The change by which the record went into the recycle bin."""
    number: int | None = tx.connection.scalar(
        text(
            f"SELECT max(id) FROM {tx.live.app.schema}.history WHERE form_id = :form AND record_id = :record"
            " AND kind = 'deleted'"
        ),
        {"form": tx.table(form_key).stored.id, "record": record_id},
    )
    return number


def _empty(tx: Transaction, form: Form, record: StoredRecord, lost: Sequence[lost_links.LostLink]) -> int:
    """Empty the links that lead nowhere; each change tells whose deletion it comes from, so that it can be undone."""
    naming: dict[tuple[str, int], list[Field]] = {}
    for one in lost:
        for target_id in one.targets:
            naming.setdefault((one.field.get("form"), target_id), []).append(one.field)
    for (target_form, target_id), fields in naming.items():
        values = dict(record.values)
        for field in fields:
            key, value = without(field, values, target_id)
            values[key] = value
        cause = _last_deletion(tx, target_form, target_id)
        paths = {field.path for field in fields}
        version = write_changed(tx, form, record, values, paths, kind="unlinked", cause=cause)
        record = rows.read(tx.connection, tx.table(form.key), [record.id])[record.id]
    return version


def _take_back(tx: Transaction, of: Form, record_id: int, cause: int, deletions: tuple[int, ...]) -> None:
    """Undo what the deletion of this record did to others, where nobody has changed it since."""
    schema = tx.live.app.schema
    found = tx.connection.execute(
        text(
            f"SELECT h.*, f.form_key FROM {schema}.history h JOIN jianflow.form_storage f ON f.id = h.form_id"
            " WHERE h.cause = :cause ORDER BY h.id"
        ),
        {"cause": cause},
    ).all()
    for row in found:
        if row.form_key not in tx.live.forms:
            continue
        form = tx.live.form(row.form_key)
        table = tx.table(form.key)
        if row.kind == "deleted":
            gone = rows.read(tx.connection, table, [row.record_id], lock=True, deleted=True).get(
                row.record_id
            )
            if gone is not None:
                try:
                    _restore(tx, form, gone, deletions)
                except (
                    lost_links.StillNeeded
                ) as refusal:  # it stays where it is; the one it went with comes back
                    tx.warnings += refusal.faults
            continue
        relinking.put_back(tx, form, relinking.Emptied(row.id, row.record_id, row.old, of.key, record_id))


# -- the end ---------------------------------------------------------------------------------------------


@periodic("records.purge", every=timedelta(hours=6))
def _purge(context: JobContext, payload: dict[str, Any]) -> None:
    until = clock.now() - KEPT
    with context.database.connect() as connection:
        keys = [app.key for app in store.apps(connection)]
    for key in keys:

        def purge(connection: Connection, app_key: str = key) -> None:
            live = living.lock_and_load(connection, app_key)
            tx = Transaction(connection, live, App("purge"), "engine")
            for form_key in live.forms:
                purge_records(tx, form_key, _expired(tx, form_key, until))
            _drop_removed(connection, live, until)

        context.database.run(purge)
        context.check_cancelled()


def purge_records(tx: Transaction, form_key: str, ids: list[int]) -> None:
    """Remove records for good, with their rows, links, history and comments."""
    if not ids:
        return
    table = tx.table(form_key)
    for subform in table.subforms.values():
        below = rows.read_rows(tx.connection, subform, ids)
        persist.delete_rows(tx.connection, subform, [row.id for some in below.values() for row in some])
    for name in ("history", "comment", "search"):
        tx.connection.exec_driver_sql(
            f"DELETE FROM {table.stored.schema}.{name} WHERE form_id = %s::bigint AND record_id = ANY(%s::bigint[])",
            (table.stored.id, ids),
        )
    attachments.files.release(tx.connection, app=tx.live.app.key, form=form_key, records=ids)
    tx.to_index.get(form_key, set()).difference_update(ids)
    persist.delete_rows(tx.connection, table, ids)


def _expired(tx: Transaction, form_key: str, until: Any) -> list[int]:
    main = tx.table(form_key).main
    expired = sa.select(main.c.id).where(main.c.deleted_at < until).order_by(main.c.id).limit(10_000)
    return list(
        tx.connection.scalars(expired.with_for_update())
    )  # who restores one of them comes before or not at all


def _drop_removed(connection: Connection, live: LiveApp, until: Any) -> None:
    """Columns, tables and files whose field or form was removed 30 days ago."""
    app_id = live.app.id
    for row in list(_removed_columns(connection, app_id, until)):
        table = f"app_{app_id}.f_{row.form_id}" + (f"_{row.part}" if row.part > 1 else "")
        if row.kind == LINKS:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS app_{app_id}.f_{row.form_id}_l_{row.id}")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN IF EXISTS c_{row.id}")
            if row.sorted:
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN IF EXISTS k_{row.id}")
        connection.execute(
            text("UPDATE jianflow.column_storage SET state = 'dropped' WHERE id = :id"), {"id": row.id}
        )
    gone = connection.execute(
        text(
            "SELECT id, parts, form_key, field_key FROM jianflow.form_storage"
            " WHERE app_id = :app AND removed_at < :until ORDER BY parent_id NULLS LAST"
        ),
        {"app": app_id, "until": until},
    ).all()
    for row in gone:
        links = connection.scalars(
            text("SELECT id FROM jianflow.column_storage WHERE form_id = :form AND kind = 'links'"),
            {"form": row.id},
        )
        for link in links.all():
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS app_{app_id}.f_{row.id}_l_{link}")
        for part in range(1, row.parts + 1):
            name = f"app_{app_id}.f_{row.id}" + (f"_{part}" if part > 1 else "")
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        if not row.field_key:
            attachments.files.release(connection, app=live.app.key, form=row.form_key)
        connection.execute(text("DELETE FROM jianflow.form_storage WHERE id = :id"), {"id": row.id})


def _removed_columns(connection: Connection, app_id: int, until: Any) -> Iterator[Any]:
    yield from connection.execute(
        text(
            "SELECT c.* FROM jianflow.column_storage c JOIN jianflow.form_storage f ON f.id = c.form_id"
            " WHERE f.app_id = :app AND c.state = 'removed' AND c.removed_at < :until"
        ),
        {"app": app_id, "until": until},
    )
