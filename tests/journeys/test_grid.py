"""Working in the list as in a sheet: typing Chinese, pasting from Excel, undoing, conflicts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.grid_sheet import Deals, Sheet, deals, sheet_of


@pytest.fixture(scope="module")
def company(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deals]:
    with deals(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def sheet(browser: Browser, company: Deals) -> Iterator[Sheet]:
    with sheet_of(browser, company) as opened:
        yield opened.ready()


def test_chinese_composed_onto_a_selected_cell_arrives_whole(sheet: Sheet, company: Deals) -> None:
    sheet.select(0, "name")
    sheet.compose(["n", "ni", "nih", "niha", "nihao"], "你好")
    sheet.page.keyboard.press("Enter")
    expect(sheet.cell(0, "name")).to_have_text("你好")
    expect(sheet.page.locator(".cell-pending")).to_have_count(0)
    assert len(company.values("你好")) == 1


def test_chinese_composed_after_a_selection_by_mouse_arrives_whole(sheet: Sheet, company: Deals) -> None:
    sheet.drag((1, "name"), (3, "stage"))
    expect(sheet.page.locator(".in-range")).to_have_count(6)
    sheet.compose(["z", "zh", "zho", "zhong", "zhongwen"], "中文")
    sheet.page.keyboard.press("Enter")
    expect(sheet.cell(1, "name")).to_have_text("中文")
    expect(sheet.page.locator(".cell-pending")).to_have_count(0)
    assert len(company.values("中文")) == 1


def test_chinese_typed_onto_a_choice_finds_its_option(sheet: Sheet) -> None:
    sheet.select(4, "stage")
    sheet.compose(["y", "yi", "ying"], "赢")
    expect(sheet.page.locator(".choices .menu-item")).to_have_count(1)
    sheet.page.keyboard.press("Enter")
    expect(sheet.cell(4, "stage")).to_have_text("赢单")


def test_two_hundred_cells_pasted_from_excel_are_stored(sheet: Sheet, company: Deals) -> None:
    lines = [f"表格 {n:02}\t方案报价\t李想\t{n}1,234.50\t5%" for n in range(40)]
    sheet.clipboard("\r\n".join(lines) + "\r\n")
    sheet.select(10, "name")
    sheet.page.keyboard.press("Control+v")
    expect(sheet.page.get_by_text("已修改 200 个单元格")).to_be_visible(timeout=30_000)
    assert [values["amount"] for values in company.values("表格 39")] == ["391234.50"]
    assert company.values("表格 07")[0]["stage"] == "offer"
    expect(sheet.cell(10, "person")).to_contain_text("李想")
    assert len(company.values("商机 050")) == 1, "the line break that Excel adds at the end is no row"


def test_a_range_is_copied_the_way_excel_reads_it(sheet: Sheet) -> None:
    sheet.select(6, "name")
    sheet.page.keyboard.press("Shift+ArrowRight")
    sheet.page.keyboard.press("Shift+ArrowDown")
    sheet.page.keyboard.press("Control+c")
    assert sheet.clipboard() == "商机 006\t赢单\r\n商机 007\t输单"


def test_typing_changes_what_depends_on_it_and_undo_brings_it_back(sheet: Sheet) -> None:
    sheet.select(5, "amount")
    sheet.type("20,000")
    expect(sheet.cell(5, "weighted")).to_contain_text("10,000.00")
    sheet.page.keyboard.press("Control+z")
    expect(sheet.cell(5, "amount")).to_contain_text("6,000.00")
    expect(sheet.cell(5, "weighted")).to_contain_text("3,000.00")


def test_a_value_is_filled_down_and_cleared(sheet: Sheet) -> None:
    sheet.select(7, "due")
    sheet.type("2027年1月5日")
    sheet.select(7, "due")
    sheet.page.keyboard.press("Shift+ArrowDown")
    sheet.page.keyboard.press("Shift+ArrowDown")
    sheet.page.keyboard.press("Control+d")
    for row in (7, 8, 9):
        expect(sheet.cell(row, "due")).to_have_text("2027-01-05")
    expect(sheet.page.locator(".cell-pending")).to_have_count(0)
    sheet.page.keyboard.press("Delete")
    for row in (7, 8, 9):
        expect(sheet.cell(row, "due")).to_have_text("")


def test_a_refused_value_stays_red_on_its_cell_until_escape(sheet: Sheet) -> None:
    sheet.select(2, "amount")
    sheet.type("很多")
    expect(sheet.cell(2, "amount")).to_have_class(re.compile("cell-error"))
    expect(sheet.cell(2, "amount")).to_have_text("很多")
    assert "很多" in (sheet.cell(2, "amount").get_attribute("title") or "")
    sheet.select(2, "amount")
    sheet.page.keyboard.press("Escape")
    expect(sheet.cell(2, "amount")).to_contain_text("3,000.00")


def test_a_computed_cell_says_that_it_cannot_be_changed(sheet: Sheet) -> None:
    sheet.select(2, "weighted")
    sheet.page.keyboard.type("1")
    expect(sheet.page.get_by_text("“加权金额”不能在这里修改")).to_be_visible()


def test_another_persons_change_is_shown_before_mine_replaces_it(
    browser: Browser, company: Deals, sheet: Sheet
) -> None:
    row = 8
    with sheet_of(browser, company) as other:
        other.ready().select(row, "amount")
        other.type("777")
        expect(other.cell(row, "amount")).to_contain_text("777.00")
        expect(other.page.locator(".cell-pending")).to_have_count(0)
    sheet.select(row, "amount")
    sheet.type("888")
    expect(sheet.cell(row, "amount")).to_have_class(re.compile("cell-clash"))
    sheet.page.get_by_role("button", name="去选择").click()
    box = sheet.page.get_by_role("dialog", name="有人同时修改了")
    expect(box).to_contain_text("777.00")
    sheet.page.keyboard.press("Escape")
    expect(sheet.page.locator(".catcher")).to_be_focused()
    sheet.page.keyboard.press("Enter")
    box.get_by_role("button", name="用我的").click()
    expect(sheet.cell(row, "amount")).to_have_text(re.compile("888.00"))
    expect(sheet.page.locator(".cell-clash")).to_have_count(0)


def test_leaving_the_list_asks_while_cells_are_refused_or_wait_for_a_decision(
    company: Deals, sheet: Sheet
) -> None:
    company.change("016", amount="777")
    page = sheet.page
    for row, typed, look in ((16, "888", "cell-clash"), (17, "很多", "cell-error")):
        sheet.select(row, "amount")
        sheet.type(typed)
        expect(sheet.cell(row, "amount")).to_have_class(re.compile(look))
    notices = page.get_by_role("link", name="通知", exact=True)
    notices.click()
    asked = page.get_by_role("dialog", name="2 个单元格还没有保存")
    expect(asked).to_contain_text("1 个被拒绝（红色），1 个等您选择用谁的（黄色）")
    asked.get_by_role("button", name="取消").click()
    expect(sheet.cell(17, "amount")).to_have_text("很多")
    with page.expect_event("dialog") as told:  # by other ways the browser asks
        page.close(run_before_unload=True)
    assert told.value.type == "beforeunload"
    told.value.dismiss()
    notices.click()
    asked.get_by_role("button", name="离开").click()
    page.wait_for_url("**/notices")


def test_typing_down_a_column_goes_on_though_others_change_its_records(company: Deals, sheet: Sheet) -> None:
    """Row 20 was changed elsewhere, and in row 21 the very cell: the first merges, the second waits, typing goes on."""
    company.change("020", note="别人的备注")
    company.change("021", amount="777")
    sheet.select(20, "amount")
    for typed in ("3001", "3002", "3003"):
        sheet.page.keyboard.type(typed, delay=60)
        sheet.page.keyboard.press("Enter")
    expect(sheet.cell(22, "amount")).to_contain_text("3,003.00")
    clash = sheet.cell(21, "amount")
    expect(clash).to_have_class(re.compile("cell-clash"))
    expect(sheet.page.get_by_text("“金额”已标黄，请选择用谁的")).to_be_visible()
    amounts = [company.values(code, "code")[0]["amount"] for code in ("020", "021", "022")]
    assert amounts == ["3001.00", "777.00", "3003.00"]
    assert company.values("020", "code")[0]["note"] == "别人的备注"
    sheet.select(21, "amount")
    box = sheet.page.get_by_role("dialog", name="有人同时修改了")
    expect(box).to_contain_text("777.00")
    sheet.type("3004")
    expect(clash).to_have_text("3004")
    sheet.select(21, "amount")
    sheet.page.keyboard.press("Enter")
    expect(box).to_be_focused()
    sheet.page.keyboard.press("Enter")
    expect(box).to_have_count(0)
    expect(clash).to_have_class(re.compile("cell-clash"))
    sheet.page.keyboard.press("Enter")
    box.get_by_role("button", name="用对方的").press("Enter")
    expect(clash).to_contain_text("777.00")
    assert company.values("021", "code")[0]["amount"] == "777.00"


def test_the_good_cells_of_a_pasted_row_are_saved_and_the_red_ones_keep_what_was_typed(
    sheet: Sheet, company: Deals
) -> None:
    sheet.clipboard("名一\t赢单\t没有人\t坏\r\n名二\t没有这个\t李想\t100")
    sheet.select(24, "name")
    sheet.page.keyboard.press("Control+v")
    expect(sheet.page.get_by_text("5 个单元格已保存，3 个没有保存，已标红")).to_be_visible()
    for place, typed in (((24, "person"), "没有人"), ((24, "amount"), "坏"), ((25, "stage"), "没有这个")):
        expect(sheet.cell(*place)).to_have_class(re.compile("cell-error"))
        expect(sheet.cell(*place)).to_contain_text(typed)
    assert company.values("名一")[0]["stage"] == "won" and company.values("名二")[0]["amount"] == "100.00"
    sheet.page.evaluate("document.dispatchEvent(new CustomEvent('jf:refresh'))")
    sheet.select(25, "note")
    sheet.type("又改了")
    expect(sheet.cell(25, "note")).to_have_text("又改了")
    expect(sheet.page.locator(".cell-pending")).to_have_count(0)
    expect(sheet.cell(25, "stage")).to_have_text("没有这个")


def test_several_options_are_ticked_in_a_cell(sheet: Sheet) -> None:
    sheet.select(3, "tags")
    sheet.page.keyboard.press("Enter")
    for option in ("展会", "招标"):
        sheet.page.locator(".choices .menu-item", has_text=option).click()
    sheet.page.get_by_role("button", name="完成").click()
    expect(sheet.cell(3, "tags").locator(".badge")).to_have_text(["展会", "招标"])


def test_enter_turns_a_switch_on(sheet: Sheet) -> None:
    sheet.select(3, "key")
    sheet.page.keyboard.press("Enter")
    expect(sheet.cell(3, "key").get_by_role("img", name="是")).to_be_visible()
