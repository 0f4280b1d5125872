"""Which records differ from what they were at an earlier version; a change that was taken back again does not count."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Row

from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.records.storage import rows
from engine.records.storage.rows import StoredRecord
from engine.records.writing.old_values import eras, has_former
from engine.records.writing.transaction import Transaction

BATCH = 2000


def edited(tx: Transaction, form: Form, since: Mapping[int, int]) -> set[int]:
    """Those records, of these with the version to look back to, whose values are others now."""
    found: set[int] = set()
    been = eras(tx.connection, tx.live, form)
    for some in _portions(since):
        held = rows.read(tx.connection, tx.table(form.key), list(some), deleted=None)
        steps: dict[int, set[int]] = {}
        earlier: dict[int, dict[str, Any]] = {}
        for one in _later(tx, form, some):
            steps.setdefault(one.record_id, set()).add(one.version)
            # The first change that names a field knows what was there before.
            was = {key: been.read(key, value, one.id) for key, value in one.old.items()}
            earlier[one.record_id] = {**was, **earlier.get(one.record_id, {})}
        for record_id, version in some.items():
            record = held.get(record_id)
            if record is None or record.version == version:
                continue
            known = len(steps.get(record_id, ())) == record.version - version
            if not known or not _as_before(form, record, earlier[record_id]):
                found.add(record_id)
    return found


def _later(tx: Transaction, form: Form, since: Mapping[int, int]) -> Iterable[Row[Any]]:
    """The changes after these versions, in their order: number, record, version, old values."""
    stored = tx.table(form.key).stored
    return tx.connection.exec_driver_sql(
        f"SELECT h.id, h.record_id, h.version, h.old FROM {stored.schema}.history h"
        " JOIN unnest(%s::bigint[], %s::int[]) AS s(id, version) ON h.record_id = s.id AND h.version > s.version"
        " WHERE h.form_id = %s::bigint ORDER BY h.id",
        (list(since), list(since.values()), stored.id),
    )


def _as_before(form: Form, record: StoredRecord, earlier: Mapping[str, Any]) -> bool:
    now = record.known()
    for key, was in earlier.items():
        field = form.field(key)
        if field is None or field.kind.computed:
            continue
        if has_former(was) or _plain(was, field) != _plain(now.get(key), field):
            return False
    return True


def _plain(value: Any, field: Field) -> Any:
    """A value as it is compared: rows by what stands in them, for a row that comes back may have a new id."""
    if not isinstance(value, list):
        return value
    own = {one.key for one in field.children if not one.kind.computed}
    return [
        {key: found for key, found in one.values.items() if key in own and found not in (None, [])}
        if isinstance(one, RowValues)
        else one
        for one in value
    ] or None


def _portions(since: Mapping[int, int]) -> Iterator[dict[int, int]]:
    rest = iter(sorted(since.items()))
    while some := dict(islice(rest, BATCH)):
        yield some
