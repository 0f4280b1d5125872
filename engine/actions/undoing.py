"""Taking back what a button did: what it made goes to the recycle bin, what it changed gets its old values."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text

from engine.access.grants import require
from engine.access.viewer import Viewer
from engine.actions.pressing import DOOR
from engine.platform.database import Database
from engine.platform.errors import Conflict, Forbidden, NotFound
from engine.platform.i18n import Text
from engine.records.bulk.undo import undo_import
from engine.records.bulk.undo_rights import closed
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import transact


def undo(database: Database, app_key: str, form_key: str, viewer: Viewer, batch: UUID) -> None:
    """Take one's own press of a button of this form back, all of it or nothing."""

    def work(tx: Transaction) -> None:
        require(tx.live, tx.viewer, form_key, "read")
        if not _own(tx, form_key, batch):
            raise NotFound(Text("没有可以撤销的操作", "There is nothing to undo"), code="nothing_to_undo")
        # Twice: what the record at hand links to can only go once it has let go of it.
        first = undo_import(tx, batch)
        if closed(tx, first):
            raise Forbidden(
                Text(
                    "不能撤销：您已没有权限修改这些数据",
                    "This cannot be undone: you may not change these records any more",
                )
            )
        if gone := next((one for one in first.kept if one.gone), None):
            said = Text("不能撤销：{reason}", "This cannot be undone: {reason}", reason=gone.reason)
            raise Conflict(said, code="changed_since")
        if kept := undo_import(tx, batch).kept:
            raise Conflict(
                Text(
                    "不能撤销，“{title}”已经又被修改或使用了",
                    "This cannot be undone: “{title}” has been changed or used since",
                    title=kept[0].title,
                ),
                code="changed_since",
            )

    transact(database, app_key, viewer, work, door=DOOR)


def _own(tx: Transaction, form_key: str, batch: UUID) -> bool:
    """Whether the batch is a press by this person, of a button of this form, that wrote something."""
    me = tx.viewer.member_id
    changed = tx.connection.scalar(
        text(
            f"SELECT bool_and(author = :me AND door = :door) AND bool_or(form_id = :form)"
            f" FROM {tx.live.app.schema}.history WHERE import_id = :batch AND kind = 'updated'"
        ),
        {"me": me, "door": DOOR, "form": tx.table(form_key).stored.id, "batch": batch},
    )
    if changed is False:
        return False
    makers = {maker for key in tx.live.forms for maker in _makers(tx, key, batch)}
    # What was made only is told from an import, which has an undoing of its own, by the import's job.
    return makers <= {me} if changed else makers == {me} and not _of_job(tx, batch)


def _makers(tx: Transaction, form_key: str, batch: UUID) -> set[int | None]:
    main = tx.table(form_key).main
    of_batch = sa.select(main.c.created_by).where(main.c.import_id == batch, main.c.deleted_at.is_(None))
    return set(tx.connection.scalars(of_batch.distinct()))


def _of_job(tx: Transaction, batch: UUID) -> bool:
    return bool(tx.connection.scalar(text("SELECT 1 FROM jianflow.job WHERE id = :id"), {"id": batch}))
