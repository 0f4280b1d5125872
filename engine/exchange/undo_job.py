"""Taking an import back: its records, and the members, fields and options that it made and nothing else uses."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from engine.access import removal
from engine.access.grants import require
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.exchange import new_fields
from engine.exchange.import_job import finished
from engine.platform.errors import Conflict, Forbidden, NotFound
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, enqueue, get_job, job
from engine.records.bulk.undo import Undone, undo_import
from engine.records.bulk.undo_rights import closed
from engine.records.storage.people_in_use import named_elsewhere
from engine.records.writing import following
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import transact

UNDO = "exchange.undo"
LOST = Text(
    "撤销被中断，没有撤销任何记录，请再试一次",
    "Undoing was interrupted; nothing was undone. Please try again",
)


def start(connection: Connection, app_key: str, import_id: str, viewer: Viewer) -> str:
    """Write the job; answers its id. Refuses what was not imported, is not one's own, or is undone already."""
    imported = get_job(connection, import_id)
    if imported.app_key != app_key:
        raise NotFound(Text("没有这次导入", "There is no such import"))
    if not viewer.administrator and imported.member_id != viewer.member_id:
        raise Forbidden(
            Text("只有导入的人和管理员可以撤销", "Only the importer or an administrator may undo this")
        )
    result = finished(connection, import_id)
    if result.get("undone"):
        raise Conflict(Text("这次导入已经撤销过了", "This import was undone already"), code="already_undone")
    require(living.load(connection, app_key), viewer, result["form"], "import")
    payload = {"app": app_key, "import": import_id}
    return enqueue(connection, UNDO, payload, member_id=viewer.member_id, app_key=app_key)


@job(UNDO, retry=True, lost=LOST)
def run(context: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
    """Undo in one transaction, which keeps in the job's row what it did; fields and options that nothing uses go then."""
    app_key, import_id = payload["app"], payload["import"]
    with context.database.connect() as connection:
        imported = finished(connection, import_id)
    told = payload.get("at") or _undo(context, app_key, import_id, imported)
    added = new_fields.Added(
        [] if told["kept"] else imported.get("new_fields") or [], imported.get("new_options") or {}
    )
    if added:
        gone = new_fields.take_back(
            context.database, app_key, imported["form"], added, author=context.member_id
        )
        told["fields"], told["options"] = gone.fields, gone.options
    return told


class _Closed(Exception):
    """Records that have got old values which their importer may not give them any more."""

    def __init__(self, records: set[tuple[str, int]]) -> None:
        super().__init__("closed")
        self.records = records


def _undo(context: JobContext, app_key: str, import_id: str, imported: Mapping[str, Any]) -> dict[str, Any]:
    """Take the records back as far as this person may, by the rights of now; answers what was done."""
    with context.database.connect() as connection:
        viewer = viewer_for(connection, context.member_id or 0)
    apart: set[tuple[str, int]] = set()

    def work(tx: Transaction) -> dict[str, Any]:
        require(tx.live, tx.viewer, imported["form"], "import")
        undone = undo_import(tx, UUID(import_id), apart)
        if records := closed(tx, undone):
            raise _Closed(records)
        told = {
            **undone.json(),
            "members": _remove_members(tx, imported.get("members") or []),
            "url": f"/a/{app_key}/{imported['form']}",
            "message": str(_summary(undone)),
        }
        if not undone.kept:  # else what was in the way may go, and the undo be tried again
            _mark(tx.connection, import_id)
        following.finish(tx)
        context.remember(tx.connection, told)
        return told

    while True:
        try:
            return transact(context.database, app_key, viewer, work, door="import")
        except _Closed as found:
            apart |= found.records


def _remove_members(tx: Transaction, made: list[int]) -> int:
    """Members that the import made: those whom no record names and who were not invited since."""
    used = named_elsewhere(tx.connection, "member", set(made), binned=False)
    return removal.remove_untouched(tx.connection, set(made) - used, author=tx.viewer)


def _mark(connection: Connection, import_id: str) -> None:
    connection.execute(
        text(
            "UPDATE jianflow.job SET result = result || '{\"undone\": true}'::jsonb WHERE id = CAST(:id AS uuid)"
        ),
        {"id": import_id},
    )


def _summary(undone: Undone) -> Text:
    if undone.kept:
        return Text(
            "已撤销 {n} 条；{kept} 条因后来被修改或使用而保留",
            "{n} undone; {kept} kept because they were changed or used since",
            n=f"{undone.removed + undone.restored:,}", kept=f"{len(undone.kept):,}",
        )  # fmt: skip
    return Text("已撤销 {n} 条", "{n} undone", n=f"{undone.removed + undone.restored:,}")
