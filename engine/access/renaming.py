"""Who keeps the names of members is told when one changes."""

from collections.abc import Callable

from sqlalchemy import Connection

Follow = Callable[[Connection, int], None]

_followers: list[Follow] = []


def on_renamed(follow: Follow) -> Follow:
    """Have `follow` called with the member's id, in the transaction that changes the name."""
    _followers.append(follow)
    return follow


def renamed(connection: Connection, member_id: int) -> None:
    """Tell all who keep names that this member has another one now."""
    for follow in _followers:
        follow(connection, member_id)
