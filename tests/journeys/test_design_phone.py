"""A form designed on a phone, and seen as on a phone from a desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.designing import card, design
from tests.journeys.sales import PHONE, Sales, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways

TOUCH = 40
"""How many pixels a finger needs at least."""


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office, **PHONE) as opened:  # type: ignore[arg-type]
        yield opened


def box(one: Locator) -> dict[str, float]:
    found = one.bounding_box()
    assert found is not None
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}


def test_a_tapped_fields_properties_lie_on_a_sheet_that_is_closed_and_opened_again(
    page: Page, office: Sales
) -> None:
    design(page, office, "deal")
    sheet = page.locator(".properties-place")
    expect(sheet).to_be_hidden()
    field = card(page, "note")
    field.tap()
    name = page.locator("[data-properties] [data-property=label] [data-name]")
    expect(name).to_be_in_viewport()
    expect(field).to_be_in_viewport()
    assert box(field)["y"] + box(field)["height"] <= box(sheet)["y"], "the sheet does not cover its field"
    tools = field.locator(".card-tools button:visible")
    sizes = [box(one) for one in [*tools.all(), page.get_by_role("button", name="关闭属性")]]
    sizes.append(box(page.locator(".palette-tile").first))
    assert all(min(one["width"], one["height"]) >= TOUCH for one in sizes), sizes
    assert faults_of(page) == []
    page.get_by_role("button", name="关闭属性").tap()
    expect(sheet).to_be_hidden()
    field.get_by_role("button", name="属性").tap()
    expect(name).to_be_in_viewport()
    page.locator('.palette-tile[data-tile="text"]').tap()
    expect(name).to_be_focused()
    expect(page.locator(".design-card.selected")).to_be_in_viewport()
    assert not scrolls_sideways(page)
    page.keyboard.press("Control+z")


def test_the_line_of_a_drag_stays_within_the_narrow_canvas(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, viewport={"width": 390, "height": 844}) as page:
        design(page, office, "customer")
        from_here, to = card(page, "name"), card(page, "won")
        to.scroll_into_view_if_needed()
        start, end = box(from_here), box(to)
        page.mouse.move(start["x"] + 30, start["y"] + 20)
        page.mouse.down()
        page.mouse.move(start["x"] + 40, start["y"] + 30, steps=3)
        page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] - 4, steps=6)
        mark, sheet = box(page.locator(".drop-mark")), box(page.locator("[data-canvas]"))
        assert sheet["x"] <= mark["x"] and mark["x"] + mark["width"] <= sheet["x"] + sheet["width"]
        page.keyboard.press("Escape")
        page.mouse.up()


def test_the_preview_as_on_a_phone_is_what_a_phone_shows(browser: Browser, office: Sales) -> None:
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/deal/design/preview")
        page.get_by_role("button", name="手机").click()
        phone = page.frame_locator(".preview-phone iframe")
        phone.get_by_role("button", name="添加一行").click()
        row = phone.locator(".subform tbody tr:visible").first
        assert row.evaluate("one => getComputedStyle(one).display") == "block"
        for control in (row.locator(".input:visible").first, phone.get_by_label("商机名称")):
            assert control.evaluate("one => one.getBoundingClientRect().height") >= TOUCH
        phone.locator("[data-field=customer] .ts-control").click()
        sheet = phone.locator("[data-field=customer] .sheet-head")
        expect(sheet).to_be_visible()
        sheet.get_by_role("button").click()
        submit = phone.get_by_role("button", name="提交")
        expect(submit).to_be_in_viewport()
        submit.click()
        expect(phone.locator("jf-toast")).to_contain_text("不会保存")
        page.get_by_role("button", name="桌面").click()
        expect(page.locator(".preview-sheet")).to_be_visible()


def test_only_the_frame_of_the_preview_may_be_framed_and_only_by_us(browser: Browser, office: Sales) -> None:
    with page_for(browser, office) as page:
        policies = [
            page.request.get(f"/a/{office.app}/deal/design/preview{more}").headers["content-security-policy"]
            for more in ("", "/phone")
        ]
    assert "frame-ancestors 'none'" in policies[0]
    assert "frame-ancestors 'self'" in policies[1] and "script-src 'self'" in policies[1]
