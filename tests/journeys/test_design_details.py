"""Designing in detail: nothing is cut off, a field's key follows its name while it is typed, a formula takes labels."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.definitions import drafts
from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import Sales, page_for, sales


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def test_the_choice_of_a_field_to_group_by_has_its_full_height(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/design/views")
    choice = page.locator(".view-properties select", has_text="选择分组字段")
    choice.wait_for()
    box = choice.bounding_box()
    assert box and box["height"] >= 32


def test_a_field_has_its_key_from_its_name_before_one_has_left_the_name(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/visit/design")
    page.locator("form-designer[data-ready]").wait_for()
    page.locator('.palette-tile[data-tile="text"]').click()
    name = page.locator("[data-properties] [data-property=label] [data-name]")
    expect(name).to_be_focused()
    page.keyboard.type("送货")
    key = page.locator(".properties-head code")
    expect(key).to_have_text("song_huo")
    page.keyboard.type("地址")
    expect(key).to_have_text("song_huo_di_zhi")
    expect(name).to_be_focused()
    expect(name).to_have_value("送货地址")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    page.reload()
    page.locator('[data-canvas] [data-path="song_huo_di_zhi"]').click()
    name.fill("送到")
    name.press("Enter")
    expect(key).to_have_text("song_huo_di_zhi")


def test_what_holds_where_nothing_is_set_is_shown_and_can_be_set_off(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/deal/design")
    page.locator("form-designer[data-ready]").wait_for()
    thousands = page.get_by_role("switch", name="千分位")
    for key in ("amount", "weighted"):
        page.locator(f'[data-canvas] [data-path="{key}"]').click()
        expect(page.locator(".properties-head code")).to_have_text(key)
        expect(thousands).to_be_checked()
        expect(page.get_by_label("小数位")).to_have_attribute("placeholder", "2")
        thousands.uncheck()
    page.locator('[data-canvas] [data-path="amount"]').click()
    expect(page.locator(".properties-head code")).to_have_text("amount")
    expect(thousands).not_to_be_checked()
    thousands.check()
    page.keyboard.press("Control+s")
    expect(page.locator("[data-publish]")).to_contain_text("1 处改动")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    with office.database.connect() as connection:
        fields = drafts.get(connection, office.app, "forms", "deal").document["fields"]
    assert {one["key"]: one.get("thousands") for one in fields if one["key"] in ("amount", "weighted")} == {
        "amount": None,
        "weighted": False,
    }


def test_a_rollup_shows_thousands_as_its_source_unless_told_otherwise(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/customer/design")
    page.locator("form-designer[data-ready]").wait_for()
    page.locator('[data-canvas] [data-path="won"]').click()
    thousands = page.get_by_label("千分位")
    expect(thousands.locator("option:checked")).to_have_text("随来源")
    thousands.select_option(label="否")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-publish]")).to_contain_text("1 处改动")
    with office.database.connect() as connection:
        fields = drafts.get(connection, office.app, "forms", "customer").document["fields"]
    assert next(one for one in fields if one["key"] == "won")["thousands"] is False


def test_no_tile_of_the_palette_is_cut_off_in_english(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/visit/design")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content")
    page.request.post("/me/preferences", headers={"X-CSRF-Token": token or ""}, form={"language": "en"})
    try:
        page.reload()
        page.locator("form-designer[data-ready]").wait_for()
        cut = page.locator(".palette-tile .truncate").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
        )
        assert cut == []
    finally:
        page.request.post(
            "/me/preferences", headers={"X-CSRF-Token": token or ""}, form={"language": "zh-CN"}
        )


def test_the_choices_of_a_serial_number_are_shown_whole(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/visit/design")
    page.locator("form-designer[data-ready]").wait_for()
    page.locator('.palette-tile[data-tile="serial"]').click()
    page.locator("[data-properties] .property-rows").wait_for()
    narrow = page.locator("[data-properties] .property-row select").evaluate_all(
        """all => all.filter(one => {
            const free = one.cloneNode(true);
            free.style.cssText = "max-width: none; width: max-content; position: absolute";
            one.parentElement.append(free);
            const wide = free.offsetWidth;
            free.remove();
            return one.offsetWidth < wide;
        }).length"""
    )
    assert narrow == 0


def test_a_formula_takes_the_labels_that_one_types_in_full(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/deal/design")
    page.locator("form-designer[data-ready]").wait_for()
    page.locator('.palette-tile[data-tile="formula"]').click()
    box = page.locator("[data-properties] jf-formula")
    content, offered = box.locator(".cm-content"), box.locator(".cm-tooltip-autocomplete li")
    content.click()
    page.keyboard.type("SUM(产品明细.小", delay=20)
    expect(offered.first.locator(".cm-completionLabel")).to_contain_text("小计")
    page.keyboard.type("计) + 金额 * 2", delay=20)
    expect(box.locator(".jf-chip")).to_have_text(["产品明细 · 小计", "金额"])
    page.keyboard.type(" + 赢率", delay=20)
    page.locator("[data-properties] [data-name]").click()
    expect(box.locator(".jf-chip")).to_have_text(["产品明细 · 小计", "金额", "赢率"])
    written = box.locator("textarea").input_value()
    assert written == "SUM(lines.sum) + amount * 2 + chance"
    expect(box.locator(".formula-says .field-error")).to_have_count(0)


def test_a_lost_connection_is_told_and_publishing_can_be_tried_again(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/visit/design")
    page.locator("form-designer[data-ready]").wait_for()
    page.locator('.palette-tile[data-tile="text"]').click()
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    page.get_by_role("button", name="发布").click()
    dialog = page.locator(".publish-dialog")
    publish = dialog.get_by_role("button", name="发布", exact=True)
    expect(publish).to_be_visible()
    page.route("**/publish", lambda route: route.abort())
    publish.click()
    expect(dialog.locator("[data-refused]")).to_contain_text("连不上服务器")
    page.unroute("**/publish")
    publish.click()
    expect(dialog).to_have_count(0)
