"""Seeing an app as somebody else sees it: who may, as whom, and what is written down about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from engine.access import audit, people
from engine.access.viewer import Lent, Viewer, viewer_for
from engine.definitions import live
from engine.platform.errors import Conflict, Forbidden
from engine.platform.i18n import Text

V = TypeVar("V", bound=Callable[..., Any])


def allowed(handler: V) -> V:
    """An address that is sent something and only reads (or ends the looking), so that it is open to who only looks."""
    handler.for_lookers = True  # type: ignore[attr-defined]
    return handler


def require_looking(viewer: Viewer, method: str, handler: object) -> None:
    """Refuses who only looks to do more than that."""
    if method not in ("GET", "HEAD", "OPTIONS") and not getattr(handler, "for_lookers", False):
        viewer.require_own_hand()


def look(connection: Connection, own: Viewer, member_id: int, within: str | None) -> Viewer:
    """The eyes of a member for `own`; who designs an app has them within that app, an administrator in all.

    What depends on the browser, language and looks, stays as `own` has it.
    """
    if own.lent is not None:
        own.require_own_hand()
    _require_right(connection, own, within)
    eyes = eyes_of(connection, member_id)
    if eyes.administrator and not own.administrator:
        raise Forbidden(
            Text("只有管理员可以以管理员的身份查看", "Only an administrator may see as an administrator")
        )
    lent = Lent(own.member_id, own.name, within)
    return replace(eyes, lent=lent, language=own.language, theme=own.theme)


def eyes_of(connection: Connection, member_id: int) -> Viewer:
    """The member as a viewer; refuses for somebody who can't sign in at all."""
    member = people.get(connection, member_id)
    if member.state != "active":
        raise Conflict(
            Text(
                "“{name}”还没有启用或已离职，看不到任何内容",
                "{name} is not active and sees nothing at all",
                name=member.name,
            ),
            code="member_not_active",
        )
    return viewer_for(connection, member_id)


def begin(
    connection: Connection, own: Viewer, member_id: int, within: str | None, address: str | None = None
) -> Viewer:
    """The same, and written down: who looked, through whose eyes, in which app."""
    eyes = look(connection, own, member_id, within)
    audit.note(
        connection, "view_as_begun", actor=own, subject=("member", member_id), address=address, app=within
    )
    return eyes


def end(connection: Connection, eyes: Viewer, address: str | None = None) -> None:
    """Write down that the looking has ended."""
    if eyes.lent is not None:
        audit.note(
            connection,
            "view_as_ended",
            actor=_Looker(eyes.lent.to),
            subject=("member", eyes.member_id),
            address=address,
            app=eyes.lent.within,
        )


def _require_right(connection: Connection, own: Viewer, within: str | None) -> None:
    if own.administrator:
        return
    if within is None or not own.designs(live.load(connection, within)):
        raise Forbidden(
            Text(
                "只有管理员和能编辑这个应用的人可以以别人的身份查看",
                "Only administrators and those who may change this app can see it as somebody else",
            )
        )


@dataclass(frozen=True)
class _Looker:
    """Who looked."""

    member_id: int | None
