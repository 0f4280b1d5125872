"""Cells changed in the list: what can be saved is, each other cell is told, and others' changes stay."""

from collections.abc import Iterator
from json import loads
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from engine.web.record import cell_changes
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import add, change, field, form, make_app, text, values

WON = {"field": "stage", "op": "eq", "value": "won"}
DEAL = form(
    "deal",
    text(),
    field("stage", "select", options=[{"value": "open", "label": "进行"}, {"value": "won", "label": "赢单"}]),
    field("amount", "money"),
    field("share", "percent", max=1),
    field("done", "switch"),
    field("tags", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
    text("note"),
    rules=[
        {"key": "r", "kind": "validation", "formula": "NOT(ISBLANK(note))", "when": WON,
         "message": "赢单要写备注"},
    ],
    title="{name}",
)  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, DEAL)


@pytest.fixture
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈", administrator=True).member_id)


@pytest.fixture
def deal(database: Database, app: str) -> int:
    return add(database, app, "deal", name="甲", stage="open", amount="10", share="0.5", note="旧")


def put(
    browser: Browser, app: str, record: int, sent: dict[str, Any], version: int = 1, text: bool = True
) -> Any:
    asked = {"changes": [{"id": record, "version": version, "values": sent}], "text": text}
    answer = browser.send(f"/a/{app}/deal/grid/cells", asked)
    assert answer.status_code == 200, answer.text
    return loads(answer.text)["results"][0]


def test_a_cell_is_saved_though_somebody_changed_another_field_of_the_record(
    database: Database, app: str, boss: Browser, deal: int
) -> None:
    change(database, app, "deal", deal, note="新")
    told = put(boss, app, deal, {"amount": "2001"})
    assert "conflict" not in told and told["saved"] == ["amount"] and told["others"] == ["note"]
    assert told["cells"]["note"]["t"] == "新" and told["version"] == 3
    now = values(database, app, "deal", deal)
    assert (str(now["amount"]), now["note"]) == ("2001.00", "新")


def test_only_the_cell_that_both_changed_waits_for_a_decision(
    database: Database, app: str, boss: Browser, deal: int
) -> None:
    change(database, app, "deal", deal, amount="777")
    told = put(boss, app, deal, {"amount": "888", "name": "乙"})
    assert told["conflict"]["fields"] == ["amount"] and told["saved"] == ["name"]
    assert told["cells"]["amount"]["t"] == "777.00", "theirs stands in the cell's answer"
    now = values(database, app, "deal", deal)
    assert (str(now["amount"]), now["name"]) == ("777.00", "乙")
    again = put(boss, app, deal, {"amount": "888"}, told["version"])
    assert again["saved"] == ["amount"] and "conflict" not in again


@pytest.mark.parametrize(
    ("key", "theirs", "mine", "as_typed"),
    [
        ("amount", "777", "７７７.0", True),
        ("stage", "won", "赢单", True),
        ("done", True, True, False),
        ("tags", ["a", "b"], ["a", "b"], False),
        ("note", None, None, False),
    ],
)
def test_two_who_meant_the_same_are_not_asked(
    database: Database, app: str, boss: Browser, deal: int, key: str, theirs: Any, mine: Any, as_typed: bool
) -> None:
    change(database, app, "deal", deal, **{key: theirs})
    told = put(boss, app, deal, {key: mine}, text=as_typed)
    assert told["saved"] == [key] and "conflict" not in told and "errors" not in told


def test_a_cell_is_saved_that_somebody_changed_and_changed_back(
    database: Database, app: str, boss: Browser, deal: int
) -> None:
    for now in ("100", "10"):
        change(database, app, "deal", deal, amount=now)
    told = put(boss, app, deal, {"amount": "7"})
    assert "conflict" not in told and told["saved"] == ["amount"]
    assert str(values(database, app, "deal", deal)["amount"]) == "7.00"


@pytest.mark.parametrize(
    ("key", "theirs", "mine", "as_typed"),
    [
        ("amount", "777", "很多", True),
        ("tags", ["a"], ["b"], False),
        ("note", "新", None, False),
    ],
)
def test_what_both_changed_differently_is_a_conflict_whatever_it_is(
    database: Database, app: str, boss: Browser, deal: int, key: str, theirs: Any, mine: Any, as_typed: bool
) -> None:
    change(database, app, "deal", deal, **{key: theirs})
    told = put(boss, app, deal, {key: mine}, text=as_typed)
    assert told["conflict"]["fields"] == [key] and told["saved"] == []


def test_the_good_cells_of_a_row_are_saved_beside_a_bad_one(
    database: Database, app: str, boss: Browser, deal: int
) -> None:
    told = put(boss, app, deal, {"name": "名二", "stage": "没有这个", "amount": "100", "share": "150%"})
    assert told["saved"] == ["amount", "name"]
    assert {one["field"] for one in told["errors"]} == {"stage", "share"}
    now = values(database, app, "deal", deal)
    assert (now["name"], str(now["amount"]), now["stage"]) == ("名二", "100.00", "open")


def test_a_row_that_breaks_a_rule_of_the_form_is_refused_as_a_whole(
    database: Database, app: str, boss: Browser, deal: int
) -> None:
    change(database, app, "deal", deal, note=None)
    told = put(boss, app, deal, {"name": "名三", "stage": "赢单"})
    assert told["saved"] == [] and [one["message"] for one in told["errors"]] == ["赢单要写备注"]
    assert values(database, app, "deal", deal)["name"] == "甲"


def test_rows_of_one_paste_are_answered_in_their_order(
    database: Database, app: str, boss: Browser, deal: int
) -> None:
    other = add(database, app, "deal", name="丙", amount="1")
    change(database, app, "deal", other, note="新")
    asked = {
        "text": True,
        "changes": [
            {"id": other, "version": 1, "values": {"amount": "3", "share": "坏"}},
            {"id": deal, "version": 1, "values": {"amount": "坏", "name": "丁"}},
        ],
    }
    first, second = loads(boss.send(f"/a/{app}/deal/grid/cells", asked).text)["results"]
    assert (first["id"], first["saved"], first["errors"][0]["field"]) == (other, ["amount"], "share")
    assert (second["id"], second["saved"], second["errors"][0]["field"]) == (deal, ["name"], "amount")


def test_a_cell_of_a_record_that_others_change_all_the_time_is_told_why_it_was_not_saved(
    database: Database, app: str, boss: Browser, deal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_changes, "MOST_TRIES", 1)
    change(database, app, "deal", deal, note="新")
    told = put(boss, app, deal, {"amount": "7"})
    assert told["saved"] == [] and [one["field"] for one in told["errors"]] == ["amount"]
    assert "稍后再试" in told["errors"][0]["message"]
    assert told["cells"]["note"]["t"] == "新"
