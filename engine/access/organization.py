"""The organisation: its name and language, and the number that every change of its people moves on."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from engine.access import audit
from engine.access.tables import organization, revision


@dataclass(frozen=True)
class Organization:
    """The one company that uses this installation."""

    name: str
    language: str


def read(connection: Connection) -> Organization | None:
    """The organisation, or None before set-up."""
    row = connection.execute(select(organization.c.name, organization.c.language)).first()
    return Organization(row.name, row.language) if row else None


def rename(connection: Connection, name: str, language: str, *, author: audit.Actor) -> None:
    """Give it another name and first language."""
    connection.execute(update(organization).values(name=name, language=language))
    audit.note(connection, "organization_changed", actor=author, name=name, language=language)


def current_revision(connection: Connection) -> int:
    """The number of the last change to people, departments or role assignments."""
    return connection.execute(select(revision.c.revision)).scalar_one()
