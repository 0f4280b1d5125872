"""What a person looked at last."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from engine.definitions.model import App
from engine.platform import clock

KEPT = 50


@dataclass(frozen=True)
class Seen:
    """A record that somebody looked at."""

    app_key: str
    form_key: str
    record_id: int


def note(connection: Connection, member_id: int, app: App, form_key: str, record_id: int) -> None:
    """Remember that a record was looked at now; only the newest are kept."""
    connection.execute(
        text(
            """
            WITH noted AS (
                INSERT INTO jianflow.recent_record (member_id, app_id, form_key, record_id, seen_at)
                VALUES (:member, :app, :form, :record, :now)
                ON CONFLICT (member_id, app_id, form_key, record_id) DO UPDATE SET seen_at = EXCLUDED.seen_at
            )
            DELETE FROM jianflow.recent_record WHERE member_id = :member AND seen_at < (
                SELECT seen_at FROM jianflow.recent_record WHERE member_id = :member
                ORDER BY seen_at DESC OFFSET :kept LIMIT 1)
            """
        ),
        {
            "member": member_id,
            "app": app.id,
            "form": form_key,
            "record": record_id,
            "now": clock.now(),
            "kept": KEPT,
        },
    )


def looked_at(connection: Connection, member_id: int, app: App, form_key: str, record_id: int) -> bool:
    """Whether somebody has had this record open lately."""
    found = connection.scalar(
        text(
            "SELECT true FROM jianflow.recent_record WHERE member_id = :member AND app_id = :app"
            " AND form_key = :form AND record_id = :record"
        ),
        {"member": member_id, "app": app.id, "form": form_key, "record": record_id},
    )
    return bool(found)


def recent(connection: Connection, member_id: int, limit: int = 8) -> list[Seen]:
    """The last records, newest first; whether they may still be read is the gate's to say."""
    rows = connection.execute(
        text(
            """
            SELECT app.key AS app_key, r.form_key, r.record_id
            FROM jianflow.recent_record r JOIN jianflow.app app ON app.id = r.app_id
            WHERE r.member_id = :member ORDER BY r.seen_at DESC LIMIT :limit
            """
        ),
        {"member": member_id, "limit": limit},
    )
    return [Seen(row.app_key, row.form_key, row.record_id) for row in rows]
