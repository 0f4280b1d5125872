"""What people say about a record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from engine.access.viewer import App, Viewer, viewer_for
from engine.definitions.model import LiveApp
from engine.fields.base import FieldFault, utc_text
from engine.fields.references import Ref
from engine.fields.text import clean_text
from engine.platform.errors import Forbidden, Invalid, NotFound, NotSignedIn
from engine.platform.i18n import Text
from engine.platform.notices import tell
from engine.records.reading.naming import record_titles
from engine.records.reading.seen import seen
from engine.records.storage.tables import form_table
from engine.records.writing.holding import not_found
from engine.records.writing.transaction import Transaction

MOST = 5000


@dataclass(frozen=True)
class Comment:
    """One comment with its author."""

    id: int
    text: str
    at: datetime
    author: Ref | None
    mentions: tuple[int, ...]
    unseen: tuple[str, ...] = ()
    """The names of those who are mentioned and, when it was written, might not read the record."""

    def json(self) -> dict[str, Any]:
        """The comment as programs get it."""
        return {
            "id": self.id,
            "text": self.text,
            "at": utc_text(self.at),
            "author": self.author.json() if self.author else None,
            "mentions": list(self.mentions),
        }


def comments(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, record_id: int
) -> list[Comment]:
    """The comments of a record that the viewer may read, the oldest first."""
    _require_readable(connection, live, form_key, viewer, record_id)
    table = form_table(connection, live, form_key)
    found = connection.execute(
        text(
            f"SELECT c.id, c.text, c.at, c.author, c.mentions, m.name FROM {live.app.schema}.comment c"
            " LEFT JOIN jianflow.member m ON m.id = c.author"
            " WHERE c.form_id = :form AND c.record_id = :record ORDER BY c.id"
        ),
        {"form": table.stored.id, "record": record_id},
    )
    return [
        Comment(
            row.id, row.text, row.at, Ref(row.author, row.name) if row.author else None, tuple(row.mentions)
        )
        for row in found
    ]


def add(tx: Transaction, form_key: str, record_id: int, said: str, mentions: Iterable[int] = ()) -> Comment:
    """Say something about a record that one may read; those who are mentioned and may read it get a notice."""
    _require_readable(tx.connection, tx.live, form_key, tx.viewer, record_id)
    try:
        said = clean_text(said).strip()
    except FieldFault as fault:
        raise Invalid.at("/text", fault.code, fault.message) from None
    if not said:
        raise Invalid.at("/text", "required", Text("请写点什么", "Please write something"))
    if len(said) > MOST:
        raise Invalid.at(
            "/text", "too_long", Text("最多 {most} 个字", "At most {most} characters", most=MOST)
        )
    table = tx.table(form_key)
    told = tuple(dict.fromkeys(tx.read_titles("member", None, mentions)))
    number = tx.connection.execute(
        text(
            f"INSERT INTO {tx.live.app.schema}.comment (form_id, record_id, author, at, text, mentions)"
            " VALUES (:form, :record, :author, :at, :text, :mentions) RETURNING id"
        ),
        {
            "form": table.stored.id,
            "record": record_id,
            "author": tx.viewer.member_id,
            "at": tx.moment,
            "text": said,
            "mentions": list(told),
        },
    ).scalar_one()
    unseen = _tell(tx, form_key, record_id, told, said)
    author = Ref(tx.viewer.member_id, tx.viewer.name) if tx.viewer.member_id else None
    return Comment(number, said, tx.moment, author, told, unseen)


def remove(tx: Transaction, form_key: str, record_id: int, comment_id: int) -> None:
    """Take a comment back: one's own, or any as an administrator."""
    _require_readable(tx.connection, tx.live, form_key, tx.viewer, record_id)
    table = tx.table(form_key)
    row = tx.connection.execute(
        text(
            f"SELECT author FROM {tx.live.app.schema}.comment WHERE id = :id AND form_id = :form AND record_id = :record"
        ),
        {"id": comment_id, "form": table.stored.id, "record": record_id},
    ).first()
    if row is None:
        raise NotFound(Text("没有这条评论", "There is no such comment"))
    if row.author != tx.viewer.member_id and not tx.viewer.administrator:
        raise Forbidden(Text("只能删除自己的评论", "You can only remove your own comments"))
    tx.connection.execute(
        text(f"DELETE FROM {tx.live.app.schema}.comment WHERE id = :id"), {"id": comment_id}
    )


def _tell(
    tx: Transaction, form_key: str, record_id: int, members: Iterable[int], said: str
) -> tuple[str, ...]:
    """Answers the names of those who may not read the record and so get no notice."""
    unseen: list[str] = []
    for member_id in members:
        title = _title_for(tx, form_key, record_id, member_id)
        if title is None:
            unseen.append(tx.title("member", None, member_id) or "")
        elif member_id != tx.viewer.member_id:
            tell(
                tx.connection,
                member_id,
                Text(
                    "{who}在“{title}”中提到了您：{said}",
                    "{who} mentioned you in “{title}”: {said}",
                    who=tx.viewer.name,
                    title=title or f"#{record_id}",
                    said=said[:80],
                ),
                url=f"/a/{tx.live.app.key}/{form_key}/{record_id}",
            )
    return tuple(unseen)


def _title_for(tx: Transaction, form_key: str, record_id: int, member_id: int) -> str | None:
    """The record's title as that person may see it; None for whoever may not read the record."""
    try:
        person = viewer_for(tx.connection, member_id)
    except NotSignedIn:
        return None  # invited, or gone
    return record_titles(tx.connection, tx.live, person, form_key, [record_id]).get(record_id)


def _require_readable(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, record_id: int
) -> None:
    form = live.form(form_key)
    if not seen(connection, live, form_key, viewer, [record_id]):
        raise not_found(form, record_id)
