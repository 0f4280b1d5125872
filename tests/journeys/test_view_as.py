"""Seeing the app as a colleague does, as an administrator does it in the browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import Sales, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as made:
        yield made


def test_an_administrator_sees_the_app_as_a_colleague_and_changes_nothing(
    browser: Browser, office: Sales
) -> None:
    deal = office.deal("视觉检测线", owner=office.li.member_id, amount="120000")
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/roles")
        page.get_by_role("button", name="以某人的身份查看").click()
        page.locator(".popover:visible .ts-control").click()
        page.locator(".popover:visible .ts-control input, .popover:visible .dropdown-input").first.fill(
            "李想"
        )
        page.locator(".ts-dropdown [role=option]", has_text="李想").click()
        page.get_by_role("button", name="查看", exact=True).click()
        bar = page.locator(".view-as")
        expect(bar).to_contain_text("李想 的身份查看")
        expect(page.locator(".face-button")).to_have_attribute("aria-label", "我的：李想")
        page.goto(f"{office.deals}/{deal}")
        expect(page.get_by_role("heading", name="视觉检测线")).to_be_visible()
        assert faults_of(page) == [] and not scrolls_sideways(page)
        page.goto(f"{office.deals}/{deal}/edit")
        page.fill("#name, [name=name]", "改掉")
        page.get_by_role("button", name="保存").first.click()
        expect(page.locator("main")).to_contain_text("只能看，不能修改")
        assert office.stored("deal", deal)["name"] == "视觉检测线"
        page.goto(office.deals)
        page.set_viewport_size({"width": 390, "height": 844})
        assert not scrolls_sideways(page)
        bar.get_by_role("button", name="结束").click()
        expect(bar).to_have_count(0)
        expect(page.locator(".phone-title")).to_be_visible()


def test_a_designer_finds_out_why_a_colleague_cannot_see_a_record(browser: Browser, office: Sales) -> None:
    customer = office.ids["海润"]
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/customer/{customer}")
        page.get_by_role("link", name="为什么有人看不到？").click()
        page.locator(".field:has(#why-member) .ts-control").click()
        page.locator(".ts-dropdown [role=option]", has_text="李想").click()
        page.get_by_role("button", name="查原因").click()
        expect(page.get_by_role("heading", name="李想 可以查看这条记录。")).to_be_visible()
        expect(page.locator(".why-answer").nth(2)).to_contain_text("李想 不能删除这条记录。")
        assert faults_of(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert not scrolls_sideways(page)
