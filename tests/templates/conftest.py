"""An administrator who clones, and what lies in an app's tables."""

from typing import Any

import pytest
import sqlalchemy as sa

import engine.records  # noqa: F401 - publishing a form makes its tables
from engine.access import people, roles  # noqa: F401 - a removed app takes its roles along
from engine.access.member_values import MemberValues
from engine.access.viewer import App as Engine
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.records.storage import rows
from engine.records.storage.tables import form_table


def administrator_of(database: Database, name: str = "陈思") -> Viewer:
    """One more administrator."""
    with database.begin() as connection:
        values = MemberValues(name=name, administrator=True, state="active")
        made = people.create(connection, values, author=Engine("test"))
        return viewer_for(connection, made.id)


def records_of(database: Database, app: str, form: str) -> dict[int, dict[str, Any]]:
    """All records of a form that are not deleted, with their system fields."""
    with database.connect() as connection:
        table = form_table(connection, live.load(connection, app), form)
        ids = connection.scalars(sa.select(table.main.c.id)).all()
        found = rows.read(connection, table, ids)
    return {key: {**record.known(), "title": record.title} for key, record in found.items()}


@pytest.fixture
def administrator(empty_database: Database) -> Viewer:
    """Whoever clones into the empty database."""
    return administrator_of(empty_database)
