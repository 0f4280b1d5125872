"""Records and their subforms' rows as they are stored, read whole by the engine for its own work."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from engine.fields.base import RowValues
from engine.formulas.values import FormulaError
from engine.records.storage.storage import LINKS, PRESENT
from engine.records.storage.tables import FormTable

SYSTEM = (
    "id",
    "version",
    "owner",
    "created_by",
    "created_at",
    "updated_by",
    "updated_at",
    "flow_state",
    "deleted_at",
    "deleted_by",
    "import_id",
    "title",
    "errors",
)


@dataclass
class StoredRecord:
    """A record as its tables hold it; what failed to be computed is a FormulaError."""

    id: int
    version: int
    owner: int | None
    created_by: int | None
    created_at: datetime
    updated_by: int | None
    updated_at: datetime
    flow_state: str | None
    deleted_at: datetime | None
    deleted_by: int | None
    import_id: UUID | None
    title: str | None
    errors: Mapping[str, str] | None
    values: dict[str, Any] = attribute(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """The values with the system fields, as formulas and conditions name them."""
        return self.values | {
            "id": self.id,
            "owner": self.owner,
            "created_by": self.created_by,
            "created_at": self.created_at,
            "updated_by": self.updated_by,
            "updated_at": self.updated_at,
            "flow_state": self.flow_state,
            "version": self.version,
        }


def read(
    connection: Connection,
    table: FormTable,
    ids: Collection[int],
    *,
    lock: bool = False,
    deleted: bool | None = False,
    subforms: Iterable[str] | None = None,
) -> dict[int, StoredRecord]:
    """The records with these ids, those that exist; locked against other writers in the order of their ids.

    `deleted` None gives records in the recycle bin too, True only those. `subforms` limits which are read.
    """
    if not ids:
        return {}
    statement, keys = _select(table)
    condition = {None: "", False: f" AND {PRESENT}", True: " AND t.deleted_at IS NOT NULL"}[deleted]
    order = " ORDER BY t.id FOR NO KEY UPDATE OF t" if lock else ""
    wanted: list[int] = sorted(ids)
    alone = len(wanted) == 1  # a plan for one id takes a third of the time of one for any number
    which = "t.id = %s::bigint" if alone else "t.id = ANY(%s::bigint[])"
    given = (wanted[0] if alone else wanted,)
    if lock and _reads_beside(table):
        # A statement that has waited for a row sees that row anew, but all other tables as they were before it waited.
        main = table.stored.qualified()
        connection.exec_driver_sql(f"SELECT 1 FROM {main} t WHERE {which}{condition}{order}", given)
    found = connection.exec_driver_sql(f"{statement} WHERE {which}{condition}{order}", given)
    records: dict[int, StoredRecord] = {}
    for row in found:
        record = StoredRecord(*row[: len(SYSTEM)])
        record.values = {
            key: value or None if value == [] else value for key, value in zip(keys, row[len(SYSTEM) :])
        }
        _put_errors(record.values, record.errors)
        records[record.id] = record
    chosen = table.subforms if subforms is None else [key for key in subforms if key in table.subforms]
    for key in chosen:
        below = read_rows(connection, table.subforms[key], list(records))
        for record in records.values():
            record.values[key] = below.get(record.id)
    return records


def read_rows(
    connection: Connection, table: FormTable, record_ids: Collection[int]
) -> dict[int, list[RowValues]]:
    """The rows of a subform by record, in their order."""
    if not record_ids:
        return {}
    statement, keys = _select(table)
    found = connection.exec_driver_sql(
        f"{statement} WHERE t.record_id = ANY(%s::bigint[]) ORDER BY t.record_id, t.position, t.id",
        (list(record_ids),),
    )
    rows: dict[int, list[RowValues]] = {}
    for row in found:
        values = {key: value or None if value == [] else value for key, value in zip(keys, row[3:])}
        _put_errors(values, row[2])
        rows.setdefault(row[1], []).append(RowValues(row[0], values))
    return rows


def _select(table: FormTable) -> tuple[str, list[str]]:
    made: tuple[str, list[str]] | None = table.statements.get("select")
    if made is not None:
        return made
    stored = table.stored
    system = SYSTEM if table.subform is None else ("id", "record_id", "errors")
    chosen = [f"t.{name}" for name in system]
    keys: list[str] = []
    for key, (_, column) in table.columns.items():
        keys.append(key)
        if column.kind == LINKS:
            name = f"{stored.schema}.{stored.link_table(column)}"
            chosen.append(
                f"ARRAY(SELECT l.target_id FROM {name} l WHERE l.record_id = t.id ORDER BY l.position)"
            )
        else:
            chosen.append(f"{'t' if column.part == 1 else f't{column.part}'}.{column.name}")
    joined = f"{stored.qualified()} t"
    for part in range(2, stored.parts + 1):
        joined += f" LEFT JOIN {stored.qualified(part)} t{part} ON t{part}.id = t.id"
    made = (f"SELECT {', '.join(chosen)} FROM {joined}", keys)
    table.statements["select"] = made
    return made


def _reads_beside(table: FormTable) -> bool:
    """Whether a record's own values lie in more tables than the one whose row is locked."""
    return table.stored.parts > 1 or any(column.kind == LINKS for _, column in table.columns.values())


def _put_errors(values: dict[str, Any], errors: Mapping[str, str] | None) -> None:
    for key, code in (errors or {}).items():
        if key in values:
            values[key] = FormulaError(code)
