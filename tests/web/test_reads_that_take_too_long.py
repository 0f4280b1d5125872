"""Reads that take longer than they may: stopped with a word, on pages and in the API; writes wait as long as they must."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text as sql

from engine.access import api_keys
from engine.platform.database import Database
from engine.platform.settings import Settings
from engine.records.storage.tables import form_table
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import ENGINE, add, field, form, live_of, make_app, text, values

STAGES = [{"value": "open", "label": "进行"}, {"value": "won", "label": "赢单"}]
LIST = {"key": "all", "name": "全部", "kind": "grid"}
BOARD = {"key": "board", "name": "看板", "kind": "kanban", "group_by": "stage"}
DEAL = form("deal", text(), field("stage", "select", options=STAGES), title="{name}", views=[LIST, BOARD])


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data_folder, "for tests only, long enough", database_url=url, reading_seconds=1)
    app = create_app(settings)
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    made = make_app(database, DEAL)
    add(database, made, "deal", name="甲", stage="open")
    return made


@pytest.fixture
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈", administrator=True).member_id)


@contextmanager
def unreadable(database: Database, app: str) -> Iterator[None]:
    """A form that gives nothing away meanwhile, as one whose question PostgreSQL finds no quick way for."""
    live = live_of(database, app)
    with database.engine.connect() as connection, connection.begin() as holding:
        table = form_table(connection, live, "deal").main.fullname
        connection.execute(sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
        yield
        holding.rollback()


def test_a_list_a_search_and_a_total_that_take_too_long_are_stopped_and_say_so(
    database: Database, app: str, boss: Browser
) -> None:
    with unreadable(database, app):
        for path, asked in (
            ("rows", {}),
            ("rows", {"search": "甲"}),
            ("totals", {}),
            ("values", {"field": "stage"}),
        ):
            answer = boss.send(f"/a/{app}/deal/grid/{path}", asked)
            told = answer.get_json()
            assert (answer.status_code, told["code"]) == (503, "took_too_long"), (path, told)
            assert "1 秒" in told["message"] and "筛选" in told["message"]
    assert len(boss.send(f"/a/{app}/deal/grid/rows", {}).get_json()["rows"]) == 1


def test_the_list_page_opens_with_its_filter_in_reach_and_a_board_says_what_to_do(
    database: Database, app: str, boss: Browser
) -> None:
    with unreadable(database, app):
        assert "jf-grid" in boss.page(f"/a/{app}/deal")
        board = boss.client.get(f"/a/{app}/deal?view=board")
    assert board.status_code == 503 and "把范围缩小" in board.text and f'href="/a/{app}/deal"' in board.text


def test_a_program_is_told_by_a_code_in_its_language(product: Flask, database: Database, app: str) -> None:
    with database.begin() as connection:
        member = hire(database, "程序", administrator=True).member_id
        key = api_keys.issue(connection, member, author=ENGINE)
    head = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    client, forms = product.test_client(), f"/api/v1/apps/{app}/forms/deal/records"
    with unreadable(database, app):
        for path, asked in (("query", {}), ("aggregate", {"measures": [{"fn": "count", "as": "n"}]})):
            answer = client.post(f"{forms}/{path}", json=asked, headers=head)
            told: dict[str, Any] = answer.get_json()
            assert (answer.status_code, told["code"]) == (503, "took_too_long")
            assert "add a filter" in told["title"]


def test_a_change_waits_beyond_the_bound_and_is_done(database: Database, app: str, boss: Browser) -> None:
    record = add(database, app, "deal", name="乙", stage="open")
    change = {"changes": [{"id": record, "version": 1, "values": {"stage": "won"}}], "text": False}
    with ThreadPoolExecutor(1) as at_work:
        with unreadable(database, app):
            saving = at_work.submit(boss.send, f"/a/{app}/deal/grid/cells", change)
            for _ in range(2):  # two reads are given up while it waits
                Browser(boss.client.application, database, boss.member).send(f"/a/{app}/deal/grid/rows", {})
        saved = saving.result(timeout=60)
    assert saved.status_code == 200 and saved.get_json()["results"][0]["saved"] == ["stage"]
    assert values(database, app, "deal", record)["stage"] == "won"
