"""API keys: made once, shown once, stored hashed; they carry their member's permissions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
_HOLDER = "SELECT * FROM jianflow.key_holder(%s)"


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
    return Holder.of(key).found(
        connection, tuple(connection.exec_driver_sql(_HOLDER, (tokens.digest(key),)).one())
    )


@dataclass(frozen=True)
class Holder:
    """Whoever holds a key, to be looked up on the way of something else; `then` is told who it is."""

    digest: bytes
    then: Callable[[Viewer], None] = field(default=lambda viewer: None, compare=False)

    @classmethod
    def of(cls, key: str, then: Callable[[Viewer], None] = lambda viewer: None) -> "Holder":
        """The holder of this key."""
        return cls(tokens.digest(key), then)

    @property
    def call(self) -> str:
        """The function of the database that looks the key up, with its argument."""
        return f"jianflow.key_holder('\\x{self.digest.hex()}')"

    def found(self, connection: Connection, row: tuple[Any, ...]) -> Viewer:
        """The viewer, by what the function answered."""
        key_id, member_id, used_at, revision = row
        if key_id is None:
            raise NotSignedIn(Text("API 密钥无效", "The API key is not valid"))
        now = clock.now()
        if used_at is None or now - used_at > NOTED_EVERY:
            connection.execute(update(api_key).where(api_key.c.id == key_id).values(used_at=now))
        viewer = viewer_for(connection, member_id, revision=revision)
        self.then(viewer)
        return viewer


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
