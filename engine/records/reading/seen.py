"""Which of some records a viewer may read."""

from collections.abc import Collection

from sqlalchemy import Connection

from engine.access.grants import grants
from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.records.reading.condition_sql import holding
from engine.records.storage.storage import PRESENT
from engine.records.storage.tables import form_table


def seen(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, ids: Collection[int]
) -> set[int]:
    """Those that exist, are not deleted, and may be read."""
    given = grants(live, viewer, form_key, "read")
    if not given or not ids:
        return set()
    if any(grant.where is None for grant in given):
        name = form_table(connection, live, form_key).stored.qualified()
        found = connection.exec_driver_sql(
            f"SELECT t.id FROM {name} t WHERE t.id = ANY(%s::bigint[]) AND {PRESENT}", (list(ids),)
        )
        return set(found.scalars())
    held = holding(connection, live, live.form(form_key), viewer, [grant.where for grant in given], ids)
    return {record_id for record_id, holds in held.items() if any(holds)}
