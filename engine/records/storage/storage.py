"""Where forms and fields are kept: the map from keys to tables and columns whose names the engine makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection, text

from engine.fields.form import Field

PLAIN, LINKS, UNIQUE = "column", "links", "unique"
READY, BUILDING, REMOVED = "ready", "building", "removed"
PRESENT = "COALESCE(t.deleted_at IS NULL, false)"
"""That a record t that is read by its id is not in the recycle bin.

Said as the partial indexes say it, PostgreSQL might go through one of those instead: in a plan that was made while the
table was empty, any index is as good as the one of the ids.
"""


@dataclass(frozen=True)
class StoredColumn:
    """What one field (or one uniqueness over several) is kept in."""

    id: int
    form_id: int
    field_key: str
    kind: str
    part: int
    field_type: str
    sql_type: str
    size: int
    sorted: bool
    field: Mapping[str, Any]
    state: str
    kept: int
    removed_after: int = 0

    @property
    def name(self) -> str:
        """The column's name; in a link table's case the table's last part."""
        return {PLAIN: "c", LINKS: "l", UNIQUE: "u"}[self.kind] + f"_{self.id}"

    @property
    def sort_name(self) -> str:
        """The name of the column that holds the order of Chinese text."""
        return f"k_{self.id}"

    @property
    def active(self) -> bool:
        """Whether the live definition has it."""
        return self.state in (READY, BUILDING)

    def as_field(self, parent: Field | None = None) -> Field:
        """The field as it was defined when it was last published."""
        return Field.read(self.field, parent=parent)


@dataclass
class StoredForm:
    """The tables of one form or subform, with all columns that still exist."""

    id: int
    schema: str
    form_key: str
    field_key: str
    parent_id: int | None
    parts: int
    removed: bool = False
    columns: list[StoredColumn] = attribute(default_factory=list)

    def table(self, part: int = 1) -> str:
        """The name of a part's table."""
        return f"f_{self.id}" if part == 1 else f"f_{self.id}_{part}"

    def qualified(self, part: int = 1) -> str:
        """The name of a part's table with its schema."""
        return f"{self.schema}.{self.table(part)}"

    def link_table(self, column: StoredColumn) -> str:
        """The name of the link table of a field with several members, departments or records."""
        return f"f_{self.id}_{column.name}"

    def find(self, field_key: str, kinds: Iterable[str] = (PLAIN, LINKS)) -> StoredColumn | None:
        """The column of the field as it is live."""
        return next(
            (one for one in self.columns if one.field_key == field_key and one.kind in kinds and one.active),
            None,
        )

    def fitting(self, field: Field) -> StoredColumn | None:
        """The column for a field of this very definition, also where a newer version is live already."""
        found = [one for one in self.columns if one.field_key == field.key and one.kind != UNIQUE]
        same = [one for one in found if one.field_type == field.type] or found
        return next((one for one in same if one.active), same[-1] if same else None)


def load(connection: Connection, app_id: int, schema: str) -> dict[tuple[str, str], StoredForm]:
    """All forms and subforms of an app by (form key, subform's key or "")."""
    forms = {
        row.id: StoredForm(
            row.id, schema, row.form_key, row.field_key, row.parent_id, row.parts, row.removed_at is not None
        )
        for row in connection.execute(_FORMS, {"app": app_id})
    }
    for row in connection.execute(_COLUMNS, {"app": app_id}):
        forms[row.form_id].columns.append(StoredColumn(**row._mapping))
    return {(one.form_key, one.field_key): one for one in forms.values()}


_FORMS = text("SELECT * FROM jianflow.form_storage WHERE app_id = :app ORDER BY id")
_COLUMNS = text(
    "SELECT c.id, c.form_id, c.field_key, c.kind, c.part, c.field_type, c.sql_type, c.size, c.sorted, c.field, c.state,"
    " c.kept, c.removed_after FROM jianflow.column_storage c JOIN jianflow.form_storage f ON f.id = c.form_id"
    " WHERE f.app_id = :app AND c.state <> 'dropped' ORDER BY c.id"
)
