"""Values of a field that has become another type: what converts is carried over, the rest is kept and counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection, text

from engine.access.viewer import App
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field, Form
from engine.formulas.values import folded
from engine.records.reading.directory import ViewersDirectory
from engine.records.storage import persist
from engine.records.storage.storage import LINKS, StoredColumn, StoredForm, load
from engine.records.storage.tables import FormTable
from engine.records.storage.titles import sort_key
from engine.records.writing.transaction import Transaction

_TEXTS = sa.ARRAY(sa.Text())


@dataclass(frozen=True)
class Conversion:
    """From one column to another; `fallback` is an older column of the new type, whose values come back."""

    path: str
    column: int
    source: int
    fallback: int | None = None


def convert(tx: Transaction, form: Form, conversion: Conversion, ids: Sequence[int]) -> tuple[int, int]:
    """Carry the values of these records over; answers how many did wholly, and how many stay whole only where they were."""
    found = Converter.of(tx, form, conversion)
    if found is None:
        return 0, 0
    done = kept = 0
    converted: dict[int, Any] = {}
    for row_id, value, made, exact in found.values(ids):
        if value is not None and exact is not None:
            kept, done = kept + (not exact), done + exact
        if made is not None:
            converted[row_id] = made
    _write(tx.connection, found.table, found.new, converted)
    tx.connection.execute(
        text("UPDATE jianflow.column_storage SET kept = kept + :kept WHERE id = :id"),
        {"kept": kept, "id": found.source.id},
    )
    return done, kept


def begin(connection: Connection, conversion: Conversion) -> None:
    """Before the first record: nothing is kept aside yet."""
    connection.execute(
        text("UPDATE jianflow.column_storage SET kept = 0 WHERE id = :id"), {"id": conversion.source}
    )


@dataclass
class Converter:
    """How the values of one field become those of its new type."""

    tx: Transaction
    table: FormTable
    stored: StoredForm
    key: str
    subform: str
    field: Field
    old: Field
    new: StoredColumn
    source: StoredColumn
    fallback: StoredColumn | None
    context: ParseContext

    @classmethod
    def of(cls, tx: Transaction, form: Form, conversion: Conversion) -> "Converter | None":
        """None where the definition has gone on since, so that there is nothing to convert to."""
        tables = load(tx.connection, tx.live.app.id, tx.live.app.schema)
        subform, _, key = conversion.path.rpartition(".")
        stored = tables.get((form.key, subform))
        columns = {} if stored is None else {one.id: one for one in stored.columns}
        new, source = columns.get(conversion.column), columns.get(conversion.source)
        field = form.field(conversion.path)
        if stored is None or new is None or source is None or field is None or not new.active:
            return None
        fallback = columns.get(conversion.fallback) if conversion.fallback else None
        table = tx.table(form.key).subforms[subform] if subform else tx.table(form.key)
        return cls(
            tx,
            table,
            stored,
            key,
            subform,
            field,
            _as_it_was(source, field, form),
            new,
            source,
            fallback,
            parsing(tx),
        )

    def values(self, ids: Sequence[int]) -> Iterator[tuple[int, Any, Any, bool | None]]:
        """By row of these records: the old value, the new one, and whether it says all (None: it came back as it was)."""
        changed: set[int] = set()
        if self.fallback is not None and not self.subform:
            changed = self._changed_since(self.fallback, ids)
        found = _values(
            self.tx.connection, self.stored, self.source, self.fallback, ids, rows=bool(self.subform)
        )
        self._find_titles({value for _, value, _ in found if isinstance(value, str)})
        for row_id, value, earlier in found:
            made = converted(self.tx, value, self.old, self.field, self.context)
            if earlier is not None and not self._touched(row_id, earlier, value, changed):
                yield row_id, value, earlier, None
            else:
                yield row_id, value, made, exact(self.tx, value, made, self.old, self.field, self.context)

    def filled(self, ids: Sequence[int]) -> int:
        """How many rows of these records have a value at all."""
        found = _values(self.tx.connection, self.stored, self.source, None, ids, rows=bool(self.subform))
        return sum(value is not None for _, value, _ in found)

    def _find_titles(self, texts: set[str]) -> None:
        """Find the records that texts name, all at once; a title's spaces are evened out, so the texts' are too."""
        form = self.field.get("form")
        directory = self.context.directory
        if getattr(self.field.kind, "refers_to", None) != "record" or form not in self.tx.live.forms:
            return
        if not texts or not isinstance(directory, ViewersDirectory):
            return
        named = {text: " ".join(text.split()) for text in texts}
        main = self.tx.table(form).main
        rows = self.tx.connection.execute(
            sa.select(main.c.id, main.c.title)
            .where(
                main.c.title_key == sa.any_(sa.literal([sort_key(one) for one in named.values()], _TEXTS)),
                main.c.deleted_at.is_(None),
            )
            .order_by(main.c.id)
        ).all()
        by_title: dict[str, list[int]] = {}
        for row in rows:
            by_title.setdefault(folded(row.title), []).append(row.id)
        for text_, name in named.items():
            directory.found["record", form, folded(text_.strip())] = by_title.get(folded(name), [])
        self.tx.read_titles("record", form, [row.id for row in rows])

    def _touched(self, row_id: int, earlier: Any, value: Any, changed: set[int]) -> bool:
        """Whether somebody has changed the value since the older column was set aside."""
        if self.subform:  # the history knows subforms as a whole
            back = converted(self.tx, earlier, self.field, self.old, self.context)
            return not _same(back, value, self.old)
        return row_id in changed

    def _changed_since(self, column: StoredColumn, ids: Sequence[int]) -> set[int]:
        found = self.tx.connection.execute(
            text(
                f"SELECT DISTINCT record_id FROM {self.stored.schema}.history WHERE form_id = :form AND id > :after"
                " AND record_id = ANY(:ids) AND jsonb_exists(old, :key)"
            ),
            {"form": self.stored.id, "after": column.removed_after, "key": self.key, "ids": list(ids)},
        )
        return set(found.scalars())


def _as_it_was(source: StoredColumn, field: Field, form: Form) -> Field:
    old = source.as_field(field.parent)
    old.form = form
    return old


def parsing(tx: Transaction) -> ParseContext:
    """How values are read anew: as texts, in the app's language, with titles for what is named."""
    return ParseContext(tx.language, App("convert").time_zone, tx.parsing(text=True).directory, text=True)


def exact(tx: Transaction, value: Any, made: Any, old: Field, new: Field, context: ParseContext) -> bool:
    """Whether the new value says all that the old one said."""
    back = None if made is None else converted(tx, made, new, old, context)
    return _same(back, value, old)


def _same(one: Any, other: Any, field: Field) -> bool:
    if one is None or other is None:
        return one is other
    return bool(field.kind.comparable(one) == field.kind.comparable(other))


def converted(tx: Transaction, value: Any, old: Field, new: Field, context: ParseContext) -> Any:
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
    if isinstance(value, datetime) and new.kind.value_type(new) == "date":
        return [value.astimezone(ZoneInfo(context.time_zone)).date()]  # a day begins where people are
    if old.kind.value_type(old) == "number" and new.kind.value_type(new) == "text":
        return [old.kind.to_json(value, old)]
    return [value, old.kind.display(value, old, context.language, context.time_zone)]


def _values(
    connection: Connection,
    stored: StoredForm,
    source: StoredColumn,
    fallback: StoredColumn | None,
    ids: Sequence[int],
    *,
    rows: bool,
) -> list[tuple[int, Any, Any]]:
    def chosen(column: StoredColumn | None) -> str:
        if column is None:
            return "NULL"
        if column.kind == LINKS:
            name = f"{stored.schema}.{stored.link_table(column)}"
            return f"NULLIF(ARRAY(SELECT l.target_id FROM {name} l WHERE l.record_id = t.id ORDER BY l.position), '{{}}')"
        return f"(SELECT p.{column.name} FROM {stored.qualified(column.part)} p WHERE p.id = t.id)"

    found = connection.exec_driver_sql(
        f"SELECT t.id, {chosen(source)}, {chosen(fallback)} FROM {stored.qualified()} t"
        f" WHERE t.{'record_id' if rows else 'id'} = ANY(%s::bigint[]) ORDER BY t.id",
        (list(ids),),
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
