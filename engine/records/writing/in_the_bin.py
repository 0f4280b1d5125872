"""A record that somebody deleted while another was still at it: who and when, and how it would be if it were there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from engine.access.bodies import LARGEST_ID
from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.platform.database import Database
from engine.records.reading.rights import matching
from engine.records.reading.visible import access_for
from engine.records.storage import rows
from engine.records.storage.tables import form_table


@dataclass(frozen=True)
class Binned:
    """Who deleted a record and when, as far as one may know it of changes, and whether one may take it back."""

    by: str | None
    at: datetime | None
    restorable: bool


def binned(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer, record_id: int
) -> Binned | None:
    """What there is to tell about a deleted record; None where there is none that one might read."""
    table, form = form_table(connection, live, form_key), live.form(form_key)
    known = 0 < record_id <= LARGEST_ID
    record = rows.read(connection, table, [record_id], deleted=True).get(record_id) if known else None
    if record is None:
        return None

    def may(operation: str) -> bool:
        given = grants(live, viewer, form_key, operation)
        return record_id in matching(connection, live, table, viewer, given, [record_id])

    if not viewer.administrator and not may("read"):
        return None
    access = access_for(live, form, viewer)
    name = connection.scalar(
        text("SELECT name FROM jianflow.member WHERE id = :id"), {"id": record.deleted_by}
    )
    # As `restore` judges it.
    restorable = may("delete") or (
        record.deleted_by == viewer.member_id and bool(grants(live, viewer, form_key, "delete"))
    )
    return Binned(
        name if access.always("updated_by") else None,
        record.deleted_at if access.always("updated_at") else None,
        restorable,
    )


@contextmanager
def as_if_there(database: Database, live: LiveApp, form_key: str, record_id: int) -> Iterator[Connection]:
    """A connection that finds the deleted record in its place; nobody else does, and nothing of it is kept."""
    with database.engine.connect() as connection, connection.begin() as passing:
        table = form_table(connection, live, form_key)
        for column in table.uniques.values():  # its values may be another's by now
            connection.exec_driver_sql(
                f"UPDATE {table.stored.qualified(column.part)} SET {column.name} = NULL WHERE id = %s::bigint",
                (record_id,),
            )
        connection.exec_driver_sql(
            f"UPDATE {table.stored.qualified()} SET deleted_at = NULL, deleted_by = NULL WHERE id = %s::bigint",
            (record_id,),
        )
        yield connection
        passing.rollback()
