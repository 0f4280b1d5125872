"""A record and what one does with it: read, filled in, saved by two people at once, talked about, deleted and back."""

import re
from collections.abc import Iterator
from decimal import Decimal
from time import sleep

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import Sales, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def choose(page: Page, field: str, text: str) -> None:
    """Pick a choice of a select that one types into."""
    page.locator(f"[data-field={field}] .ts-control").click()
    page.locator(f"[data-field={field}] .option", has_text=text).click()


def save(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Control+s")


def test_what_one_types_is_worked_out_at_once_and_prices_come_with_the_product(
    page: Page, office: Sales
) -> None:
    page.goto(f"{office.deals}/new")
    page.get_by_label("金额", exact=True).fill("2080000")
    page.get_by_label("赢率").fill("75%")
    expect(page.locator("#field-weighted")).to_have_text("¥1,560,000.00")
    page.get_by_role("button", name="添加一行").click()
    page.locator("jf-subform tbody tr .ts-control").first.click()
    page.locator("jf-subform .option", has_text="AOI-300").click()
    price = page.locator("input[name$='.price']")
    expect(price).to_have_value("860,000.00")
    page.locator("input[name$='.quantity']").fill("2")
    expect(page.locator("#field-total")).to_have_text("¥1,720,000.00")
    price.fill("800000")
    expect(page.locator("#field-total")).to_have_text("¥1,600,000.00")
    page.locator("jf-subform tbody tr .ts-control").first.click()
    page.locator("jf-subform .option", has_text="三年维保").click()
    expect(page.locator("#field-total")).to_have_text("¥1,600,000.00")
    assert price.input_value() == "800,000"  # typed by hand, so it stays
    price.focus()
    expect(price).to_have_value("800000")  # bare for whoever types
    page.get_by_label("商机名称").fill("检测设备")
    save(page)
    expect(page.locator("h1")).to_have_text("检测设备")
    expect(page.locator("[data-value=total]")).to_have_text("¥1,600,000.00")


def test_a_product_chosen_while_the_defaults_of_its_row_are_on_their_way_brings_its_price(
    page: Page, office: Sales
) -> None:
    held: list[Route] = []
    page.goto(f"{office.deals}/new")
    page.route("**/compute", lambda route: held.append(route) if not held else route.continue_())
    page.get_by_role("button", name="添加一行").click()
    page.locator("jf-subform tbody tr .ts-control").first.click()
    option = page.locator("jf-subform .option", has_text="AOI-300")
    expect(option).to_be_visible()
    with page.expect_response("**/compute"):
        option.click()
        held[0].continue_()
    expect(page.locator("input[name$='.price']")).to_have_value("860,000.00")


@pytest.mark.parametrize("delay", [0.15, 0.4])
def test_nothing_typed_is_lost_while_slow_answers_come_in(page: Page, office: Sales, delay: float) -> None:
    def late(route: Route) -> None:
        sleep(delay)
        route.continue_()

    page.route("**/compute", late)
    page.goto(f"{office.deals}/new")
    page.get_by_label("商机名称").click()
    typed = {"name": "Wuxi 检测", "amount": "123456.78", "chance": "55%", "note": "one two three four five"}
    page.keyboard.type(typed["name"], delay=12)
    for label, key in (("金额", "amount"), ("赢率", "chance"), ("备注", "note")):
        page.get_by_label(label, exact=True).click()
        page.keyboard.type(typed[key], delay=12)
    devtools = page.context.new_cdp_session(page)
    for step in ("n", "ni", "ni h", "ni hao"):
        devtools.send(
            "Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
        )
        page.wait_for_timeout(40)
    devtools.send("Input.insertText", {"text": "你好"})
    expect(page.locator("#field-weighted")).to_have_text("¥67,901.23")  # 123456.78 × 0.55 = 67901.229
    kept = {key: page.locator(f"#field-{key}").input_value() for key in typed}
    assert kept == {**typed, "amount": "123,456.78", "note": "one two three four five你好"}


def test_contacts_are_offered_as_far_as_they_belong_to_the_customer(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/new?customer={office.ids['晶创']}")
    page.locator("[data-field=contact] .ts-control").click()
    expect(page.locator("[data-field=contact] .option")).to_have_text(["吴工"])
    page.keyboard.press("Escape")
    choose(page, "customer", "海润食品")
    page.locator("[data-field=contact] .ts-control").click()
    expect(page.locator("[data-field=contact] .option")).to_have_text(["孙工"])


def test_a_fault_is_shown_at_its_place_and_has_the_focus(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/new")
    page.get_by_label("金额", exact=True).fill("很多")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_label("商机名称")).to_be_focused()
    expect(page.locator("#field-amount-fault")).to_contain_text("“很多”不是数字")
    assert page.get_by_label("金额", exact=True).input_value() == "很多"
    assert faults_of(page) == []


def test_a_reminder_is_asked_about_once_before_anything_is_saved(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/new")
    page.get_by_label("商机名称").fill("退款")
    page.get_by_label("金额", exact=True).fill("-5")
    save(page)
    expect(page.get_by_text("还没有保存，建议检查：")).to_be_visible()
    assert "退款" not in page.request.get(f"{office.url}{office.deals}/cards").text()
    with page.expect_navigation():
        page.locator(".note-bar").get_by_role("button", name="仍然保存").click()
    expect(page.locator("[data-value=amount]")).to_have_text("-¥5.00")


def test_two_people_save_one_record_and_neither_loses_anything(
    browser: Browser, page: Page, office: Sales
) -> None:
    record = office.deal("产线改造", amount="100", note="旧")
    page.goto(f"{office.deals}/{record}/edit")
    with page_for(browser, office, "lixiang") as other:
        other.goto(f"{office.deals}/{record}/edit")
        other.get_by_label("金额", exact=True).fill("700")
        other.get_by_label("赢率").fill("20%")
        save(other)
    page.get_by_label("金额", exact=True).fill("900")
    page.get_by_label("备注").fill("新")
    save(page)
    expect(page.locator(".merge")).to_contain_text("¥700.00")
    expect(page.get_by_text("李想刚刚修改了这条数据")).to_be_visible()
    assert office.stored("deal", record)["note"] == "旧"
    assert faults_of(page) == []
    page.get_by_label("采用对方的").check()
    save(page)
    now = office.stored("deal", record)
    assert (now["amount"], now["chance"], now["note"]) == (700, Decimal("0.2"), "新")


def test_changes_of_two_people_that_do_not_touch_are_both_kept(
    browser: Browser, page: Page, office: Sales
) -> None:
    record = office.deal("年度框架", amount="100", note="旧")
    page.goto(f"{office.deals}/{record}/edit")
    with page_for(browser, office, "lixiang") as other:
        other.goto(f"{office.deals}/{record}/edit")
        other.get_by_label("金额", exact=True).fill("700")
        save(other)
    page.get_by_label("备注").fill("新")
    save(page)
    expect(page.locator("jf-toast")).to_contain_text("保留了同时保存的其他修改")
    now = office.stored("deal", record)
    assert (now["amount"], now["note"]) == (700, "新")


def test_a_stage_is_moved_by_a_press_and_the_history_tells_it_in_words(page: Page, office: Sales) -> None:
    record = office.deal("售后平台", amount="940000", chance="0.65")
    page.goto(f"{office.deals}/{record}")
    with page.expect_navigation():
        page.locator(".steps").get_by_role("button", name="方案报价").click()
    expect(page.locator(".steps [aria-current=step]")).to_have_text("方案报价")
    expect(page.locator(".record-state")).to_contain_text("今天到这一步")
    story = [re.sub(r"\s+", " ", text) for text in page.locator(".stream li").all_inner_texts()]
    assert "把 阶段 从 初步接洽 改为 方案报价" in story[0]
    assert "新建了这条记录" in story[-1]


def test_a_figure_shows_how_it_came_about(page: Page, office: Sales) -> None:
    record = office.deal("设备联网", amount="860000", chance="0.3")
    page.goto(f"{office.deals}/{record}")
    page.locator("[data-value=weighted] button").click()
    working = page.get_by_role("dialog", name="计算过程")
    expect(working).to_contain_text("258,000.00")
    expect(working).to_contain_text("= ROUND(金额 ¥860,000.00 × 赢率 30%, 2)")
    expect(working.locator("tr")).to_have_text("金额 × 赢率258,000")
    page.keyboard.press("Escape")
    expect(working).to_be_hidden()


def test_a_colleague_who_is_mentioned_is_told(browser: Browser, page: Page, office: Sales) -> None:
    record = office.deal("会员系统")
    page.goto(f"{office.deals}/{record}")
    box = page.locator("#comment-form textarea")
    box.click()
    page.keyboard.type("请 @李")
    expect(page.get_by_role("option", name="李想")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("看一下报价")
    page.keyboard.press("Enter")
    expect(page.locator(".stream li").first).to_contain_text("请 @李想 看一下报价")
    expect(box).to_have_value("")
    with page_for(browser, office, "lixiang") as other:
        other.goto("/notices")
        other.get_by_role("link", name=re.compile("陈晨在“会员系统”中提到了您")).click()
        other.wait_for_url(f"**/deal/{record}")
        other.goto("/notices")
        expect(other.get_by_text("未读：")).to_have_count(0)


def test_a_visit_is_written_in_passing_and_knows_the_customer(page: Page, office: Sales) -> None:
    record = office.deal("招采平台", customer=office.ids["晶创"])
    page.goto(f"{office.deals}/{record}")
    page.get_by_role("tab", name="写跟进").click()
    entry = page.locator("#entry-form")
    entry.get_by_role("button", name="保存").click()
    expect(entry.locator(".field-error:visible")).to_contain_text("不能为空")
    entry.get_by_label("跟进内容").fill("技术协议已确认")
    with page.expect_navigation():
        entry.get_by_role("button", name="保存").click()
    tab = page.get_by_role("tab", name="跟进 1")
    tab.click()
    expect(page.locator("#related")).to_contain_text("技术协议已确认")
    expect(page.locator("#related")).to_contain_text("晶创半导体")


def test_a_linked_record_is_begun_from_here_and_one_comes_back(page: Page, office: Sales) -> None:
    customer = office.ids["海润"]
    office.deal("年度框架 2", customer=customer, amount="1250000", stage="won")
    page.goto(f"/a/{office.app}/customer/{customer}")
    expect(page.locator("[data-value=won]")).to_have_text("¥1,250,000.00")
    page.get_by_role("tab", name=re.compile("商机 1 1,250,000")).click()
    expect(page.locator("#related tbody tr")).to_have_count(1)
    page.locator("#related").get_by_role("link", name="新建商机").click()
    expect(page.locator("[data-field=customer] .item")).to_have_text("海润食品")
    page.get_by_label("商机名称").fill("备件采购")
    save(page)
    page.wait_for_url(f"**/customer/{customer}")
    expect(page.get_by_role("tab", name=re.compile("商机 2"))).to_be_visible()


def test_a_tab_that_cannot_be_loaded_says_so_and_tries_again(page: Page, office: Sales) -> None:
    customer = office.ids["晶创"]
    page.route("**/related/**", lambda route: route.fulfill(status=500, body=""))
    page.goto(f"/a/{office.app}/customer/{customer}")
    expect(page.locator("#related")).to_contain_text("没有加载出来")
    page.unroute("**/related/**")
    page.locator("#related").get_by_role("button", name="重试").click()
    expect(page.locator("#related tbody, #related .state").first).to_be_visible()
    expect(page.locator("#related")).not_to_contain_text("没有加载出来")


def test_what_was_deleted_comes_back_by_undo_and_from_the_bin(page: Page, office: Sales) -> None:
    record = office.deal("备用机")
    page.goto(f"{office.deals}/{record}")
    page.get_by_role("button", name="删除").click()
    expect(page.locator("jf-toast")).to_contain_text("已删除这条商机")
    page.locator("jf-toast").get_by_role("button", name="撤销").click()
    expect(page.locator("jf-toast")).to_contain_text("已撤销")
    page.goto(f"{office.deals}/{record}")
    page.get_by_role("button", name="删除").click()
    page.get_by_role("link", name="回收站").click()
    row = page.locator("tr", has_text="备用机")
    expect(row).to_contain_text("陈晨")
    assert faults_of(page) == []
    row.get_by_role("button", name="恢复").click()
    expect(page.locator("jf-toast")).to_contain_text("已恢复")
    assert page.goto(f"{office.deals}/{record}").status == 200  # type: ignore[union-attr]


def test_a_record_whose_name_is_taken_meanwhile_stays_in_the_bin_and_says_by_what(
    page: Page, office: Sales
) -> None:
    customers = f"/a/{office.app}/customer"
    page.goto(f"{customers}/new")
    page.get_by_label("客户名称").fill("铁西重装")
    save(page)
    page.get_by_role("button", name="删除").click()
    page.goto(f"{customers}/new")
    page.get_by_label("客户名称").fill("铁西重装")
    save(page)
    page.goto(f"{customers}/deleted")
    page.locator("tr", has_text="铁西重装").get_by_role("button", name="恢复").click()
    expect(page.get_by_role("alert")).to_contain_text("客户名称")
    expect(page.locator("tr", has_text="铁西重装")).to_be_visible()


def test_records_are_read_one_after_the_other_from_the_list(page: Page, office: Sales) -> None:
    for name in ("次序 1", "次序 2", "次序 3"):
        office.deal(name)
    page.goto(f"{office.deals}?search=次序")
    page.locator(".title-open").first.click()
    page.get_by_role("link", name="打开整页").click()
    expect(page.locator("jf-walk")).to_contain_text("1 / 3")
    page.keyboard.press("j")
    expect(page.locator("h1")).to_have_text("次序 2")
    page.keyboard.press("e")
    expect(page.locator("h1")).to_contain_text("修改商机 · 次序 2")


def test_a_new_record_begins_in_its_first_field_and_leaves_a_caret_where_it_is(
    page: Page, office: Sales
) -> None:
    page.goto(f"{office.deals}/new")
    expect(page.get_by_label("商机名称")).to_be_focused()
    held: list[Route] = []
    page.route("**/assets/jf-form-*.js", lambda route: held.append(route))
    with page.expect_request("**/assets/jf-form-*.js"):
        page.reload(wait_until="commit")
    page.locator("[name=note]").focus()
    page.keyboard.type("先写这里")
    for route in held:
        route.continue_()
    page.unroute("**/assets/jf-form-*.js")
    page.locator("jf-form:defined").wait_for()
    expect(page.locator("[name=note]")).to_be_focused()


def test_save_and_new_begins_the_next_one(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/new?customer={office.ids['晶创']}")
    page.get_by_label("商机名称").fill("第一条")
    page.get_by_role("button", name="保存并新建").click()
    expect(page.locator("jf-toast")).to_contain_text("已新建")
    expect(page.get_by_label("商机名称")).to_have_value("")
    expect(page.locator("[data-field=customer] .item")).to_have_text("晶创半导体")


@pytest.mark.parametrize(
    ("path", "theme"), [("/{id}", "light"), ("/{id}", "dark"), ("/new", "light"), ("/new", "dark")]
)
def test_record_and_form_are_sound_on_a_desk_and_on_a_phone(
    browser: Browser, office: Sales, path: str, theme: str
) -> None:
    record = office.deal("无障碍", customer=office.ids["晶创"], amount="1", chance="0.5",
                         lines=[{"product": office.ids["AOI"], "quantity": "1"}])  # fmt: skip
    with page_for(browser, office) as page:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": office.url}])
        page.goto(office.deals + path.format(id=record))
        page.wait_for_load_state("networkidle")
        assert faults_of(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert not scrolls_sideways(page)
        assert faults_of(page) == []


def test_on_paper_a_record_is_light_and_without_what_one_would_press(browser: Browser, office: Sales) -> None:
    record = office.deal("打印的商机", customer=office.ids["晶创"], amount="1")
    with page_for(browser, office) as page:
        page.context.add_cookies([{"name": "theme", "value": "dark", "url": office.url}])
        page.goto(f"{office.deals}/{record}")
        dark = page.evaluate("getComputedStyle(document.body).color")
        page.emulate_media(media="print")
        for gone in (".top", ".side", ".record-rail", ".page-head .actions"):
            expect(page.locator(gone)).to_be_hidden()
        expect(page.locator("h1")).to_be_visible()
        expect(page.get_by_text("晶创半导体").first).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).color") != dark
        assert not scrolls_sideways(page)


def test_saving_stays_in_reach_at_the_end_of_a_long_form(page: Page, office: Sales) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    page.goto(f"{office.deals}/new")
    page.get_by_label("备注").scroll_into_view_if_needed()
    page.mouse.move(640, 300)
    page.mouse.wheel(0, 5000)
    expect(page.get_by_label("商机名称")).not_to_be_in_viewport()
    expect(page.get_by_role("button", name="保存", exact=True)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("number", ["99999999999999999999", "9223372036854775807", "0"])
def test_a_number_that_no_record_has_is_simply_not_found(page: Page, office: Sales, number: str) -> None:
    for path in (f"{office.deals}/{number}", f"/api/v1/apps/{office.app}/forms/deal/records/{number}"):
        assert page.request.get(office.url + path).status in (401, 404)
    page.goto(f"{office.deals}/{number}")
    expect(page.get_by_role("alert")).to_be_visible()
