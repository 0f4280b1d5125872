"""What a test asks of the database, counted: the statements that go to it meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, event

from engine.platform.database import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    engines = {database.engine, database.reading}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def all_statements(connection: Connection) -> Iterator[list[str]]:
    """The statements that are sent on one connection meanwhile, those of the query gate included."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    sent: list[str] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *rest: Any, **more: Any) -> Any:
            sent.append(str(query))
            return super().execute(query, *rest, **more)

    before, raw.cursor_factory = raw.cursor_factory, Noting
    try:
        yield sent
    finally:
        raw.cursor_factory = before
