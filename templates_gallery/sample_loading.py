"""Putting sample data into an app: its people, then its records, each dated to the day that its sheet says."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from engine.access.viewer import Viewer
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Conflict
from engine.platform.i18n import Text
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import create, transact
from templates_gallery.sample_people import add_people
from templates_gallery.sample_sheets import ME, Names, SampleSheets, in_loading_order, values_of


def load(database: Database, app_key: str, sheets: SampleSheets, *, author: Viewer) -> int:
    """Load the sheets in one transaction; answers the number of records. All of them are known by one import."""
    return transact(database, app_key, author, lambda tx: _load(tx, sheets, author), door="sample")


def _load(tx: Transaction, sheets: SampleSheets, author: Viewer) -> int:
    _begin(tx)
    staff = add_people(tx.connection, tx.live, sheets, author=author)
    records: dict[str, int] = {}
    names = Names(
        time_zone=author.time_zone,
        today=clock.today(author.time_zone),
        members={**staff.members, ME: author.member_id},
        departments=staff.departments,
        records=records,
    )
    now = tx.moment
    assert (
        tx.formula_moment
    )  # fixed before the first record is dated back: formulas are worked out as of today
    for form_key, rows in in_loading_order(sheets, tx.live.form):
        form = tx.live.form(form_key)
        for row in rows:
            records[row.reference] = _write(tx, form_key, values_of(row, form, names))
    tx.moment = now
    return len(records)


def _write(tx: Transaction, form_key: str, values: Mapping[str, Any]) -> int:
    """A record as if written on its day, so that its serial number and its dates are of that time."""
    given = {key: value for key, value in values.items() if value is not None}
    tx.moment = given.pop("created_at", tx.moment)
    return create(tx, form_key, given).id


def _begin(tx: Transaction) -> None:
    tx.import_id = uuid4()
    made = tx.connection.execute(
        text("INSERT INTO jianflow.sample_data VALUES (:app, :import_id, :at) ON CONFLICT DO NOTHING"),
        {"app": tx.live.app.id, "import_id": tx.import_id, "at": tx.moment},
    )
    if not made.rowcount:
        raise Conflict(
            Text("这个应用已经有示例数据了。", "This app has sample data already."), code="sample_data_there"
        )
