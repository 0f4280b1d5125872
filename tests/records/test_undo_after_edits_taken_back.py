"""An import is taken back whole where all that was changed since has been put back."""

from collections.abc import Iterable
from typing import Any

import pytest

from engine.definitions import live as living
from engine.fields.base import RowValues
from engine.platform.database import Database
from engine.records.bulk.undo import Undone, undo_import
from engine.records.bulk.write import Loaded, Row, loading
from engine.records.storage.tables import form_table
from engine.records.writing import recycle, write
from tests.records.making import ENGINE, add, change, field, form, make_app, stored, text, values

CUSTOMER = form("customer", text(), title="{name}")
DEAL = form(
    "deal",
    text(),
    field("customer", "link", form="customer"),
    field("amount", "money"),
    field("day", "date"),
    field("seen", "datetime"),
    field("double", "formula", formula="amount * 2", result="money"),
    field("tags", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
    field("lines", "subform", fields=[text("item"), field("count", "number")]),
    title="{name}",
)
SENT: dict[str, Any] = {"name": "甲", "amount": "5.50", "day": "2026-03-15", "tags": ["b", "a"]}


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, DEAL)


def load(database: Database, app: str, rows: Iterable[dict[str, Any]]) -> Loaded:
    with loading(database, app, "deal", ENGINE) as under_way:
        under_way.stage(
            Row(number, {key: value for key, value in row.items() if key != "id"}, row.get("id"))
            for number, row in enumerate(rows)
        )
        return under_way.finish()


def taken_back(database: Database, app: str, loaded: Loaded) -> Undone:
    return write.transact(database, app, ENGINE, lambda tx: undo_import(tx, loaded.import_id))


def made(database: Database, app: str, loaded: Loaded) -> list[int]:
    with database.connect() as connection:
        main = form_table(connection, living.load(connection, app), "deal").main
        return sorted(
            connection.scalars(
                main.select().with_only_columns(main.c.id).where(main.c.import_id == loaded.import_id)
            )
        )


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ({"amount": "7"}, {"amount": "5.5"}),
        ({"name": "乙", "day": None, "tags": ["a"]}, {"name": "甲", "day": "2026-03-15", "tags": ["b", "a"]}),
        ({"seen": "2026-03-15T01:00:00+08:00"}, {"seen": None}),
        ({"lines": []}, {"lines": [{"item": "笔", "count": "2"}, {"item": "纸"}]}),
    ],
)
def test_a_change_that_was_undone_keeps_no_record_back(
    database: Database, app: str, now: dict[str, Any], before: dict[str, Any]
) -> None:
    lines = [RowValues(None, {"item": "笔", "count": 2}), RowValues(None, {"item": "纸"})]
    sent = {"name": "甲", "amount": 5.5, "day": "2026-03-15", "tags": ["b", "a"]}
    loaded = load(database, app, [{**sent, "lines": lines}, {"name": "丙"}])
    first, _ = made(database, app, loaded)
    change(database, app, "deal", first, **now)
    change(database, app, "deal", first, **before)
    undone = taken_back(database, app, loaded)
    assert (undone.removed, undone.kept) == (2, [])
    assert stored(database, app, "deal", first).deleted_at is not None


def test_a_change_that_was_undone_only_in_part_keeps_its_record(database: Database, app: str) -> None:
    loaded = load(database, app, [{"name": "甲", "amount": 5}, {"name": "乙"}])
    first, _ = made(database, app, loaded)
    change(database, app, "deal", first, amount="7", name="丁")
    change(database, app, "deal", first, amount="6")
    change(database, app, "deal", first, amount="5")
    undone = taken_back(database, app, loaded)
    assert undone.removed == 1
    assert [(one.id, str(one.reason)) for one in undone.kept] == [(first, "导入后又被修改过")]


def test_a_record_that_was_deleted_and_restored_goes_with_its_import(database: Database, app: str) -> None:
    loaded = load(database, app, [{"name": "甲"}])
    (first,) = made(database, app, loaded)
    write.transact(database, app, ENGINE, lambda tx: recycle.delete(tx, "deal", first))
    write.transact(database, app, ENGINE, lambda tx: recycle.restore(tx, "deal", first))
    undone = taken_back(database, app, loaded)
    assert (undone.removed, undone.kept) == (1, [])


def test_what_an_import_changed_gets_its_old_values_though_somebody_tried_others_meanwhile(
    database: Database, app: str
) -> None:
    old, other = (add(database, app, "deal", **SENT) for _ in range(2))
    loaded = load(database, app, [{"id": old, "amount": 9}, {"id": other, "amount": 9}])
    change(database, app, "deal", old, amount="1", name="乙")
    change(database, app, "deal", old, amount="9", name="甲")
    change(database, app, "deal", other, amount="1")
    undone = taken_back(database, app, loaded)
    assert (undone.restored, [one.id for one in undone.kept]) == (1, [other])
    assert str(values(database, app, "deal", old)["amount"]) == "5.50"
    assert str(values(database, app, "deal", other)["amount"]) == "1.00"
    again = taken_back(database, app, loaded)
    assert (again.restored, [one.id for one in again.kept]) == (0, [other])
