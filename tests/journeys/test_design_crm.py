"""Somebody takes the CRM and bends it to the house without reading anything: a field, a stage, a rule, a role."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.access import setup
from engine.access.viewer import viewer_for
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.platform.settings import Settings
from run import load_parts
from templates_gallery.gallery import clone
from tests.conftest import _fresh_database
from tests.journeys.sales import PASSWORD, Sales, page_for
from tests.journeys.serving import served


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    """A company that has just taken the CRM."""
    data = tmp_path_factory.mktemp("data")
    with _fresh_database(postgres, "crm_design") as address:
        load_parts(
            Settings(data=data, secret_key="a secret for tests only, long enough", database_url=address)
        )
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        with database.connect() as connection:
            boss = viewer_for(connection, 1)
        app = clone(database, "crm", sample_data=False, author=boss)
        with served(database, data) as url:
            yield Sales(database, app, url, boss, boss, {})
        database.close()


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def documents(office: Sales) -> Any:
    with office.database.connect() as connection:
        return living.load(connection, office.app).documents


def hold(page: Page, what: Locator, x: float, y: float) -> None:
    """Take hold of something and carry it there, without letting go."""
    box = what.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 8, box["y"] + box["height"] / 2 + 8, steps=3)
    page.mouse.move(x, y, steps=8)


def test_a_field_a_stage_a_rule_and_a_role_of_the_crm_are_changed_by_hand(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/opportunity")
    page.get_by_role("link", name="编辑表单").click()
    page.locator("form-designer[data-ready]").wait_for()
    card = page.locator('[data-canvas] [data-path="source"]')
    name = page.locator("[data-properties] [data-property=label] [data-name]")

    there = card.bounding_box()
    assert there is not None
    hold(
        page,
        page.locator('.palette-tile[data-tile="date"]'),
        there["x"] + there["width"] - 12,
        there["y"] + 30,
    )
    expect(page.locator(".drop-mark.beside")).to_be_visible()
    page.mouse.up()
    expect(name).to_be_focused()
    page.keyboard.type("招标日期")
    page.keyboard.press("Enter")
    expect(page.locator('[data-canvas] [data-path="zhao_biao_ri_qi"]')).to_be_visible()

    page.locator('[data-canvas] [data-path="stage"]').click()
    stages = page.locator(".option-name")
    expect(stages).to_have_count(6)
    stages.nth(2).fill("方案与报价")
    stages.nth(2).press("Enter")
    expect(stages).to_have_count(7)
    expect(stages.nth(3)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("样机测试")
    target = stages.nth(1).bounding_box()
    assert target is not None
    hold(page, page.locator(".option .grip").nth(3), target["x"], target["y"] + 4)
    page.mouse.up()
    expect(stages.nth(1)).to_have_value("样机测试")

    page.locator(".design-tabs").get_by_role("link", name="规则").click()
    page.locator("[data-rules] li").first.click()
    page.locator("[data-panel]").get_by_role("button", name="拒绝保存").click()
    expect(page.locator("[data-rules] li").first).to_contain_text("拒绝")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    page.get_by_role("button", name="发布").click()
    dialog = page.locator(".publish-dialog")
    expect(dialog).to_contain_text("新增字段“招标日期”")
    dialog.get_by_role("button", name="发布", exact=True).click()
    expect(page.locator("[data-publish]")).to_be_disabled()

    page.locator(".design-tabs").get_by_role("link", name="权限").click()
    deleting = page.locator('select[name="scope.salesperson.delete"]')
    deleting.select_option(label="本人")
    page.get_by_role("button", name="保存并生效").click()
    expect(deleting).to_have_value("own")

    now = documents(office)
    form = now["forms"]["opportunity"]
    keys = [one["key"] for one in form["fields"]]
    assert keys[keys.index("source") + 1] == "zhao_biao_ri_qi"
    stage = next(one for one in form["fields"] if one["key"] == "stage")
    assert [one["value"] for one in stage["options"]][:4] == [
        "prospecting",
        "样机测试",
        "engaging",
        "proposal",
    ]
    assert stage["options"][3]["label"]["zh-CN"] == "方案与报价"
    assert form["rules"][0].get("level", "must") == "must"
    assert now["roles"]["salesperson"]["grants"]["opportunity"]["delete"]["where"]["value"] == {"me": True}
    page.goto(f"/a/{office.app}/opportunity/new")
    expect(page.get_by_label("招标日期")).to_be_visible()
