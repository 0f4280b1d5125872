"""Many records loaded at once."""

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from engine.fields.base import RowValues
from engine.platform.database import Database
from engine.records.bulk.undo import undo_import
from engine.records.bulk.write import Loaded, Row, loading
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, stored, text, values
from tests.records.test_setting_in_sets import statements

CUSTOMER = form(
    "customer",
    text(unique="must"),
    field("orders", "rollup", form="order", via="customer", fn="count"),
    field("total", "rollup", form="order", via="customer", fn="sum", field="gross"),
    title="{name}",
)
ORDER = form(
    "order",
    text("code", unique="must"),
    field("customer", "link", form="customer"),
    field("net", "money"),
    field("rate", "percent", default="0.1"),
    field("tax", "formula", formula="net * rate", result="money"),
    field("gross", "formula", formula="net + tax", result="money"),
    field("share", "formula", formula="net / (net - 5)", result="number", decimals=2),
    field("no", "serial", pattern=[{"text": "A"}, {"digits": 3}]),
    field("mates", "members"),
    field("tags", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
    field(
        "lines",
        "subform",
        fields=[
            text("product"),
            field("qty", "number"),
            field("twice", "formula", formula="qty * 2", result="number"),
        ],
    ),
    field("pieces", "formula", formula="SUM(lines.qty)", result="number"),
    title="{no} {code}",
    rules=[
        {
            "key": "positive",
            "kind": "validation",
            "level": "must",
            "formula": "gross >= 0",
            "message": "不能为负",
            "fields": ["net"],
        },
        {
            "key": "large",
            "kind": "validation",
            "level": "remind",
            "formula": "net < 1000",
            "message": "很大",
            "fields": ["net"],
        },
        {
            "key": "tagged",
            "kind": "validation",
            "level": "must",
            "formula": "net < 500",
            "message": "要有标签",
            "when": {"all": [{"field": "net", "op": "lt", "value": 900}, {"field": "tags", "op": "empty"}]},
            "fields": ["tags"],
        },
    ],
)


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, ORDER)


def load(database: Database, app: str, key: str, rows: Iterable[dict[str, Any]]) -> Loaded:
    numbers = itertools.count(1)
    with loading(database, app, key, ENGINE) as under_way:
        under_way.stage(
            Row(next(numbers), {k: v for k, v in one.items() if k != "id"}, one.get("id")) for one in rows
        )
        return under_way.finish()


def test_many_rows_are_completed_as_single_ones_are(database: Database, app: str) -> None:
    one = add(database, app, "customer", name="甲")
    sent = {
        "code": "x",
        "customer": one,
        "net": Decimal(100),
        "tags": ["b", "a"],
        "lines": [
            RowValues(None, {"product": "笔", "qty": Decimal(2)}),
            RowValues(None, {"qty": Decimal(3)}),
        ],
    }
    loaded = load(database, app, "order", [{**sent, "code": str(number)} for number in range(10)])
    assert (loaded.created, loaded.rejected) == (10, 0)
    single = add(
        database,
        app,
        "order",
        code="single",
        customer=one,
        net=100,
        tags=["b", "a"],
        lines=[{"product": "笔", "qty": 2}, {"qty": 3}],
    )
    by_hand, by_load = values(database, app, "order", single), values(database, app, "order", 1)
    for key in ("customer", "net", "rate", "tax", "gross", "share", "mates", "tags", "pieces"):
        assert by_load[key] == by_hand[key], key
    assert [dict(row.values) for row in by_load["lines"]] == [dict(row.values) for row in by_hand["lines"]]
    assert by_load["no"] == "A001" and by_hand["no"] == "A011"
    assert stored(database, app, "order", 1).title == "A001 0"
    assert stored(database, app, "order", 1).import_id == loaded.import_id
    kept = values(database, app, "customer", one)
    assert kept["orders"] == 11 and kept["total"] == 1210


def test_rows_with_faults_stay_out_and_say_why(database: Database, app: str) -> None:
    add(database, app, "order", code="there")
    loaded = load(
        database,
        app,
        "order",
        [
            {"code": "1", "net": Decimal(1)},
            {"code": " There ", "net": Decimal(1)},
            {"code": "2", "net": Decimal(-1)},
            {"code": "1", "net": Decimal(2)},
            {"code": "3", "customer": 99},
            {"code": "4", "net": Decimal(2000)},
            {"code": "5", "net": Decimal(5)},
            {"code": "6", "net": Decimal(600)},
            {"code": "7", "net": Decimal(600), "tags": ["a"]},
        ],
    )
    assert {(one.number, one.field, one.code) for one in loaded.faults} == {
        (2, "code", "not_unique"),
        (3, "net", "rule"),
        (4, "code", "not_unique"),
        (5, "customer", "unknown_record"),
        (8, "tags", "rule"),
    }
    assert [(one.number, str(one.message)) for one in loaded.reminders] == [(6, "很大")]
    assert loaded.created == 4
    live = live_of(database, app)
    with database.connect() as connection:
        from engine.records.storage.tables import form_table

        main = form_table(connection, live, "order").main
        codes = connection.exec_driver_sql(f"SELECT title FROM {main.fullname} ORDER BY id").scalars().all()
    assert len(codes) == 5
    failed = next(
        one
        for one in range(1, 30)
        if _title(database, app, one) and _title(database, app, one).endswith(" 5")
    )
    assert stored(database, app, "order", failed).errors == {"share": "#DIV/0!"}


def _title(database: Database, app: str, record_id: int) -> str:
    try:
        return stored(database, app, "order", record_id).title or ""
    except KeyError:
        return ""


def test_rows_that_name_a_record_change_it(database: Database, app: str) -> None:
    made = add(database, app, "order", code="a", net=1)
    same = add(database, app, "order", code="b", net=1)
    add(database, app, "order", code="c", net=1)
    loaded = load(
        database,
        app,
        "order",
        [
            {"id": made, "net": Decimal(50)},
            {"id": same, "net": Decimal(1)},
            {"id": made, "code": "c"},
            {"code": "new"},
            {"id": 999, "net": Decimal(1)},
        ],
    )
    assert (loaded.created, loaded.updated, loaded.unchanged) == (1, 1, 1)
    assert [(one.number, one.code) for one in loaded.faults] == [(3, "not_unique"), (5, "not_found")]
    assert values(database, app, "order", made)["gross"] == 55


def test_an_import_is_taken_back_but_for_what_was_changed_or_used_since(database: Database, app: str) -> None:
    old = add(database, app, "order", code="old", net=10)
    customers = load(database, app, "customer", [{"name": name} for name in "甲乙丙丁"])
    loaded = load(
        database,
        app,
        "order",
        [{"code": str(number), "customer": 1, "net": Decimal(5)} for number in range(4)]
        + [{"id": old, "net": Decimal(20), "customer": 1}],
    )
    first = stored(database, app, "order", old).id + 1
    change(database, app, "order", first, net=6)
    undone = write.transact(database, app, ENGINE, lambda tx: undo_import(tx, loaded.import_id))
    assert (undone.removed, undone.restored) == (3, 1)
    assert [(one.id, str(one.reason)) for one in undone.kept] == [(first, "导入后又被修改过")]
    assert (
        values(database, app, "order", old)["net"] == 10
        and values(database, app, "order", old)["customer"] is None
    )
    assert values(database, app, "customer", 1)["orders"] == 1
    again = write.transact(database, app, ENGINE, lambda tx: undo_import(tx, loaded.import_id))
    assert (again.removed, again.restored, len(again.kept)) == (0, 0, 1)
    undone = write.transact(database, app, ENGINE, lambda tx: undo_import(tx, customers.import_id))
    assert undone.removed == 3 and [(one.title, str(one.reason)) for one in undone.kept] == [
        ("甲", "被别的数据使用")
    ]


def test_a_rule_with_a_condition_is_asked_of_many_rows_together(database: Database) -> None:
    limit = {
        "key": "limit", "kind": "validation", "level": "must", "formula": "amount <= group.most", "message": "超额",
        "when": {"field": "group.strict", "op": "eq", "value": True},
    }  # fmt: skip
    group = form("group", text(), field("most", "number"), field("strict", "switch"), title="{name}")
    bill = form("bill", field("amount", "number"), field("group", "link", form="group"), rules=[limit])
    app = make_app(database, group, bill)
    groups = [
        add(database, app, "group", name=str(strict), most=5, strict=strict) for strict in (True, False)
    ]
    asked = []
    for many in (6, 60):
        staged = (Row(n, {"amount": Decimal(9), "group": groups[n % 2]}) for n in range(many))
        with loading(database, app, "bill", ENGINE) as under_way:
            under_way.stage(staged)
            with statements(database) as sent:
                loaded = under_way.finish()
        assert (loaded.created, loaded.rejected) == (many // 2, many // 2)
        assert {one.number % 2 for one in loaded.faults} == {0}
        asked.append(len(sent))
    assert asked[1] <= asked[0] + 2, asked
