"""API keys: made once, shown once, stored hashed; they carry their member's permissions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from engine.access import audit, people, tokens
from engine.access.bodies import LARGEST_ID
from engine.access.tables import api_key
from engine.access.viewer import Viewer, viewer_for
from engine.platform import clock
from engine.platform.errors import Conflict, Invalid, NotFound, NotSignedIn
from engine.platform.i18n import Text

PREFIX = "jf_"
MOST = 50
NOTED_EVERY = timedelta(hours=1)

# Every call of the API begins with it, so that it goes to the driver as it stands.
_AUTHENTICATE = """
    SELECT k.id, k.member_id, k.used_at, r.revision
    FROM jianflow.api_key k JOIN jianflow.member m ON m.id = k.member_id
    CROSS JOIN jianflow.organization_revision r
    WHERE k.key_hash = %s AND m.state = 'active'
    """


@dataclass(frozen=True)
class ApiKey:
    """A key as its owner sees it later: without the key itself."""

    id: int
    member_id: int
    name: str
    ending: str
    created_at: datetime
    used_at: datetime | None


def issue(
    connection: Connection, member_id: int, *, name: str = "", author: audit.Actor | None = None
) -> str:
    """A new key for an active member; this is the only time it is seen."""
    owner = people.get(connection, member_id)
    if owner.state != "active":
        message = Text(
            "“{name}”还没有启用或已离职，不能有 API 密钥",
            "“{name}” is not active and can't hold an API key",
            name=owner.name,
        )
        raise Conflict(message, code="member_not_active")
    if len(keys_of(connection, member_id)) >= MOST:
        raise Invalid.at("", "too_many", Text("最多 {n} 个密钥", "At most {n} keys", n=MOST))
    key = PREFIX + tokens.fresh()
    made = connection.execute(
        insert(api_key)
        .values(
            member_id=member_id,
            key_hash=tokens.digest(key),
            name=name.strip()[:60],
            ending=key[-4:],
            created_at=clock.now(),
            created_by=author.member_id if author else None,
        )
        .returning(api_key.c.id)
    ).scalar_one()
    audit.note(connection, "key_issued", actor=author, subject=("member", member_id), key=made)
    return key


def authenticate(connection: Connection, key: str) -> Viewer:
    """The viewer that a key stands for; one query while the organisation is unchanged."""
    row = connection.exec_driver_sql(_AUTHENTICATE, (tokens.digest(key),)).first()
    if row is None:
        raise NotSignedIn(Text("API 密钥无效", "The API key is not valid"))
    now = clock.now()
    if row.used_at is None or now - row.used_at > NOTED_EVERY:
        connection.execute(update(api_key).where(api_key.c.id == row.id).values(used_at=now))
    return viewer_for(connection, row.member_id, revision=row.revision)


def keys_of(connection: Connection, member_id: int) -> list[ApiKey]:
    """A member's keys, newest first."""
    statement = select(api_key).where(api_key.c.member_id == member_id).order_by(api_key.c.id.desc())
    return [
        ApiKey(row.id, row.member_id, row.name, row.ending, row.created_at, row.used_at)
        for row in connection.execute(statement)
    ]


def revoke(connection: Connection, member_id: int, key_id: int, *, author: audit.Actor) -> None:
    """End a key at once."""
    if key_id > LARGEST_ID:
        raise NotFound(Text("没有这个密钥", "There is no such key"))
    gone = connection.execute(delete(api_key).where(api_key.c.id == key_id, api_key.c.member_id == member_id))
    if not gone.rowcount:
        raise NotFound(Text("没有这个密钥", "There is no such key"))
    audit.note(connection, "key_revoked", actor=author, subject=("member", member_id), key=key_id)
