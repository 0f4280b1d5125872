"""The same work with a thumb: cards, a sheet for search and filter, forms of one column with the right keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import PHONE, Sales, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        for number in range(35):
            opened.deal(
                f"商机 {number:02}", amount=str(1000 * number), stage="won" if number % 5 == 0 else "open"
            )
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office, **PHONE) as opened:
        yield opened


def test_cards_come_as_one_scrolls_and_show_bare_figures(page: Page, office: Sales) -> None:
    page.goto(office.deals)
    cards = page.locator(".card-link")
    expect(cards).to_have_count(30)
    expect(cards.nth(12)).to_contain_text("12,000")
    assert "¥" not in cards.nth(12).inner_text()
    page.locator(".more-cards").scroll_into_view_if_needed()
    expect(cards).to_have_count(35)
    assert not scrolls_sideways(page)


def test_the_sheet_searches_and_filters_and_the_address_keeps_it(page: Page, office: Sales) -> None:
    page.goto(office.deals)
    page.get_by_role("button", name="搜索和筛选").tap()
    sheet = page.get_by_role("dialog", name="搜索和筛选")
    sheet.get_by_role("button", name="条件", exact=True).tap()
    page.locator(".field-list button", has_text="阶段").tap()
    page.locator(".picker .value", has_text="赢单").tap()
    page.get_by_role("button", name="确定").tap()
    expect(page.locator(".card-link")).to_have_count(7)  # 0, 5, 10 … 30
    sheet.get_by_label("在列表中搜索").fill("商机 2")
    expect(page.locator(".card-link")).to_have_count(2)  # 20 and 25
    assert faults_of(page) == []
    sheet.get_by_role("button", name="完成").tap()
    expect(page.locator("[data-filters]")).to_have_text("2")
    page.reload()
    expect(page.locator(".card-link")).to_have_count(2)


def test_a_form_has_one_column_the_right_keyboards_and_its_button_in_reach(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/new")
    assert page.get_by_label("金额", exact=True).get_attribute("inputmode") == "decimal"
    assert page.get_by_label("预计成交").get_attribute("type") == "date"
    left = {round(one.bounding_box()["x"]) for one in page.locator(".form-grid > .field").all()}  # type: ignore[index]
    assert len(left) == 1
    submit = page.get_by_role("button", name="提交")
    page.get_by_role("button", name="添加一行").tap()
    assert (
        page.locator("jf-subform tbody tr td").first.evaluate("cell => getComputedStyle(cell).display")
        == "block"
    )
    expect(submit).to_be_in_viewport()
    page.get_by_label("商机名称").fill("手机上新建")
    submit.tap()
    expect(page.locator("h1")).to_have_text("手机上新建")
    assert not scrolls_sideways(page)


def test_a_record_with_a_long_name_has_its_actions_side_by_side_the_first_one_outermost(
    page: Page, office: Sales
) -> None:
    record = office.deal("深圳市晶创半导体设备股份有限公司自动光学检测线一期扩容项目与三年维保")
    page.goto(f"{office.deals}/{record}")
    delete = page.get_by_role("button", name="删除").bounding_box()
    edit = page.locator(".record-head").get_by_role("link", name="修改").bounding_box()
    assert delete is not None and edit is not None
    assert abs(delete["y"] - edit["y"]) < 8 and edit["x"] > delete["x"]
    assert not scrolls_sideways(page)


def test_the_bottom_bar_leads_everywhere(page: Page, office: Sales) -> None:
    page.goto(office.deals)
    bar = page.get_by_role("navigation", name="底部导航")
    expect(bar.get_by_role("link", name=re.compile("商机"))).to_have_attribute("aria-current", "page")
    bar.get_by_role("button", name="更多").tap()
    page.get_by_role("dialog", name="更多").get_by_role("link", name="跟进").tap()
    page.wait_for_url("**/visit")
    expect(page.get_by_text("还没有记录")).to_be_visible()
    bar.get_by_role("link", name="工作台").tap()
    expect(page.get_by_role("heading", name="我的应用")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/notices", "/apps/new", "{deals}", "{deals}/new", "{deals}/deleted"])
def test_pages_are_sound_under_a_thumb(page: Page, office: Sales, path: str) -> None:
    page.goto(path.format(deals=office.deals))
    page.wait_for_load_state("networkidle")
    assert not scrolls_sideways(page)
    assert faults_of(page) == []
