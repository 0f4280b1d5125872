"""Values of a field that has become another type: what converts is carried over, the rest is kept and counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from engine.access.viewer import App
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field, Form
from engine.records import persist
from engine.records.storage import LINKS, StoredColumn, StoredForm, load
from engine.records.tables import FormTable
from engine.records.titles import sort_key
from engine.records.transaction import Transaction

BATCH = 2000


@dataclass(frozen=True)
class Conversion:
    """From one column to another; `fallback` is an older column of the new type, whose values come back."""

    path: str
    column: int
    source: int
    fallback: int | None = None


def convert(tx: Transaction, form: Form, conversion: Conversion) -> tuple[int, int]:
    """Carry the values over; answers how many did wholly, and how many are whole in the old column only."""
    tables = load(tx.connection, tx.live.app.id, tx.live.app.schema)
    subform, _, key = conversion.path.rpartition(".")
    stored = tables[form.key, subform]
    columns = {one.id: one for one in stored.columns}
    new, source = columns.get(conversion.column), columns.get(conversion.source)
    field = form.field(conversion.path)
    if new is None or source is None or field is None:
        return 0, 0
    fallback = columns.get(conversion.fallback) if conversion.fallback else None
    table = tx.table(form.key).subforms[subform] if subform else tx.table(form.key)
    old_field = source.as_field(field.parent)
    old_field.form = form
    context = ParseContext(tx.language, App("convert").time_zone, tx.parsing(text=True).directory, text=True)
    changed = _changed_since(tx, stored, key, fallback) if fallback and not subform else set()

    def touched(row_id: int, earlier: Any, value: Any) -> bool:
        """Whether somebody has changed the value since the older column was set aside."""
        if subform:  # the history knows subforms as a whole
            return not _same(_converted(tx, earlier, field, old_field, context), value, old_field)
        return row_id in changed

    done = kept = 0
    last = 0
    while batch := _values(tx.connection, stored, source, fallback, last):
        last = batch[-1][0]
        converted: dict[int, Any] = {}
        for row_id, value, earlier in batch:
            made = _converted(tx, value, old_field, field, context)
            if earlier is not None and not touched(row_id, earlier, value):
                made = earlier
            elif value is not None:
                back = None if made is None else _converted(tx, made, field, old_field, context)
                exact = _same(back, value, old_field)
                kept, done = kept + (not exact), done + exact
            if made is not None:
                converted[row_id] = made
        _write(tx.connection, table, new, converted)
    tx.connection.execute(
        text("UPDATE jianflow.column_storage SET kept = :kept WHERE id = :id"),
        {"kept": kept, "id": source.id},
    )
    return done, kept


def _changed_since(tx: Transaction, stored: StoredForm, key: str, column: StoredColumn) -> set[int]:
    found = tx.connection.execute(
        text(
            f"SELECT DISTINCT record_id FROM {stored.schema}.history WHERE form_id = :form AND id > :after"
            " AND jsonb_exists(old, :key)"
        ),
        {"form": stored.id, "after": column.removed_after, "key": key},
    )
    return set(found.scalars())


def _same(one: Any, other: Any, field: Field) -> bool:
    if one is None or other is None:
        return one is other
    return bool(field.kind.comparable(one) == field.kind.comparable(other))


def _converted(tx: Transaction, value: Any, old: Field, new: Field, context: ParseContext) -> Any:
    """The value as the new type has it; None where it has none."""
    if value is None:
        return None
    shown = old.value_field
    for raw in _ways(tx, value, shown, new, context):
        try:
            made = new.kind.parse(raw, new, context)
        except FieldFault:
            continue
        if made is not None:
            return made
    return None


def _ways(tx: Transaction, value: Any, old: Field, new: Field, context: ParseContext) -> list[Any]:
    """The forms in which a value may be taken over, the most faithful first."""
    kind, target = getattr(old.kind, "refers_to", None), getattr(new.kind, "refers_to", None)
    if kind is not None:
        same_place = kind == target and old.get("form") == new.get("form")
        ids = value if isinstance(value, list) else [value]
        if same_place:
            return [ids if new.kind.multiple else ids[0]] if new.kind.multiple or len(ids) == 1 else []
        names = [name for one in ids if (name := tx.title(kind, old.get("form"), one))]
        return ["、".join(names)] if len(names) == len(ids) else []
    if old.options and not new.options:
        return [old.kind.display(value, old, context.language)]
    if isinstance(value, list):
        labels = old.kind.display(value, old, context.language)
        return [value, labels] if new.kind.multiple else [value[0], labels] if len(value) == 1 else [labels]
    if old.kind.value_type(old) == "number" and new.kind.value_type(new) == "text":
        return [old.kind.to_json(value, old)]
    return [value, old.kind.display(value, old, context.language, context.time_zone)]


def _values(
    connection: Connection,
    stored: StoredForm,
    source: StoredColumn,
    fallback: StoredColumn | None,
    after: int,
) -> list[tuple[int, Any, Any]]:
    def chosen(column: StoredColumn | None) -> str:
        if column is None:
            return "NULL"
        if column.kind == LINKS:
            name = f"{stored.schema}.{stored.link_table(column)}"
            return f"NULLIF(ARRAY(SELECT l.target_id FROM {name} l WHERE l.record_id = t.id ORDER BY l.position), '{{}}')"
        return f"(SELECT p.{column.name} FROM {stored.qualified(column.part)} p WHERE p.id = t.id)"

    found = connection.exec_driver_sql(
        f"SELECT t.id, {chosen(source)}, {chosen(fallback)} FROM {stored.qualified()} t WHERE t.id > %s::bigint"
        " ORDER BY t.id LIMIT %s",
        (after, BATCH),
    )
    return [(row[0], row[1], row[2]) for row in found]


def _write(connection: Connection, table: FormTable, column: StoredColumn, values: Mapping[int, Any]) -> None:
    if not values:
        return
    if column.kind == LINKS:
        persist.replace_links(connection, table, column, values)
        return
    documents = [
        {"id": row_id, column.name: value, column.sort_name: sort_key(value) if column.sorted else None}
        for row_id, value in values.items()
    ]
    persist.update(
        connection, table, documents, {column.name} | ({column.sort_name} if column.sorted else set())
    )
