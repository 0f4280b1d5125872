"""The refusal of a change that was made to an older version: both versions, so that a person can merge them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from engine.fields.failed import Failed, value_json
from engine.fields.form import Field, Form
from engine.formulas.values import FormulaError
from engine.platform.errors import Stale
from engine.platform.i18n import Text
from engine.records.reading.naming import named
from engine.records.reading.read import get
from engine.records.reading.visible import access_for, seen_rows
from engine.records.storage.rows import StoredRecord
from engine.records.writing.old_values import eras
from engine.records.writing.transaction import Transaction


def stale(tx: Transaction, form: Form, now: StoredRecord, version: int, sent: Mapping[str, Any]) -> Stale:
    """`details` hold the record as it is now, what was sent, and each field that changed in between, as it was."""
    theirs = get(tx.connection, tx.live, form.key, tx.viewer, now.id)
    found = tx.connection.execute(
        text(
            f"SELECT h.id, h.old, h.at, m.name FROM {tx.live.app.schema}.history h"
            " LEFT JOIN jianflow.member m ON m.id = h.author"
            " WHERE h.form_id = :form AND h.record_id = :record AND h.version > :version ORDER BY h.id DESC"
        ),
        {"form": tx.table(form.key).stored.id, "record": now.id, "version": version},
    ).all()
    been, base = eras(tx.connection, tx.live, form), dict[str, Any]()
    for row in found:  # the oldest of them comes last and stands
        base |= {key: been.read(key, value, row.id) for key, value in row.old.items()}
    known = now.known()
    access = access_for(tx.live, form, tx.viewer)
    between: list[tuple[Field, Any, Any]] = []
    for key, old in base.items():
        field = form.field(key)
        if field is not None and (key in theirs.values or field.system and access.always(key)):
            before, here = old, known.get(key)
            if field.children:
                before, here = seen_rows(access, field, before), seen_rows(access, field, here)
            if before != _shown(here):  # what was changed and changed back is as it was
                between.append((field, before, _shown(here)))
    told = iter(
        named(
            tx.connection,
            tx.live,
            tx.viewer,
            [(field, value) for field, before, here in between for value in (before, here)],
        )
    )
    changed = [
        {
            "field": field.key,
            "label": field.name(),
            "base": value_json(next(told), field),
            "theirs": value_json(next(told), field),
            "mine": sent.get(field.key),
            "clash": field.key in sent,
        }
        for field, _, _ in between
    ]
    who = found[0].name if found and access.always("updated_by") else None
    message = (
        Text("{who}刚刚修改了这条数据", "{who} has just changed this record", who=who)
        if who
        else Text("这条数据刚刚被修改过", "This record has just been changed")
    )
    return Stale(
        message, mine={"version": version, "values": dict(sent)}, theirs=theirs.json(), changed=changed
    )


def _shown(value: Any) -> Any:
    return Failed(value.code) if isinstance(value, FormulaError) else value
