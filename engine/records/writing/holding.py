"""Taking hold of a record to change it: found, locked, and allowed for its row as it is."""

from collections.abc import Collection

from engine.access.grants import require
from engine.fields.form import Form
from engine.platform.errors import Forbidden, NotFound, Refusal
from engine.platform.i18n import Text
from engine.records.reading.rights import Rights, matching
from engine.records.reading.seen import seen
from engine.records.storage import rows
from engine.records.storage.rows import StoredRecord
from engine.records.writing.transaction import Transaction

_WORDS = {"update": Text("修改", "change"), "delete": Text("删除", "delete")}


def held(tx: Transaction, form: Form, record_id: int, operation: str) -> tuple[StoredRecord, Rights]:
    """The record, locked, and what one may do with it; 404 for what may not be read."""
    found = held_all(tx, form, [record_id], operation)[record_id]
    if isinstance(found, Refusal):
        raise found
    return found


def held_all(
    tx: Transaction, form: Form, record_ids: Collection[int], operation: str
) -> dict[int, tuple[StoredRecord, Rights] | Refusal]:
    """The same for many records, each with what refuses it instead where one may not have it."""
    grants = require(tx.live, tx.viewer, form.key, operation)
    table = tx.table(form.key)
    records = rows.read(tx.connection, table, record_ids, lock=True)
    readable = set(records)
    if records and not tx.viewer.administrator:
        readable &= seen(tx.connection, tx.live, form.key, tx.viewer, readable)
    allowed = matching(tx.connection, tx.live, table, tx.viewer, grants, readable) if readable else {}
    found: dict[int, tuple[StoredRecord, Rights] | Refusal] = {}
    for one in record_ids:
        if one not in readable:
            found[one] = not_found(form, one)
        elif one not in allowed:
            found[one] = Forbidden(
                Text(
                    "您不能{operation}这条数据",
                    "You may not {operation} this record",
                    operation=_WORDS[operation],
                )
            )
        else:
            found[one] = records[one], allowed[one]
    tx.locked.setdefault(form.key, set()).update(allowed)
    return found


def not_found(form: Form, record_id: int) -> NotFound:
    """The refusal of a record that does not exist, or that one may not know of."""
    name = Text(form.name("zh-CN"), form.name("en"))
    return NotFound(Text("没有编号为 {id} 的{form}", "There is no {form} {id}", id=record_id, form=name))
