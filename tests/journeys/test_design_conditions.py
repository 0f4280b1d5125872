"""Building a condition by keyboard alone and by mouse: through links, in groups, with values of the form being filled."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.order_forms import slow
from tests.journeys.sales import Sales, page_for, sales
from tests.journeys.serving import faults_of


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as made:
        yield made


def test_a_condition_is_built_by_keys_and_read_as_a_sentence(browser: Browser, office: Sales) -> None:
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/roles/seller")
        slow(page, 300)  # what is typed while the fields behind a link are on their way holds for them
        page.locator("select[name='scope.deal.read']").select_option("custom")
        condition = page.locator("tbody[data-place=deal] tr[data-operation=read] jf-condition")
        expect(condition.get_by_role("button", name="条件", exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_role("searchbox", name="选择字段").press_sequentially("客户")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")  # past the field itself, to the way into its fields
        page.keyboard.press("Enter")
        page.get_by_role("searchbox", name="选择字段").press_sequentially("客户名称")
        page.keyboard.press("Enter")
        page.get_by_label("客户 · 客户名称").press_sequentially("晶创")
        page.keyboard.press("Enter")
        expect(condition.locator(".chip")).to_have_text("客户 · 客户名称 包含 晶创")
        condition.get_by_role("button", name="条件", exact=True).click()
        page.get_by_role("button", name="条件组").click()
        dialog = page.get_by_role("dialog", name="条件组")
        dialog.get_by_role("button", name="字段：").click()
        page.locator(".popover").get_by_role("button", name="预计成交", exact=True).click()
        dialog.get_by_label("比较").select_option("gte")
        dialog.get_by_label("日期", exact=True).select_option("days_ago")
        dialog.get_by_label("天数").fill("7")
        dialog.get_by_role("button", name="条件", exact=True).click()
        assert faults_of(page) == []
        dialog.get_by_role("button", name="移除条件").last.click()
        dialog.get_by_role("button", name="确定").click()
        expect(condition.locator(".chip").nth(1)).to_have_text("预计成交 不早于 7 天前")
        condition.get_by_label("怎样组合").select_option("none")
        stored = json.loads(page.locator("input[name='where.deal.read']").input_value())
        assert stored == {
            "not": {
                "any": [
                    {"field": "customer.name", "op": "contains", "value": "晶创"},
                    {"field": "due", "op": "gte", "value": {"days_ago": 7}},
                ]
            }
        }


def test_a_link_is_narrowed_by_what_the_form_being_filled_holds(browser: Browser, office: Sales) -> None:
    with page_for(browser, office) as page:
        page.goto(f"{office.deals}/design")
        page.locator("[data-path=contact]").first.click()
        condition = page.locator("jf-condition").first
        expect(condition.locator(".chip")).to_have_text("客户 是 当前的“客户”")
        condition.locator(".chip-close").click()
        condition.get_by_role("button", name="条件", exact=True).click()
        page.locator(".popover").get_by_role("button", name="姓名", exact=True).click()
        page.get_by_label("比较", exact=True).select_option("eq")
        page.get_by_label("和什么比较").select_option(label="当前的“商机名称”")
        page.locator(".popover").get_by_role("button", name="确定").click()
        expect(condition.locator(".chip")).to_have_text("姓名 是 当前的“商机名称”")
        assert faults_of(page) == []
