"""What every app's schema has beside its forms: history, comments, counters; and how older apps get it."""

from collections.abc import Callable

from sqlalchemy import Connection, text

from engine.definitions.model import App
from engine.records.reading import search
from engine.records.writing import attachments

LAYOUT_VERSION = 2


def create(connection: Connection, app: App) -> None:
    """Make the schema of a new app."""
    connection.exec_driver_sql(f"CREATE SCHEMA {app.schema}")
    connection.execute(text("INSERT INTO jianflow.app_storage VALUES (:app, 0)"), {"app": app.id})
    migrate(connection, app)


def drop(connection: Connection, app: App) -> None:
    """Remove the schema with everything in it, its files, and what the storage map says about it.

    Keys are given again: what a new app of the same key finds must not be of this one.
    """
    attachments.files.release(connection, app=app.key)
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {app.schema} CASCADE")
    connection.execute(text("DELETE FROM jianflow.form_storage WHERE app_id = :app"), {"app": app.id})
    connection.execute(text("DELETE FROM jianflow.app_storage WHERE app_id = :app"), {"app": app.id})


def migrate(connection: Connection, app: App) -> None:
    """Bring an app's schema to this version's layout, step by step."""
    version = connection.scalar(
        text("SELECT layout_version FROM jianflow.app_storage WHERE app_id = :app FOR UPDATE"),
        {"app": app.id},
    )
    for step in range(version or 0, LAYOUT_VERSION):
        _STEPS[step](connection, app)
    if version != LAYOUT_VERSION:
        connection.execute(
            text("UPDATE jianflow.app_storage SET layout_version = :version WHERE app_id = :app"),
            {"version": LAYOUT_VERSION, "app": app.id},
        )


def _begin(connection: Connection, app: App) -> None:
    connection.exec_driver_sql(
        f"""
        CREATE TABLE {app.schema}.history (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            form_id bigint NOT NULL,
            record_id bigint NOT NULL,
            kind text NOT NULL,
            version integer NOT NULL,
            at timestamptz NOT NULL,
            author bigint,
            door text NOT NULL,
            old jsonb NOT NULL,
            import_id uuid,
            cause bigint
        );
        CREATE INDEX history_record ON {app.schema}.history (form_id, record_id, id);
        CREATE INDEX history_import ON {app.schema}.history (import_id) WHERE import_id IS NOT NULL;
        CREATE INDEX history_cause ON {app.schema}.history (cause) WHERE cause IS NOT NULL;

        CREATE TABLE {app.schema}.comment (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            form_id bigint NOT NULL,
            record_id bigint NOT NULL,
            author bigint,
            at timestamptz NOT NULL,
            text text NOT NULL,
            mentions bigint[] NOT NULL DEFAULT '{{}}',
            files uuid[] NOT NULL DEFAULT '{{}}'
        );
        CREATE INDEX comment_record ON {app.schema}.comment (form_id, record_id, id);

        CREATE TABLE {app.schema}.counter (
            form_id bigint NOT NULL,
            field_key text NOT NULL,
            bucket text NOT NULL DEFAULT '',
            last bigint NOT NULL,
            PRIMARY KEY (form_id, field_key, bucket)
        );
        """
    )


_STEPS: list[Callable[[Connection, App], None]] = [_begin, search.create]
