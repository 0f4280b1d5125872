"""A person without a grant sees nothing of a field or row, by whatever way they look."""

from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.platform.database import Database
from engine.platform.errors import Forbidden, Invalid, NotFound
from engine.records.explanation.explain import explain
from engine.records.reading import directory
from engine.records.reading.aggregate import Aggregation, aggregate
from engine.records.reading.query import Query, count, get, ids, query, readable_fields, stream, values
from engine.records.reading.visible import as_readable
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

MINE = {"field": "owner", "op": "eq", "value": {"me": True}}

CUSTOMER = form(
    "customer",
    text(),
    text("secret"),
    field("level", "select", options=[{"value": "A"}, {"value": "B"}]),
    field("sales", "rollup", form="deal", via="customer", fn="sum", field="amount"),
    field("costs", "rollup", form="deal", via="customer", fn="sum", field="cost"),
    title="{name}",
)
DEAL = form(
    "deal",
    text(),
    field("customer", "link", form="customer"),
    field("amount", "money"),
    field("cost", "money"),
    field("profit", "formula", formula="amount - cost", result="money"),
    field("margin", "formula", formula="profit / amount", result="percent"),
    field("told", "formula", formula='customer.secret & "!"', result="text"),
    field("customer_secret", "lookup", via="customer", field="secret"),
    field("customer_level", "lookup", via="customer", field="level"),
    field("friends", "links", form="customer"),
    field("lines", "subform", fields=[field("item", "text"), field("cost", "money")]),
    title="{name}",
)
DIARY = form("diary", text(), title="{name}")
ROLES = (
    {
        "key": "all_without_cost",
        "name": "1",
        "grants": {
            "deal": {"read": True, "fields": {"cost": "hidden", "lines.cost": "hidden"}},
            "customer": {"read": True},
        },
    },
    {
        "key": "own_with_cost",
        "name": "2",
        "grants": {"deal": {"read": {"where": MINE}, "update": {"where": MINE}}, "customer": {"read": True}},
    },
    {
        "key": "no_secret",
        "name": "3",
        "grants": {"deal": {"read": True}, "customer": {"read": True, "fields": {"secret": "hidden"}}},
    },
    {"key": "deals_only", "name": "4", "grants": {"deal": {"read": True}}},
    {
        "key": "level_a",
        "name": "5",
        "grants": {
            "deal": {"read": True},
            "customer": {"read": {"where": {"field": "level", "op": "eq", "value": "A"}}},
        },
    },
    {
        "key": "named_profit",
        "name": "6",
        "grants": {
            "deal": {"read": True, "fields": {"cost": "hidden", "profit": "read"}},
            "customer": {"read": True},
        },
    },
    {
        "key": "no_name",
        "name": "7",
        "grants": {"deal": {"read": True}, "customer": {"read": True, "fields": {"name": "hidden"}}},
    },
)


@pytest.fixture(scope="module")
def shop(database: Database) -> dict[str, Any]:
    app = make_app(database, CUSTOMER, DEAL, DIARY, roles=ROLES)
    live = live_of(database, app)
    people: dict[str, Viewer] = {}
    with database.begin() as connection:
        for role in ROLES:
            people[role["key"]] = person(connection, f"gate_{role['key']}")
            roles.give(connection, live, role["key"], people[role["key"]].member_id, author=ENGINE)
        both = people["both"] = person(connection, "gate_both")
        for key in ("all_without_cost", "own_with_cost"):
            roles.give(connection, live, key, both.member_id, author=ENGINE)
        people["nobody"] = person(connection, "gate_nobody")
    with database.connect() as connection:
        people = {key: viewer_for(connection, one.member_id) for key, one in people.items()}
    a = add(database, app, "customer", name="Acme", secret="sesame", level="A")
    b = add(database, app, "customer", name="Bolt", secret="basil", level="B")
    add(
        database,
        app,
        "deal",
        name="own",
        customer=a,
        amount="100",
        cost="60",
        owner=people["both"].member_id,
        friends=[a, b],
        lines=[{"item": "nail", "cost": "6"}],
    )
    add(
        database,
        app,
        "deal",
        name="other",
        customer=b,
        amount="200",
        cost="150",
        friends=[b],
        lines=[{"item": "nut", "cost": "7"}],
    )
    add(database, app, "diary", name="dear diary")
    return {"app": app, "live": live, "a": a, "b": b, **people}


def page(
    database: Database, shop: Any, who: str, form_key: str = "deal", **asked: Any
) -> list[dict[str, Any]]:
    with database.connect() as connection:
        found = query(connection, shop["live"], form_key, shop[who], Query(**asked)).records
    return [one.json()["values"] for one in found]


def add_up(
    database: Database, shop: Any, who: str, form_key: str = "deal", **sent: Any
) -> list[dict[str, Any]]:
    with database.connect() as connection:
        return aggregate(connection, shop["live"], form_key, shop[who], Aggregation.read(sent))


def refused(work: Any) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as told:
        work()
    return [(fault.code, fault.pointer) for fault in told.value.faults]


def test_without_a_grant_nothing_is_answered(database, shop) -> None:
    live, nobody = shop["live"], shop["nobody"]
    with database.connect() as connection:
        for work in (
            lambda: query(connection, live, "deal", nobody, Query()),
            lambda: get(connection, live, "deal", nobody, 1),
            lambda: aggregate(connection, live, "deal", nobody, Aggregation()),
            lambda: values(connection, live, "deal", nobody, "name"),
            lambda: next(stream(connection, live, "deal", nobody, Query())),
            lambda: ids(connection, live, "deal", nobody, Query()),
            lambda: count(connection, live, "deal", nobody, Query()),
            lambda: explain(connection, live, "deal", nobody, 1, "profit"),
        ):
            with pytest.raises(Forbidden):
                work()
        assert readable_fields(live, "deal", nobody) == ()
        assert directory.choices(connection, live, "deal", nobody, "customer") == []
        assert directory.directory_for(connection, live, nobody).find("record", "customer", "Acme") == []
        assert (
            directory.directory_for(connection, live, nobody).titles("record", [shop["a"]], "customer") == {}
        )


@pytest.mark.parametrize("hidden", ["cost", "profit", "margin"])
def test_a_hidden_field_and_all_that_is_computed_from_it_do_not_exist(database, shop, hidden) -> None:
    who, leaf = "all_without_cost", {"field": hidden, "op": "gt", "value": 1}
    for row in page(database, shop, who):
        assert hidden not in row
        assert all("cost" not in line for line in row["lines"])
    unknown = "unknown_field"
    assert refused(lambda: page(database, shop, who, fields=[hidden])) == [(unknown, "/fields/0")]
    assert refused(lambda: page(database, shop, who, where=leaf)) == [(unknown, "/where/field")]
    assert refused(lambda: page(database, shop, who, sort=[{"field": hidden}])) == [
        (unknown, "/sort/0/field")
    ]
    assert refused(lambda: add_up(database, shop, who, measures=[{"fn": "sum", "field": hidden}])) == [
        (unknown, "/measures/0/field")
    ]
    assert refused(lambda: add_up(database, shop, who, group_by=[{"field": hidden}])) == [
        (unknown, "/group_by/0/field")
    ]
    assert refused(lambda: add_up(database, shop, who, measures=[{"fn": "count", "where": leaf}])) == [
        (unknown, "/measures/0/where/field")
    ]
    with database.connect() as connection:
        assert refused(lambda: values(connection, shop["live"], "deal", shop[who], hidden)) == [
            (unknown, "/field")
        ]
        [first, *_] = query(connection, shop["live"], "deal", shop[who], Query()).records
        assert (
            refused(lambda: explain(connection, shop["live"], "deal", shop[who], first.id, hidden))[0][0]
            == unknown
        )
        formula = {"field": "amount", "op": "gt", "value": {"formula": hidden}}
        assert refused(lambda: query(connection, shop["live"], "deal", shop[who], Query(where=formula))) == [
            (unknown, "/where/value/formula")
        ]
        assert [one.key for one in readable_fields(shop["live"], "deal", shop[who])].count(hidden) == 0


def test_a_rollup_over_a_hidden_field_is_hidden_too(database, shop) -> None:
    for row in page(database, shop, "all_without_cost", "customer"):
        assert "costs" not in row and row["sales"] is not None
    assert {row["costs"] for row in page(database, shop, "no_secret", "customer")} == {"60.00", "150.00"}


def test_a_hidden_column_of_a_subform_is_neither_added_up_nor_asked(database, shop) -> None:
    who, unknown = "all_without_cost", "unknown_field"
    leaf = {"field": "lines.cost", "op": "gt", "value": 1}
    assert refused(lambda: page(database, shop, who, where=leaf)) == [(unknown, "/where/field")]
    assert refused(lambda: add_up(database, shop, who, measures=[{"fn": "sum", "field": "lines.cost"}])) == [
        (unknown, "/measures/0/field")
    ]
    assert (
        page(database, shop, who, where={"field": "lines.item", "op": "eq", "value": "nut"})[0]["name"]
        == "other"
    )


def test_a_grant_that_names_a_computed_field_shows_it(database, shop) -> None:
    assert [row["profit"] for row in page(database, shop, "named_profit")] == ["40.00", "50.00"]
    assert all("cost" not in row and "margin" in row for row in page(database, shop, "named_profit"))


def test_two_roles_never_show_more_than_each_row_allows(database, shop) -> None:
    rows = {row["name"]: row for row in page(database, shop, "both")}
    assert (rows["own"]["cost"], rows["own"]["profit"], rows["own"]["lines"][0]["cost"]) == (
        "60.00",
        "40.00",
        "6.00",
    )
    assert (
        "cost" not in rows["other"]
        and "profit" not in rows["other"]
        and "cost" not in rows["other"]["lines"][0]
    )
    expensive = {"field": "cost", "op": "gt", "value": 10}
    assert [row["name"] for row in page(database, shop, "both", where=expensive)] == ["own"]
    assert [
        row["name"] for row in page(database, shop, "both", where={"field": "cost", "op": "eq", "value": 150})
    ] == []
    assert [
        row["name"]
        for row in page(database, shop, "both", where={"field": "lines.cost", "op": "gt", "value": 1})
    ] == ["own"]
    for formula in ("cost + 1", "SUM(lines.cost) + 1", "profit"):
        dearer = {"field": "amount", "op": "gt", "value": {"formula": f"{formula} - 1 + 1"}}
        assert {row["name"] for row in page(database, shop, "both", where=dearer)} == {"own", "other"}
        cheaper = {"field": "amount", "op": "lt", "value": {"formula": f"({formula}) * 100"}}
        assert [row["name"] for row in page(database, shop, "both", where=cheaper)] == ["own"], formula
    measures = [
        {"fn": "sum", "field": "cost", "as": "cost"},
        {"fn": "sum", "field": "profit", "as": "profit"},
        {"fn": "sum", "field": "lines.cost", "as": "lines"},
        {"fn": "count", "as": "n"},
    ]
    assert add_up(database, shop, "both", measures=measures) == [
        {"cost": "60.00", "profit": "40.00", "lines": "6.00", "n": 2}
    ]
    groups = add_up(database, shop, "both", group_by=[{"field": "cost"}])
    assert groups == [{"cost": "60.00", "count": 1}, {"cost": None, "count": 1}]
    assert [row["name"] for row in page(database, shop, "both", sort=[{"field": "cost", "desc": True}])] == [
        "own",
        "other",
    ]
    with database.connect() as connection:
        found = values(connection, shop["live"], "deal", shop["both"], "cost")
        assert [value for value, _ in found if value is not None] == [60]
    with database.snapshot() as connection:
        exported = [
            one for part in stream(connection, shop["live"], "deal", shop["both"], Query()) for one in part
        ]
    assert [one.values.get("cost") for one in exported] == [60, None]


def test_what_may_be_changed_is_said_row_by_row(database, shop) -> None:
    with database.connect() as connection:
        own, other = query(connection, shop["live"], "deal", shop["both"], Query()).records
    assert {"amount", "cost", "owner"} <= own.editable and "profit" not in own.editable
    assert other.editable == frozenset() and not own.deletable


def test_a_live_value_of_another_record_needs_the_right_to_it(database, shop) -> None:
    for row in page(database, shop, "no_secret"):
        assert (
            "told" not in row and row.get("customer_secret") is None and row["customer_level"] in ("A", "B")
        )
    leaf = {"field": "customer.secret", "op": "eq", "value": "sesame"}
    assert refused(lambda: page(database, shop, "no_secret", where=leaf)) == [
        ("unknown_field", "/where/field")
    ]
    looked_up = {"field": "customer_secret", "op": "not_empty"}
    assert page(database, shop, "no_secret", where=looked_up) == []
    assert add_up(database, shop, "no_secret", group_by=[{"field": "customer_secret"}]) == [
        {"customer_secret": None, "count": 2}
    ]
    assert refused(lambda: page(database, shop, "no_secret", sort=[{"field": "told"}])) == [
        ("unknown_field", "/sort/0/field")
    ]


def test_a_record_that_may_not_be_read_has_no_title_and_no_id(database, shop) -> None:
    nothing = {"id": None, "title": "无权查看"}
    rows = {row["name"]: row for row in page(database, shop, "level_a")}
    assert (
        rows["own"]["customer"] == {"id": shop["a"], "title": "Acme"} and rows["other"]["customer"] == nothing
    )
    assert rows["own"]["friends"] == [{"id": shop["a"], "title": "Acme"}, nothing]
    assert rows["other"]["customer_level"] is None
    for row in page(database, shop, "deals_only"):
        assert row["customer"] == nothing and row.get("customer_level") is None
    groups = add_up(database, shop, "level_a", group_by=[{"field": "customer"}])
    assert groups == [
        {"customer": {"id": shop["a"], "title": "Acme"}, "count": 1},
        {"customer": None, "count": 1},
    ]
    with database.connect() as connection:
        assert [
            one.title
            for one, _ in values(connection, shop["live"], "deal", shop["level_a"], "customer")
            if one
        ] == ["Acme"]
        assert [
            one.title
            for one in directory.choices(connection, shop["live"], "deal", shop["level_a"], "customer")
        ] == ["Acme"]
        with pytest.raises(NotFound):
            get(connection, shop["live"], "customer", shop["level_a"], shop["b"])


def test_a_record_that_may_not_be_read_is_not_found_through_a_link(database, shop) -> None:
    def names(where: Any) -> list[str]:
        return [row["name"] for row in page(database, shop, "level_a", where=where)]

    assert names({"field": "customer", "op": "eq", "value": shop["a"]}) == ["own"]
    assert names({"field": "customer", "op": "eq", "value": shop["b"]}) == []
    assert names({"field": "customer.name", "op": "eq", "value": "Bolt"}) == []
    assert names({"field": "friends", "op": "contains", "value": shop["b"]}) == []
    assert names({"field": "friends.name", "op": "eq", "value": "Bolt"}) == []
    assert names({"field": "customer.level", "op": "eq", "value": "B"}) == []
    for formula in (
        "customer",
        "customer.name",
        'IF(COUNTIF(friends.name, "Bolt") > 0, "Bolt", "")',
        "customer_level",
    ):
        letter = {
            "field": "name",
            "op": "ne",
            "value": {"formula": f'IF({formula} = "Bolt", name, IF({formula} = "B", name, ""))'},
        }
        assert names(letter) == ["own", "other"], formula


def test_a_title_made_of_a_hidden_field_is_hidden(database, shop) -> None:
    with database.connect() as connection:
        customers = query(connection, shop["live"], "customer", shop["no_name"], Query()).records
        assert {str(one.title) for one in customers} == {"无权查看"}
    assert {row["customer"]["title"] for row in page(database, shop, "no_name")} == {"无权查看"}
    with database.connect() as connection:
        assert directory.choices(connection, shop["live"], "deal", shop["no_name"], "customer", "Acme") == []
        assert (
            directory.directory_for(connection, shop["live"], shop["no_name"]).titles(
                "record", [shop["a"]], "customer"
            )
            == {}
        )
        assert (
            query(connection, shop["live"], "customer", shop["no_name"], Query(search="Acme")).records == []
        )


def test_an_explanation_shows_a_step_only_if_its_input_is_readable(database, shop) -> None:
    with database.connect() as connection:
        first = query(connection, shop["live"], "deal", shop["named_profit"], Query()).records[0]
        told = explain(connection, shop["live"], "deal", shop["named_profit"], first.id, "profit").json()
    steps = {one["text"]: one for one in told["tree"]["steps"]}
    assert told["value"] == "40.00" and steps["amount"]["value"] == "100"
    assert steps["cost"]["value"] is None and not steps["cost"]["readable"]


def test_a_view_loses_what_its_reader_may_not_know(database, shop) -> None:
    cost = {"field": "cost", "op": "gt", "value": 1}
    amount = {"field": "amount", "op": "gt", "value": 1}
    view = {
        "key": "v",
        "sort": [{"field": "cost"}, {"field": "amount"}],
        "where": {"all": [cost, amount, {"not": cost}]},
    }
    form = shop["live"].form("deal")
    hidden = as_readable(shop["live"], form, shop["all_without_cost"], view)
    assert (hidden["sort"], hidden["where"]) == ([{"field": "amount"}], {"all": [amount]})
    assert as_readable(shop["live"], form, shop["own_with_cost"], view) == view
    assert (
        as_readable(
            shop["live"], form, shop["no_secret"], {"where": {"field": "customer.secret", "op": "empty"}}
        )["where"]
        is None
    )
