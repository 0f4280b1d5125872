"""Taking hold of a record to change it: found, locked, and allowed for its row as it is."""

from engine.access.grants import require
from engine.fields.form import Form
from engine.platform.errors import Forbidden, NotFound
from engine.platform.i18n import Text
from engine.records import rows
from engine.records.rights import Rights, matching
from engine.records.rows import StoredRecord
from engine.records.seen import seen
from engine.records.transaction import Transaction

_WORDS = {"update": Text("修改", "change"), "delete": Text("删除", "delete")}


def held(tx: Transaction, form: Form, record_id: int, operation: str) -> tuple[StoredRecord, Rights]:
    """The record, locked, and what one may do with it; 404 for what may not be read."""
    grants = require(tx.live, tx.viewer, form.key, operation)
    table = tx.table(form.key)
    found = rows.read(tx.connection, table, [record_id], lock=True).get(record_id)
    if found is None or not _readable(tx, form, record_id):
        raise not_found(form, record_id)
    rights = matching(tx.connection, tx.live, table, tx.viewer, grants, [record_id]).get(record_id)
    if rights is None:
        raise Forbidden(
            Text(
                "你不能{operation}这条数据",
                "You may not {operation} this record",
                operation=_WORDS[operation],
            )
        )
    tx.locked.setdefault(form.key, set()).add(record_id)
    return found, rights


def not_found(form: Form, record_id: int) -> NotFound:
    """The refusal of a record that does not exist, or that one may not know of."""
    name = Text(form.name("zh-CN"), form.name("en"))
    return NotFound(Text("没有编号为 {id} 的{form}", "There is no {form} {id}", id=record_id, form=name))


def _readable(tx: Transaction, form: Form, record_id: int) -> bool:
    return tx.viewer.administrator or bool(seen(tx.connection, tx.live, form.key, tx.viewer, [record_id]))
