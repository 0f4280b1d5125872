"""Invitation links: with one, an invited person sets a password and is in; also the way back after a reset."""

from datetime import timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from engine.access import audit, people, tokens
from engine.access.member_values import MemberValues, at_account, sign_in_name
from engine.access.sign_in import Myself
from engine.access.tables import invitation
from engine.platform import clock
from engine.platform.errors import Conflict, Invalid, NotFound
from engine.platform.i18n import Text

LASTS = timedelta(days=14)


def invite(connection: Connection, member_id: int, *, author: audit.Actor) -> str:
    """A new token for `/join/{token}`, shown once; an older link of the member ends."""
    person = people.get(connection, member_id)
    if person.state == "left":
        raise Conflict(Text("“{name}”已离职", "“{name}” has left", name=person.name), code="member_left")
    token = tokens.fresh()
    now = clock.now()
    values = {
        "token_hash": tokens.digest(token),
        "member_id": member_id,
        "created_at": now,
        "created_by": author.member_id,
        "expires_at": now + LASTS,
    }
    connection.execute(
        insert(invitation).values(values).on_conflict_do_update(index_elements=["member_id"], set_=values)
    )
    audit.note(connection, "invited", actor=author, subject=("member", member_id))
    return token


def invited(connection: Connection, token: str) -> people.Member:
    """Who a link is for; NotFound when it was used, replaced or is too old."""
    found = connection.execute(
        select(invitation.c.member_id).where(
            invitation.c.token_hash == tokens.digest(token), invitation.c.expires_at > clock.now()
        )
    ).scalar()
    if found is None:
        message = Text(
            "这个链接已用过或已过期，请向管理员要一个新的",
            "This link was used or is too old; ask an administrator for a new one",
        )
        raise NotFound(message)
    return people.get(connection, found)


def join(connection: Connection, token: str, password: str, *, account: str | None = None) -> int:
    """Set the password (and, who has no name to sign in with, an account); the link ends; answers the member."""
    person = invited(connection, token)
    values: dict[str, object] = {"password": password, "state": "active"}
    if not (person.account or person.phone or person.email):
        if not account:
            raise Invalid.at("/account", "required", Text("请填写账号", "Enter an account"))
        values |= sign_in_name(account.strip())
    if not password:
        raise Invalid.at("/password", "required", Text("请填写密码", "Enter a password"))
    try:
        people.change(connection, person.id, MemberValues.read(values), author=Myself(person.id))
    except Invalid as refusal:
        raise Invalid(refusal.message, at_account(refusal.faults)) from None
    connection.execute(delete(invitation).where(invitation.c.member_id == person.id))
    return person.id
