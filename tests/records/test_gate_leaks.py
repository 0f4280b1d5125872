"""What a form under way, a stale save and the history tell: nothing that the person may not read."""

from dataclasses import replace
from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound, Stale
from engine.records.reading.query import get
from engine.records.writing import history, preview, write
from engine.web.record.story import story_lines
from tests.records.making import add, change, field, form, make_app, person, text, values

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


LOOKER = {
    "key": "looker",
    "name": "看",
    "grants": {"deal": {"read": True, "fields": {"cost": "hidden", "lines.cost": "hidden"}}},
}
WRITER = {
    "key": "writer",
    "name": "改",
    "grants": {
        "deal": {
            "read": {"where": OWN},
            "update": True,
            "fields": {"cost": "read", "lines.cost": "read"},
        }
    },
}


def test_whether_a_value_that_this_row_hides_was_guessed_is_not_told(database: Database) -> None:
    deal = form("deal", text(), field("cost", "money"), LINES, title="{name}")
    app = make_app(database, deal, roles=(LOOKER, WRITER))
    with database.begin() as connection:
        who = person(connection, "猜数的人")
        opened = live.load(connection, app)
        for role in ("looker", "writer"):
            roles.give(connection, opened, role, who.member_id, author=who)
    with database.connect() as connection:
        guest = viewer_for(connection, who.member_id)
    given = {"name": "甲", "cost": 77, "lines": [{"qty": 1, "cost": 7}]}
    own, other = (add(database, app, "deal", **given, owner=owner) for owner in (who.member_id, None))

    def sent(record_id: int, **given: Any) -> list[str]:
        try:
            write.update_one(database, app, "deal", guest, record_id, given)
        except Invalid as refused:
            return [fault.code for fault in refused.faults]
        return []

    def row(record_id: int) -> int:
        with database.connect() as connection:
            return get(connection, live.load(connection, app), "deal", guest, record_id).values["lines"][0].id

    for cost in (76, 77):
        assert sent(other, cost=cost) == ["not_editable"]
        assert sent(other, lines=[{"id": row(other), "qty": 2, "cost": cost - 70}]) == ["not_editable"]
    assert sent(own, cost=76) == ["not_editable"] and sent(own, cost=77, name="乙") == []
    # What comes back as it was shown, blank, changes nothing.
    assert sent(other, cost=None, name="丙", lines=[{"id": row(other), "qty": 3, "cost": None}]) == []
    kept = values(database, app, "deal", other)
    assert (kept["cost"], kept["lines"][0].values["qty"], kept["lines"][0].values["cost"]) == (77, 3, 7)


def test_who_made_and_changed_a_record_and_when_is_hidden_wherever_it_is_told(database: Database) -> None:
    unnamed = {
        "key": "unnamed",
        "name": "不见人",
        "grants": {
            "deal": {
                "read": True,
                "update": True,
                "fields": dict.fromkeys(("created_by", "created_at", "updated_by", "updated_at"), "hidden"),
            }
        },
    }
    app = make_app(database, form("deal", text(), title="{name}"), roles=(unnamed,))
    with database.begin() as connection:
        author, reader = person(connection, "作者甲"), person(connection, "读者乙")
        roles.give(connection, live.load(connection, app), "unnamed", reader.member_id, author=author)
    made = add(database, app, "deal", viewer=replace(author, administrator=True), name="一")
    change(database, app, "deal", made, viewer=replace(author, administrator=True), name="二")

    def told(viewer: Viewer) -> tuple[list[Any], list[Any]]:
        with database.connect() as connection:
            opened = live.load(connection, app)
            shown = get(connection, opened, "deal", viewer, made).json()
            steps = history.history(connection, opened, "deal", viewer, made)
        assert [step.json()["author"] is None for step in steps] == [step.author is None for step in steps]
        lines = story_lines([], steps)
        assert [line.at for line in lines] == [step.at for step in steps]
        assert [step.json()["at"] is None for step in steps] == [step.at is None for step in steps]
        with pytest.raises(Stale) as refused:
            write.update_one(database, app, "deal", viewer, made, {"name": "三"}, version=1)
        assert (author.name in str(refused.value.message)) is (viewer is boss)
        return [shown["created_by"], shown["created_at"], shown["updated_at"]], [
            (step.author_name, step.at is None) for step in steps
        ]

    with database.connect() as connection:
        reader, boss = viewer_for(connection, reader.member_id), replace(author, administrator=True)
    assert told(reader) == ([None, None, None], [("无权查看", True), ("无权查看", True)])
    known, names = told(boss)
    assert None not in known and names == [("作者甲", False), ("作者甲", False)]
