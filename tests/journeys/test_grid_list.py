"""Finding one's way in the list: filters, sorting, columns, the side panel, selections, all its rows."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.grid_sheet import ROWS, Deals, Sheet, deals, sheet_of
from tests.journeys.serving import faults_of, scrolls_sideways

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
HEAVIEST = 300_000


@pytest.fixture(scope="module")
def company(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deals]:
    with deals(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def sheet(browser: Browser, company: Deals) -> Iterator[Sheet]:
    with sheet_of(browser, company, **DESK) as opened:
        yield opened.ready()


def chips(page: Page) -> list[str]:
    return [re.sub(r"\s+", " ", text).strip() for text in page.locator("jf-filter .chip").all_inner_texts()]


def column_menu(page: Page, label: str) -> None:
    page.locator(f'.head[title="{label}"]').click()


def test_ticked_values_filter_a_column_as_excel_does_and_the_address_keeps_it(sheet: Sheet) -> None:
    page = sheet.page
    column_menu(page, "阶段")
    page.locator(".value", has_text="输单").click()
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page.locator("[data-count]")).to_have_text("195 条")
    assert chips(page) == ["阶段 不是 输单"]
    page.reload()
    sheet.ready()
    expect(page.locator("[data-count]")).to_have_text("195 条")
    expect(page.locator("jf-filter .chip")).to_have_count(1)


def test_a_range_of_figures_is_filtered_from_the_column(sheet: Sheet) -> None:
    column_menu(sheet.page, "金额")
    sheet.page.get_by_label("金额 不小于").fill("251,000")
    sheet.page.keyboard.press("Enter")
    expect(sheet.page.locator("[data-count]")).to_have_text("10 条")
    assert chips(sheet.page) == ["金额 ≥ 251,000"]


def test_a_filter_takes_four_clicks(sheet: Sheet) -> None:
    page = sheet.page
    page.get_by_role("button", name="条件", exact=True).click()
    page.locator(".field-list button", has_text="跟进人").click()
    page.locator(".picker .value", has_text="李想").click()
    page.get_by_role("button", name="确定").click()
    expect(page.locator("[data-count]")).to_have_text("130 条")
    assert chips(page) == ["跟进人 李想"]


def test_conditions_are_joined_by_or(sheet: Sheet) -> None:
    page = sheet.page
    page.get_by_role("button", name="条件", exact=True).click()
    page.get_by_text("条件组").click()
    dialog = page.get_by_role("dialog", name="条件组")
    for text in ("001", "002"):
        if text == "002":
            dialog.get_by_role("button", name="条件", exact=True).click()
        dialog.get_by_label("字段").last.select_option("name")
        dialog.get_by_label("商机名称").last.fill(text)
    assert faults_of(page) == []
    dialog.get_by_role("button", name="确定").click()
    expect(page.locator("[data-count]")).to_have_text("2 条")
    assert chips(page) == ["商机名称 包含 001 或 包含 002"]


def test_the_list_is_sorted_from_its_head(sheet: Sheet) -> None:
    column_menu(sheet.page, "金额")
    sheet.page.get_by_role("button", name="从大到小").click()
    expect(sheet.cell(0, "amount")).to_contain_text("260,000.00")


def test_the_rows_follow_a_head_that_the_keyboard_reaches(sheet: Sheet) -> None:
    page = sheet.page
    page.set_viewport_size({"width": 700, "height": 700})
    lefts = """() => ['.slick-header-column', '.slick-row[aria-rowindex="2"] .slick-cell'].map((one) =>
        [...document.querySelectorAll(one)].map((part) => part.getBoundingClientRect().left).sort((a, b) => a - b).at(-1))"""
    page.locator("[data-new]").first.focus() if page.locator("[data-new]").count() else page.focus("main")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('head-add')"):
            break
    expect(page.locator(".head-add")).to_be_focused()
    page.wait_for_function(f"() => {{ const [head, cell] = ({lefts})(); return Math.abs(head - cell) < 2 }}")
    assert (
        page.locator(
            ".slick-viewport-left.slick-viewport-top, .slick-viewport-right.slick-viewport-top"
        ).evaluate_all("parts => Math.max(...parts.map((one) => one.scrollLeft))")
        > 100
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="添加字段")).to_be_visible()


def test_a_hidden_column_comes_back_from_the_list_of_columns(sheet: Sheet) -> None:
    page = sheet.page
    column_menu(page, "概率")
    page.get_by_role("button", name="隐藏此列").click()
    expect(page.locator('.head[title="概率"]')).to_have_count(0)
    page.locator(".filter-end").get_by_role("button", name="列", exact=True).click()
    page.locator(".column-line", has_text="概率").locator("input").check()
    expect(page.locator('.head[title="概率"]')).to_have_count(1)


def test_a_dragged_head_moves_its_column(sheet: Sheet) -> None:
    page = sheet.page
    first, last = (page.locator(f'.head[title="{label}"]').bounding_box() for label in ("阶段", "金额"))
    assert first is not None and last is not None
    page.mouse.move(first["x"] + 30, first["y"] + 15)
    page.mouse.down()
    page.mouse.move(first["x"] + 50, first["y"] + 15, steps=3)
    page.mouse.move(last["x"] + last["width"] - 20, last["y"] + 15, steps=12)
    page.wait_for_timeout(150)
    page.mouse.up()
    expect(page).to_have_url(re.compile("columns=code%2Cname%2Cperson%2Camount"))
    heads = [head.get_attribute("title") for head in page.locator(".head").all()]
    assert heads[1:5] == ["商机名称", "跟进人", "金额", "阶段"]


def test_every_row_is_reached_by_scrolling(sheet: Sheet) -> None:
    page = sheet.page
    expect(page.locator("[data-count]")).to_have_text(f"{ROWS} 条")
    page.evaluate("document.querySelector('.slick-viewport-right').scrollTop = 1e9")
    expect(page.locator(".title-open", has_text=f"商机 {ROWS - 1}")).to_be_visible()


def test_a_row_is_lit_on_both_sides_of_the_frozen_columns(sheet: Sheet) -> None:
    page = sheet.page
    page.locator(".slick-pane-right .slick-row .slick-cell").nth(20).hover()
    lit = page.locator(".slick-row.hovered")
    expect(lit).to_have_count(2)
    first, second = (one.bounding_box() for one in lit.all())
    assert first and second and first["y"] == second["y"]


def test_totals_stand_below_their_columns(sheet: Sheet) -> None:
    foot = sheet.page.locator(".slick-footerrow-column", has_text="33,930,000.00")
    expect(foot).to_have_count(1)


def test_an_edited_row_that_leaves_the_filter_stays_and_is_marked(browser: Browser, company: Deals) -> None:
    where = '{"field":"stage","op":"in","value":["offer"]}'
    with sheet_of(browser, company, path=f"?sort=code&where={where}", **DESK) as sheet:
        sheet.ready().select(0, "stage")
        sheet.compose(["y", "ying"], "赢单")
        sheet.page.keyboard.press("Enter")
        expect(sheet.cell(0, "name")).to_have_class(re.compile("cell-outside"))
        expect(sheet.cell(0, "stage")).to_have_text("赢单")
        sheet.page.keyboard.press("Control+z")
        expect(sheet.cell(0, "name")).not_to_have_class(re.compile("cell-outside"))


def test_space_opens_the_record_beside_the_list_and_j_goes_on(sheet: Sheet) -> None:
    page = sheet.page
    sheet.select(0, "name")
    page.keyboard.press(" ")
    expect(page.locator("jf-panel .panel-title")).to_have_text("商机 000")
    page.keyboard.press("j")
    expect(page.locator("jf-panel .panel-title")).to_have_text("商机 001")
    expect(page.locator(".panel-head")).to_contain_text(f"2 / {ROWS}")
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("jf-panel")).to_be_hidden()


def test_ticking_all_offers_every_record_and_a_deletion_is_undone(sheet: Sheet) -> None:
    page = sheet.page
    page.locator(".slick-header .tick").click()
    bar = page.get_by_role("toolbar", name="选中的记录")
    expect(bar).to_contain_text("已选 100 条")
    bar.get_by_role("button", name=f"选中全部 {ROWS} 条").click()
    expect(bar).to_contain_text(f"已选 {ROWS} 条")
    bar.get_by_role("button", name="取消选择").click()
    sheet.cell(1, "_number").hover()
    sheet.cell(1, "_number").locator(".tick").click()
    bar.get_by_role("button", name="删除").click()
    expect(page.locator("[data-count]")).to_have_text(f"{ROWS - 1} 条")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("[data-count]")).to_have_text(f"{ROWS} 条")


def test_whoever_may_only_read_changes_nothing(browser: Browser, company: Deals) -> None:
    with sheet_of(browser, company, account="lixiang", **DESK) as sheet:
        sheet.ready().select(0, "amount")
        sheet.page.keyboard.type("5")
        expect(sheet.page.get_by_text("“金额”不能在这里修改")).to_be_visible()
        sheet.cell(1, "_number").hover()
        sheet.cell(1, "_number").locator(".tick").click()
        bar = sheet.page.get_by_role("toolbar", name="选中的记录")
        expect(bar).to_contain_text("已选 1 条")
        expect(bar.get_by_role("button", name="删除")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_list_is_readable_for_everybody(
    browser: Browser, company: Deals, theme: str, language: str
) -> None:
    with sheet_of(browser, company, **DESK) as sheet:
        sheet.page.context.add_cookies([{"name": "theme", "value": theme, "url": company.url}])
        sheet.page.request.post(
            f"{company.url}/me/preferences", headers=_token(sheet.page), form={"language": language}
        )
        sheet.page.reload()
        sheet.ready()
        column_menu(sheet.page, "阶段" if language == "zh-CN" else "Stage")
        expect(sheet.page.locator(".value").first).to_be_visible()
        assert faults_of(sheet.page) == []
        sheet.page.request.post(
            f"{company.url}/me/preferences", headers=_token(sheet.page), form={"language": "zh-CN"}
        )


def test_a_phone_shows_cards_and_never_scrolls_sideways(browser: Browser, company: Deals) -> None:
    with sheet_of(browser, company, **PHONE) as sheet:
        expect(sheet.page.locator(".card-link").first).to_be_visible()
        expect(sheet.page.locator("jf-grid")).to_be_hidden()
        assert not scrolls_sideways(sheet.page)
        assert faults_of(sheet.page) == []


def test_the_list_page_is_light(browser: Browser, company: Deals) -> None:
    with sheet_of(browser, company, **DESK) as sheet:
        session = sheet.page.context.new_cdp_session(sheet.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        sheet.page.reload()
        sheet.ready()
        sheet.page.wait_for_load_state("networkidle")
        assert 50_000 < sum(sizes) < HEAVIEST


def _token(page: Page) -> dict[str, str]:
    return {"X-CSRF-Token": page.locator('meta[name="csrf-token"]').get_attribute("content") or ""}
