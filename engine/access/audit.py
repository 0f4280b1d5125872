"""The log of sign-ins and of changes to people, departments, roles and keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, insert, select

from engine.access.tables import audit_entry
from engine.platform import clock


class Actor(Protocol):
    """Who does something: a viewer, or the engine itself (then without a member)."""

    @property
    def member_id(self) -> int | None:
        """The member, if it is one."""


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did."""

    at: datetime
    actor_id: int | None
    action: str
    subject_kind: str | None
    subject_id: str | None
    address: str | None
    details: Mapping[str, Any]


def note(
    connection: Connection,
    action: str,
    *,
    actor: Actor | None = None,
    subject: tuple[str, object] | None = None,
    address: str | None = None,
    **details: Any,
) -> None:
    """Write down what `actor` did to `subject`, as (kind, id)."""
    kind, key = subject or (None, None)
    connection.execute(
        insert(audit_entry).values(
            at=clock.now(),
            actor_id=actor.member_id if actor else None,
            action=action,
            subject_kind=kind,
            subject_id=None if key is None else str(key),
            address=address,
            details=details,
        )
    )


def entries(
    connection: Connection,
    *,
    subject: tuple[str, object] | None = None,
    action: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """The newest entries, newest first."""
    statement = select(audit_entry).order_by(audit_entry.c.id.desc()).limit(limit)
    if subject:
        statement = statement.where(
            audit_entry.c.subject_kind == subject[0], audit_entry.c.subject_id == str(subject[1])
        )
    if action:
        statement = statement.where(audit_entry.c.action == action)
    return [
        Entry(row.at, row.actor_id, row.action, row.subject_kind, row.subject_id, row.address, row.details)
        for row in connection.execute(statement)
    ]
