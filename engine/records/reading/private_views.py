"""Private views: a person's own arrangement of a list, rows and not definitions."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from engine.definitions.model import App
from engine.platform.database import to_json
from engine.platform.errors import NotFound
from engine.platform.i18n import Text

PREFIX = "my-"
"""Keys of private views begin with this; keys of definitions hold no hyphen, so the two never meet."""


def private_views(connection: Connection, app: App, form_key: str, member_id: int) -> list[dict[str, Any]]:
    """A person's views of a form, oldest first, in the shape of a definition's views."""
    rows = connection.execute(
        text(
            """
            SELECT id, view FROM jianflow.private_view
            WHERE member_id = :member AND app_id = :app AND form_key = :form ORDER BY id
            """
        ),
        {"member": member_id, "app": app.id, "form": form_key},
    )
    return [{**row.view, "key": f"{PREFIX}{row.id}"} for row in rows]


def save(connection: Connection, app: App, form_key: str, member_id: int, view: Mapping[str, Any]) -> str:
    """Keep a new private view; answers its key."""
    number = connection.execute(
        text(
            """
            INSERT INTO jianflow.private_view (member_id, app_id, form_key, view)
            VALUES (:member, :app, :form, CAST(:view AS jsonb)) RETURNING id
            """
        ),
        {"member": member_id, "app": app.id, "form": form_key, "view": to_json(dict(view))},
    ).scalar_one()
    return f"{PREFIX}{number}"


def change(
    connection: Connection, app: App, form_key: str, member_id: int, key: str, view: Mapping[str, Any]
) -> None:
    """Replace one's own view."""
    _one(
        connection.execute(
            text(
                """
                UPDATE jianflow.private_view SET view = CAST(:view AS jsonb)
                WHERE id = :id AND member_id = :member AND app_id = :app AND form_key = :form
                """
            ),
            {
                "id": _number(key),
                "member": member_id,
                "app": app.id,
                "form": form_key,
                "view": to_json(dict(view)),
            },
        ).rowcount
    )


def remove(connection: Connection, app: App, form_key: str, member_id: int, key: str) -> None:
    """Remove one's own view."""
    _one(
        connection.execute(
            text(
                """
                DELETE FROM jianflow.private_view
                WHERE id = :id AND member_id = :member AND app_id = :app AND form_key = :form
                """
            ),
            {"id": _number(key), "member": member_id, "app": app.id, "form": form_key},
        ).rowcount
    )


def _number(key: str) -> int:
    number = key.removeprefix(PREFIX)
    known = key.startswith(PREFIX) and number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if known else 0


def _one(count: int) -> None:
    if count != 1:
        raise NotFound(Text("没有这个视图", "There is no such view"))
