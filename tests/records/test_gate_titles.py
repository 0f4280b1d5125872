"""What computed fields, titles and refusals tell: nothing that is hidden from the person who asks."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import dependencies
from engine.platform.database import Database
from engine.platform.errors import Invalid, Stale
from engine.records.reading.directory import directory_for
from engine.records.reading.query import Query, query
from engine.records.writing import comments, history, write
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, person, text

OWN = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
CUSTOMER = form("customer", text(), field("secret", "number"), text("other", unique="must"))
REGION = form(
    "region",
    text(),
    field("total", "rollup", form="order", via="region", fn="sum", field="amount"),
    field(
        "risky",
        "rollup",
        form="order",
        via="region",
        fn="count",
        where={"field": "amount", "op": "gt", "value": 1},
    ),
)
ORDER = form(
    "order",
    text(),
    field("customer", "link", form="customer"),
    field("customers", "links", form="customer"),
    field("region", "link", form="region"),
    field("amount", "number"),
    field("looked", "lookup", via="customer", field="secret"),
    field("doubled", "formula", formula="looked * 2", result="number"),
    field("again", "formula", formula="doubled + 1", result="number"),
    field("direct", "formula", formula="customer.secret * 2", result="number"),
    field("harmless", "formula", formula="amount * 2", result="number"),
    field("number", "serial", pattern=[{"field": "amount"}, {"text": "-"}, {"digits": 3}]),
)  # fmt: skip


class Firm:
    """A customer with a secret, an order to it, and somebody with a role."""

    def __init__(self, database: Database, **fields: Mapping[str, Any]) -> None:
        every = {"read": True, "create": True, "update": True}
        grants = {
            key: {**every, "fields": dict(fields.get(key, {}))} for key in ("customer", "order", "region")
        }
        self.role = {"key": "seller", "name": "销售", "grants": grants}
        self.database = database
        self.app = make_app(database, CUSTOMER, ORDER, REGION, roles=(self.role,))
        self.customer = add(database, self.app, "customer", name="TOPSECRET", secret=21, other="x")
        self.region = add(database, self.app, "region", name="华东")
        given = {"customer": self.customer, "customers": [self.customer], "region": self.region, "amount": 77}
        self.order = add(database, self.app, "order", name="o", **given)
        with database.begin() as connection:
            who = person(connection, f"李想{self.app}")
            roles.give(connection, live_of(database, self.app), "seller", who.member_id, author=ENGINE)
        with database.connect() as connection:
            self.seller: Viewer = viewer_for(connection, who.member_id)

    def seen(self, form_key: str, **asked: Any) -> list[Mapping[str, Any]]:
        with self.database.connect() as connection:
            found = query(connection, live_of(self.database, self.app), form_key, self.seller, Query(**asked))
        return [one.values for one in found.records]

    def hidden(self, form_key: str) -> set[str]:
        live = live_of(self.database, self.app)
        return set(dependencies.hidden_by(live, live.documents["roles"]["seller"], form_key))


@pytest.fixture(scope="module")
def without_figures(database: Database) -> Firm:
    return Firm(database, customer={"secret": "hidden"}, order={"amount": "hidden"})


@pytest.fixture(scope="module")
def without_names(database: Database) -> Firm:
    return Firm(database, customer={"name": "hidden"})


def test_what_is_computed_from_a_looked_up_hidden_field_is_hidden_too(without_figures: Firm) -> None:
    [order] = without_figures.seen("order")
    assert order["looked"] is None
    assert {"doubled", "again", "direct", "harmless", "number", "amount"}.isdisjoint(order)
    with pytest.raises(Invalid):
        without_figures.seen("order", where={"field": "doubled", "op": "eq", "value": 42})


def test_sums_over_hidden_fields_or_chosen_by_them_are_hidden(without_figures: Firm) -> None:
    [region] = without_figures.seen("region")
    assert set(region) == {"name"}


def test_whoever_publishes_is_told_of_each_field_that_goes_along(without_figures: Firm) -> None:
    assert without_figures.hidden("order") == {"doubled", "again", "direct", "harmless", "number"}
    assert without_figures.hidden("region") == {"total", "risky"}


def test_a_hidden_title_cannot_be_guessed_by_a_formula_or_by_name(without_names: Firm) -> None:
    asked = {"formula": 'IF(COUNTIF(customers,"TOP*")=1,"o","z")'}
    assert without_names.seen("order", where={"field": "name", "op": "eq", "value": asked}) == []
    with without_names.database.connect() as connection:
        live = live_of(without_names.database, without_names.app)
        found = directory_for(connection, live, without_names.seller).find("record", "customer", "TOPSECRET")
    assert found == []


def test_what_may_not_come_twice_does_not_tell_the_hidden_title_of_the_other(without_names: Firm) -> None:
    firm = without_names
    with pytest.raises(Invalid) as refused:
        write.create_one(firm.database, firm.app, "customer", firm.seller, {"other": "x"})
    [fault] = refused.value.faults
    assert fault.code == "not_unique"
    assert "TOPSECRET" not in str(fault.message.render("zh-CN")) + str(fault.details)


def test_a_mention_names_the_record_as_the_one_who_is_mentioned_may_see_it(without_names: Firm) -> None:
    firm, said = without_names, "看看"
    write.transact(
        firm.database,
        firm.app,
        ENGINE,
        lambda tx: comments.add(tx, "customer", firm.customer, said, [firm.seller.member_id or 0]),
    )
    with firm.database.connect() as connection:
        told = str(connection.execute(sa.text("SELECT * FROM jianflow.notice")).all())
    assert said in told and f"#{firm.customer}" in told and "TOPSECRET" not in told


def test_the_history_does_not_tell_a_hidden_title(without_names: Firm) -> None:
    firm = without_names
    other = add(firm.database, firm.app, "customer", name="OTHERSECRET", other="y")
    order = add(firm.database, firm.app, "order", name="p", customer=other)
    change(firm.database, firm.app, "order", order, customer=firm.customer)
    with firm.database.connect() as connection:
        changes = history.history(connection, live_of(firm.database, firm.app), "order", firm.seller, order)
    told = str([one.json() for one in changes])
    assert f"#{other}" in told and "SECRET" not in told


def test_a_stale_save_tells_no_id_of_records_out_of_sight(database: Database) -> None:
    role = {
        "key": "seller",
        "name": "销售",
        "grants": {"order": {"read": True, "update": True}, "customer": {"read": OWN}},
    }
    orders = form("order", text(), field("customer", "link", form="customer"))
    app = make_app(database, form("customer", text()), orders, roles=(role,))
    with database.begin() as connection:
        who = person(connection, "王芳")
        roles.give(connection, live_of(database, app), "seller", who.member_id, author=ENGINE)
    with database.connect() as connection:
        seller = viewer_for(connection, who.member_id)
    mine = add(database, app, "customer", name="我的", owner=who.member_id)
    theirs = add(database, app, "customer", name="别人的")
    order = add(database, app, "order", name="o", customer=mine)
    change(database, app, "order", order, customer=theirs)
    with pytest.raises(Stale) as refused:
        write.update_one(database, app, "order", seller, order, {"name": "z"}, version=1)
    [changed] = refused.value.details["changed"]
    assert changed["base"] == {"id": mine, "title": "我的"}
    assert changed["theirs"]["id"] is None
