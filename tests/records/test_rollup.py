"""Rollups: stored, and kept true through every kind of change."""

from decimal import Decimal

import pytest

from engine.platform.database import Database
from engine.platform.errors import Conflict
from engine.platform.performing import run_due
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, make_app, republish, stored, text, values

REGION = form(
    "region",
    text(),
    field("sales", "rollup", form="customer", via="region", fn="sum", field="doubled"),
    title="{name}",
)
CUSTOMER = form(
    "customer",
    text(),
    field("region", "link", form="region"),
    field("orders", "rollup", form="order", via="customer", fn="count"),
    field(
        "won",
        "rollup",
        form="order",
        via="customer",
        fn="sum",
        field="total",
        where={"field": "stage", "op": "eq", "value": "won"},
    ),
    field("largest", "rollup", form="order", via="customer", fn="max", field="total"),
    field("doubled", "formula", formula="won * 2", result="money"),
    title="{name}",
)
ORDER = form(
    "order",
    text("code"),
    field("customer", "link", form="customer"),
    field("stage", "select", options=[{"value": "open"}, {"value": "won"}], default="open"),
    field("lines", "subform", fields=[field("price", "money")]),
    field("total", "formula", formula="SUM(lines.price)", result="money"),
)


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, REGION, CUSTOMER, ORDER)


def test_a_sum_follows_creation_change_move_deletion_and_restoration(database: Database, app: str) -> None:
    one, two = add(database, app, "customer", name="甲"), add(database, app, "customer", name="乙")
    assert values(database, app, "customer", one)["won"] == 0
    order = add(database, app, "order", customer=one, stage="won", lines=[{"price": 10}, {"price": "2.5"}])
    add(database, app, "order", customer=one, stage="open", lines=[{"price": 1000}])
    kept = values(database, app, "customer", one)
    assert (kept["orders"], kept["won"], kept["largest"], kept["doubled"]) == (2, Decimal("12.50"), 1000, 25)
    change(database, app, "order", order, customer=two)
    assert values(database, app, "customer", one)["won"] == 0
    assert values(database, app, "customer", two)["won"] == Decimal("12.50")
    change(database, app, "order", order, lines=[{"price": 7}])
    assert values(database, app, "customer", two)["doubled"] == 14
    write.transact(database, app, ENGINE, lambda tx: write.delete(tx, "order", order))
    assert values(database, app, "customer", two)["won"] == 0
    write.transact(database, app, ENGINE, lambda tx: write.restore(tx, "order", order))
    assert values(database, app, "customer", two)["won"] == 7


def test_what_the_engine_works_out_makes_no_version(database: Database, app: str) -> None:
    one = add(database, app, "customer", name="甲")
    before = stored(database, app, "customer", one)
    add(database, app, "order", customer=one, stage="won", lines=[{"price": 10}])
    after = stored(database, app, "customer", one)
    assert after.values["won"] == 10
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


def test_a_rollup_of_a_formula_of_a_rollup_follows(database: Database, app: str) -> None:
    north = add(database, app, "region", name="北")
    one = add(database, app, "customer", name="甲", region=north)
    add(database, app, "order", customer=one, stage="won", lines=[{"price": 10}])
    assert values(database, app, "region", north)["sales"] == 20
    change(database, app, "customer", one, region=None)
    assert values(database, app, "region", north)["sales"] == 0


def test_a_rollup_added_later_counts_what_is_there(database: Database) -> None:
    app = make_app(database, form("customer", text()), ORDER)
    one = add(database, app, "customer", name="甲")
    add(database, app, "order", customer=one, stage="won", lines=[{"price": 10}])
    republish(
        database, app, {**CUSTOMER, "fields": [one for one in CUSTOMER["fields"] if one["key"] != "region"]}
    )
    kept = values(database, app, "customer", one)
    assert (kept["orders"], kept["won"], kept["doubled"]) == (1, 10, 20)


def test_a_changed_rollup_is_summed_up_anew(database: Database, app: str) -> None:
    one = add(database, app, "customer", name="甲")
    add(database, app, "order", customer=one, stage="open", lines=[{"price": 10}])
    assert values(database, app, "customer", one)["won"] == 0
    fields = [
        {**one, "where": {"field": "stage", "op": "eq", "value": "open"}} if one["key"] == "won" else one
        for one in CUSTOMER["fields"]
    ]
    republish(database, app, {**CUSTOMER, "fields": fields})
    assert values(database, app, "customer", one)["won"] == 10
    assert values(database, app, "customer", one)["doubled"] == 20


def test_deleting_what_others_link_to_empties_refuses_or_deletes(database: Database) -> None:
    def link(rule: str) -> dict:
        return field(rule, "link", form="customer", on_delete=rule)

    app = make_app(
        database,
        form("customer", text()),
        form("order", text("code"), link("empty"), link("refuse"), link("delete")),
    )
    one, two, three = (add(database, app, "customer", name=name) for name in "甲乙丙")
    emptied = add(database, app, "order", code="1", empty=one)
    add(database, app, "order", code="2", refuse=two)
    gone = add(database, app, "order", code="3", delete=three)
    with pytest.raises(Conflict) as refused:
        write.transact(database, app, ENGINE, lambda tx: write.delete(tx, "customer", two))
    assert "乙" in str(refused.value.message)
    for each in (one, three):
        write.transact(database, app, ENGINE, lambda tx, each=each: write.delete(tx, "customer", each))
    assert values(database, app, "order", emptied)["empty"] is None
    assert stored(database, app, "order", gone).deleted_at is not None
    for each in (one, three):
        write.transact(database, app, ENGINE, lambda tx, each=each: write.restore(tx, "customer", each))
    assert values(database, app, "order", emptied)["empty"] == one
    assert stored(database, app, "order", gone).deleted_at is None


def test_a_text_that_follows_from_a_rollup_is_found_by_search(database: Database) -> None:
    from engine.records.reading.query import Query, query
    from tests.records.making import live_of

    app = make_app(
        database,
        form(
            "customer",
            text(),
            field("orders", "rollup", form="order", via="customer", fn="count"),
            field("rank", "formula", formula='IF(orders > 0, "买家", "过客")', result="text"),
            title="{name}",
        ),
        form("order", field("customer", "link", form="customer")),
    )
    one = add(database, app, "customer", name="甲")
    add(database, app, "order", customer=one)
    with database.connect() as connection:
        found = query(connection, live_of(database, app), "customer", ENGINE, Query(search="买家")).records
    assert [record.id for record in found] == [one]


def test_a_sum_follows_the_field_that_its_condition_compares_with(database: Database) -> None:
    above = {"field": "amount", "op": "gt", "value": {"formula": "target"}}
    app = make_app(
        database,
        form("person", text(), field("reached", "rollup", form="deal", via="of", fn="count", where=above)),
        form("deal", text(), field("of", "link", form="person"), field("amount", "number"), field("target", "number")),
    )  # fmt: skip
    person = add(database, app, "person", name="阿强")
    deal = add(database, app, "deal", name="甲", of=person, amount=10, target=5)
    assert values(database, app, "person", person)["reached"] == 1
    change(database, app, "deal", deal, target=50)
    assert values(database, app, "person", person)["reached"] == 0


def test_a_mean_is_worked_out_anew_where_it_is_to_have_more_digits(database: Database) -> None:
    def person(decimals: int) -> dict[str, object]:
        mean = field("mean", "rollup", form="deal", via="of", fn="avg", field="amount", decimals=decimals)
        return form("person", text(), mean)

    deals = form("deal", text(), field("of", "link", form="person"), field("amount", "number"))
    app = make_app(database, person(0), deals)
    one = add(database, app, "person", name="阿强")
    for amount in (1, 2):
        add(database, app, "deal", name="甲", of=one, amount=amount)
    assert values(database, app, "person", one)["mean"] == 2
    republish(database, app, person(3))
    run_due(database)
    assert values(database, app, "person", one)["mean"] == Decimal("1.5")
