"""While a card is dragged, the lanes that a rule, a role or a lock forbids say so; nothing is changed by asking."""

from collections.abc import Iterator
from json import loads
from pathlib import Path

import pytest
from flask import Flask

from engine.access.viewer import Viewer
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import Document, add, field, form, make_app, stored, text

OWN: Document = {"field": "owner", "op": "eq", "value": {"me": True}}
TASK = form(
    "task",
    text(),
    field("kind", "select", options=[{"value": "small"}, {"value": "large"}]),
    field("hours", "number"),
    field("closed", "switch"),
    field("stage", "select", required=True, options=[{"value": one} for one in ("new", "doing", "done", "dropped")]),
    rules=[
        {"key": "hours", "kind": "validation", "level": "must", "formula": 'OR(stage <> "done", hours > 0)',
         "message": {"zh-CN": "完成前请填工时", "en": "Hours are missing"}, "fields": ["hours"]},
        {"key": "weighed", "kind": "validation", "level": "remind", "formula": 'stage <> "doing"',
         "message": {"zh-CN": "请说明", "en": "Say why"}, "fields": ["stage"]},
        {"key": "small", "kind": "options", "field": "stage", "when": {"field": "kind", "op": "eq", "value": "small"},
         "allow": ["new", "doing", "done"]},
        {"key": "closed", "kind": "display", "when": {"field": "closed", "op": "eq", "value": True},
         "lock": ["stage"]},
    ],
    views=[{"key": "board", "name": "板", "kind": "kanban", "group_by": "stage"},
           {"key": "people", "name": "人", "kind": "kanban", "group_by": "owner"}],
    title="{name}",
)  # fmt: skip
CLERK = {"key": "clerk", "name": "文员", "grants": {"task": {"read": True, "update": {"where": OWN}}}}
LANES = ["new", "doing", "done", "dropped", ""]


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, TASK, roles=(CLERK,))


@pytest.fixture
def boss(database: Database) -> Viewer:
    return hire(database, "陈", administrator=True)


def refused(browser: Browser, app: str, record: int, lanes: list[str], view: str = "board") -> dict[str, str]:
    answer = browser.send(f"/a/{app}/task/board/refusals?view={view}", {"id": record, "lanes": lanes})
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = loads(answer.text)["lanes"]
    return found


def test_lanes_that_rules_forbid_say_why_and_the_others_do_not(
    product: Flask, database: Database, app: str, boss: Viewer
) -> None:
    browser = Browser(product, database, boss.member_id)
    record = add(database, app, "task", boss, name="报价", stage="new", kind="small")
    before = stored(database, app, "task", record)
    found = refused(browser, app, record, LANES)
    assert set(found) == {"done", "dropped", ""}
    assert found["done"] == "完成前请填工时"
    assert "Dropped" in found["dropped"] or "dropped" in found["dropped"]
    assert "Stage" in found[""]
    assert stored(database, app, "task", record) == before
    free = add(database, app, "task", boss, name="合同", stage="new", kind="large", hours=2)
    assert set(refused(browser, app, free, LANES)) == {""}


def test_a_locked_card_goes_nowhere(product: Flask, database: Database, app: str, boss: Viewer) -> None:
    browser = Browser(product, database, boss.member_id)
    record = add(database, app, "task", boss, name="放弃", stage="new", hours=1, closed=True)
    assert set(refused(browser, app, record, LANES)) == set(LANES) - {"new"}


def test_a_card_that_ones_role_may_not_change_goes_nowhere(
    product: Flask, database: Database, app: str, boss: Viewer
) -> None:
    clerk = hire(database, "李")
    give(database, app, "clerk", clerk.member_id)
    browser = Browser(product, database, clerk.member_id)
    record = add(database, app, "task", boss, name="别人的", stage="new", hours=1)
    assert set(refused(browser, app, record, ["doing", "done"])) == {"doing", "done"}
    mine = add(database, app, "task", boss, name="自己的", stage="new", hours=1, owner=clerk.member_id)
    assert refused(browser, app, mine, ["doing", "done"]) == {}
    assert refused(browser, app, mine, [str(boss.member_id)], "people") == {}
