"""What rules say of a record reaches its cells in the list: what may be chosen, what is closed, what follows a change."""

import re
from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import Document, add, field, form, make_app, text, values

CITIES = [{"value": one, "label": one.title()} for one in ("shenzhen", "guangzhou", "hangzhou")]
KIND = {"field": "kind", "op": "eq", "value": "visit"}
DONE = {"field": "done", "op": "eq", "value": True}
SHOP = form("shop", text(), text("land"), title="{name}")
TRIP = form(
    "trip",
    text(),
    field("kind", "select", options=[{"value": "visit"}, {"value": "call"}]),
    field("province", "select", options=[{"value": "gd"}, {"value": "zj"}]),
    field("city", "select", options=CITIES),
    field("tags", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
    text("land"),
    field("shop", "link", form="shop", where={"field": "land", "op": "eq", "value": {"current": "land"}}),
    field("done", "switch"),
    field("cost", "money"),
    text("place"),
    text("hint"),
    rules=[
        {"key": "cities", "kind": "options", "field": "city", "by": "province",
         "allow": {"gd": ["shenzhen", "guangzhou"], "zj": ["hangzhou"]}},
        {"key": "tags", "kind": "options", "field": "tags", "when": KIND, "allow": ["b"]},
        {"key": "visits", "kind": "display", "when": KIND, "show": ["place"], "empty_when_hidden": True},
        {"key": "closed", "kind": "display", "when": DONE, "lock": ["cost"], "hide": ["hint"]},
        {"key": "places", "kind": "linkage", "form": "shop", "set": {"hint": "land"},
         "where": {"field": "name", "op": "eq", "value": {"current": "place"}}},
    ],
    title="{name}",
)  # fmt: skip
OWN: Document = {"field": "owner", "op": "eq", "value": {"me": True}}
CLERK = {"key": "clerk", "name": "文员", "grants": {"trip": {"read": {"where": OWN}, "update": {"where": OWN},
         "fields": {"tags": "hidden", "province": "hidden"}}, "shop": {"read": True}}}  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, SHOP, TRIP, roles=(CLERK,))


@pytest.fixture
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈", administrator=True).member_id)


def offered(browser: Browser, app: str, key: str, record: int, typed: str = "") -> list[str]:
    answer = browser.get(f"/a/{app}/trip/grid/choices?field={key}&record={record}&q={typed}")
    assert answer.status_code == 200, answer.text
    return [one["label"] for one in loads(answer.text)["choices"]]


def row(browser: Browser, app: str, record: int) -> dict[str, Any]:
    asked = {"limit": 100, "where": {"field": "id", "op": "eq", "value": record}}
    found: list[dict[str, Any]] = loads(browser.send(f"/a/{app}/trip/grid/rows", asked).text)["rows"]
    return found[0]


def put(browser: Browser, app: str, record: int, **sent: Any) -> dict[str, Any]:
    changes = {"changes": [{"id": record, "values": sent}]}
    result: dict[str, Any] = loads(browser.send(f"/a/{app}/trip/grid/cells", changes).text)["results"][0]
    return result


def test_a_cell_offers_what_the_record_allows(database: Database, app: str, boss: Browser) -> None:
    south, east = (
        add(database, app, "trip", province="gd"),
        add(database, app, "trip", province="zj", kind="visit"),
    )
    assert offered(boss, app, "city", south) == ["Shenzhen", "Guangzhou"]
    assert offered(boss, app, "city", east) == ["Hangzhou"]
    assert offered(boss, app, "city", add(database, app, "trip")) == ["Shenzhen", "Guangzhou", "Hangzhou"]
    assert [offered(boss, app, "tags", one) for one in (south, east)] == [["a", "b"], ["b"]]


def test_a_batch_is_told_how_many_records_may_take_each_option(
    product: Flask, database: Database, app: str, boss: Browser
) -> None:
    south, east = add(database, app, "trip", province="gd"), add(database, app, "trip", province="zj")

    def asked(who: Browser, ids: list[int], key: str = "city") -> Any:
        answer = who.send(
            f"/a/{app}/trip/grid/selection/choices", {"ids": ids, "field": key, "count": len(ids)}
        )
        return loads(answer.text) if answer.status_code == 200 else answer.status_code

    both = asked(boss, [south, east])
    assert [(one["label"], one["count"]) for one in both["options"]] == [
        ("Shenzhen", 1), ("Guangzhou", 1), ("Hangzhou", 1)]  # fmt: skip
    assert (both["tried"], both["total"]) == (2, 2)
    assert [one["count"] for one in asked(boss, [south])["options"]] == [1, 1, 0]
    clerk = hire(database, "李")
    give(database, app, "clerk", clerk.member_id)
    theirs = asked(Browser(product, database, clerk.member_id), [south])
    assert (theirs["tried"], {one["count"] for one in theirs["options"]}) == (0, {0}), "not theirs to read"
    assert asked(boss, [south], "name") in (400, 422)


def test_a_cell_of_a_link_offers_what_its_condition_finds_for_the_record(
    database: Database, app: str, boss: Browser
) -> None:
    for name, land in (("巴黎店", "法"), ("里昂店", "法"), ("罗马店", "意")):
        add(database, app, "shop", name=name, land=land)
    french = add(database, app, "trip", land="法")
    assert set(offered(boss, app, "shop", french)) == {"巴黎店", "里昂店"}
    assert offered(boss, app, "shop", french, "里昂") == ["里昂店"]
    assert "罗马店" in offered(boss, app, "shop", add(database, app, "trip"))


def test_the_list_knows_for_which_columns_it_has_to_ask(app: str, boss: Browser) -> None:
    columns = loads(boss.get(f"/a/{app}/trip/grid/config").text)["columns"]
    assert {one["key"] for one in columns if one.get("by_record")} == {"city", "tags", "shop"}


def test_choices_of_a_record_are_only_for_those_who_may_read_it(
    product: Flask, database: Database, app: str
) -> None:
    member = hire(database, "小文").member_id
    give(database, app, "clerk", member)
    clerk = Browser(product, database, member)
    mine, other = (add(database, app, "trip", province="zj", owner=one) for one in (member, None))
    assert offered(clerk, app, "city", mine) == ["Hangzhou"], "as a write by them is judged"
    for path in (f"field=city&record={other}", f"field=tags&record={mine}", "field=city&record=999999"):
        assert clerk.get(f"/a/{app}/trip/grid/choices?{path}").status_code == 404, path


def test_the_list_says_which_cells_are_locked_and_which_hidden(
    database: Database, app: str, boss: Browser
) -> None:
    done = row(boss, app, add(database, app, "trip", done=True, kind="visit"))
    assert done["locked"] == ["cost"] and "cost" in done["readonly"] and done["hidden"] == ["hint"]
    call = row(boss, app, add(database, app, "trip", kind="call"))
    assert call["locked"] == [] and call["hidden"] == ["place"] and "place" not in call["readonly"]


def test_the_answer_to_a_changed_cell_brings_what_followed(
    database: Database, app: str, boss: Browser
) -> None:
    add(database, app, "shop", name="米兰店", land="意大利")
    made = add(database, app, "trip", kind="visit")
    answer = put(boss, app, made, place="米兰店")
    assert answer["cells"]["hint"]["v"] == "意大利"
    answer = put(boss, app, made, kind="call")
    assert "place" not in answer["cells"], "the rule hid and emptied it"
    assert answer["hidden"] == ["place"] and values(database, app, "trip", made)["place"] is None
    answer = put(boss, app, made, done=True)
    assert answer["locked"] == ["cost"] and answer["hidden"] == ["place", "hint"]


def test_the_progress_strip_leads_only_where_the_rules_let_it(
    product: Flask, database: Database, boss: Browser
) -> None:
    stages = [{"value": one, "label": one.title()} for one in ("new", "offer", "won", "lost")]
    deal = form(
        "deal",
        text(),
        field("kind", "select", options=[{"value": "small"}, {"value": "large"}]),
        field("stage", "select", options=stages),
        rules=[
            {"key": "short", "kind": "options", "field": "stage", "by": "kind", "allow": {"small": ["new", "won", "lost"]}},
            {"key": "over", "kind": "display", "when": {"field": "stage", "op": "eq", "value": "lost"}, "lock": ["stage"]},
        ],
        layout={"progress": "stage"},
    )  # fmt: skip
    app = make_app(database, deal)

    def ways(**sent: Any) -> list[str]:
        page = boss.page(f"/a/{app}/deal/{add(database, app, 'deal', **sent)}")
        return re.findall(r'name="value" value="(\w+)"', page)

    assert ways(kind="large", stage="new") == ["offer", "won", "lost"]
    assert ways(kind="small", stage="new") == ["won", "lost"]
    assert ways(stage="lost") == []
