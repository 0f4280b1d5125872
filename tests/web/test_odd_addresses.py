"""Addresses that somebody shortened, changed or made up show what there is, or say why not; none breaks a page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import add, field, form, make_app, text

VIEWS = [
    {"key": "all", "name": "全部", "kind": "grid"},
    {"key": "lanes", "name": "看板", "kind": "kanban", "group_by": "boss"},
]


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈", administrator=True).member_id)


@pytest.fixture
def app(database: Database, boss: Browser) -> str:
    app = make_app(database, form("deal", text(), field("boss", "member"), views=VIEWS, title="{name}"))
    add(database, app, "deal", name="光刻机")
    return app


@pytest.mark.parametrize("lane", ["abc", "²", "9" * 40, "-1", "1.5"])
def test_a_lane_of_nobody_has_no_cards(boss: Browser, app: str, lane: str) -> None:
    lanes = f"/a/{app}/deal/board/lane?view=lanes"
    assert "光刻机" in boss.page(lanes)
    assert "光刻机" not in boss.page(f"{lanes}&lane={lane}")


@pytest.mark.parametrize("page", ["", "/cards", "/board"])
def test_a_condition_of_thousands_of_brackets_in_an_address_is_as_none(
    boss: Browser, app: str, page: str
) -> None:
    for where in ("[" * 3000, '{"not":' * 3000):
        answer = boss.client.get(f"/a/{app}/deal{page}", query_string={"view": "lanes", "where": where})
        assert answer.status_code == 200


@pytest.mark.parametrize("address", ["/nowhere", "/a/nothing/deal", "{app}/deal/99"])
def test_a_page_that_says_why_not_is_headed_by_its_message(boss: Browser, app: str, address: str) -> None:
    shown = boss.client.get(address.format(app=f"/a/{app}"))
    assert shown.status_code == 404 and shown.text.count("<h1") == 1
    assert re.search(r'role="alert">.*?<h([1-6])', shown.text, re.DOTALL)[1] == "1"  # type: ignore[index]
