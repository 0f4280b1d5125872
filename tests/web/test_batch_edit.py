"""One field of many records changed at once: tried out first, with everybody's rights, and taken back again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.platform import performing
from engine.platform.database import Database
from engine.platform.settings import Settings
from engine.records.bulk import setting
from engine.records.storage.tables import form_table
from run import create_app
from tests.builders.office import CUSTOMER, Browser, give, hire, line
from tests.records.making import add, change, make_app, values

DEAL: dict[str, Any] = {
    "key": "deal",
    "name": {"zh-CN": "商机", "en": "Deal"},
    "title": "{name}",
    "fields": [
        line("name", "text", "商机名称", "Name", required=True),
        line("stage", "select", "阶段", "Stage", options=[
            {"value": "open", "label": {"zh-CN": "初步接洽", "en": "Open"}},
            {"value": "won", "label": {"zh-CN": "赢单", "en": "Won"}},
        ]),
        line("customer", "link", "客户", "Customer", form="customer"),
        line("amount", "money", "金额", "Amount", max=1000),
        line("share", "percent", "概率", "Share"),
        line("cost", "money", "成本", "Cost"),
        line("due", "date", "预计成交", "Due"),
        line("tags", "multi_select", "标签", "Tags", options=[{"value": "new", "label": "新"}, {"value": "old", "label": "老"}]),
        line("double", "formula", "两倍", "Double", formula="amount * 2", result="money"),
    ],
}  # fmt: skip
SELLER = {
    "key": "seller",
    "name": "销售",
    "grants": {
        "deal": {
            "read": True,
            "update": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
            "fields": {"cost": "hidden", "share": "read"},
        },
        "customer": {"read": {"where": {"field": "level", "op": "eq", "value": "A"}}},
    },
}


@dataclass
class Office:
    """The app, with browsers of its administrator and of a seller."""

    database: Database
    settings: Settings
    app: str
    boss: Browser
    seller: Browser

    @property
    def path(self) -> str:
        return f"/a/{self.app}/deal/grid/selection"

    def deal(self, name: str, owner: Browser | None = None, **more: Any) -> int:
        if owner is not None:
            more["owner"] = owner.member
        return add(self.database, self.app, "deal", self.viewer, name=name, **more)

    @property
    def viewer(self) -> Viewer:
        with self.database.connect() as connection:
            return viewer_for(connection, self.boss.member)

    def stored(self, record_id: int) -> dict[str, Any]:
        return values(self.database, self.app, "deal", record_id)

    def work(self) -> None:
        performing.run_due(self.database, self.settings)


@pytest.fixture(scope="module")
def settings(database: Database, data_folder: Path) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)


@pytest.fixture(scope="module")
def product(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def office(product: Flask, database: Database, settings: Settings) -> Office:
    app = make_app(database, CUSTOMER, DEAL, roles=(SELLER,))
    boss, li = hire(database, "陈晨", administrator=True), hire(database, "李想")
    give(database, app, "seller", li.member_id)
    return Office(
        database,
        settings,
        app,
        Browser(product, database, boss.member_id),
        Browser(product, database, li.member_id),
    )


@pytest.fixture
def deals(office: Office) -> list[int]:
    return [office.deal(f"商机 {number}", amount=str(number * 100)) for number in (1, 2, 6)]


def previewed(office: Office, ids: list[int], who: Browser | None = None, **change: Any) -> Any:
    answer = (who or office.boss).send(f"{office.path}/preview", {"ids": ids, "count": len(ids), **change})
    assert answer.status_code == 200, answer.text
    return answer.json


def done(office: Office, ids: list[int], who: Browser | None = None, **change: Any) -> Any:
    answer = (who or office.boss).send(office.path, {"ids": ids, "count": len(ids), **change})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_preview_shows_before_and_after_and_changes_nothing(office: Office, deals: list[int]) -> None:
    told = previewed(office, deals, formulas={"amount": "amount * 2"})
    assert (told["changed"], told["refused"], told["total"]) == (2, 1, 3)
    assert [(row["before"], row["after"]) for row in told["rows"][:2]] == [
        ("¥100.00", "¥200.00"),
        ("¥200.00", "¥400.00"),
    ]
    assert "1,000" in told["rows"][2]["message"] or "1000" in told["rows"][2]["message"]
    assert [office.stored(one)["amount"] for one in deals] == [100, 200, 600]


def test_a_formula_changes_what_it_can_and_says_what_was_left(office: Office, deals: list[int]) -> None:
    told = done(office, deals, formulas={"amount": "amount * 2"})
    assert told["message"] == "已修改 2 条，1 条没有修改"
    assert [office.stored(one)["amount"] for one in deals] == [200, 400, 600]
    assert [office.stored(one)["double"] for one in deals] == [400, 800, 1200], "what is computed follows"


def test_a_batch_is_taken_back_but_for_what_was_changed_since(office: Office, deals: list[int]) -> None:
    told = done(office, deals, values={"amount": "5"})
    change(office.database, office.app, "deal", deals[1], amount="77")
    undone = office.boss.send(told["undo"], {})
    assert undone.json["message"] == "已撤销 2 条；1 条因后来又被修改或已无权修改而保留"
    assert [office.stored(one)["amount"] for one in deals] == [100, 77, 600]


def test_nobody_takes_back_what_somebody_else_changed(office: Office, deals: list[int]) -> None:
    told = done(office, deals, values={"amount": "5"})
    assert office.seller.send(told["undo"], {}).status_code == 404
    assert office.stored(deals[0])["amount"] == 5


@pytest.mark.parametrize(
    ("field", "formula", "expected"),
    [
        ("stage", '"赢单"', "won"),
        ("share", "amount / 1000", "0.1"),
        ("due", "DATE(2026, 3, 1) + 1", "2026-03-02"),
        ("name", 'name & " · " & amount', "商机 1 · 100"),
        ("tags", '"老"', ["old"]),
        ("due", '""', None),
    ],
)
def test_a_result_becomes_a_value_of_the_field(
    office: Office, deals: list[int], field: str, formula: str, expected: Any
) -> None:
    done(office, deals[:1], formulas={field: formula})
    found = office.stored(deals[0])[field]
    assert (found if isinstance(found, list) or found is None else str(found).removesuffix("000")) == expected


def test_a_link_is_set_by_the_name_that_the_formula_gives(office: Office, deals: list[int]) -> None:
    customer = add(office.database, office.app, "customer", name="无锡晶创", level="A")
    done(office, deals[:1], formulas={"customer": '"无锡" & "晶创"'})
    assert office.stored(deals[0])["customer"] == customer


def test_a_result_that_is_an_error_is_not_written(office: Office, deals: list[int]) -> None:
    told = previewed(office, deals, formulas={"amount": "amount / (amount - 100)"})
    assert told["refused"] == 1
    assert "#DIV/0!" in next(row["message"] for row in told["rows"] if row["state"] == "refused")


def test_a_fault_in_the_formula_is_told_before_anything_is_done(office: Office, deals: list[int]) -> None:
    for path in (office.path, f"{office.path}/preview"):
        answer = office.boss.send(path, {"ids": deals, "formulas": {"amount": "amont * 2"}})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "unknown_field"


def test_only_ones_own_records_are_changed_with_the_rights_of_an_ordinary_write(office: Office) -> None:
    mine, others = office.deal("我的", office.seller, amount="10"), office.deal("别人的", amount="10")
    told = done(office, [mine, others], office.seller, formulas={"amount": "amount + 1"})
    assert told["message"] == "已修改 1 条，1 条没有修改"
    assert (office.stored(mine)["amount"], office.stored(others)["amount"]) == (11, 10)
    answer = office.seller.send(office.path, {"ids": [mine], "values": {"share": "0.5"}})
    assert answer.status_code >= 400, "a field that may only be read"
    assert office.stored(mine)["share"] is None


@pytest.mark.parametrize(
    "formula", ["cost", "IF(cost > 1, 1, 2)", "customer.revenue", "IF(LEN(customer) > 2, 1, 2)"]
)
def test_a_formula_carries_nothing_out_that_one_may_not_see(office: Office, formula: str) -> None:
    small = add(office.database, office.app, "customer", name="海润", level="B", revenue="9")
    mine = office.deal("我的", office.seller, amount="10", cost="3", customer=small)
    for path in (office.path, f"{office.path}/preview"):
        answer = office.seller.send(path, {"ids": [mine], "formulas": {"amount": formula}})
        assert answer.status_code == 422 or answer.json.get("refused") == 1 or answer.status_code == 400
    assert office.stored(mine)["amount"] == 10


def test_what_one_may_read_behind_a_link_can_be_taken_over(office: Office) -> None:
    big = add(office.database, office.app, "customer", name="大客户", level="A", revenue="900")
    mine = office.deal("我的", office.seller, amount="10", customer=big)
    done(office, [mine], office.seller, formulas={"amount": "customer.revenue / 2"})
    assert office.stored(mine)["amount"] == 450


def test_all_that_a_filter_finds_is_a_job_that_can_be_taken_back(office: Office) -> None:
    ids = [office.deal("成批", amount="1") for _ in range(60)]
    sent = {
        "all": True,
        "except": [ids[0]],
        "where": {"field": "name", "op": "eq", "value": "成批"},
        "count": 59,
    }
    answer = office.boss.send(office.path, {**sent, "formulas": {"amount": "amount + 1"}})
    assert answer.status_code == 202
    office.work()
    job = office.boss.get(answer.json["job"]).json
    assert (job["state"], job["done"], job["message"]) == ("succeeded", 59, "已修改 59 条")
    assert [office.stored(one)["amount"] for one in (ids[0], ids[1], ids[-1])] == [1, 2, 2]
    undoing = office.boss.send(f"{job['result']['undo']}?job=1", {})
    assert undoing.status_code == 202
    office.work()
    assert office.boss.get(undoing.json["job"]).json["message"] == "已撤销 59 条"
    assert office.stored(ids[-1])["amount"] == 1


def test_a_job_that_is_begun_again_raises_nothing_twice(office: Office, deals: list[int]) -> None:
    boss = office.viewer
    batch, wanted = uuid4(), setting.Setting(formulas={"amount": "amount + 1"})
    setting.carry_out(office.database, office.app, "deal", boss, wanted, deals[:2], batch)
    setting.carry_out(office.database, office.app, "deal", boss, wanted, deals, batch)
    assert [office.stored(one)["amount"] for one in deals] == [101, 201, 601]


def test_four_who_add_to_the_same_records_lose_nothing(office: Office, deals: list[int]) -> None:
    boss = office.viewer

    def raise_them() -> None:
        wanted = setting.Setting(formulas={"amount": "amount + 1"})
        setting.carry_out(office.database, office.app, "deal", boss, wanted, deals, uuid4())

    together = [Thread(target=raise_them) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert [office.stored(one)["amount"] for one in deals] == [104, 204, 604]


def test_what_one_may_not_change_any_more_keeps_what_it_has(office: Office) -> None:
    mine = office.deal("我的", office.seller, amount="5")
    stays = office.deal("还是我的", office.seller, amount="6")
    told = done(office, [mine, stays], office.seller, values={"amount": "7"})
    with office.database.begin() as connection:
        table = form_table(connection, living.load(connection, office.app), "deal").stored.qualified()
        connection.exec_driver_sql(f"UPDATE {table} SET owner = %s WHERE id = %s", (office.boss.member, mine))
    undone = office.seller.send(told["undo"], {})
    assert undone.json["count"] == 1
    assert [office.stored(one)["amount"] for one in (mine, stays)] == [7, 6]


def test_only_what_one_may_write_is_offered(office: Office) -> None:
    """Neither what is worked out or kept by the system, nor what one may only read."""
    offered = {
        who: {
            one["key"]
            for one in browser.get(f"/a/{office.app}/deal/grid/config").json["columns"]
            if one["editable"]
        }
        for who, browser in (("boss", office.boss), ("seller", office.seller))
    }
    own = {"name", "stage", "customer", "amount", "due", "tags", "owner"}
    assert offered == {"boss": own | {"share", "cost"}, "seller": own}
