"""Sessions: a row per signed-in browser, its token stored hashed and replaced whenever rights change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, text, update

from engine.access import tokens
from engine.access.tables import session
from engine.access.viewer import Viewer, viewer_for
from engine.platform import clock

LASTS = timedelta(days=30)
UNUSED = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=10)
FORMER_HOLDS = timedelta(minutes=1)
"""So long a replaced token still holds: requests that were on their way must not find themselves signed out."""

_AUTHENTICATE = text(
    """
    SELECT s.member_id, s.seen_at, s.csrf, s.rights, s.token_hash = :digest AS present, r.revision
    FROM jianflow.session s JOIN jianflow.member m ON m.id = s.member_id
    CROSS JOIN jianflow.organization_revision r
    WHERE (s.token_hash = :digest OR s.former_hash = :digest AND s.renewed_at > :former)
      AND s.expires_at > :now AND s.seen_at > :unused AND m.state = 'active'
    """
)


@dataclass(frozen=True)
class Opened:
    """A session that holds: whose it is, its CSRF token, and its new token if it was just replaced."""

    viewer: Viewer
    csrf: str
    new_token: str | None = None


@dataclass(frozen=True)
class Session:
    """A browser that is signed in."""

    digest: bytes
    created_at: datetime
    seen_at: datetime
    address: str | None
    agent: str | None


def begin(
    connection: Connection, member_id: int, *, address: str | None = None, agent: str | None = None
) -> str:
    """A new session's token; only the browser keeps it."""
    now = clock.now()
    connection.execute(delete(session).where(session.c.expires_at < now))
    token = tokens.fresh()
    connection.execute(
        insert(session).values(
            token_hash=tokens.digest(token),
            csrf=tokens.fresh(),
            rights=viewer_for(connection, member_id).rights,
            member_id=member_id,
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS,
            address=address,
            agent=(agent or "")[:200] or None,
        )
    )
    return token


def open_session(connection: Connection, token: str) -> Opened | None:
    """The session of a token, or None when it has ended; one query while nothing about people changed."""
    now = clock.now()
    digest = tokens.digest(token)
    times = {"now": now, "unused": now - UNUSED, "former": now - FORMER_HOLDS}
    row = connection.execute(_AUTHENTICATE, {"digest": digest, **times}).first()
    if row is None:
        return None
    viewer = viewer_for(connection, row.member_id, revision=row.revision)
    if now - row.seen_at > NOTED_EVERY:
        connection.execute(update(session).where(session.c.token_hash == digest).values(seen_at=now))
    if row.present and row.rights != viewer.rights:
        return Opened(viewer, row.csrf, _replace(connection, digest, viewer))
    return Opened(viewer, row.csrf)


def end(connection: Connection, token: str) -> None:
    """Sign out this browser."""
    digest = tokens.digest(token)
    connection.execute(
        delete(session).where(or_(session.c.token_hash == digest, session.c.former_hash == digest))
    )


def end_all(connection: Connection, member_id: int, *, but: str | None = None) -> int:
    """Sign a member out everywhere, but for the browser that holds the token `but`; how many ended."""
    statement = delete(session).where(session.c.member_id == member_id)
    if but:
        statement = statement.where(session.c.token_hash != tokens.digest(but))
    return connection.execute(statement).rowcount


def sessions_of(connection: Connection, member_id: int) -> list[Session]:
    """Where a member is signed in, last used first."""
    now = clock.now()
    statement = (
        select(session)
        .where(session.c.member_id == member_id, session.c.expires_at > now, session.c.seen_at > now - UNUSED)
        .order_by(session.c.seen_at.desc())
    )
    return [
        Session(row.token_hash, row.created_at, row.seen_at, row.address, row.agent)
        for row in connection.execute(statement)
    ]


def _replace(connection: Connection, digest: bytes, viewer: Viewer) -> str | None:
    fresh = tokens.fresh()
    replaced = connection.execute(
        update(session)
        .where(session.c.token_hash == digest)
        .values(
            token_hash=tokens.digest(fresh),
            former_hash=digest,
            renewed_at=clock.now(),
            rights=viewer.rights,
        )
    )
    return fresh if replaced.rowcount else None
