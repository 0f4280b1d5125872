"""One record written: parsed, completed, checked, stored."""

from datetime import date
from decimal import Decimal

import pytest

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, make_app, stored, text, values

ORDER = form(
    "order",
    text("code", unique="must", required=True),
    field("ordered_on", "date", default={"today": True}),
    field("amount", "money"),
    field("rate", "percent"),
    field("paid", "switch"),
    field("tags", "multi_select", options=[{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}]),
    field("tax", "formula", formula="amount * rate", result="money"),
    field(
        "lines",
        "subform",
        fields=[
            field("product", "text"),
            field("qty", "number"),
            field("price", "money"),
            field("sum", "formula", formula="qty * price", result="money"),
        ],
    ),
    field("total", "formula", formula="SUM(lines.sum)", result="money"),
    title="{code}",
)


def test_a_record_keeps_what_was_sent_and_what_follows_from_it(database: Database) -> None:
    app = make_app(database, ORDER)
    made = add(
        database,
        app,
        "order",
        code=" A-1 ",
        amount="100",
        rate="0.06",
        paid=True,
        tags=["甲", "b"],
        lines=[{"product": "笔", "qty": 2, "price": "1.5"}, {"product": "纸", "qty": "3", "price": 10}],
    )
    kept = stored(database, app, "order", made)
    assert kept.version == 1 and kept.title == "A-1"
    assert kept.values["code"] == "A-1"
    assert kept.values["amount"] == Decimal("100.00") and kept.values["tax"] == Decimal("6.00")
    assert kept.values["tags"] == ["a", "b"] and kept.values["paid"] is True
    assert isinstance(kept.values["ordered_on"], date)
    assert [row.values["sum"] for row in kept.values["lines"]] == [Decimal("3.00"), Decimal("30.00")]
    assert kept.values["total"] == Decimal("33.00")


def test_all_faults_come_at_once_and_nothing_is_written(database: Database) -> None:
    app = make_app(database, ORDER)
    with pytest.raises(Invalid) as refused:
        add(database, app, "order", amount="viel", rate="0.1", nonsense=1, tax=3, lines=[{"qty": "x"}])
    found = {fault.pointer: fault.code for fault in refused.value.faults}
    assert set(found) == {
        "/values/amount",
        "/values/nonsense",
        "/values/tax",
        "/values/lines/0/qty",
        "/values/code",
    }
    assert found["/values/code"] == "required" and found["/values/nonsense"] == "unknown_field"


def test_a_change_of_one_field_leaves_the_others_and_works_out_what_reads_it(database: Database) -> None:
    app = make_app(database, ORDER)
    made = add(
        database,
        app,
        "order",
        code="A",
        amount=10,
        rate="0.5",
        lines=[{"qty": 1, "price": 1}, {"qty": 2, "price": 2}],
    )
    first, second = values(database, app, "order", made)["lines"]
    written = change(
        database, app, "order", made, lines=[{"id": second.id, "qty": 5}, {"qty": 1, "price": 100}]
    )
    assert written.version == 2
    kept = values(database, app, "order", made)
    assert [(row.id == second.id, row.values["sum"]) for row in kept["lines"]] == [
        (True, Decimal(10)),
        (False, Decimal(100)),
    ]
    assert kept["total"] == Decimal(110) and kept["tax"] == Decimal(5) and kept["code"] == "A"
    assert first.id not in [row.id for row in kept["lines"]]


def test_a_change_that_changes_nothing_makes_no_version(database: Database) -> None:
    app = make_app(database, ORDER)
    made = add(database, app, "order", code="A", amount=10)
    assert change(database, app, "order", made, amount="10.00", code="A").version == 1


def test_a_failing_formula_is_an_error_value_and_the_record_is_kept(database: Database) -> None:
    app = make_app(
        database,
        form(
            "sum",
            field("a", "number"),
            field("b", "number"),
            field("c", "formula", formula="a / b", result="number"),
        ),
    )
    made = add(database, app, "sum", a=1, b=0)
    assert stored(database, app, "sum", made).errors == {"c": "#DIV/0!"}
    change(database, app, "sum", made, b=4)
    kept = stored(database, app, "sum", made)
    assert kept.errors is None and kept.values["c"] == Decimal("0.25")


def test_a_record_without_a_title_of_its_own_is_known_by_its_number(database: Database) -> None:
    app = make_app(database, form("note", field("amount", "money")))
    made = add(database, app, "note", amount=1)
    assert stored(database, app, "note", made).title == f"#{made}"


def test_the_writer_gets_the_record_back(database: Database) -> None:
    app = make_app(database, ORDER)
    written = write.create_one(database, app, "order", ENGINE, {"code": "Z"})
    assert written.record.values["code"] == "Z" and written.record.version == 1
