"""The states of definitions, each kept once under the etag that its content gives."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from engine.definitions import tables
from engine.definitions.model import Document

KEPT_FOR = timedelta(days=30)
"""How long a state that was never published stays known, as the base of a stale save."""


def etag_of(document: Document) -> str:
    """The name of a content: the same whatever the order of an object's parts."""
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:32]


def keep(connection: Connection, app_id: int, documents: Iterable[Document], now: datetime) -> None:
    """Make sure that these contents can be fetched by their etags."""
    rows = [
        {"app_id": app_id, "etag": etag_of(document), "document": document, "created_at": now}
        for document in documents
    ]
    if rows:
        statement = insert(tables.content)
        # A content that comes up again is as good as new to those who hold its etag.
        statement = statement.on_conflict_do_update(
            index_elements=["app_id", "etag"], set_={"created_at": statement.excluded.created_at}
        )
        connection.execute(statement, rows)


def fetch(connection: Connection, app_id: int, etags: Iterable[str]) -> dict[str, Document]:
    """The contents under these etags, as far as they are known."""
    wanted = list(set(etags))
    if not wanted:
        return {}
    rows = connection.execute(
        sa.select(tables.content.c.etag, tables.content.c.document).where(
            tables.content.c.app_id == app_id,
            tables.content.c.etag == sa.any_(sa.literal(wanted, sa.ARRAY(sa.Text))),
        )
    )
    return {row.etag: row.document for row in rows}


def forget_old(connection: Connection, app_id: int, now: datetime) -> None:
    """Drop the contents that nothing names and nobody can hold any more."""
    named = sa.union_all(
        *(
            sa.select(table.c.etag).where(table.c.app_id == app_id, table.c.etag.is_not(None))
            for table in (tables.version, tables.live, tables.draft, tables.installed)
        ),
        sa.select(tables.draft.c.base_etag).where(
            tables.draft.c.app_id == app_id, tables.draft.c.base_etag.is_not(None)
        ),
    ).subquery()
    connection.execute(
        tables.content.delete().where(
            tables.content.c.app_id == app_id,
            tables.content.c.created_at < now - KEPT_FOR,
            tables.content.c.etag.not_in(sa.select(named.c.etag)),
        )
    )
