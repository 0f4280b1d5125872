"""Notices: what a member is told in the product, in both languages, until it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from engine.platform import clock
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, periodic

KEPT_READ = timedelta(days=90)


@dataclass(frozen=True)
class Notice:
    """One thing a member was told."""

    id: int
    text: Text
    url: str | None
    created_at: datetime
    read_at: datetime | None


def tell(connection: Connection, member_id: int, words: Text, url: str | None = None) -> int:
    """Tell a member something, in the transaction of what it is about; answers the notice's id."""
    return int(
        connection.execute(
            text(
                """
                INSERT INTO jianflow.notice (member_id, text_zh, text_en, url, created_at)
                VALUES (:member_id, :zh, :en, :url, :now) RETURNING id
                """
            ),
            {
                "member_id": member_id,
                "zh": words.render("zh-CN"),
                "en": words.render("en"),
                "url": url,
                "now": clock.now(),
            },
        ).scalar_one()
    )


def notices(
    connection: Connection, member_id: int, *, limit: int = 30, before: int | None = None
) -> list[Notice]:
    """A member's notices, the latest first; `before` is the id of the last one already shown."""
    rows = connection.execute(
        text(
            """
            SELECT id, text_zh, text_en, url, created_at, read_at FROM jianflow.notice
            WHERE member_id = :member_id AND (CAST(:before AS bigint) IS NULL OR id < :before)
            ORDER BY id DESC LIMIT :limit
            """
        ),
        {"member_id": member_id, "before": before, "limit": limit},
    )
    return [
        Notice(row.id, Text(row.text_zh, row.text_en), row.url, row.created_at, row.read_at) for row in rows
    ]


def unread(connection: Connection, member_id: int) -> int:
    """How many notices a member has not read, counted to 100."""
    return int(
        connection.execute(
            text(
                """
                SELECT count(*) FROM (
                    SELECT 1 FROM jianflow.notice WHERE member_id = :member_id AND read_at IS NULL LIMIT 100) AS few
                """
            ),
            {"member_id": member_id},
        ).scalar_one()
    )


def mark_read(connection: Connection, member_id: int, notice_ids: Sequence[int] | None = None) -> None:
    """Mark these notices of a member as read, or all."""
    connection.execute(
        text(
            """
            UPDATE jianflow.notice SET read_at = :now WHERE member_id = :member_id AND read_at IS NULL
            AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(CAST(:ids AS bigint[])))
            """
        ),
        {"member_id": member_id, "ids": None if notice_ids is None else list(notice_ids), "now": clock.now()},
    )


@periodic("platform.forget_notices", every=timedelta(hours=6))
def _forget(context: JobContext, payload: dict[str, Any]) -> None:
    with context.database.begin() as connection:
        connection.execute(
            text("DELETE FROM jianflow.notice WHERE read_at < :until"), {"until": clock.now() - KEPT_READ}
        )
