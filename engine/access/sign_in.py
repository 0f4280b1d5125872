"""Signing in by account, phone number or e-mail, with a password."""

from dataclasses import dataclass

from sqlalchemy import select, update

from engine.access import attempts, audit, passwords, people, sessions
from engine.access.tables import member
from engine.platform.database import Database
from engine.platform.errors import NotSignedIn
from engine.platform.i18n import Text


@dataclass(frozen=True)
class SignedIn:
    """Somebody who just proved who they are."""

    member_id: int
    token: str


def sign_in(
    database: Database, typed: str, password: str, *, address: str | None = None, agent: str | None = None
) -> SignedIn:
    """A new session for who knows the password; the refusal is one and the same, and as slow, for everybody else."""
    counted = attempts.counters(typed, address)
    with database.begin() as connection:
        attempts.take(connection, counted)
    with database.connect() as connection:
        found = people.by_sign_in_name(connection, typed)
        row = connection.execute(
            select(member.c.id, member.c.state, member.c.password_hash).where(member.c.id == (found or 0))
        ).first()
    right = passwords.matches(row.password_hash if row else None, password)
    with database.begin() as connection:
        if row is None or not right or row.state != "active":
            subject = ("member", row.id) if row else None
            audit.note(connection, "sign_in_failed", subject=subject, address=address, typed=typed[:100])
            failed = True
        else:
            failed = False
            attempts.forgive(connection, counted)
            if passwords.is_outdated(row.password_hash):
                renewed = passwords.hashed(password)
                connection.execute(update(member).where(member.c.id == row.id).values(password_hash=renewed))
            token = sessions.begin(connection, row.id, address=address, agent=agent)
            audit.note(
                connection, "signed_in", actor=Myself(row.id), subject=("member", row.id), address=address
            )
    if failed or row is None:
        raise NotSignedIn(
            Text("账号或密码不正确", "The account or password is not right"), code="wrong_password"
        )
    return SignedIn(row.id, token)


def change_password(
    database: Database, member_id: int, old: str, new: str, *, address: str | None = None
) -> None:
    """Change one's own password, proved by the old one; every session ends, so the caller begins a new one."""
    counted = attempts.counters(f"password of {member_id}", address)
    with database.begin() as connection:
        attempts.take(connection, counted)
    with database.connect() as connection:
        stored = people.password_hash(connection, member_id)
    if not passwords.matches(stored, old):
        message = Text("现在的密码不正确", "The present password is not right")
        raise NotSignedIn(message, code="wrong_password")
    with database.begin() as connection:
        people.set_password(connection, member_id, new, author=Myself(member_id))
        attempts.forgive(connection, counted)


@dataclass(frozen=True)
class Myself:
    """A member who acts on their own account, before there is a viewer."""

    member_id: int
