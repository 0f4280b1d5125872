"""What a form under way, a stale save and the history tell: nothing that the person may not read."""

from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound, Stale
from engine.records import history, preview, write
from tests.records.making import add, change, field, form, make_app, person, text

OWN = {"field": "owner", "op": "eq", "value": {"me": True}}
LINES = field(
    "lines",
    "subform",
    fields=[{"key": "qty", "type": "number"}, {"key": "cost", "type": "money"}],
)
PROFIT = field("profit", "formula", formula="price - cost", result="money")
SELLER = {
    "key": "seller",
    "name": "销售",
    "grants": {
        "deal": {
            "read": {"where": OWN},
            "create": True,
            "update": {"where": OWN},
            "fields": {"cost": "hidden", "lines.cost": "hidden"},
        }
    },
}


class Shop:
    """An app with a deal of one's own and one of somebody else."""

    def __init__(self, database: Database) -> None:
        self.database = database
        deal = form("deal", text(), field("price", "money"), field("cost", "money"), PROFIT, LINES)
        self.app = make_app(database, deal, roles=(SELLER,))
        with database.begin() as connection:
            who = person(connection, "李想")
            opened = live.load(connection, self.app)
            roles.give(connection, opened, "seller", who.member_id, author=who)
        with database.connect() as connection:
            self.seller: Viewer = viewer_for(connection, who.member_id)
        given = {"name": "甲", "price": 100, "cost": 60, "lines": [{"qty": 1, "cost": 7}]}
        self.own = add(database, self.app, "deal", **given, owner=who.member_id)
        self.other = add(database, self.app, "deal", **given)

    def previewed(self, record_id: int, **values: Any) -> preview.Preview:
        with self.database.connect() as connection:
            opened = live.load(connection, self.app)
            return preview.preview(connection, opened, "deal", self.seller, values, record_id=record_id)


@pytest.fixture(scope="module")
def shop(database: Database) -> Shop:
    return Shop(database)


def test_a_form_under_way_works_nothing_hidden_out(shop: Shop) -> None:
    shown = shop.previewed(shop.own, price="0").values
    assert "profit" not in shown and "cost" not in shown
    assert [dict(row.values) for row in shown["lines"]] == [{"qty": 1}]


def test_a_form_under_way_knows_no_record_of_others(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.previewed(shop.other, price="0")


def test_a_hidden_computed_field_is_as_if_it_did_not_exist(shop: Shop) -> None:
    for guess in ("40.00", "41.00"):
        with pytest.raises(Invalid) as refused:
            write.update_one(shop.database, shop.app, "deal", shop.seller, shop.own, {"profit": guess})
        assert [fault.code for fault in refused.value.faults] == ["unknown_field"]


def test_history_and_a_stale_save_leave_hidden_columns_out(shop: Shop) -> None:
    with shop.database.connect() as connection:
        opened = live.load(connection, shop.app)
        row = write.get(connection, opened, "deal", shop.seller, shop.own).values["lines"][0]
    change(shop.database, shop.app, "deal", shop.own, lines=[{"id": row.id, "qty": 2, "cost": 9}], cost=61)
    with shop.database.connect() as connection:
        opened = live.load(connection, shop.app)
        latest = history.history(connection, opened, "deal", shop.seller, shop.own)[0]
    told = {step.field.key: step for step in latest.differences}
    assert set(told) == {"lines"}
    assert [dict(one.values) for one in told["lines"].old] == [{"qty": 1}]
    with pytest.raises(Stale) as stale:
        write.update_one(shop.database, shop.app, "deal", shop.seller, shop.own, {"name": "乙"}, version=1)
    changed = {one["field"]: one for one in stale.value.details["changed"]}
    assert set(changed) == {"lines"}
    assert all(set(row) == {"id", "qty"} for row in changed["lines"]["theirs"])
