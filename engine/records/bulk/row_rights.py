"""What the grants say of the single rows of a load: whether they may be written, and which of their fields."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.access.grants import Grant, grants, require
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.platform.errors import Conflict, Fault
from engine.platform.i18n import Text
from engine.records.bulk.checks import RowFault
from engine.records.bulk.completing import Block
from engine.records.bulk.staging import FAULT, NUMBER, Staging
from engine.records.bulk.updates import Wanted
from engine.records.reading.rights import Rights, matching
from engine.records.storage.rows import StoredRecord
from engine.records.writing import incoming
from engine.records.writing.incoming import place_fault, unknown_field
from engine.records.writing.transaction import Transaction

AT_ONCE = 5000
CLOSED = Text("您不能修改这个字段", "You may not change this field")
NOT_NEW = Text("您不能新建这样的数据", "You may not create such a record")
NOT_THIS = Text("您不能修改这条数据", "You may not change this record")


class RowRights:
    """Looks at what rows give while they are staged, and judges them by the grants that hold once they are written.

    A new row needs a grant to import and one to create; together those that hold for it open its fields.
    """

    def __init__(self, tx: Transaction, form: Form) -> None:
        self.form = form
        self._importing = require(tx.live, tx.viewer, form.key, "import")
        self._creating = grants(tx.live, tx.viewer, form.key, "create")
        self._whole = [Rights(one) for one in (self._importing, self._creating) if one]
        self._closable = {
            field.path
            for field in (*form.walk(), SYSTEM_FIELDS["owner"])
            if not all(Rights((one,)).opens(field) for one in (*self._importing, *self._creating))
        }
        self._by_row = any(one.conditional for one in self._whole) or any(
            "." in one for one in self._closable
        )
        self._given: dict[str, set[int]] = {}

    def refused(self, key: str) -> list[Fault]:
        """What is wrong with giving a field in a new row, whatever is in the row."""
        field = self.form.field(key)
        if field is None or self._whole[0].hides(field):
            return [unknown_field("", key)]
        if field.kind.computed:
            said = Text("这个字段由系统计算", "This field is worked out")
            return [place_fault("", field, "not_writable", said)]
        if not all(one.opens(field) for one in self._whole):
            return [place_fault("", field, "not_editable", CLOSED)]
        return []

    def note(self, number: int, values: Mapping[str, Any]) -> None:
        """Remember which fields a new row gives, where it depends on the row whether they are open."""
        if self._by_row:
            for path in _given(self.form, values) & self._closable:
                self._given.setdefault(path, set()).add(number)

    def note_block(self, block: Block) -> None:
        """The same for rows that are given by columns."""
        if self._by_row:
            for path in self._closable & block.columns.keys():
                pairs = zip(block.numbers, block.columns[path], strict=True)
                self._given.setdefault(path, set()).update(one for one, value in pairs if value is not None)

    def confirm(self, tx: Transaction) -> None:
        """Refuse to go on with rows that were staged under other grants."""
        now = [grants(tx.live, tx.viewer, self.form.key, one) for one in ("import", "create")]
        if now != [self._importing, self._creating]:
            said = Text(
                "导入期间权限被修改，请重新导入",
                "The permissions were changed during the import; please import again",
            )
            raise Conflict(said, code="rights_changed")

    def judge(self, tx: Transaction, staging: Staging) -> list[RowFault]:
        """What is wrong with the new rows as they are written."""
        if not self._by_row:
            return []
        found: list[RowFault] = []
        pairs = tx.connection.exec_driver_sql(
            f"SELECT id, {NUMBER} FROM {staging.name} WHERE {FAULT} IS NULL ORDER BY {NUMBER}"
        ).all()
        for start in range(0, len(pairs), AT_ONCE):
            numbers = {row[0]: row[1] for row in pairs[start : start + AT_ONCE]}
            held = [self._held(tx, one, numbers) for one in (self._importing, self._creating)]
            for record_id, number in numbers.items():
                paths = [path for path, rows in self._given.items() if number in rows]
                said = [one.get(record_id) for one in held]
                found += [RowFault.of(number, one) for one in _faults(self.form, said, paths, NOT_NEW)]
        return found

    def judge_changes(
        self, tx: Transaction, wanted: Sequence[Wanted], stored: Mapping[int, StoredRecord]
    ) -> dict[int, list[Fault]]:
        """What the grants to import say of changes to these records, by the rows' numbers."""
        if not self._whole[0].conditional and not self._closable:
            return {}
        held = self._held(tx, self._importing, stored)
        found = {
            one.number: _faults(
                self.form,
                [held.get(one.id)],
                sorted(_given(self.form, news_of(one.values, stored[one.id]))),
                NOT_THIS,
            )
            for one in wanted
            if one.id in stored
        }
        return {number: faults for number, faults in found.items() if faults}

    def _held(self, tx: Transaction, some: Sequence[Grant], ids: Iterable[int]) -> dict[int, Rights]:
        return matching(tx.connection, tx.live, tx.table(self.form.key), tx.viewer, some, ids)


def news_of(values: Mapping[str, Any], stored: StoredRecord) -> dict[str, Any]:
    """Those of the values that a record does not have."""
    known = stored.known()
    return {key: value for key, value in values.items() if value != known.get(key)}


def _given(form: Form, values: Mapping[str, Any]) -> set[str]:
    return {field.path for field, _ in incoming.given(form, values)}


def _faults(form: Form, held: Sequence[Rights | None], paths: Iterable[str], nothing: Text) -> list[Fault]:
    if None in held:
        return [Fault("", "forbidden", nothing)]
    fields: list[Field] = [field for path in paths if (field := form.field(path)) is not None]
    return [
        place_fault("", field, "not_editable", CLOSED, f"/{field.key}" if field.parent else "")
        for field in fields
        if not all(one is None or one.opens(field) for one in held)
    ]
