"""数据联动: when it fires, what it puts in, and what it leaves alone."""

from typing import Any
from uuid import uuid4

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.bulk.write import Row, loading
from engine.records.writing import write
from engine.records.writing.preview import preview
from engine.records.writing.rules.firing import linkages
from engine.records.writing.rules.held import Held
from engine.records.writing.rules.looking_up import find
from engine.records.writing.transaction import Transaction
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    person,
    republish,
    text,
    values,
)

PRICE = form(
    "price", text("product"), field("amount", "money"), text("unit"),
    field("parts", "subform", fields=[text("part"), field("qty", "number")]), title="{product}",
)  # fmt: skip
WHERE = {"field": "product", "op": "eq", "value": {"current": "product"}}
LINK = {"key": "prices", "kind": "linkage", "form": "price", "where": WHERE, "set": {"price": "amount"}}


def order(*rules: dict[str, Any]) -> dict[str, Any]:
    return form(
        "order", text("product"), field("price", "money"), text("unit", default="个"),
        field("twice", "formula", formula="price * 2", result="money"),
        field("lines", "subform", fields=[text("product"), field("price", "money"), text("part"), field("qty", "number")]),
        field("pieces", "formula", formula="SUM(lines.qty)", result="number"),
        rules=list(rules),
    )  # fmt: skip


def prices(database: Database, app: str) -> None:
    add(database, app, "price", product="pen", amount=1, unit="支", parts=[{"part": "cap", "qty": 1}])
    add(database, app, "price", product="pen", amount=3, unit="盒",
        parts=[{"part": "cap", "qty": 2}, {"part": "ink", "qty": 5}])  # fmt: skip
    add(database, app, "price", product="ink", amount=7, parts=[{"part": "bottle", "qty": 1}])


def rows(database: Database, app: str, made: int) -> list[tuple[Any, ...]]:
    lines = values(database, app, "order", made)["lines"] or ()
    return [tuple(row.values[key] for key in ("product", "price", "part", "qty")) for row in lines]


def test_the_newest_match_is_filled_in_and_what_reads_it_follows(database: Database) -> None:
    app = make_app(database, PRICE, order(LINK))
    prices(database, app)
    made = values(database, app, "order", add(database, app, "order", product="pen"))
    assert made["price"] == 3 and made["twice"] == 6


def test_a_sort_says_which_match_is_taken(database: Database) -> None:
    app = make_app(database, PRICE, order({**LINK, "sort": [{"field": "amount"}]}))
    prices(database, app)
    assert values(database, app, "order", add(database, app, "order", product="pen"))["price"] == 1


def test_it_fires_when_its_field_changes_and_never_otherwise(database: Database) -> None:
    app = make_app(database, PRICE, order(LINK))
    prices(database, app)
    made = add(database, app, "order", product="pen")
    change(database, app, "order", made, price=4)
    add(database, app, "price", product="pen", amount=99)
    change(database, app, "order", made, unit="x")
    assert values(database, app, "order", made)["price"] == 4
    change(database, app, "order", made, product="ink")
    assert values(database, app, "order", made)["price"] == 7


def test_no_match_empties_or_keeps(database: Database) -> None:
    app = make_app(
        database, PRICE, order(LINK, {**LINK, "key": "unit", "set": {"unit": "unit"}, "no_match": "keep"})
    )
    prices(database, app)
    made = add(database, app, "order", product="pen")
    change(database, app, "order", made, product="nothing")
    now = values(database, app, "order", made)
    assert now["price"] is None and now["unit"] == "盒"


def test_what_is_sent_together_with_the_condition_stands(database: Database) -> None:
    app = make_app(database, PRICE, order(LINK))
    prices(database, app)
    assert values(database, app, "order", add(database, app, "order", product="pen", price=5))["price"] == 5


def test_each_row_of_a_subform_looks_up_its_own(database: Database) -> None:
    row = {**LINK, "inside": "lines", "set": {"lines.price": "amount"}}
    app = make_app(database, PRICE, order(row))
    prices(database, app)
    made = add(
        database, app, "order", lines=[{"product": "pen"}, {"product": "ink"}, {"product": "x", "price": 2}]
    )
    assert [one[1] for one in rows(database, app, made)] == [3, 7, 2]
    lines = values(database, app, "order", made)["lines"]
    sent = [{"id": lines[0].id, "price": 4}, {"id": lines[1].id, "product": "pen"}, {"id": lines[2].id}]
    change(database, app, "order", made, lines=sent)
    assert [one[1] for one in rows(database, app, made)] == [4, 3, 2]


def test_rows_that_it_made_are_replaced_and_no_others(database: Database) -> None:
    parts = {**LINK, "set": {"lines.part": "parts.part", "lines.qty": "parts.qty"}}
    app = make_app(database, PRICE, order(parts))
    prices(database, app)
    made = add(database, app, "order", product="pen")
    assert [one[2:] for one in rows(database, app, made)] == [("cap", 2), ("ink", 5)]
    lines = values(database, app, "order", made)["lines"]
    change(
        database,
        app,
        "order",
        made,
        lines=[{"id": lines[0].id, "qty": 8}, {"id": lines[1].id}, {"part": "own"}],
    )
    assert [one[2:] for one in rows(database, app, made)] == [("cap", 8), ("ink", 5), ("own", None)]
    change(database, app, "order", made, product="ink")
    assert [one[2:] for one in rows(database, app, made)] == [("own", None), ("bottle", 1)]
    change(database, app, "order", made, product="nothing")
    assert [one[2:] for one in rows(database, app, made)] == [("own", None)]


def test_one_row_is_made_for_each_record_found(database: Database) -> None:
    found = {
        **LINK,
        "sort": [{"field": "amount"}],
        "set": {"lines.product": "product", "lines.price": "amount"},
    }
    app = make_app(database, PRICE, order(found))
    prices(database, app)
    made = add(database, app, "order", product="pen")
    assert [one[:2] for one in rows(database, app, made)] == [("pen", 1), ("pen", 3)]


def test_one_linkage_sets_another_off(database: Database) -> None:
    second = {
        "key": "second", "kind": "linkage", "form": "price", "set": {"unit": "product"},
        "where": {"field": "amount", "op": "eq", "value": {"current": "price"}},
    }  # fmt: skip
    app = make_app(database, PRICE, order(second, LINK))
    prices(database, app)
    assert values(database, app, "order", add(database, app, "order", product="ink"))["unit"] == "ink"


def test_it_reads_with_the_fillers_rights_or_the_apps_and_publishing_says_so(database: Database) -> None:
    clerk = {
        "key": "clerk", "name": "文员",
        "grants": {"order": {"read": True, "create": True, "update": True, "delete": False},
                   "price": {"read": {"where": {"field": "amount", "op": "lt", "value": 2}}}},
    }  # fmt: skip
    app = make_app(database, PRICE, order(LINK), roles=(clerk,))
    prices(database, app)
    with database.begin() as connection:
        viewer = person(connection, "小文")
        roles.assign(connection, live_of(database, app), "clerk", [viewer.member_id], [], author=ENGINE)
        viewer = viewer_for(connection, viewer.member_id)
    assert values(database, app, "order", add(database, app, "order", viewer, product="pen"))["price"] == 1
    assert values(database, app, "order", add(database, app, "order", viewer, product="ink"))["price"] is None
    told = republish(database, app, order({**LINK, "rights": "app"})).warnings
    assert any("Amount" in str(one) for one in told)
    assert values(database, app, "order", add(database, app, "order", viewer, product="ink"))["price"] == 7


def test_an_import_links_too(database: Database) -> None:
    parts = {**LINK, "key": "parts", "set": {"lines.part": "parts.part"}}
    app = make_app(database, PRICE, order(LINK, parts))
    prices(database, app)
    with loading(database, app, "order", ENGINE) as load:
        load.stage(
            [Row(1, {"product": "pen"}), Row(2, {"product": "ink", "price": 1}), Row(3, {"product": "pen"})]
        )
        done = load.finish()
    assert done.created == 3 and not done.faults
    with database.connect() as connection:
        from engine.records.reading.query import Query, query

        found = query(connection, live_of(database, app), "order", ENGINE, Query(fields=["price"])).records
    assert [one.value("price") for one in found] == [3, 1, 3]
    assert [one[2] for one in rows(database, app, found[0].id)] == ["cap", "ink"]


def test_linkages_that_set_each_other_off_are_refused(database: Database) -> None:
    back = {
        "key": "back", "kind": "linkage", "form": "price", "set": {"product": "product"},
        "where": {"field": "amount", "op": "eq", "value": {"current": "price"}},
    }  # fmt: skip
    app = make_app(database, PRICE, order())
    with pytest.raises(Invalid) as refusal:
        republish(database, app, order(LINK, back))
    assert [(one.pointer, one.code) for one in refusal.value.faults] == [("/forms/order/rules/1", "cycle")]


def test_what_does_not_fit_is_refused_with_its_place(database: Database) -> None:
    app = make_app(database, PRICE, order())
    wrong = order(
        {**LINK, "set": {"price": "unit", "twice": "amount", "nobody": "amount", "unit": "nothing"}},
        {**LINK, "key": "still", "where": {"field": "product", "op": "eq", "value": "pen"}},
    )
    with pytest.raises(Invalid) as refusal:
        republish(database, app, wrong)
    assert {(one.pointer.removeprefix("/forms/order/rules/"), one.code) for one in refusal.value.faults} >= {
        ("0/set/price", "type_mismatch"),
        ("0/set/twice", "not_writable"),
        ("0/set/unit", "unknown_field"),
        ("1/where", "no_current"),
    }


def test_a_locked_field_takes_what_the_linkage_gives_and_nothing_else(database: Database) -> None:
    lock = {"key": "lock", "kind": "display", "lock": ["price", "lines.price"]}
    row = {**LINK, "key": "row", "inside": "lines", "set": {"lines.price": "amount"}}
    app = make_app(database, PRICE, order(LINK, row, lock))
    prices(database, app)
    made = add(database, app, "order", product="pen", price=3, lines=[{"product": "ink", "price": 7}])
    assert values(database, app, "order", made)["price"] == 3
    with pytest.raises(Invalid) as refusal:
        add(database, app, "order", product="pen", price=4, lines=[{"product": "ink", "price": 8}])
    assert {one.pointer: one.code for one in refusal.value.faults} == {
        "/values/price": "locked", "/values/lines/0/price": "locked",
    }  # fmt: skip
    change(database, app, "order", made, product="ink")
    assert values(database, app, "order", made)["price"] == 7


def clerk_of(database: Database, app: str) -> Viewer:
    with database.begin() as connection:
        viewer = person(connection, f"小文{uuid4().hex[:6]}")
        roles.assign(connection, live_of(database, app), "clerk", [viewer.member_id], [], author=ENGINE)
        return viewer_for(connection, viewer.member_id)


def on_page(database: Database, app: str, viewer: Viewer, **sent: Any) -> dict[str, Any]:
    """What is kept of a new record that was filled in on a page."""

    def work(tx: write.Transaction) -> int:
        tx.live_form = True
        return write.create(tx, "order", sent, text=True).id

    return values(database, app, "order", write.transact(database, app, viewer, work, door="page"))


def test_what_the_page_could_not_send_is_filled_in_and_what_it_left_empty_is_not(database: Database) -> None:
    rights = {"read": True, "create": True, "update": True, "delete": False}
    clerk = {
        "key": "clerk", "name": "文员",
        "grants": {"order": {**rights, "fields": {"price": "read", "lines.price": "read"}}, "price": {"read": True}},
    }  # fmt: skip
    unit = {**LINK, "key": "unit", "set": {"unit": "unit"}}
    row = {**LINK, "key": "row", "inside": "lines", "set": {"lines.price": "amount", "lines.part": "unit"}}
    app = make_app(database, PRICE, order(LINK, unit, row), roles=(clerk,))
    prices(database, app)
    line = {"product": "pen", "part": None}
    made = on_page(database, app, clerk_of(database, app), product="pen", unit=None, lines=[line])
    assert made["price"] == 3 and made["twice"] == 6 and made["unit"] is None
    assert (made["lines"][0].values["price"], made["lines"][0].values["part"]) == (3, None)


ITEM = form("item", text("code"), text("colour"), title="{code}")
BOX = form(
    "order", text("code"), text("colour"),
    field("item", "link", form="item", fill={"colour": "colour"}),
    rules=[{"key": "items", "kind": "linkage", "form": "catalogue", "rights": "app", "set": {"item": "item"},
            "where": {"field": "code", "op": "eq", "value": {"current": "code"}}}],
)  # fmt: skip
CATALOGUE = form("catalogue", text("code"), field("item", "link", form="item"))


@pytest.mark.parametrize("from_page", [False, True])
def test_a_linkage_with_the_apps_rights_puts_in_a_link_out_of_sight_and_what_it_copies(
    database: Database, from_page: bool
) -> None:
    rights = {"read": True, "create": True, "update": True, "delete": False}
    clerk = {"key": "clerk", "name": "文员", "grants": {"order": rights}}
    app = make_app(database, ITEM, CATALOGUE, BOX, roles=(clerk,))
    item, other = (add(database, app, "item", code=one, colour="红") for one in ("i1", "i2"))
    add(database, app, "catalogue", code="a", item=item)
    viewer = clerk_of(database, app)
    with database.connect() as connection:
        live = live_of(database, app)
        shown = preview(connection, live, "order", viewer, {"code": "a"}, changed=["code"], new=True)
        assert shown.linked["item"] == item
        preview(connection, live, "order", viewer, {"code": "a", "item": item}, changed=["code"], new=True)
    if from_page:
        made = on_page(database, app, viewer, code="a", item=item, colour="红")
    else:
        made = values(database, app, "order", add(database, app, "order", viewer, code="a"))
    assert (made["item"], made["colour"]) == (item, "红")
    with pytest.raises(Invalid) as refusal:
        on_page(database, app, viewer, code="a", item=other)
    assert [(one.pointer, one.code) for one in refusal.value.faults] == [("/values/item", "unknown_record")]


def test_a_form_that_is_not_there_is_told_at_its_place(database: Database) -> None:
    app = make_app(database, PRICE, order())
    with pytest.raises(Invalid) as refusal:
        republish(database, app, order({**LINK, "form": "gone"}))
    assert [(one.pointer, one.code) for one in refusal.value.faults] == [
        ("/forms/order/rules/0/form", "unknown_form")
    ]


def test_formulas_follow_what_a_linkage_changes_in_a_record_that_is_there(database: Database) -> None:
    parts = {"key": "parts", "kind": "linkage", "form": "price", "where": WHERE,
             "set": {"lines.part": "parts.part", "lines.qty": "parts.qty"}}  # fmt: skip
    app = make_app(database, PRICE, order(LINK, parts))
    prices(database, app)
    made = add(database, app, "order", product="ink")
    assert [values(database, app, "order", made)[key] for key in ("price", "twice", "pieces")] == [7, 14, 1]
    change(database, app, "order", made, product="pen")
    assert [values(database, app, "order", made)[key] for key in ("price", "twice", "pieces")] == [3, 6, 7]
    change(database, app, "order", made, product="none such")
    after = values(database, app, "order", made)
    assert after["price"] is None and after["twice"] == 0 and not after["pieces"]


HIDING = {"key": "hiding", "kind": "display", "when": {"field": "unit", "op": "eq", "value": "-"},
          "hide": ["product"], "empty_when_hidden": True}  # fmt: skip


def test_what_a_rule_empties_sets_linkages_off_like_any_change(database: Database) -> None:
    parts = {**LINK, "key": "parts", "set": {"lines.part": "parts.part", "lines.qty": "parts.qty"}}
    app = make_app(database, PRICE, order(LINK, parts, HIDING))
    prices(database, app)
    made = add(database, app, "order", product="pen")
    assert values(database, app, "order", made)["pieces"] == 7
    change(database, app, "order", made, unit="-")
    after = values(database, app, "order", made)
    assert (after["product"], after["price"], after["twice"], after["lines"]) == (None, None, 0, None)
    change(database, app, "order", made, price=5, unit="-")
    assert values(database, app, "order", made)["price"] == 5, "what is empty already sets nothing off"
    sent = add(database, app, "order", product="pen", price=8, unit="-")
    assert values(database, app, "order", sent)["price"] == 8, "what is sent with it stands"
    assert (
        values(database, app, "order", add(database, app, "order", product="pen", unit="-"))["price"] is None
    )


def test_an_import_follows_what_a_rule_empties_too(database: Database) -> None:
    app = make_app(database, PRICE, order(LINK, HIDING))
    prices(database, app)
    with loading(database, app, "order", ENGINE) as load:
        load.stage([Row(1, {"product": "pen", "unit": "-"}), Row(2, {"product": "pen", "unit": "-", "price": 1}),
                    Row(3, {"product": "pen"})])  # fmt: skip
        done = load.finish()
    assert done.created == 3 and not done.faults
    with database.connect() as connection:
        from engine.records.reading.query import Query, query

        asked = Query(fields=["price", "product"])
        found = query(connection, live_of(database, app), "order", ENGINE, asked).records
    assert [(one.value("price"), one.value("product")) for one in found] == [
        (None, None),
        (1, None),
        (3, "pen"),
    ]


def test_a_form_under_way_says_what_counts_as_empty_and_follows_it(database: Database) -> None:
    app = make_app(database, PRICE, order(LINK, HIDING))
    prices(database, app)
    with database.begin() as connection:
        boss = person(connection, f"b{uuid4().hex[:8]}", administrator=True)
    with database.connect() as connection:
        live = live_of(database, app)

        def shown(*changed: str, **sent: Any) -> Any:
            return preview(connection, live, "order", boss, sent, changed=list(changed))

        hidden = shown("unit", product="pen", price="3", unit="-")
        assert (hidden.emptied, dict(hidden.linked)) == ({"product"}, {})
        followed = shown("product", product="pen", price="3", unit="-")
        assert (followed.emptied, dict(followed.linked)) == ({"product"}, {"price": None})
        assert shown("product", product="pen", unit="").linked["price"] == 3
        typed = shown("product", "price", product="pen", price="9", unit="-")
        assert "price" not in typed.linked, "typed since"


def test_of_two_records_of_a_load_that_look_in_their_own_form_each_finds_the_other(
    database: Database,
) -> None:
    same = {"key": "same", "kind": "linkage", "form": "price", "where": WHERE, "set": {"amount": "amount"}}
    app = make_app(database, PRICE | {"rules": [same]})
    made = [add(database, app, "price", product="笔", amount=amount) for amount in (1, 2)]

    def work(tx: Transaction) -> list[list[int | None]]:
        prices = tx.live.form("price")
        [rule] = linkages(tx.live, prices)
        kept: dict[Any, Any] = {}
        held = (Held(tx, prices, {"id": one, "product": "笔"}) for one in made)
        return [[one.id for one in find(tx, prices, rule, record, 5, kept)] for record in held]

    assert write.transact(database, app, ENGINE, work) == [[made[1]], [made[0]]]


def test_an_import_takes_out_of_what_is_offered_only_what_a_linkage_puts_in(database: Database) -> None:
    offered = {"field": "kind", "op": "eq", "value": "A"}
    of_region = {"field": "region", "op": "eq", "value": {"current": "region"}}
    rule = {"key": "l", "kind": "linkage", "form": "table", "where": of_region, "set": {"place": "place"}}
    app = make_app(
        database,
        form("place", text(), text("kind")),
        form("table", text(), text("region"), field("place", "link", form="place")),
        form(
            "visit", text(), text("region"), field("place", "link", form="place", where=offered), rules=[rule]
        ),
    )
    inside, outside, other = (add(database, app, "place", name=one, kind=one) for one in "ABC")
    add(database, app, "table", name="east", region="east", place=outside)
    sent = [
        {"name": "from the file", "place": inside},
        {"name": "not offered", "place": other},
        {"name": "not the one put in", "region": "east", "place": other},
        {"name": "the one put in", "region": "east", "place": outside},
        {"name": "put in", "region": "east"},
    ]
    with loading(database, app, "visit", ENGINE) as load:
        load.stage(Row(number, values) for number, values in enumerate(sent, 1))
        loaded = load.finish()
    assert [(one.number, one.field, one.code) for one in loaded.faults] == [
        (2, "place", "outside_scope"),
        (3, "place", "outside_scope"),
    ]
    assert loaded.created == 3
