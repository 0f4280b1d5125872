"""The checklist that helps somebody into a new app: there until it is put away."""

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from engine.access import audit
from engine.access.tables import audit_entry, first_steps
from engine.definitions.kinds import on_app_deleted
from engine.definitions.model import App, LiveApp


def begin(connection: Connection, app_id: int, member_id: int) -> None:
    """Show a member the checklist of an app."""
    row = {"app_id": app_id, "member_id": member_id}
    connection.execute(insert(first_steps).values(row).on_conflict_do_nothing())


def are_open(connection: Connection, app_id: int, member_id: int) -> bool:
    """Whether the checklist is there."""
    statement = select(first_steps.c.app_id).where(
        first_steps.c.app_id == app_id, first_steps.c.member_id == member_id
    )
    return connection.execute(statement).first() is not None


def put_away(connection: Connection, app_id: int, member_id: int) -> None:
    """Do not show it any more."""
    connection.execute(
        delete(first_steps).where(first_steps.c.app_id == app_id, first_steps.c.member_id == member_id)
    )


def has_invited(connection: Connection, author: audit.Actor) -> bool:
    """Whether somebody has invited a colleague."""
    statement = select(audit_entry.c.id).where(
        audit_entry.c.action == "invited", audit_entry.c.actor_id == author.member_id
    )
    return connection.execute(statement.limit(1)).first() is not None


def has_succeeded(connection: Connection, app_key: str, job: str) -> bool:
    """Whether a job of this name has come to its end in an app."""
    found = text(
        "SELECT 1 FROM jianflow.job WHERE app_key = :app AND name = :job AND state = 'succeeded' LIMIT 1"
    )
    return connection.execute(found, {"app": app_key, "job": job}).first() is not None


def has_added_field(connection: Connection, live: LiveApp) -> bool:
    """Whether a form of the app has a field that it did not have when it was first published."""
    first = text(
        "SELECT v.key, c.document FROM jianflow.definition_live l"
        " JOIN jianflow.definition_version v ON (v.app_id, v.kind, v.key) = (l.app_id, l.kind, l.key)"
        " LEFT JOIN jianflow.definition_content c ON (c.app_id, c.etag) = (v.app_id, v.etag)"
        " WHERE l.app_id = :app AND l.kind = 'forms' AND v.number = 1 AND l.number > 1"
    )
    for key, document in connection.execute(first, {"app": live.app.id}):
        if document is None:
            return True  # that version is forgotten, so the form has long been worked on
        before = {field["key"] for field in document.get("fields", ())}
        if any(field.key not in before for field in live.form(key).fields):
            return True
    return False


@on_app_deleted
def forget_app(connection: Connection, app: App) -> None:
    """No checklist for an app that is gone."""
    connection.execute(delete(first_steps).where(first_steps.c.app_id == app.id))
