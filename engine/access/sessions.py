"""Sessions: a row per signed-in browser, its token stored hashed, renewed whenever rights change."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, text, update

from engine.access import tokens
from engine.access.tables import session
from engine.access.viewer import Viewer, viewer_for
from engine.platform import clock

LASTS = timedelta(days=30)
UNUSED = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=10)

_AUTHENTICATE = text(
    """
    SELECT s.member_id, s.seen_at, r.revision
    FROM jianflow.session s JOIN jianflow.member m ON m.id = s.member_id
    CROSS JOIN jianflow.organization_revision r
    WHERE s.token_hash = :digest AND s.expires_at > :now AND s.seen_at > :unused AND m.state = 'active'
    """
)


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
            member_id=member_id,
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS,
            address=address,
            agent=(agent or "")[:200] or None,
        )
    )
    return token


def viewer_of(connection: Connection, token: str) -> Viewer | None:
    """Whose session it is, or None when it has ended; one query while the organisation is unchanged."""
    now = clock.now()
    found = {"digest": tokens.digest(token), "now": now, "unused": now - UNUSED}
    row = connection.execute(_AUTHENTICATE, found).first()
    if row is None:
        return None
    if now - row.seen_at > NOTED_EVERY:
        connection.execute(
            update(session).where(session.c.token_hash == tokens.digest(token)).values(seen_at=now)
        )
    return viewer_for(connection, row.member_id, revision=row.revision)


def renew(connection: Connection, token: str) -> str:
    """The same session under a new token."""
    fresh = tokens.fresh()
    connection.execute(
        update(session)
        .where(session.c.token_hash == tokens.digest(token))
        .values(token_hash=tokens.digest(fresh))
    )
    return fresh


def end(connection: Connection, token: str) -> None:
    """Sign out this browser."""
    connection.execute(delete(session).where(session.c.token_hash == tokens.digest(token)))


def end_all(connection: Connection, member_id: int, *, but: str | None = None) -> int:
    """Sign a member out everywhere, but for the browser that holds the token `but`; answers how many ended."""
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
