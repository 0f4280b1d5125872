"""Which options of a field records hold."""

from collections.abc import Collection

from sqlalchemy import Connection

from engine.definitions.model import LiveApp
from engine.records.storage.tables import form_table


def options_in_use(
    connection: Connection, live: LiveApp, form_key: str, path: str, values: Collection[str]
) -> set[str]:
    """Those of the values that a record outside the recycle bin has in the field, be it in a line of a subform."""
    table = form_table(connection, live, form_key)
    subform, dot, key = path.partition(".")
    holder = table.subforms.get(subform) if dot else table
    placed = holder.columns.get(key if dot else path) if holder is not None else None
    if holder is None or placed is None or not values:
        return set()
    field, column = placed
    value = f"unnest(h.{column.name})" if field.kind.multiple else f"h.{column.name}"
    source = f"{holder.stored.qualified(column.part)} h"
    record = "h.id"
    if dot:
        source += f" JOIN {holder.stored.qualified()} r ON r.id = h.id"
        record = "r.record_id"
    found = connection.exec_driver_sql(
        f"SELECT DISTINCT v FROM (SELECT {value} AS v FROM {source} JOIN {table.stored.qualified()} m"
        f" ON m.id = {record} WHERE m.deleted_at IS NULL) x WHERE v = ANY(%s::text[])",
        (list(values),),
    )
    return set(found.scalars())
