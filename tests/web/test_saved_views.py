"""Views kept from the list, one's own and everybody's; fields added from the last head; lists asked for hostilely."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.definitions import live as living
from engine.definitions import publish
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import CUSTOMER, Browser, give, hire, line
from tests.records.making import add, make_app

DEAL: dict[str, Any] = {
    "key": "deal",
    "name": {"zh-CN": "商机", "en": "Deal"},
    "title": "{name}",
    "fields": [
        line("name", "text", "名称", "Name"),
        line("stage", "select", "阶段", "Stage", options=[{"value": "open"}, {"value": "won"}]),
        line("amount", "money", "金额", "Amount"),
        line("cost", "money", "成本", "Cost"),
        line("due", "date", "预计", "Due"),
    ],
    "views": [
        {
            "key": "all",
            "name": "全部",
            "kind": "grid",
            "columns": ["name", "amount"],
            "group_by": [{"field": "stage"}],
            "where": {"field": "cost", "op": "gte", "value": "0"},
        },
        {"key": "chief", "name": "主管", "kind": "grid", "roles": ["chief"]},
    ],
}
SELLER = {
    "key": "seller",
    "name": "销售",
    "grants": {"deal": {"read": True, "fields": {"cost": "hidden"}}},
}
DESIGNER = {**SELLER, "key": "drawer", "name": "设计", "design": True}
CHIEF = {"key": "chief", "name": "主管", "grants": {"deal": {"read": True}}}
RULE = {"key": "a", "when": {"field": "amount", "op": "gt", "value": "5"}, "color": "red"}


@dataclass
class Office:
    database: Database
    app: str
    boss: Browser
    seller: Browser
    designer: Browser
    """Designs the app; the cost is hidden from this one too."""

    @property
    def path(self) -> str:
        return f"/a/{self.app}/deal"

    def view(self, key: str) -> dict[str, Any]:
        with self.database.connect() as connection:
            views = living.load(connection, self.app).form("deal").views
        return dict(next(one for one in views if one["key"] == key))

    def state(self, who: Browser, view: str) -> dict[str, Any]:
        answer = who.get(f"{self.path}/grid/config?view={view}").json
        assert answer is not None
        return dict(answer["state"])


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)
    app = create_app(settings)
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def office(product: Flask, database: Database) -> Office:
    app = make_app(database, CUSTOMER, DEAL, roles=(SELLER, CHIEF, DESIGNER))
    boss, seller = hire(database, "陈晨", administrator=True), hire(database, "李想")
    designer = hire(database, "设计")
    give(database, app, "seller", seller.member_id)
    give(database, app, "drawer", designer.member_id)
    for number in range(3):
        add(database, app, "deal", name=f"D{number}", stage="open", amount=number * 5, cost=1)
    return Office(
        database,
        app,
        Browser(product, database, boss.member_id),
        Browser(product, database, seller.member_id),
        Browser(product, database, designer.member_id),
    )


def test_ones_own_view_keeps_groups_colours_height_and_totals(office: Office) -> None:
    state = {
        **office.state(office.seller, "all"),
        "groups": [{"field": "due", "bucket": "year"}],
        "colors": [RULE, {"key": "broken", "color": "red"}],
        "height": "tall",
        "summary": {"amount": "max"},
    }
    made = office.seller.send(f"{office.path}/views?view=all", {"name": "我的", **state}).json
    assert made is not None
    kept = office.state(office.seller, made["url"].split("view=")[1])
    assert kept["groups"] == [{"field": "due", "bucket": "year"}]
    assert kept["colors"] == [RULE]
    assert (kept["height"], kept["summary"]) == ("tall", {"amount": "max"})
    assert office.state(office.boss, made["url"].split("view=")[1])["groups"] == [{"field": "stage"}]


def test_a_column_dragged_very_wide_is_kept_as_wide_as_a_view_goes(office: Office) -> None:
    columns = [{"key": "name", "width": 4000}, {"key": "amount"}]
    made = office.boss.send(f"{office.path}/views", {"columns": columns, "name": "宽"})
    assert made.status_code == 200, made.text
    kept = office.state(office.boss, made.json["url"].split("view=")[1])
    assert [one["width"] for one in kept["columns"]] == [1200, None]


def test_updating_everybodys_view_changes_what_was_changed_and_nothing_else(office: Office) -> None:
    state = office.state(office.boss, "all")
    sent = {**state, "groups": [], "colors": [RULE], "update": True}
    assert office.boss.send(f"{office.path}/views?view=all", sent).status_code == 200
    view = office.view("all")
    assert "group_by" not in view
    assert view["colors"] == [RULE]
    assert view["where"] == {"field": "cost", "op": "gte", "value": "0"}
    assert office.seller.send(f"{office.path}/views?view=all", sent).status_code == 403


def test_what_is_hidden_from_one_who_updates_everybodys_view_stays_at_its_place(office: Office) -> None:
    secret = {"key": "s", "when": {"field": "cost", "op": "gt", "value": "5"}, "color": "green"}
    whole = {
        "columns": ["name", "cost", "amount"],
        "sort": [{"field": "cost", "desc": True}, {"field": "name"}],
        "colors": [secret],
        "summary": {"cost": "sum"},
    }
    sent = {"view": "all", "name": "布局", "kind": "grid", "for_all": "1", "csrf": office.boss.csrf}
    made = office.boss.send(f"{office.path}/views/new", data=sent)
    key = made.headers["Location"].split("view=")[1]

    def arrange(document: dict[str, Any]) -> dict[str, Any]:
        views = [{**one, **whole} if one["key"] == key else one for one in document["views"]]
        return {**document, "views": views}

    publish.change(office.database, office.app, "forms", "deal", arrange, author=office.boss.member)
    designer = office.designer
    state = office.state(designer, key)
    assert [one["key"] for one in state["columns"]] == ["name", "amount"]
    columns = [*state["columns"], {"key": "stage"}]
    changed = {**state, "columns": columns, "colors": [RULE], "summary": {"amount": "max"}, "update": True}
    path = f"{office.path}/views?view={key}"
    assert designer.send(path, {**changed, "sort": [{"field": "amount"}]}).status_code == 200
    view = office.view(key)
    assert view["columns"] == ["name", "cost", "amount", "stage"]
    assert view["sort"] == [{"field": "cost", "desc": True}, {"field": "amount"}]
    assert view["colors"] == [secret, RULE]
    assert view["summary"] == {"cost": "sum", "amount": "max"}
    assert view["where"] == {"field": "cost", "op": "gte", "value": "0"}
    other = {"field": "name", "op": "eq", "value": "x"}
    assert designer.send(path, {**changed, "where": other}).status_code == 403
    assert office.view(key)["where"] == {"field": "cost", "op": "gte", "value": "0"}


def test_a_new_view_is_for_all_only_from_one_who_designs(office: Office) -> None:
    sent = {"view": "all", "name": "大家的日历", "kind": "calendar", "date": "due", "for_all": "1"}
    mine = office.seller.send(f"{office.path}/views/new", data={**sent, "csrf": office.seller.csrf})
    assert "view=my-" in mine.headers["Location"]
    shared = office.boss.send(f"{office.path}/views/new", data={**sent, "csrf": office.boss.csrf})
    key = shared.headers["Location"].split("view=")[1]
    assert (office.view(key)["kind"], office.view(key)["date"]) == ("calendar", "due")
    wrong = {**sent, "date": "cost", "name": "没有日期"}
    made = office.boss.send(f"{office.path}/views/new", data={**wrong, "csrf": office.boss.csrf})
    assert office.view(made.headers["Location"].split("view=")[1])["kind"] == "grid"


def test_a_view_for_others_is_neither_a_tab_nor_an_address(office: Office) -> None:
    page = office.seller.page(f"{office.path}?view=chief")
    assert "主管" not in page
    assert "view=chief" in office.boss.page(office.path)


@pytest.mark.parametrize(
    ("door", "sent", "status"),
    [
        ("groups", {"groups": [{"field": "cost"}]}, 422),
        ("groups", {"groups": "stage"}, 422),
        ("groups", {"groups": [{"field": "stage"}], "where": {"field": "cost", "op": "gt", "value": 1}}, 422),
        ("groups", {"groups": [{"field": "stage"}], "measures": [{"field": "cost", "fn": "sum"}]}, 200),
        ("rows", {"inside": {"field": "cost", "op": "eq", "value": "1"}}, 422),
        ("rows", {"parts": [{"inside": {"field": "cost", "op": "eq", "value": "1"}}]}, 422),
        ("rows", {"parts": [3]}, 422),
        ("rows", {"colors": [{"when": {"field": "cost", "op": "gt", "value": "0"}, "color": "red"}]}, 200),
        ("rows", {"colors": [{"when": 3, "color": "red"}, {"color": "pink"}]}, 200),
        ("totals", {"measures": [{"field": "cost", "fn": "sum"}, {"field": "amount", "fn": "drop"}]}, 200),
    ],
)
def test_no_door_of_the_list_tells_a_hidden_figure(
    office: Office, door: str, sent: dict[str, Any], status: int
) -> None:
    answer = office.seller.send(f"{office.path}/grid/{door}", {"limit": 10, **sent})
    assert answer.status_code == status, answer.text
    assert "cost" not in answer.text or status == 422
    assert '"colors"' not in answer.text


def test_a_field_added_from_a_list_is_refused_where_something_is_missing(office: Office) -> None:
    door = f"{office.path}/quick-field"
    palette = office.boss.get(door).json
    assert palette is not None
    needs = {tile["key"]: tile["needs"] for group in palette["groups"] for tile in group["tiles"]}
    assert needs["text"] == []
    assert needs["select"] == ["options"]
    assert needs["link"] == ["form"]
    assert "formula" not in needs
    for sent in (
        {"label": " ", "tile": "text"},
        {"label": "x", "tile": "formula"},
        {"label": "x", "tile": "select", "options": " \n "},
        {"label": "x", "tile": "link", "form": "gone"},
    ):
        assert office.boss.send(door, sent).status_code == 422
    made = office.boss.send(
        door, {"label": "来源", "tile": "select", "options": "展会\n转介绍", "view": "all"}
    ).json
    assert made is not None
    assert office.view("all")["columns"][-1] == made["key"]
    assert office.seller.send(door, {"label": "x", "tile": "text"}).status_code == 403
