"""For which of some records conditions hold, as they are written now."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, literal, select

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.records.reading.scope import condition
from engine.records.storage.tables import form_table


def holding(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer | App,
    conditions: Sequence[Mapping[str, Any] | None],
    ids: Collection[int],
) -> dict[int, tuple[bool, ...]]:
    """For each of the records that are not deleted, whether each condition holds (None always does)."""
    table = form_table(connection, live, form.key)
    asked = [
        literal(True) if where is None else condition(connection, live, form.key, where, viewer)
        for where in conditions
    ]
    rows = connection.execute(
        select(table.main.c.id, *(one.label(f"g{number}") for number, one in enumerate(asked)))
        .select_from(table.join())
        .where(table.main.c.id.in_(list(ids)), table.main.c.deleted_at.is_(None))
    )
    return {row[0]: tuple(bool(one) for one in row[1:]) for row in rows}
