"""A business user drags an order form together, publishes it, fills it in, changes a type; and the same by keyboard."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.definitions import live as living
from engine.platform.embedded import EmbeddedServer
from tests.journeys.order_forms import company
from tests.journeys.sales import Sales, line, page_for
from tests.journeys.serving import faults_of
from tests.records.making import add, form, make_app, values


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    """An organisation with an app in which there is nothing yet."""
    with company(postgres, tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


@dataclass
class Hand:
    """What a person does with the mouse and the keyboard; each thing done is counted."""

    page: Page
    done: int = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.done += 1

    def type(self, text: str, *, key: str | None = None) -> None:
        self.page.keyboard.type(text)
        if key:
            self.page.keyboard.press(key)
        self.done += 1

    def name(self, text: str) -> None:
        """The name of a field that was just put in stands ready to be typed over."""
        expect(self.page.locator("[data-properties] [data-property=label] [data-name]")).to_be_focused()
        self.type(text, key="Enter")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.done += 1

    def choose(self, target: Locator, label: str) -> None:
        target.select_option(label=label)
        self.done += 1

    def drag(self, what: Locator, target: Locator, *, x: float = 0.5, y: float = 0.5, dy: float = 0) -> None:
        """Take hold of something and let it go over a part of the target; the target is looked for once it moves."""
        what.scroll_into_view_if_needed()
        box = what.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 20, box["y"] + 12)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 34, box["y"] + 24, steps=3)
        there = target.bounding_box() or target.bounding_box()  # it may just have been drawn anew
        assert there is not None
        at = (there["x"] + there["width"] * x, there["y"] + there["height"] * y + dy)
        self.page.mouse.move(*at, steps=6)
        self.page.mouse.move(at[0] + 1, at[1], steps=2)
        self.page.mouse.up()
        self.done += 1


class Designing:
    """The designer's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.locator("form-designer[data-ready]").wait_for()
        self.canvas = page.locator("[data-canvas]")
        self.panel = page.locator("[data-properties]")

    def tile(self, key: str) -> Locator:
        return self.page.locator(f'.palette-tile[data-tile="{key}"]')

    def card(self, path: str) -> Locator:
        return self.canvas.locator(f'[data-path="{path}"]')

    def setting(self, name: str) -> Locator:
        return self.panel.locator(f'[data-property="{name}"]')

    @property
    def paths(self) -> list[str]:
        return [str(one.get_attribute("data-path")) for one in self.canvas.locator("[data-path]").all()]

    def saved(self) -> None:
        expect(self.page.locator("[data-save-state]")).to_contain_text("已保存")


def definition(office: Sales, key: str) -> dict[str, Any]:
    with office.database.connect() as connection:
        return living.load(connection, office.app).documents["forms"][key]


def make_customers(page: Page, office: Sales) -> Hand:
    """The one form that an order leans on, made in passing."""
    hand = Hand(page)
    page.goto(f"/a/{office.app}/new-form")
    page.fill("#name", "客户")
    page.locator("input[name=label]").first.fill("客户名称")
    hand.done += 2
    hand.click(page.get_by_role("button", name="创建表单"))
    page.wait_for_url("**/ke_hu")
    add(office.database, office.app, "ke_hu", office.boss, ke_hu_ming_cheng="恒泰精密")
    return hand


def test_an_empty_app_becomes_an_order_form_that_is_dragged_together_published_and_filled_in(
    page: Page, office: Sales
) -> None:
    hand = make_customers(page, office)
    hand.click(page.get_by_role("link", name="新建表单"))
    page.wait_for_load_state()
    expect(page.locator("#name")).to_be_focused()
    hand.type("订单")
    hand.click(page.get_by_role("button", name="拖拽设计"))
    designer = Designing(page)

    hand.drag(designer.tile("serial"), designer.canvas)
    hand.name("订单号")
    expect(designer.card("ding_dan_hao")).to_be_visible()
    hand.drag(designer.tile("link"), designer.card("ding_dan_hao"), x=0.95)
    expect(designer.setting("form").locator("select")).to_have_value("ke_hu")
    hand.name("客户")
    expect(designer.card("ke_hu")).to_be_visible()
    hand.drag(designer.tile("date"), designer.card("ke_hu"), y=1, dy=30)
    hand.name("下单日期")
    expect(designer.card("xia_dan_ri_qi")).to_be_visible()
    hand.drag(designer.tile("subform"), designer.card("xia_dan_ri_qi"), y=1, dy=30)
    hand.name("明细")
    expect(designer.card("ming_xi.item")).to_be_visible()
    columns = designer.canvas.locator('[data-columns="ming_xi"]')
    hand.click(designer.card("ming_xi.item"))
    hand.press("Enter")
    hand.name("产品")
    expect(designer.card("ming_xi.chan_pin")).to_be_visible()
    for tile, name, path in (
        ("number", "数量", "shu_liang"),
        ("money", "单价", "dan_jia"),
        ("formula", "小计", "xiao_ji"),
    ):
        hand.drag(designer.tile(tile), columns, x=0.98)
        hand.name(name)
        expect(designer.card(f"ming_xi.{path}")).to_be_visible()
    write(hand, designer, "数量", " * ", "单价")
    hand.drag(designer.tile("formula"), designer.card("ming_xi"), y=1, dy=20)
    hand.name("合计")
    expect(designer.card("he_ji")).to_be_visible()
    write(hand, designer, "SUM(ming_xi.xiao_ji)")
    hand.choose(designer.setting("result").locator("select"), "金额")
    designer.saved()
    assert designer.paths == [
        "ding_dan_hao", "ke_hu", "xia_dan_ri_qi",
        "ming_xi", "ming_xi.chan_pin", "ming_xi.shu_liang", "ming_xi.dan_jia", "ming_xi.xiao_ji", "he_ji",
    ]  # fmt: skip
    assert faults_of(page) == []

    set_rules(hand, page)
    hand.click(page.get_by_role("button", name="发布"))
    hand.click(page.locator(".publish-dialog").get_by_role("button", name="发布", exact=True))
    page.wait_for_url("**/ding_dan")
    published = definition(office, "ding_dan")
    lines = next(one for one in published["fields"] if one["key"] == "ming_xi")
    assert lines["fields"][3]["formula"] == "shu_liang * dan_jia"

    hand.click(page.get_by_role("link", name="新建订单"))
    hand.click(page.get_by_role("button", name="添加一行"))
    row = page.locator("tr[data-row]").first
    row.locator("input[name$=chan_pin]").fill("螺栓")
    row.locator("input[name$=shu_liang]").fill("0")
    hand.done += 2
    expect(page.locator('[data-field="xia_dan_ri_qi"]')).to_be_hidden()
    hand.click(page.locator('[data-field="ke_hu"] .ts-control'))
    hand.click(page.locator('[data-field="ke_hu"] .option', has_text="恒泰"))
    expect(page.locator('[data-field="xia_dan_ri_qi"]')).to_be_visible()
    hand.click(page.get_by_role("button", name="保存", exact=True))
    expect(page.get_by_text("至少要有一件").first).to_be_visible()
    row = page.locator("tr[data-row]").first
    row.locator("input[name$=shu_liang]").fill("3")
    row.locator("input[name$=dan_jia]").fill("12.5")
    hand.done += 2
    expect(page.locator('[data-computed="he_ji"]')).to_have_text("¥37.50")
    hand.click(page.get_by_role("button", name="保存", exact=True))
    page.wait_for_url("**/ding_dan/1")
    stored = values(office.database, office.app, "ding_dan", 1)
    assert str(stored["he_ji"]) == "37.50"
    assert stored["ding_dan_hao"].endswith("0001")
    assert hand.done < 60


def test_a_type_is_changed_with_data_in_it_after_one_has_read_what_becomes_of_the_values(
    page: Page, office: Sales
) -> None:
    sizes = form("size", line("name", "text", "名称", "Name"), line("size", "text", "尺寸", "Size"))
    app = make_app(office.database, sizes | {"name": "尺码"})
    for number, size in enumerate(("12", "7.5", "大")):
        add(office.database, app, "size", office.boss, name=f"第 {number} 件", size=size)
    page.goto(f"/a/{app}/size")
    hand = Hand(page)
    hand.click(page.get_by_role("link", name="编辑表单"))
    designer = Designing(page)
    hand.click(designer.card("size"))
    hand.click(designer.panel.locator("summary"))
    hand.choose(designer.setting("type").locator("select"), "数字")
    expect(designer.card("size").locator("input.num")).to_be_visible()
    designer.saved()
    hand.click(page.get_by_role("button", name="发布"))
    dialog = page.locator(".publish-dialog")
    expect(dialog.locator('[data-kind="field_retyped"]')).to_contain_text("3 个值里有 1 个不能完整转换")
    expect(dialog.locator('[data-kind="field_retyped"]')).to_contain_text("第 2 件：大 → 空")
    hand.click(dialog.get_by_role("button", name="发布", exact=True))
    expect(page.locator("[data-publish]")).to_be_disabled()
    with office.database.connect() as connection:
        assert living.load(connection, app).form("size").field("size").type == "number"


def test_the_keyboard_alone_makes_moves_groups_undoes_and_publishes(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/new-form")
    keys = page.keyboard
    page.wait_for_load_state()
    expect(page.locator("#name")).to_be_focused()
    keys.type("键盘表")
    page.get_by_role("button", name="拖拽设计").press("Enter")
    designer = Designing(page)
    for wanted, name, key in (
        ("单行", "标题", "biao_ti"),
        ("子表单", "明细", "ming_xi"),
        ("数字", "数量", "shu_liang"),
        ("日期", "到期", "dao_qi"),
    ):
        keys.press("/")
        keys.type(wanted)
        keys.press("Enter")
        expect(designer.setting("label").locator("[data-name]")).to_be_focused()
        keys.type(name)
        keys.press("Enter")
        expect(designer.card(key)).to_be_focused()
    told = page.locator("[data-announce]")
    keys.press("Alt+ArrowUp")
    expect(told).to_contain_text("已移到第 3 位")
    assert [path for path in designer.paths if "." not in path] == [
        "biao_ti",
        "ming_xi",
        "dao_qi",
        "shu_liang",
    ]
    keys.press("Control+z")
    expect(told).to_contain_text("已撤销")
    assert [path for path in designer.paths if "." not in path] == [
        "biao_ti",
        "ming_xi",
        "shu_liang",
        "dao_qi",
    ]
    designer.card("shu_liang").focus()
    keys.press("m")
    item = page.get_by_role("menuitem", name="移入“明细”")
    for _ in range(8):
        if item.evaluate("one => one === document.activeElement"):
            break
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(designer.card("ming_xi.shu_liang")).to_be_focused()
    keys.press("ArrowUp")
    expect(designer.card("ming_xi.item")).to_be_focused()
    keys.press("Delete")
    expect(designer.card("ming_xi.item")).to_have_count(0)
    keys.press("Control+d")
    expect(designer.card("ming_xi.shu_liang_2")).to_be_focused()
    designer.saved()
    keys.press("Control+Enter")
    expect(page.locator("input[name=audience]").first).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url("**/jian_pan_biao")
    published = definition(office, "jian_pan_biao")
    assert [one["key"] for one in published["fields"]] == ["biao_ti", "ming_xi", "dao_qi"]
    with office.database.connect() as connection:
        roles = living.load(connection, office.app).documents["roles"]
    assert roles["everyone"]["grants"]["jian_pan_biao"]["read"] is True


def set_rules(hand: Hand, page: Page) -> None:
    """The day is asked for once a customer is chosen; an order without a single piece is refused."""
    hand.click(page.locator(".design-tabs").get_by_role("link", name="规则"))
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")  # the draft is there
    hand.click(page.locator('[data-new="display"]'))
    hand.click(page.locator("jf-condition").get_by_role("button", name="条件"))
    hand.click(page.locator("body > .popover, body > .menu").get_by_text("客户", exact=True))
    hand.choose(page.locator("body > .popover select"), "不为空")
    hand.click(page.locator("body > .popover").get_by_role("button", name="确定"))
    expect(page.locator("[data-rules]")).to_contain_text("客户")
    shown = page.locator("[data-panel] .ts-wrapper").first
    hand.click(shown.locator(".ts-control"))
    hand.click(shown.locator(".option", has_text="下单日期"))
    expect(page.locator("[data-rules]")).to_contain_text("下单日期")
    hand.click(page.locator('[data-new="validation"]'))
    hand.click(page.locator("[data-panel] .cm-content"))
    hand.press("Control+a")
    hand.type("SUM(ming_xi.shu_liang) > 0")
    message = page.locator("[data-panel]").get_by_role("textbox", name="提示语").first
    message.fill("至少要有一件")
    hand.done += 1
    expect(page.locator("[data-rules]")).to_contain_text("至少要有一件")
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")


def write(hand: Hand, designer: Designing, *parts: str) -> None:
    """Write a formula: names of fields are found by their label and taken by Enter."""
    hand.click(designer.panel.locator("jf-formula .cm-content"))
    for part in parts:
        designer.page.keyboard.type(part)
        if not part.isascii():
            label = designer.panel.locator("jf-formula .cm-tooltip-autocomplete li .cm-completionLabel").first
            expect(label).to_have_text(part)
            designer.page.keyboard.press("Enter")
        hand.done += 1
    expect(designer.panel.locator("jf-formula textarea")).not_to_have_value("")
