"""An empty company to an order that somebody has filled in, without a mouse: app, forms, fields, rules, publishing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.definitions import live as living
from engine.platform.embedded import EmbeddedServer
from tests.journeys.order_forms import company
from tests.journeys.sales import Sales, page_for
from tests.journeys.serving import faults_of
from tests.records.making import values


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with company(postgres, tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


class Keys:
    """Somebody who has only keys; where the focus is they go on from, as with the Tab key."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reach(self, selector: str, *, back: bool = False, most: int = 45) -> None:
        """Tab until it has the focus, as soon as it is there."""
        self.page.locator(selector).first.wait_for()
        for _ in range(most):
            if self.page.evaluate("one => document.activeElement.matches(one)", selector):
                return
            self.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{most} tabs do not reach {selector}")

    def field(self, wanted: str, name: str, path: str) -> None:
        """Find a field in the palette, put it in, name it; the focus ends on its card."""
        self.press("/")
        self.type(wanted)
        self.press("Enter")
        expect(self.page.locator("[data-properties] [data-name]")).to_be_focused()
        self.type(name)
        self.press("Enter")
        expect(self.card(path)).to_be_focused()

    def card(self, path: str) -> Locator:
        return self.page.locator(f'[data-canvas] [data-path="{path}"]')

    def formula(self, text: str) -> None:
        """Write the selected field's formula, and come back to its card."""
        self.reach("[data-properties] .formula-box")
        self.type(text)
        expect(self.page.locator("[data-properties] jf-formula textarea")).to_have_value(text)
        for _ in range(3):  # the first one may close what is offered to go on with
            self.press("Escape")
            if self.page.locator(".formula-box:focus").count() == 0:
                break

    def tab(self, name: str, ready: str) -> None:
        """Go to another tab of the designer."""
        self.reach(f"[data-tab={name}]", back=True)
        self.press("Enter")
        self.page.wait_for_url(f"**/{name}")
        self.page.locator(ready).first.wait_for()


def test_from_an_empty_company_to_a_filled_in_order_without_a_mouse(page: Page, office: Sales) -> None:
    keys = Keys(page)
    page.goto("/")
    keys.reach("a[href='/apps/new']")
    keys.press("Enter")
    expect(page.locator("input[name=template]:checked")).to_be_focused()
    keys.press("ArrowUp")  # the last: an empty one
    keys.reach("#name")
    keys.type("采购")
    keys.press("Enter")
    page.wait_for_url("**/a/cai_gou")
    keys.reach(".btn-primary[href$='/new-form']")
    keys.press("Enter")
    expect(page.locator("#name")).to_be_focused()
    keys.type("订单")
    keys.reach("button[formaction]")
    keys.press("Enter")
    page.locator("form-designer[data-ready]").wait_for()
    design_order(keys)
    set_rules(keys)
    keys.press("Control+Enter")
    expect(page.locator("input[name=audience]").first).to_be_focused()
    keys.press("Escape")
    expect(page.get_by_role("textbox", name="提示语", exact=True)).to_be_focused()
    keys.press("Control+Enter")
    expect(page.locator("input[name=audience]").first).to_be_focused()
    keys.press("ArrowDown", "Enter")
    page.wait_for_url("**/ding_dan")
    fill_in(keys)
    stored = values(office.database, "cai_gou", "ding_dan", 1)
    assert (stored["deng_ji"], str(stored["he_ji"])) == ("急", "7.50")
    with office.database.connect() as connection:
        live = living.load(connection, "cai_gou")
    assert live.documents["roles"]["everyone"]["grants"]["ding_dan"]["read"] is True
    fields = {one["key"]: one for one in live.documents["forms"]["ding_dan"]["fields"]}
    assert [one for one in fields if fields[one]["type"] == "section"] == ["ming_xi_bu_fen"]
    assert list(fields) == ["deng_ji", "jiao_qi", "ming_xi_bu_fen", "ming_xi", "he_ji"]
    assert faults_of(page) == []


def design_order(keys: Keys) -> None:
    """Urgency with options of its own, a day beside it, a section with lines and their sum."""
    keys.field("下拉", "等级", "deng_ji")
    keys.reach("[aria-label='选项 1']")
    keys.type("急")
    keys.press("Enter")
    keys.type("缓")
    keys.press("Escape")
    expect(keys.card("deng_ji")).to_be_focused()
    keys.field("子表单", "明细", "ming_xi")
    keys.press("ArrowDown", "Enter")
    keys.type("产品")
    keys.press("Enter")
    expect(keys.card("ming_xi.chan_pin")).to_be_focused()
    keys.field("数字", "数量", "ming_xi.shu_liang")
    keys.field("金额", "单价", "ming_xi.dan_jia")
    keys.field("公式", "小计", "ming_xi.xiao_ji")
    keys.formula("shu_liang * dan_jia")
    keys.press("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    expect(keys.card("ming_xi")).to_be_focused()
    keys.field("公式", "合计", "he_ji")
    keys.formula("SUM(ming_xi.xiao_ji)")
    keys.reach("#property-result")
    result = keys.page.locator("#property-result")
    while result.input_value() != "money":
        keys.press("ArrowDown")
        expect(result).to_be_focused()
    keys.press("Escape")
    keys.field("日期", "交期", "jiao_qi")
    keys.press("Alt+ArrowUp", "Alt+ArrowUp", "Alt+ArrowLeft")
    keys.field("分组", "明细部分", "ming_xi_bu_fen")
    expect(keys.page.locator("[data-save-state]")).to_contain_text("已保存")


def set_rules(keys: Keys) -> None:
    """The day is asked for where it is urgent; an order without a single piece is refused."""
    page = keys.page
    keys.tab("rules", "[data-new]:enabled")
    keys.reach("[data-new=display]")
    keys.press("Enter")
    keys.reach("[data-panel] jf-condition button")
    keys.press("Enter")
    expect(page.locator(".popover").get_by_label("选择字段").first).to_be_focused()
    keys.type("等级")
    keys.press("Enter")
    keys.reach("input[name=pick-deng_ji]")
    keys.press("Space")
    keys.reach(".popover [type=submit]")
    keys.press("Enter")
    expect(page.locator("[data-panel] .chip-body")).to_be_focused()
    keys.press("Tab", "Tab", "Tab")
    keys.type("交期")
    expect(page.locator(".ts-dropdown .active", has_text="交期")).to_be_visible()
    keys.press("Enter")
    expect(page.locator("[data-rules]")).to_contain_text("当 等级 是 急 时，显示「交期」")
    keys.press("Escape")
    keys.reach("[data-new=validation]", back=True)
    keys.press("Enter")
    keys.reach("[data-panel] .formula-box")
    keys.press("Control+a")
    keys.type("SUM(ming_xi.shu_liang) > 0")
    keys.reach("#property-rule-message")
    keys.type("至少要有一件")
    expect(page.locator("[data-rules]")).to_contain_text("至少要有一件")


def fill_in(keys: Keys) -> None:
    """The day is not there until it is urgent; without a piece the order is refused, and told where the focus is."""
    page = keys.page
    keys.press("n")
    page.wait_for_url("**/ding_dan/new")
    page.locator("jf-form:defined jf-subform:defined").wait_for()
    expect(page.locator("[data-field=jiao_qi]")).to_be_hidden()
    line(keys, "0")
    keys.press("Control+s")
    expect(page.locator(".note-bar", has_text="至少要有一件")).to_be_focused()
    keys.reach("#field-deng_ji-ts-control")
    keys.type("急")
    expect(page.locator(".ts-dropdown .active", has_text="急")).to_be_visible()
    keys.press("Enter")
    expect(page.locator("[data-field=jiao_qi]")).to_be_visible()
    keys.reach("[name$=shu_liang]")
    keys.type("3")
    expect(page.locator("[data-computed=he_ji]")).to_have_text("¥7.50")
    keys.press("Control+s")
    page.wait_for_url("**/ding_dan/1")


def line(keys: Keys, quantity: str) -> None:
    keys.reach("[data-add-row]")
    keys.press("Enter")
    expect(keys.page.locator("[name$=chan_pin]")).to_be_focused()
    keys.type("螺栓")
    keys.press("Tab")
    keys.type(quantity)
    keys.press("Tab")
    keys.type("2.5")
