"""Apps with the forms that a test needs, and the few steps that tests of records repeat."""

from typing import Any

from sqlalchemy import Connection

from engine.access import people
from engine.access.member_values import MemberValues
from engine.access.viewer import App, Viewer, viewer_for
from engine.definitions import drafts, publish, store
from engine.definitions import live as living
from engine.definitions.model import LiveApp, Publication
from engine.platform.database import Database
from engine.records.storage.rows import StoredRecord, read
from engine.records.storage.tables import form_table
from engine.records.writing import write

ENGINE = App("test")

Document = dict[str, Any]


def form(key: str, *fields: Document, **properties: Any) -> Document:
    """A form document."""
    return {"key": key, "name": key.title(), "fields": list(fields), **properties}


def text(key: str = "name", **properties: Any) -> Document:
    return {"key": key, "type": "text", "label": key.title(), **properties}


def field(key: str, kind: str, **properties: Any) -> Document:
    return {"key": key, "type": kind, "label": key.title(), **properties}


def make_app(database: Database, *forms: Document, roles: tuple[Document, ...] = ()) -> str:
    """An app with these forms live; answers its key."""
    with database.begin() as connection:
        definitions = {("forms", one["key"]): one for one in forms} | {
            ("roles", one["key"]): one for one in roles
        }
        app, _ = store.create_with(connection, {("app", "app"): {"name": "试用"}, **definitions}, author=None)
    return app.key


def republish(database: Database, app: str, *forms: Document, author: int | None = None) -> Publication:
    """Publish these forms as they are now."""
    with database.begin() as connection:
        for one in forms:
            base = living.load(connection, app).etags.get(("forms", one["key"]))
            drafts.save(connection, app, "forms", one["key"], one, base_etag=base, author=None)
    return publish.publish(database, app, author=author)


def live_of(database: Database, app: str) -> LiveApp:
    with database.connect() as connection:
        return living.load(connection, app)


def add(database: Database, app: str, key: str, viewer: Viewer | App = ENGINE, **values: Any) -> int:
    """Create a record; answers its id."""
    return write.transact(database, app, viewer, lambda tx: write.create(tx, key, values)).id


def change(
    database: Database,
    app: str,
    key: str,
    record_id: int,
    viewer: Viewer | App = ENGINE,
    version: int | None = None,
    **values: Any,
) -> write.Written:
    return write.transact(
        database, app, viewer, lambda tx: write.update(tx, key, record_id, values, version=version)
    )


def stored(database: Database, app: str, key: str, record_id: int) -> StoredRecord:
    """A record as its tables hold it."""
    with database.connect() as connection:
        live = living.load(connection, app)
        return read(connection, form_table(connection, live, key), [record_id], deleted=None)[record_id]


def values(database: Database, app: str, key: str, record_id: int) -> dict[str, Any]:
    return stored(database, app, key, record_id).values


def person(connection: Connection, name: str, **sent: Any) -> Viewer:
    """A member who may act."""
    member = people.create(
        connection,
        MemberValues.read({"name": name, "account": name, "password": "spring rain 2026", **sent}),
        author=ENGINE,
    )
    return viewer_for(connection, member.id)
