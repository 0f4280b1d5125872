"""Arranging an app's navigation with the mouse and with the keyboard, and what everybody sees of it afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import Sales, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as made:
        yield made


def drag(page: Page, what: Locator, onto: Locator) -> None:
    """Press, move in steps as a hand does, and let go."""
    start, end = what.bounding_box(), onto.bounding_box()
    assert start and end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2 + 2, steps=12)
    page.wait_for_timeout(150)  # where it would land is looked at every 50 ms
    page.mouse.up()


def side(page: Page) -> list[str]:
    return [
        text.strip()
        for text in page.locator(".side-list .side-title, .side-list .side-item").all_inner_texts()
    ]


def test_groups_are_made_by_dragging_and_by_keys_and_hold_once_published(
    browser: Browser, office: Sales
) -> None:
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}")
        page.locator(".face-button").click()
        page.get_by_role("menuitem", name="导航与外观").click()
        page.get_by_role("button", name="新建分组").click()
        page.keyboard.type("每天")
        page.keyboard.press("Tab")
        group = page.locator(".nav-group", has=page.locator("input.nav-group-name")).first
        for name in ("deal", "visit"):
            drag(page, page.locator(f"[data-form={name}] .grip"), group.locator(".nav-items"))
            expect(group.locator(f"[data-form={name}]")).to_be_visible()
        group.locator("[data-form=visit] .grip").press("ArrowUp")
        expect(group.locator(".nav-item").first).to_have_attribute("data-form", "visit")
        expect(page.locator("[data-announce]")).to_have_text("每天，第 1 个")
        page.get_by_role("button", name="琥珀").click()
        page.get_by_label("所有人先看的表单").select_option("visit")
        assert faults_of(page) == []
        page.keyboard.press("Control+z")
        expect(page.get_by_label("所有人先看的表单")).to_have_value("")
        page.keyboard.press("Control+y")
        expect(page.locator("[data-save-state]")).to_contain_text("草稿已保存")
        assert "每天" not in side(page)
        page.get_by_role("button", name="发布").click()
        expect(page.locator(".side-title").first).to_have_text("每天")
        assert side(page)[:4] == ["工作台", "每天", "跟进", "商机"]
        expect(page.locator("html")).to_have_attribute("data-accent", "amber")
        assert faults_of(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert not scrolls_sideways(page)
    with page_for(browser, office, "lixiang") as page:
        page.goto(f"/a/{office.app}")
        expect(page).to_have_url(f"{office.url}/a/{office.app}/visit")
