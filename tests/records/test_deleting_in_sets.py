"""Many records deleted in sets: as if one after the other, by the same few statements, and each can come back."""

from typing import Any

import pytest

from engine.platform.database import Database
from engine.records.bulk.deleting import Deleted, delete_many
from engine.records.writing import write
from tests.records.making import ENGINE, add, field, form, live_of, make_app, stored, text, values
from tests.statements import statements

AREA = form("area", text(), field("many", "rollup", form="customer", via="area", fn="count"), title="{name}")
CUSTOMER = form("customer", text(), field("area", "link", form="area"), title="{name}")
ORDER = form(
    "order",
    text(),
    field("customer", "link", form="customer"),
    field("others", "links", form="customer"),
    field("lines", "subform", fields=[text("what"), field("to", "link", form="customer")]),
)
CONTRACT = form("contract", field("customer", "link", form="customer", on_delete="refuse"))
FORMS = (AREA, CUSTOMER, ORDER, CONTRACT)


def filled(database: Database, app: str) -> tuple[list[int], list[int], int]:
    """Customers of an area, orders that name them in every way, and a contract that holds on to the third."""
    area = add(database, app, "area", name="华东")
    customers = [add(database, app, "customer", name=f"c{number}", area=area) for number in range(5)]
    a, b, c, d, e = customers
    orders = [
        add(database, app, "order", name="o1", customer=a, others=[a, b, d], lines=[{"what": "x", "to": b}]),
        add(database, app, "order", name="o2", customer=c, others=[c, e]),
        add(database, app, "order", name="o3", customer=b, lines=[{"to": a}, {"to": a}, {"what": "y", "to": d}]),
    ]  # fmt: skip
    add(database, app, "contract", customer=c)
    return customers, orders, area


def known(database: Database, app: str, customers: list[int], orders: list[int], area: int) -> Any:
    """Everything that a deletion may change, with places for ids."""
    place = {one: number for number, one in enumerate(customers)}

    def told(record: int) -> Any:
        found = values(database, app, "order", record)
        lines = [(row.values.get("what"), place.get(row.values.get("to"))) for row in found["lines"] or ()]
        others = [place[one] for one in found["others"] or ()]
        return place.get(found["customer"]), others, lines

    there = [stored(database, app, "customer", one).deleted_at is None for one in customers]
    return there, [told(one) for one in orders], values(database, app, "area", area)["many"]


def test_many_deleted_together_leave_what_they_do_one_after_the_other(database: Database) -> None:
    found = []
    for together in (True, False):
        app = make_app(database, *FORMS)
        customers, orders, area = filled(database, app)
        chosen = [*customers[:4], 999_999]
        ask = (chosen,) if together else [[one] for one in chosen]
        done = Deleted()
        for some in ask:
            part = delete_many(database, app, "customer", ENGINE, some, door="grid")
            done.ids += part.ids
            done.refusals |= part.refusals
        refusals = {chosen.index(one): refusal.code for one, refusal in done.refusals.items()}
        gone = known(database, app, customers, orders, area)
        for one in done.ids:
            write.restore_one(database, app, "customer", ENGINE, one)
        back = known(database, app, customers, orders, area)
        found.append(([customers.index(one) for one in done.ids], refusals, gone, back))
    assert found[0] == found[1]
    done_ids, refusals, gone, back = found[0]
    assert done_ids == [0, 1, 3] and refusals == {2: "still_used", 4: "not_found"}
    assert gone == (
        [False, False, True, False, True],
        [(None, [], [("x", None)]), (2, [2, 4], []), (None, [], [(None, None), (None, None), ("y", None)])],
        2,
    )
    assert back[0] == [True] * 5 and back[2] == 5


@pytest.mark.parametrize("many", [True, False])
def test_what_was_deleted_comes_back_with_all_that_named_it(database: Database, many: bool) -> None:
    app = make_app(database, *FORMS)
    customers, orders, area = filled(database, app)
    before = known(database, app, customers, orders, area)
    for one in (customers[0], customers[1]):
        if many:
            delete_many(database, app, "customer", ENGINE, [one], door="grid")
        else:
            write.delete_one(database, app, "customer", ENGINE, one)
        write.restore_one(database, app, "customer", ENGINE, one)
        there, told, count = known(database, app, customers, orders, area)
        assert (there, count) == (before[0], before[2])
        assert [sorted(others) for _, others, _ in told] == [sorted(others) for _, others, _ in before[1]]
        assert [(link, lines) for link, _, lines in told] == [(link, lines) for link, _, lines in before[1]]


def test_ten_times_as_many_take_no_more_statements(database: Database) -> None:
    app = make_app(database, *FORMS)
    counts = []
    for many in (8, 80):
        customers = [add(database, app, "customer", name="n") for _ in range(many)]
        for one in customers:
            add(database, app, "order", customer=one, lines=[{"to": one}])
        with statements(database) as sent:
            done = delete_many(database, app, "customer", ENGINE, customers, door="grid")
        assert len(done.ids) == many
        counts.append(len(sent))
    assert counts[1] <= counts[0], counts


def test_records_that_hang_on_each_other_go_in_their_order(database: Database) -> None:
    tree = form("tree", text(), field("above", "link", form="tree", on_delete="refuse"), title="{name}")
    app = make_app(database, tree)
    top = add(database, app, "tree", name="top")
    leaf = add(database, app, "tree", name="leaf", above=top)
    done = delete_many(database, app, "tree", ENGINE, [top, leaf], door="grid")
    assert done.ids == [leaf] and done.refusals[top].code == "still_used"
    assert delete_many(database, app, "tree", ENGINE, [top], door="grid").ids == [top]


def test_what_goes_with_another_goes_with_it(database: Database) -> None:
    part = form("part", text(), field("of", "link", form="whole", on_delete="delete"))
    app = make_app(database, form("whole", text()), part)
    wholes = [add(database, app, "whole", name=name) for name in "ab"]
    parts = [add(database, app, "part", name="p", of=one) for one in wholes]
    assert delete_many(database, app, "whole", ENGINE, wholes, door="grid").ids == wholes
    assert all(stored(database, app, "part", one).deleted_at is not None for one in parts)


def test_the_history_tells_of_every_deletion(database: Database) -> None:
    app = make_app(database, *FORMS)
    ids = [add(database, app, "customer", name="n") for _ in range(3)]
    delete_many(database, app, "customer", ENGINE, ids, door="grid")
    schema = live_of(database, app).app.schema
    with database.connect() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT record_id, version, door FROM {schema}.history WHERE kind = 'deleted' ORDER BY record_id"
        ).all()
    assert [tuple(row) for row in rows] == [(one, 2, "grid") for one in ids]


def test_a_record_that_goes_with_another_of_the_same_choice_is_no_refusal(database: Database) -> None:
    tree = form("tree", text(), field("above", "link", form="tree", on_delete="delete"))
    app = make_app(database, tree)
    above = add(database, app, "tree", name="上")
    below = add(database, app, "tree", name="下", above=above)
    gone = add(database, app, "tree", name="早没了")
    write.delete_one(database, app, "tree", ENGINE, gone)
    told = delete_many(database, app, "tree", ENGINE, [above, below, gone], door="page")
    assert told.ids == [above] and list(told.refusals) == [gone]
    assert stored(database, app, "tree", below).deleted_at is not None
