"""The apps of an organisation: making, listing, finding and removing them."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.definitions import content, kinds, live, locks, tables
from engine.definitions.content import etag_of
from engine.definitions.model import App, Document, LiveApp, Publication
from engine.definitions.publish import Proposal, make_live
from engine.definitions.role_kind import EVERYONE, everyone
from engine.platform import clock
from engine.platform.i18n import label_text

LONGEST_KEY = 50
"""Leaves room for the number of a second one."""


def create_app(
    connection: Connection, *, key_hint: str | None = None, document: Document, author: int | None
) -> App:
    """A new app with nothing in it but its own document and the role everybody has."""
    return create_with(connection, {("app", "app"): document}, key_hint=key_hint, author=author)[0]


def create_with(
    connection: Connection,
    definitions: Proposal,
    *,
    key_hint: str | None = None,
    author: int | None,
    template: tuple[str, str] | None = None,
    as_installed: Proposal | None = None,
) -> tuple[App, Publication]:
    """A new app with these definitions live, all in the transaction of `connection`.

    `template` is the key and version of the package they come from, `as_installed` what that brought: the base
    for taking over a newer version later.
    """
    document = {"key": "app", **(definitions.get(("app", "app")) or {})}
    locks.hold(connection, locks.number("app keys"))
    key = free_key(connection, key_hint or label_text(document.get("name"), "zh-CN"))
    locks.hold(connection, locks.app_lock(key))
    now = clock.now()
    row = (
        connection.execute(
            tables.app.insert()
            .values(
                key=key,
                live_version=0,
                template_key=template[0] if template else None,
                template_version=template[1] if template else None,
                created_by=author,
                created_at=now,
            )
            .returning(tables.app)
        )
        .mappings()
        .one()
    )
    made = live.app_of(row, key)
    for hook in kinds.hooks.app_created:
        hook(connection, made)
    nothing = LiveApp(app=made, version=0, documents={}, etags={})
    chosen = {("roles", EVERYONE): everyone(), **definitions, ("app", "app"): document}
    publication = make_live(connection, nothing, chosen, author)
    if template:
        _keep_as_installed(connection, made, as_installed or definitions)
    return app(connection, key), publication


def apps(connection: Connection) -> list[App]:
    """All apps, the oldest first."""
    rows = connection.execute(sa.select(tables.app).order_by(tables.app.c.id)).mappings()
    return [live.app_of(row, row["key"]) for row in rows]


def app(connection: Connection, key: str) -> App:
    """The app with this key, else `NotFound`."""
    row = connection.execute(sa.select(tables.app).where(tables.app.c.key == key)).mappings().first()
    return live.app_of(row, key)


def delete_app(connection: Connection, key: str) -> None:
    """Remove an app with its definitions and everything that the layers above keep for it."""
    locks.hold(connection, locks.app_lock(key))
    doomed = app(connection, key)
    for hook in kinds.hooks.app_deleted:
        hook(connection, doomed)
    connection.execute(tables.app.delete().where(tables.app.c.id == doomed.id))


def free_key(connection: Connection, hint: str) -> str:
    """A key that no app has: `crm`, else `crm_2`, `crm_3` …"""
    wanted = key_from(hint, "app")
    taken = set(connection.scalars(sa.select(tables.app.c.key)))
    return _first_free(wanted, taken.__contains__)


def key_from(text: str, otherwise: str) -> str:
    """A key made of a name: Chinese in pinyin, the rest as it is."""
    from pypinyin import lazy_pinyin  # only here: its tables would be loaded at every start

    spelled = "_".join(part for part in lazy_pinyin(text) if part)
    plain = re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", spelled.lower())).strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"{otherwise}_{plain}".strip("_")
    return plain[:LONGEST_KEY].rstrip("_")


def _first_free(wanted: str, taken: Callable[[str], bool]) -> str:
    if not taken(wanted):
        return wanted
    number = 2
    while taken(f"{wanted}_{number}"):
        number += 1
    return f"{wanted}_{number}"


def _keep_as_installed(connection: Connection, app: App, definitions: Proposal) -> None:
    rows = [
        {"app_id": app.id, "kind": kind, "key": key, "etag": etag_of(document)}
        for (kind, key), document in definitions.items()
        if document is not None
    ]
    content.keep(connection, app.id, (one for one in definitions.values() if one is not None), clock.now())
    connection.execute(tables.installed.insert(), rows)
