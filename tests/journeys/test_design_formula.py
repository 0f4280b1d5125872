"""Formulas are written with the fields' labels: found by pinyin or an input method, checked and tried while one types."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.definitions import drafts
from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import PHONE, Sales, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        for number in range(1, 4):
            opened.deal(
                f"检测设备 {number}", amount=f"{number}000", chance="0.75", customer=opened.ids["晶创"]
            )
        yield opened


@pytest.fixture
def desk(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as page:
        yield page


class Writing:
    """The formula editor on a page, and an input method."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.box = page.locator("jf-formula").last
        self.content = self.box.locator(".cm-content")
        self.offered = self.box.locator(".cm-tooltip-autocomplete li")
        self._devtools = page.context.new_cdp_session(page)
        self.content.click()

    @property
    def text(self) -> str:
        """What is stored: keys."""
        return self.box.locator("textarea").input_value()

    def choose(self, typed: str, label: str) -> None:
        """Type what finds something, and take it by Enter once it stands first."""
        self.page.keyboard.type(typed)
        expect(self.offered.first.locator(".cm-completionLabel")).to_have_text(label)
        self.page.keyboard.press("Enter")

    def compose(self, steps: list[str], text: str) -> None:
        """Compose with an input method: pinyin letter by letter, then the characters."""
        for step in steps:
            at = {"selectionStart": len(step), "selectionEnd": len(step)}
            self._devtools.send("Input.imeSetComposition", {"text": step, **at})
        self._devtools.send("Input.insertText", {"text": text})


def batch_edit(page: Page, office: Sales, field: str = "amount") -> Writing:
    """Tick all deals and ask for a formula."""
    page.goto(office.deals)
    page.locator(".title-open").first.wait_for()
    page.locator(".slick-header .tick").click()
    page.get_by_role("button", name="批量修改").click()
    page.select_option("#batch-field", field)
    page.get_by_role("button", name="公式", exact=True).click()
    return Writing(page)


def test_a_formula_is_found_by_pinyin_tried_on_a_record_and_changes_all_ticked_ones(
    desk: Page, office: Sales
) -> None:
    writing = batch_edit(desk, office)
    writing.choose("round", "ROUND")
    writing.choose("je", "金额")
    desk.keyboard.type(" * ")
    writing.choose("yinglv", "赢率")
    desk.keyboard.type(", 2")
    assert writing.text == "ROUND(amount * chance, 2)"
    expect(writing.box.locator(".jf-chip")).to_have_text(["金额", "赢率"])
    trial = writing.box.locator(".formula-trial")
    expect(trial).to_contain_text("用记录“检测设备 3”试算")
    expect(trial).to_contain_text("金额 ¥3,000.00 × 赢率 75%")
    expect(trial.locator(".formula-result")).to_have_text("= ¥2,250.00")
    expect(desk.locator(".batch-preview tbody tr").first).to_contain_text("¥750.00")
    assert faults_of(desk) == []

    desk.get_by_role("button", name="修改", exact=True).click()
    expect(desk.locator(".toast")).to_contain_text("已修改 3 条")
    changed = desk.locator(".slick-cell").get_by_text("1,687.50", exact=True)
    expect(changed).to_be_visible()
    desk.locator(".toast").get_by_role("button", name="撤销").click()
    expect(desk.locator(".slick-cell").get_by_text("2,000.00", exact=True)).to_be_visible()


def test_a_date_is_set_for_all_ticked_records_and_emptied_again(desk: Page, office: Sales) -> None:
    def asked(way: str) -> None:
        desk.locator(".slick-header .tick").click()
        desk.get_by_role("button", name="批量修改").click()
        desk.select_option("#batch-field", "due")
        desk.get_by_role("button", name=way, exact=True).click()

    change = desk.get_by_role("button", name="修改", exact=True)
    desk.goto(office.deals)
    desk.locator(".title-open").first.wait_for()
    asked("固定值")
    expect(change).to_be_disabled()
    desk.locator("jf-date input").fill("2026年12月25日")
    expect(desk.locator(".batch-preview tbody tr").first).to_contain_text("2026-12-25")
    change.click()
    expect(desk.locator(".slick-cell").get_by_text("2026-12-25")).to_have_count(3)
    asked("清空")
    expect(desk.locator(".batch-preview")).to_contain_text("会修改 3 条")
    change.click()
    expect(desk.locator(".slick-cell").get_by_text("2026-12-25")).to_have_count(0)


def test_chinese_composed_by_an_input_method_finds_a_field(desk: Page, office: Sales) -> None:
    writing = batch_edit(desk, office)
    writing.compose(["j", "ji", "jin", "jin'e"], "金额")
    expect(writing.offered.first.locator(".cm-completionLabel")).to_have_text("金额")
    desk.keyboard.press("Enter")
    assert writing.text == "amount"
    desk.keyboard.type(" * 2")
    desk.keyboard.press("Home")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Backspace")
    assert writing.text == " * 2", "a chip goes as one piece"


def test_faults_are_marked_at_their_place_with_what_mends_them(desk: Page, office: Sales) -> None:
    writing = batch_edit(desk, office)
    desk.keyboard.type('IF(stage = "赢但", amont, 0')
    desk.keyboard.press("Escape")
    says = writing.box.locator(".formula-says")
    expect(says.last).to_contain_text("没有字段“amont”。是不是“金额”？")
    expect(writing.box.locator(".cm-lintRange-error")).to_have_text("amont")
    desk.get_by_role("button", name="换成“金额”").click()
    expect(says.last).to_contain_text("“阶段”没有选项“赢但”。是不是“赢单”？")
    desk.get_by_role("button", name="换成“赢单”").click()
    expect(writing.box.locator(".formula-trial")).to_be_visible()
    assert writing.text == 'IF(stage = "赢单", amount, 0)'
    desk.keyboard.press("End")
    desk.keyboard.type(" + nothing")
    desk.keyboard.press("Escape")
    desk.locator("#batch-field").focus()
    expect(writing.box.locator(".jf-unknown")).to_have_text("nothing")


def test_a_function_is_looked_up_by_what_it_does_and_put_in(desk: Page, office: Sales) -> None:
    writing = batch_edit(desk, office)
    desk.get_by_role("button", name="函数", exact=True).click()
    desk.keyboard.type("四舍五入")
    reference = writing.box.locator(".formula-reference")
    expect(reference.locator("code").first).to_have_text("ROUND(数值, 小数位)")
    expect(reference).to_contain_text("ROUND(2.5, 0) → 3")
    desk.keyboard.press("Enter")
    assert writing.text == "ROUND()"
    desk.keyboard.type("1, ")
    expect(writing.box.locator(".formula-hint b")).to_have_text("小数位")
    assert faults_of(desk) == []


def test_options_and_the_fields_behind_a_link_are_offered_where_they_fit(desk: Page, office: Sales) -> None:
    writing = batch_edit(desk, office, "note")
    desk.keyboard.type("stage=")
    desk.keyboard.type('"')
    expect(writing.offered).to_have_count(3)
    writing.choose("赢", "赢单")
    assert writing.text == 'stage="won"'
    expect(writing.box.locator(".jf-option")).to_have_text("赢单")
    desk.keyboard.type("&customer.")
    expect(writing.offered.first).to_contain_text("客户")
    writing.choose("khmc", "客户 · 客户名称")
    assert writing.text == 'stage="won"&customer.name'


def test_a_formula_field_is_designed_with_its_draft_and_never_comes_back_to_itself(
    desk: Page, office: Sales
) -> None:
    desk.goto(f"{office.deals}/design")
    desk.wait_for_function("customElements.get('form-designer') !== undefined")
    desk.locator('[data-path="weighted"]').first.click()
    writing = Writing(desk)
    expect(writing.box.locator(".jf-chip")).to_have_text(["金额", "赢率"])
    expect(writing.box.locator(".formula-result")).to_have_text("= ¥2,250.00")
    desk.keyboard.press("End")
    desk.keyboard.type(" + ")
    writing.choose("jq", "加权金额")
    expect(writing.box.locator(".formula-says").last).to_contain_text("公式绕回到“加权金额”自己")
    desk.keyboard.press("Backspace")
    writing.choose("mxhj", "明细合计")
    expect(writing.box.locator(".jf-chip")).to_have_text(["金额", "赢率", "明细合计"])
    expect(writing.box.locator(".formula-result")).to_be_visible()
    assert faults_of(desk) == []

    def drafted() -> str:
        with office.database.connect() as connection:
            fields = drafts.get(connection, office.app, "forms", "deal").document["fields"]
        return str(next(one for one in fields if one["key"] == "weighted")["formula"])

    expect(desk.locator("body")).to_contain_text("已保存")
    for _ in range(20):
        if drafted() != "ROUND(amount * chance, 2)":
            break
        desk.wait_for_timeout(100)
    assert drafted() == "ROUND(amount * chance, 2) + total"


def test_on_a_phone_a_formula_is_written_by_tapping_what_is_offered(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, **PHONE) as page:
        page.goto(f"{office.deals}/design")
        page.wait_for_function("customElements.get('form-designer') !== undefined")
        page.locator('[data-path="total"]').first.tap()
        box = page.locator("jf-formula").last
        expect(box.locator(".jf-chip")).to_have_text(["产品明细 · 小计"])
        box.locator(".cm-content").tap()
        page.keyboard.press("End")
        page.keyboard.type("+je")
        box.locator(".cm-tooltip-autocomplete li", has_text="amount").first.tap()
        expect(box.locator(".jf-chip")).to_have_text(["产品明细 · 小计", "金额"])
        expect(box.locator(".formula-result")).to_be_visible()
        assert box.locator(".cm-editor").evaluate("one => getComputedStyle(one).fontSize") == "16px"
        assert not scrolls_sideways(page)
        assert faults_of(page) == []
