"""The live version of an app: one small query a request, its documents kept in the process."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, RowMapping

from engine.definitions import content, locks, tables
from engine.definitions.model import App, Document, LiveApp
from engine.definitions.remembered import Remembered
from engine.platform.database import beginning, forget_statements
from engine.platform.errors import NotFound
from engine.platform.i18n import Text

KEPT = 3_000
"""How many fields the apps that a process keeps in memory have together; with what is derived from them, a field takes
about 25 kB."""

_COLUMNS = ("id", "key", "live_version", "template_key", "template_version", "created_at")
_KEY = re.compile("[a-zA-Z0-9_]+")
_APP = f"SELECT {', '.join(_COLUMNS)} FROM jianflow.app WHERE key = %s"


def _fields(live: LiveApp) -> int:
    return 1 + sum(len(form.get("fields", ())) for form in live.documents.get("forms", {}).values())


_kept: Remembered[LiveApp] = Remembered(KEPT, _fields)
_addresses: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()


def load(connection: Connection, app_key: str) -> LiveApp:
    """The app as it is live now; `NotFound` if there is none with this key."""
    row = connection.exec_driver_sql(_APP, (app_key,)).mappings().first()
    return of(connection, app_of(row, app_key))


@dataclass(frozen=True)
class Beside:
    """A function of the database that is called in the same message, and who takes the columns that it answers.

    They are taken before the app is looked at, so that who may not ask does not learn which apps there are.
    """

    call: str
    take: Callable[[tuple[Any, ...]], None]


def lock_and_load(connection: Connection, app_key: str, beside: Beside | None = None) -> LiveApp:
    """The same for a write: no publication comes between this and the end of the transaction.

    The function takes the lock in one statement and reads the version in the next (a single one would see the state
    from before the wait); both travel with the BEGIN in one message.
    """
    wanted = app_key if _KEY.fullmatch(app_key) else ""
    called = f"jianflow.lock_app({locks.app_lock(app_key)}, '{wanted}')"
    row = beginning(
        connection, f"SELECT * FROM {called} AS app{f', {beside.call} AS beside' if beside else ''}"
    )
    if beside is not None:
        beside.take(row[len(_COLUMNS) :])
    found = dict(zip(_COLUMNS, row)) if row[0] is not None else None
    return of(connection, app_of(found, app_key))


def app_of(row: "RowMapping | dict[str, object] | None", app_key: str) -> App:
    """The app of a row of the table `app`."""
    if row is None:
        raise NotFound(Text("没有应用“{key}”。", "There is no app “{key}”.", key=app_key))
    return App(
        id=row["id"],  # type: ignore[arg-type]
        key=row["key"],  # type: ignore[arg-type]
        schema=f"app_{row['id']}",
        live_version=row["live_version"],  # type: ignore[arg-type]
        template_key=row["template_key"],  # type: ignore[arg-type]
        template_version=row["template_version"],  # type: ignore[arg-type]
        created_at=row["created_at"],  # type: ignore[arg-type]
    )


def of(connection: Connection, app: App) -> LiveApp:
    """The live version that `app` names, from memory where it is."""
    # An id alone could come again in a database that was put back from a backup.
    place = (_address(connection.engine), app.id, app.created_at)
    known = _kept.get(place)
    if known is not None and known.version == app.live_version:
        return known
    # One version an app: all that was ever published would fill the memory, here and in the statements made for it.
    forget_statements()
    return _kept.put(place, _read(connection, app, known))


def _address(engine: Engine) -> str:
    """The database's address; made once, as that takes longer than all else here."""
    found = _addresses.get(engine)
    return found if found is not None else _addresses.setdefault(engine, str(engine.url))


def _read(connection: Connection, app: App, older: LiveApp | None) -> LiveApp:
    # Version and etags come from one statement, so that they belong together whatever is published meanwhile.
    rows = connection.execute(
        sa.select(tables.app.c.live_version, tables.live.c.kind, tables.live.c.key, tables.live.c.etag)
        .select_from(tables.app.outerjoin(tables.live, tables.live.c.app_id == tables.app.c.id))
        .where(tables.app.c.id == app.id)
        .order_by(tables.live.c.kind, tables.live.c.key)
    ).all()
    if not rows:
        raise NotFound(Text("没有应用“{key}”。", "There is no app “{key}”.", key=app.key))
    etags = {(row.kind, row.key): row.etag for row in rows if row.kind is not None}
    known = (
        {older.etags[place]: older.documents[place[0]][place[1]] for place in older.etags} if older else {}
    )
    missing = content.fetch(connection, app.id, (etag for etag in etags.values() if etag not in known))
    documents: dict[str, dict[str, Document]] = {}
    for (kind, key), etag in etags.items():
        documents.setdefault(kind, {})[key] = known[etag] if etag in known else missing[etag]
    return LiveApp(app=app, version=rows[0].live_version, documents=documents, etags=etags)
