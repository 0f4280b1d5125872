"""The published versions of a definition: who, when, what changed, and the way back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.definitions import content, drafts, kinds, live, tables
from engine.definitions.difference import difference
from engine.definitions.model import Document, Draft
from engine.platform.errors import Conflict, NotFound
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Version:
    """One publication of a definition; `removed` if it took the definition away."""

    number: int
    app_version: int
    author: int | None
    created_at: datetime
    etag: str | None
    removed: bool
    live: bool
    changes: list[Text]


def versions(connection: Connection, app_key: str, kind: str, key: str) -> list[Version]:
    """All versions of a definition, the newest first, each with what it changed in the one before."""
    kinds.get(kind)
    now_live = live.load(connection, app_key)
    table = tables.version
    rows = connection.execute(
        sa.select(table)
        .where(table.c.app_id == now_live.app.id, table.c.kind == kind, table.c.key == key)
        .order_by(table.c.number)
    ).all()
    if not rows:
        raise _none(kind, key)
    documents = content.fetch(connection, now_live.app.id, (row.etag for row in rows if row.etag))
    found = []
    before: Document | None = None
    for row in rows:
        after = documents[row.etag] if row.etag else None
        found.append(
            Version(
                number=row.number,
                app_version=row.app_version,
                author=row.author,
                created_at=row.created_at,
                etag=row.etag,
                removed=row.etag is None,
                live=row is rows[-1] and row.etag is not None,
                changes=difference(before, after),
            )
        )
        before = after
    return found[::-1]


def document(connection: Connection, app_key: str, kind: str, key: str, number: int) -> Document:
    """The document of a version; `NotFound` if there is no such version."""
    kinds.get(kind)
    app = live.load(connection, app_key).app
    table = tables.version
    row = connection.execute(
        sa.select(table.c.etag).where(
            table.c.app_id == app.id, table.c.kind == kind, table.c.key == key, table.c.number == number
        )
    ).first()
    if row is None:
        raise _none(kind, key, number)
    if row.etag is None:
        raise Conflict(
            Text(
                "第 {n} 版删除了它，没有内容可恢复。",
                "Version {n} removed it; there is nothing to restore.",
                n=number,
            ),
            code="version_removed",
        )
    return content.fetch(connection, app.id, [row.etag])[row.etag]


def restore(
    connection: Connection,
    app_key: str,
    kind: str,
    key: str,
    number: int,
    *,
    base_etag: str | None = None,
    author: int | None,
) -> Draft:
    """A draft with an older version's content; it goes live when it is published, like any other.

    An open draft is not overwritten unless `base_etag` names it.
    """
    older = document(connection, app_key, kind, key, number)
    return drafts.replace(connection, app_key, kind, key, older, base_etag=base_etag, author=author)


def _none(kind: str, key: str, number: int | None = None) -> NotFound:
    label = kinds.get(kind).label
    if number is None:
        return NotFound(
            Text(
                "{kind}“{key}”还没有发布过。", "The {kind} “{key}” was never published.", kind=label, key=key
            )
        )
    return NotFound(
        Text(
            "{kind}“{key}”没有第 {n} 版。",
            "The {kind} “{key}” has no version {n}.",
            kind=label,
            key=key,
            n=number,
        )
    )
