"""A new record read by the statement that writes it, where that shows the same as asking after it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.access.grants import grants
from engine.fields.form import Form
from engine.platform.database import to_json
from engine.records.reading import plan
from engine.records.reading.read import MAIN, planned, put_tables, today
from engine.records.reading.reading import Reading
from engine.records.reading.record import Record
from engine.records.reading.visible import Access, access_for
from engine.records.storage import persist
from engine.records.storage.form_traits import traits
from engine.records.storage.tables import FormTable
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Way:
    """The statement that writes a record and answers it as its writer may read it."""

    statement: str
    parameters: Mapping[str, Any]
    reading: Reading

    def insert(self, tx: Transaction, document: Mapping[str, Any]) -> int | None:
        """Write the record; answers its id, None where a link leads to a record that is not there."""
        parameters = {**self.parameters, "document": to_json([document])}
        record_id, held, *row = persist.execute(tx.connection, self.statement, parameters)[0]
        if not held:
            return None
        tx.shown[self.reading.form.key, record_id] = lambda: self._record(tx, row)
        return record_id  # type: ignore[no-any-return]

    def _record(self, tx: Transaction, row: list[Any]) -> Record:
        record = self.reading.records(tx.connection, [row])[0]
        put_tables(tx.connection, tx.live, tx.viewer, record)
        return record


def way(
    tx: Transaction, form: Form, table: FormTable, present: frozenset[str], beside: persist.Beside
) -> Way | None:
    """How to write such a record and read it at once; None where something would still follow from the write.

    Its reader has to see every row, so that there is an answer; sums of other records, those who listen and files may
    change what the record shows.
    """
    if tx.touched or tx.listened(form.key) or traits(form).holding:
        return None
    if not grants(tx.live, tx.viewer, form.key, "read") or not access_for(tx.live, form, tx.viewer).whole:
        return None

    def make() -> tuple[Way | None, Mapping[str, Access], bool]:
        (prepared, reading), asked, keepable = planned(
            tx.connection, tx.live, form.key, tx.viewer, alone=True
        )
        statement = _joined(table, present, beside, prepared.sql) if keepable else None
        made = None if statement is None else Way(statement, prepared.parameters, reading)
        return made, asked, True

    return plan.keep(tx.live, tx.viewer, ("new", form.key, present, beside, today(tx.viewer)), make)


def taken(tx: Transaction, form_key: str, record_id: int) -> Record | None:
    """The record if it was read as it was written, and nothing has changed it since."""
    record = tx.shown.pop((form_key, record_id), None)
    return record() if record is not None else None


def _joined(table: FormTable, present: frozenset[str], beside: persist.Beside, reading: str) -> str | None:
    """Both statements as one; None where the second reads more than one row of what the first writes.

    All parts of a statement see the tables as they were before it, but what one of its steps answers.
    """
    own = table.stored.qualified()
    steps, written, held = persist.inserting(table, present, beside)
    reading, times = re.subn(rf"\bFROM {re.escape(own)} AS {MAIN}\b", f"FROM {written} AS {MAIN}", reading)
    reading, asked = re.subn(r"%\(ids\)s::BIGINT", "(SELECT id FROM input)", reading)
    if times != 1 or asked != 1 or re.search(rf"\b{re.escape(own)}(?![0-9])", reading):
        return None
    return f"{steps} SELECT (SELECT id FROM input), (SELECT {held} FROM input), {reading.removeprefix('SELECT ')}"
