"""The designer's canvas by mouse: beside, back again, options from a list, fields from another form, two people at once."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from engine.definitions import drafts
from engine.platform.embedded import EmbeddedServer
from tests.journeys.designing import card, design
from tests.journeys.sales import Sales, page_for, sales
from tests.journeys.serving import faults_of


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def name_of(page: Page) -> Locator:
    return page.locator("[data-properties] [data-property=label] [data-name]")


def saved(page: Page) -> None:
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")


def draft(office: Sales, form: str) -> dict[str, Any]:
    with office.database.connect() as connection:
        return drafts.get(connection, office.app, "forms", form).document


def widths(office: Sales, form: str) -> dict[str, str | None]:
    return {one["key"]: one.get("width") for one in draft(office, form)["fields"]}


def drag(page: Page, what: Locator, target: Locator, x: float, y: float) -> None:
    box, there = what.bounding_box(), target.bounding_box()
    assert box is not None and there is not None
    page.mouse.move(box["x"] + 20, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 34, box["y"] + 20, steps=3)
    page.mouse.move(there["x"] + there["width"] * x, there["y"] + there["height"] * y, steps=6)


def test_a_drop_at_an_edge_stands_beside_and_undo_puts_all_back(page: Page, office: Sales) -> None:
    design(page, office, "deal")
    before = draft(office, "deal")
    drag(page, page.locator('.palette-tile[data-tile="date"]'), card(page, "customer"), 0.95, 0.5)
    expect(page.locator(".drop-mark.beside")).to_have_text("放在旁边")
    page.mouse.up()
    expect(name_of(page)).to_be_focused()
    page.keyboard.type("签约日期")
    page.keyboard.press("Enter")
    expect(card(page, "qian_yue_ri_qi")).to_be_visible()
    drag(page, card(page, "note"), card(page, "name"), 0.5, 0.05)
    expect(page.locator(".drop-mark")).to_be_visible()
    page.mouse.up()
    expect(page.locator("[data-canvas] > .design-card").first).to_have_attribute("data-path", "note")
    saved(page)
    found = widths(office, "deal")
    assert [found[key] for key in ("customer", "qian_yue_ri_qi", "contact")] == ["1/3", "1/3", "1/3"]
    assert list(found)[:4] == ["note", "name", "stage", "customer"]
    for _ in range(3):  # the move, the name with its key, the field itself
        page.keyboard.press("Control+z")
    expect(page.locator("[data-canvas] > .design-card").first).to_have_attribute("data-path", "name")
    expect(page.locator("[data-publish]")).to_be_disabled()
    assert draft(office, "deal") == before
    page.keyboard.press("Escape")


def test_a_drag_that_is_given_up_changes_nothing(page: Page, office: Sales) -> None:
    design(page, office, "deal")
    drag(page, card(page, "note"), card(page, "name"), 0.5, 0.05)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator("[data-canvas] > .design-card").first).to_have_attribute("data-path", "name")
    expect(page.locator("[data-publish]")).to_be_disabled()


def test_options_come_from_pasted_lines_enter_adds_one_and_each_has_a_colour(
    page: Page, office: Sales
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    design(page, office, "visit")
    page.locator("[data-palette-search]").fill("下拉")
    page.keyboard.press("Enter")
    expect(name_of(page)).to_be_focused()
    page.keyboard.type("方式")
    page.keyboard.press("Enter")
    options = page.locator(".option-name")
    page.evaluate("navigator.clipboard.writeText('电话\\n上门\\n微信\\n')")
    options.nth(2).click()
    page.keyboard.press("End")
    page.keyboard.press("Control+v")
    expect(options).to_have_count(6)
    page.keyboard.press("Enter")
    expect(options).to_have_count(7)
    expect(options.last).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("邮件")
    page.locator(".option-color").last.click()
    page.locator(".color-choice").get_by_role("button", name="绿").click()
    for _ in range(3):
        page.get_by_role("button", name="删除选项 1").click()
    saved(page)
    fresh = next(one for one in draft(office, "visit")["fields"] if one["key"] == "fang_shi")
    assert [one["value"] for one in fresh["options"]] == ["电话", "上门", "微信", "邮件"]
    assert fresh["options"][3]["color"] == "green"
    assert faults_of(page) == []


def test_typing_replaces_the_options_that_are_proposed(page: Page, office: Sales) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    design(page, office, "visit")
    page.locator("[data-palette-search]").fill("下拉")
    page.keyboard.press("Enter")
    expect(name_of(page)).to_be_focused()
    page.keyboard.type("等级")
    page.keyboard.press("Enter")
    options = page.locator(".option-name")
    options.first.click()
    for name in ("A类", "B类", "C类", "D类"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="添加选项").click()
    page.keyboard.type("E类")
    page.keyboard.press("Shift+Tab")
    saved(page)
    fresh = next(one for one in draft(office, "visit")["fields"] if one["key"] == "deng_ji")
    assert [one["value"] for one in fresh["options"]] == ["A类", "B类", "C类", "D类", "选项 5", "E类"]
    assert [one["label"]["zh-CN"] for one in fresh["options"][:4]] == ["A类", "B类", "C类", "D类"]
    page.locator("[data-palette-search]").fill("单选")
    page.keyboard.press("Enter")
    expect(name_of(page)).to_be_focused()
    expect(options.first).to_have_value("选项 1")
    page.evaluate("navigator.clipboard.writeText('电话\\n上门\\n微信\\n邮件')")
    options.nth(1).click()
    page.keyboard.press("Control+v")
    expect(options).to_have_count(4)
    assert [one.input_value() for one in options.all()] == ["电话", "上门", "微信", "邮件"]


def test_a_field_is_copied_from_one_form_into_another(page: Page, office: Sales) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    design(page, office, "deal")
    card(page, "stage").click()
    page.keyboard.press("Control+c")
    expect(page.locator("[data-announce]")).to_contain_text("已复制")
    design(page, office, "contact")
    card(page, "name").click()
    page.keyboard.press("Control+v")
    expect(card(page, "stage")).to_be_visible()
    saved(page)
    copied = next(one for one in draft(office, "contact")["fields"] if one["key"] == "stage")
    assert [one["value"] for one in copied["options"]] == ["open", "offer", "won"]
    assert [one["key"] for one in draft(office, "contact")["fields"]] == ["name", "customer", "stage"]


def test_two_people_on_one_form_are_merged_and_a_conflict_is_shown_side_by_side(
    page: Page, browser: Browser, office: Sales
) -> None:
    design(page, office, "product")
    with page_for(browser, office) as other:
        design(other, office, "product")
        card(other, "price").click()
        name_of(other).fill("单价甲")
        other.locator('[data-property="required"] input').check()
        saved(other)
        card(page, "name").click()
        page.locator('[data-property="hint"] input').first.fill("写全称")
        expect(card(page, "price").locator(".label")).to_have_text("单价甲")
        card(page, "price").click()
        card(other, "price").click()
        name_of(other).fill("单价乙")
        saved(other)
        expect(other.locator("[data-save-state]")).to_contain_text("已保存")
    name_of(page).fill("单价丙")
    dialog = page.get_by_role("dialog", name="两边都改了同样的地方")
    expect(dialog).to_contain_text("单价乙")
    expect(dialog).to_contain_text("单价丙")
    dialog.get_by_role("radio", name="采用对方的：").check()
    dialog.get_by_role("button", name="按此保存").click()
    expect(name_of(page)).to_have_value("单价乙")
    saved(page)
    now = {one["key"]: one for one in draft(office, "product")["fields"]}
    assert now["price"]["label"]["zh-CN"] == "单价乙"
    assert now["price"]["required"] is True
    assert now["name"]["hint"]["zh-CN"] == "写全称"


def by_another(office: Sales, form: str, edit: Callable[[dict[str, Any]], object]) -> None:
    """What somebody else saves meanwhile."""
    with office.database.begin() as connection:
        now = drafts.get(connection, office.app, "forms", form)
        document = deepcopy(now.document)
        edit(document)
        drafts.save(connection, office.app, "forms", form, document, base_etag=now.etag, author=None)


def test_what_i_remove_and_keep_removed_is_gone_though_the_other_changed_it(
    page: Page, office: Sales
) -> None:
    options = [{"value": "a", "label": "项甲"}, {"value": "b", "label": "项乙"}]
    pick = {"key": "pick", "type": "select", "label": "挑选", "options": options}
    gone = {"key": "gone", "type": "text", "label": "要删"}
    by_another(office, "visit", lambda form: form["fields"].extend([gone, pick]))
    design(page, office, "visit")
    card(page, "gone").click()
    by_another(office, "visit", lambda form: form["fields"][-2].update(label="改名三"))
    page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog", name="两边都改了同样的地方")
    expect(dialog.get_by_role("rowheader")).to_have_text(re.compile("› 字段“要删”$"))
    expect(dialog.get_by_role("cell")).to_have_text([re.compile("改为“改名三”"), re.compile("已删除")])
    dialog.get_by_role("button", name="按此保存").click()
    expect(card(page, "gone")).to_have_count(0)
    saved(page)
    card(page, "pick").click()
    by_another(office, "visit", lambda form: form["fields"][-1]["options"][1].update(label="改项乙"))
    page.get_by_role("button", name="删除选项 2").click()
    expect(dialog.get_by_role("rowheader")).to_have_text(re.compile("字段“挑选” › 选项“项乙”$"))
    dialog.get_by_role("button", name="按此保存").click()
    expect(dialog).to_have_count(0)
    saved(page)
    now = draft(office, "visit")["fields"]
    assert now[-1]["options"] == options[:1] and "gone" not in [one["key"] for one in now]


def test_what_i_change_while_a_conflict_is_on_its_way_is_kept(page: Page, office: Sales) -> None:
    design(page, office, "contact")
    card(page, "name").click()
    by_another(office, "contact", lambda form: form["fields"][0].update(label="联系人姓名"))
    held: list[Route] = []
    page.route(
        "**/design/document",
        lambda route: route.continue_() if held or route.request.method != "PATCH" else held.append(route),
    )
    with page.expect_request(lambda request: request.method == "PATCH"):
        name_of(page).fill("全名")
    page.locator('[data-property="hint"] input').first.fill("写全")
    page.locator('[data-property="hint"] input').first.blur()
    held[0].continue_()
    dialog = page.get_by_role("dialog", name="两边都改了同样的地方")
    dialog.get_by_role("button", name="按此保存").click()
    saved(page)
    field = draft(office, "contact")["fields"][0]
    assert field["label"]["zh-CN"] == "全名" and field["hint"]["zh-CN"] == "写全"


def test_a_key_is_changed_until_it_is_published_and_formulas_follow(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/new-form")
    page.fill("#name", "标识")
    page.get_by_role("button", name="拖拽设计").click()
    page.locator("form-designer[data-ready]").wait_for()
    for tile, name in (("number", "数量"), ("formula", "两倍")):
        page.locator(f'.palette-tile[data-tile="{tile}"]').click()
        expect(name_of(page)).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    expect(card(page, "liang_bei")).to_be_visible()
    page.locator("jf-formula .cm-content").click()
    page.keyboard.type("shu_liang * 2")
    expect(page.locator("jf-formula textarea")).to_have_value("shu_liang * 2")
    card(page, "shu_liang").click()
    page.locator("[data-properties] summary").click()
    key = page.locator('[data-property="key"] input')
    key.fill("liang_bei")
    key.press("Tab")
    expect(page.locator("jf-toast")).to_contain_text("已有字段用了")
    key.fill("qty")
    key.press("Tab")
    expect(card(page, "qty")).to_be_visible()
    saved(page)
    assert [one.get("formula") for one in draft(office, "biao_shi")["fields"]] == [None, "qty * 2"]
    design(page, office, "deal")
    card(page, "amount").click()
    page.locator("[data-properties] summary").click()
    expect(page.locator('[data-property="key"] input')).not_to_be_editable()
    page.get_by_role("button", name="名称 · English").click()
    expect(page.locator(".other-language input")).to_have_value("Amount")


def test_what_keeps_a_form_from_being_published_is_listed_and_leads_to_its_place(
    page: Page, office: Sales
) -> None:
    design(page, office, "product")
    page.locator('.palette-tile[data-tile="formula"]').click()
    expect(name_of(page)).to_be_focused()
    page.keyboard.type("含税价")
    page.keyboard.press("Enter")
    expect(card(page, "han_shui_jia")).to_have_class(re.compile("faulty"))
    card(page, "name").click()
    faults = page.locator("[data-faults]")
    faults.locator("summary").click()
    faults.get_by_role("button", name=re.compile("含税价")).first.click()
    expect(card(page, "han_shui_jia")).to_have_class(re.compile("selected"))
    expect(page.locator('[data-property="formula"] .cm-content')).to_be_focused()
    page.keyboard.type("price * 2")
    expect(faults).to_be_hidden()
    expect(card(page, "han_shui_jia")).not_to_have_class(re.compile("faulty"))
