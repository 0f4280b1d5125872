"""The tables of a form as SQLAlchemy objects: its parts, link tables and subforms."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    FromClause,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from engine.definitions.live import LiveApp
from engine.fields.form import SYSTEM_KEYS, Field, Form
from engine.records.storage import storage
from engine.records.storage.storage import LINKS, PLAIN, UNIQUE, StoredColumn, StoredForm

CACHED = "records.tables"

RECORD_COLUMNS: Mapping[str, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "id": BigInteger,
    "version": Integer,
    "owner": BigInteger,
    "created_by": BigInteger,
    "created_at": DateTime(timezone=True),
    "updated_by": BigInteger,
    "updated_at": DateTime(timezone=True),
    "flow_state": Text,
    "deleted_at": DateTime(timezone=True),
    "deleted_by": BigInteger,
    "import_id": Uuid,
    "title": Text,
    "title_key": Text,
    "errors": JSONB,
}
"""What the first part of every form's table has."""

ROW_COLUMNS: Mapping[str, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "id": BigInteger,
    "record_id": BigInteger,
    "position": Integer,
    "errors": JSONB,
}
"""What the first part of every subform's table has."""


@dataclass(eq=False)
class FormTable:
    """A form's or subform's tables; `parts[0]` is `main`, the others share its id."""

    form: Form
    subform: Field | None
    stored: StoredForm
    parts: tuple[Table, ...]
    columns: Mapping[str, tuple[Field, StoredColumn]]
    link_tables: Mapping[str, Table]
    subforms: "dict[str, FormTable]" = attribute(default_factory=dict)
    uniques: Mapping[str, StoredColumn] = attribute(default_factory=dict)
    statements: dict[Any, Any] = attribute(default_factory=dict)
    """Statements over these tables, each written once."""

    @property
    def main(self) -> Table:
        """The first part, which has the system columns."""
        return self.parts[0]

    def has(self, path: str) -> bool:
        """Whether records keep a plain column for the path."""
        return self._placed(path) is not None

    def column(self, path: str) -> Column[Any]:
        """The column of `amount`, `owner` or `lines.qty`; KeyError for what is no plain column."""
        placed = self._placed(path)
        if placed is None:
            raise KeyError(path)
        return placed

    def link_table(self, path: str) -> Table:
        """The link table (record_id, position, target_id) of a field with several members or records."""
        subform, _, key = path.rpartition(".")
        return (self.subforms[subform] if subform else self).link_tables[key]

    def sort_key(self, path: str) -> Column[Any] | None:
        """The column that orders the path's text as Chinese is ordered, where there is one."""
        if path == "title":
            return self.main.c.title_key
        subform, _, key = path.rpartition(".")
        table = self.subforms[subform] if subform else self
        found = table.columns.get(key)
        if found is None or not found[1].sorted:
            return None
        return table.parts[found[1].part - 1].c[found[1].sort_name]

    def part_of(self, path: str) -> Table:
        """The part whose table holds the path's column."""
        return self.column(path).table  # type: ignore[return-value]

    def join(self, *paths: str) -> FromClause:
        """The first part joined with the others that the paths need, which may have no row yet; without paths with all."""
        needed = {self.part_of(path).name for path in paths} if paths else {part.name for part in self.parts}
        joined: FromClause = self.main
        for part in self.parts[1:]:
            if part.name in needed:
                joined = joined.outerjoin(part, part.c.id == self.main.c.id)
        return joined

    @cached_property
    def building(self) -> frozenset[str]:
        """The fields whose data is still being made, as far as known when the tables were read."""
        own = {key for key, (_, column) in self.columns.items() if column.state == storage.BUILDING}
        below = {f"{key}.{path}" for key, subform in self.subforms.items() for path in subform.building}
        return frozenset(own | below)

    def _placed(self, path: str) -> Column[Any] | None:
        subform, _, key = path.rpartition(".")
        if subform:
            return self.subforms[subform]._placed(key) if subform in self.subforms else None
        found = self.columns.get(key)
        if found is not None and found[1].kind == PLAIN:
            return self.parts[found[1].part - 1].c[found[1].name]
        if key in SYSTEM_KEYS or key in (
            "record_id",
            "position",
            "title",
            "deleted_at",
            "deleted_by",
            "import_id",
        ):
            return self.main.c.get(key)
        return None


def form_table(connection: Connection | None, live: LiveApp, form_key: str) -> FormTable:
    """The tables of a form as its live definition has them; made once a version."""
    tables = live.cache.get(CACHED)
    if tables is None:
        if connection is None:
            raise LookupError(f"the tables of {form_key} are not known yet")
        tables = live.cache.setdefault(
            CACHED, AppTables(storage.load(connection, live.app.id, live.app.schema))
        )
    return tables.of(live.form(form_key))


class AppTables:
    """All tables of one version of an app, each made when it is first asked for."""

    def __init__(self, forms: Mapping[tuple[str, str], StoredForm]) -> None:
        self.forms = forms
        self.metadata = MetaData()
        self.made: dict[str, FormTable] = {}
        self.making = threading.Lock()

    def of(self, form: Form) -> FormTable:
        """The form's tables."""
        made = self.made.get(form.key)
        if made is None:
            with self.making:  # two threads that add the same table to one MetaData break it
                made = self.made.get(form.key)
                if made is None:
                    made = self.made[form.key] = build(form, self.forms, self.metadata)
        return made


def build(
    form: Form, forms: Mapping[tuple[str, str], StoredForm], metadata: MetaData | None = None
) -> FormTable:
    """The tables of a form from the storage map."""
    metadata = metadata or MetaData()
    table = _tables(form, None, forms[form.key, ""], form.stored(), RECORD_COLUMNS, metadata)
    for subform in form.stored():
        if subform.children and (form.key, subform.key) in forms:
            stored = forms[form.key, subform.key]
            children = (
                child for child in subform.children if child.kind.stored and not child.kind.layout_only
            )
            table.subforms[subform.key] = _tables(form, subform, stored, children, ROW_COLUMNS, metadata)
    return table


def _tables(
    form: Form,
    subform: Field | None,
    stored: StoredForm,
    fields: Any,
    system: Mapping[str, Any],
    metadata: MetaData,
) -> FormTable:
    placed: dict[str, tuple[Field, StoredColumn]] = {}
    for one in fields:
        # A column that the key had as another type may still be there.
        column = None if one.children or one.live else stored.fitting(one)
        if column is not None:
            placed[one.key] = (one, column)
    parts = tuple(_part(stored, number, placed, system, metadata) for number in range(1, stored.parts + 1))
    links = {
        key: Table(
            stored.link_table(column),
            metadata,
            Column("record_id", BigInteger, primary_key=True),
            Column("position", Integer, primary_key=True),
            Column("target_id", BigInteger),
            schema=stored.schema,
            extend_existing=True,
        )
        for key, (_, column) in placed.items()
        if column.kind == LINKS
    }
    uniques = {one.field_key: one for one in stored.columns if one.kind == UNIQUE and one.active}
    return FormTable(form, subform, stored, parts, placed, links, uniques=uniques)


def _part(
    stored: StoredForm,
    number: int,
    placed: Mapping[str, tuple[Field, StoredColumn]],
    system: Mapping[str, Any],
    metadata: MetaData,
) -> Table:
    columns: list[Column[Any]] = []
    if number == 1:
        columns += [Column(name, kind, primary_key=name == "id") for name, kind in system.items()]
        columns += [Column(one.name, Uuid) for one in stored.columns if one.kind == UNIQUE and one.active]
    else:
        columns.append(Column("id", BigInteger, primary_key=True))
    for field, column in placed.values():
        if column.kind == PLAIN and column.part == number:
            columns.append(Column(column.name, field.kind.column(field)))
            if column.sorted:
                columns.append(Column(column.sort_name, Text))
    return Table(stored.table(number), metadata, *columns, schema=stored.schema, extend_existing=True)
