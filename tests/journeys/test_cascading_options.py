"""Cascading options as a business user meets them: set up from the field itself, then in form, list, import and on a phone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.access.viewer import App
from engine.definitions import live
from engine.platform.embedded import EmbeddedServer
from engine.records.bulk.write import Row, loading
from engine.records.reading.query import Query, query
from tests.journeys.grid_sheet import Sheet
from tests.journeys.order_forms import company, slow, stored_order
from tests.journeys.sales import Sales, line, page_for
from tests.journeys.serving import faults_of
from tests.records.making import add, form


def options(*named: tuple[str, str, str]) -> list[dict[str, object]]:
    return [{"value": value, "label": {"zh-CN": zh, "en": en}} for value, zh, en in named]


ORDER = form(
    "order",
    line("name", "text", "名称", "Name"),
    line("province", "select", "省份", "Province", options=options(("gd", "广东", "Guangdong"), ("zj", "浙江", "Zhejiang"))),
    line("city", "select", "城市", "City", options=options(
        ("sz", "深圳", "Shenzhen"), ("gz", "广州", "Guangzhou"), ("hz", "杭州", "Hangzhou"))),
    line("note", "text", "说明", "Note"),
    line("paid", "switch", "已付", "Paid"),
    line("price", "money", "单价", "Price"),
    title="{name}",
) | {"name": {"zh-CN": "订单", "en": "Order"}}  # fmt: skip
NOTE = {**ORDER, "key": "note", "name": {"zh-CN": "跟进", "en": "Note"}, "fields": [
    *ORDER["fields"], line("client", "link", "客户", "Client", form="client"),
]}  # fmt: skip
CLIENT = form(
    "client", line("name", "text", "名称", "Name"), title="{name}", layout={"quick_entry": "note"}
) | {"name": {"zh-CN": "客户", "en": "Client"}}
TARIFF = form(
    "tariff", line("province", "text", "省份", "Province"), line("amount", "money", "价格", "Amount")
)
PAID = {"field": "paid", "op": "eq", "value": True}
RULES = [
    {"key": "cities", "kind": "options", "field": "city", "by": "province", "allow": {"gd": ["sz", "gz"], "zj": ["hz"]}},
    {"key": "paid", "kind": "display", "when": PAID, "lock": ["price"], "show": ["note"], "empty_when_hidden": True},
    {"key": "prices", "kind": "linkage", "form": "tariff", "set": {"price": "amount"},
     "where": {"field": "province", "op": "eq", "value": {"current": "province"}}},
]  # fmt: skip


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    """A form that is still without rules, and the same with rules."""
    parcel = {**ORDER, "key": "parcel", "name": {"zh-CN": "包裹", "en": "Parcel"}}
    with company(
        postgres,
        tmp_path_factory.mktemp("data"),
        TARIFF,
        parcel,
        {**ORDER, "rules": RULES},
        CLIENT,
        {**NOTE, "rules": RULES},
    ) as served:
        add(served.database, served.app, "tariff", province="gd", amount=8)
        yield served


def test_cascading_options_are_set_up_from_the_field_and_hold_in_the_form(
    browser: Browser, office: Sales
) -> None:
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/parcel/design")
        page.locator('[data-path="city"]').first.click()
        page.get_by_role("button", name="随另一字段变化…").click()
        page.wait_for_url(re.compile(r"/design/rules\?rule="))
        panel = page.locator("[data-panel]")
        expect(panel.locator('[data-place="/field"] select')).to_have_value("city")
        expect(panel.locator('[data-place="/by"] select')).to_have_value("province")
        for value, label in (("gd", "深圳"), ("gd", "广州"), ("zj", "杭州")):
            panel.locator(f'[data-place="/allow/{value}"] .ts-control').click()
            page.locator(".ts-dropdown .option", has_text=label).locator("visible=true").first.click()
            page.keyboard.press("Escape")
        expect(page.locator("[data-rule] [data-sentence]")).to_have_text("“城市”可选的选项由“省份”决定")
        assert faults_of(page) == []
        page.locator("[data-publish]").click()
        page.get_by_role("dialog").get_by_role("button", name=re.compile("^发布")).click()
        expect(page.locator("[data-publish]")).to_be_disabled()
        page.goto(f"/a/{office.app}/parcel/design")
        page.locator('[data-path="city"]').first.click()
        expect(page.locator('[data-property="decided_by"]')).to_contain_text("由「省份」决定")
        page.goto(f"/a/{office.app}/parcel/new")
        slow(page, 250)  # a list that is open already when the answer comes follows it
        page.locator('[name="name"]').fill("甲")
        choose(page, "province", "浙江")
        offers(page, "city", ["杭州"])
        choose(page, "city", "杭州")
        choose(page, "province", "广东")
        expect(page.locator('select[name="city"]')).to_have_value("")
        offers(page, "city", ["深圳", "广州"])
        choose(page, "province", "浙江")
        offers(page, "city", ["杭州"])
        choose(page, "province", "广东")
        offers(page, "city", ["深圳", "广州"])
        choose(page, "city", "深圳")
        page.locator("[data-save]").click()
        page.wait_for_url(re.compile(r"/parcel/\d+$"))
        made = int(page.url.rsplit("/", 1)[1])
    assert office.stored("parcel", made)["city"] == "sz"


def test_a_cell_offers_what_its_record_allows_and_says_why_it_is_closed(
    browser: Browser, office: Sales
) -> None:
    add(office.database, office.app, "order", name="乙", province="zj", paid=True, note="x", price=5)
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/order?where=" + '{"field":"name","op":"eq","value":"乙"}')
        sheet = Sheet(page).ready()
        sheet.select(0, "city")
        page.keyboard.press("Enter")
        choices = page.locator(".choices .menu-item")
        expect(choices).to_have_text(["杭州"])
        page.keyboard.press("Escape")
        sheet.select(0, "price")
        page.keyboard.press("Enter")
        expect(page.get_by_text("“单价”已按规则锁定，不能修改")).to_be_visible()
        sheet.select(0, "paid")
        page.keyboard.press("Enter")
        expect(sheet.cell(0, "note")).to_have_text("")
        sheet.select(0, "note")
        page.keyboard.press("Enter")
        expect(page.get_by_text("按规则，这条记录现在不填“说明”")).to_be_visible()
        sheet.select(0, "province")
        sheet.type("广东")
        expect(sheet.cell(0, "price")).to_have_text("8.00")
        sheet.select(0, "city")
        page.keyboard.press("Enter")
        expect(choices).to_have_text(["深圳", "广州"])
        choices.first.click()
        expect(sheet.cell(0, "city")).to_have_text("深圳")
        expect(page.locator(".cell-pending")).to_have_count(0)
        sheet.select(0, "city")
        sheet.type("杭州")
        expect(page.get_by_text("现在不能选“杭州”").first).to_be_visible()
    assert stored_order(office, "name", "乙")["city"] == "sz"


def test_a_change_of_many_offers_what_some_of_them_may_take(browser: Browser, office: Sales) -> None:
    for name, province in (("批 1", "zj"), ("批 2", "zj")):
        add(office.database, office.app, "order", name=name, province=province)
    with page_for(browser, office) as page:
        page.goto(
            f"/a/{office.app}/order?sort=name&where=" + '{"field":"name","op":"starts_with","value":"批"}'
        )
        Sheet(page).ready()
        page.locator(".slick-header .tick").click()
        page.get_by_role("button", name="批量修改").click()
        dialog = page.get_by_role("dialog", name="批量修改 2 条")
        page.select_option("#batch-field", "city")
        expect(dialog.locator(".value")).to_have_text(["杭州"])
        expect(dialog).to_contain_text("另有 2 个选项")
        dialog.get_by_text("杭州").click()
        expect(dialog).to_contain_text("会修改 2 条")


def test_what_is_written_in_passing_beside_a_record_lives_as_well(browser: Browser, office: Sales) -> None:
    client = add(office.database, office.app, "client", name="客户一")
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/client")
        page.locator(".title-open").first.click()
        page.get_by_role("tab", name="写跟进").click()
        page.locator("#entry-form jf-form:defined").wait_for()
        page.locator('#entry-form [name="name"]').fill("戊")
        expect(page.locator('#entry-form [data-field="note"]')).to_be_hidden()
        choose(page, "province", "浙江")
        offers(page, "city", ["杭州"])
        choose(page, "city", "杭州")
        choose(page, "province", "广东")
        expect(page.locator('#entry-form select[name="city"]')).to_have_value("")
        page.locator('#entry-form [data-field="paid"] input[type="checkbox"]').check()
        expect(page.locator('#entry-form [data-field="note"]')).to_be_visible()
        page.locator('#entry-form [name="note"]').fill("在侧栏写的")
        page.locator("#entry-form").get_by_role("button", name="保存").click()
        expect(page.locator('#entry-form [name="name"]')).to_have_value("")
    [made] = rows_of(office, "note")
    assert (made["note"], made["price"], made["client"]["id"]) == ("在侧栏写的", "8.00", client)


def test_an_import_keeps_to_them_too(office: Sales) -> None:
    with loading(office.database, office.app, "order", office.boss) as load:
        load.stage(
            [
                Row(2, {"name": "丙", "province": "zj", "city": "sz"}),
                Row(3, {"name": "丁", "province": "zj", "city": "hz"}),
            ]
        )
        done = load.finish()
    assert done.created == 1 and [(one.number, one.code) for one in done.faults] == [
        (2, "option_not_offered")
    ]


def test_on_a_phone_the_picker_offers_what_goes_with_the_other(browser: Browser, office: Sales) -> None:
    with page_for(
        browser, office, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as page:
        page.goto(f"/a/{office.app}/order/new")
        city = page.locator('select[name="city"]')
        page.locator('select[name="province"]').select_option("zj")
        expect(city.locator("option:not([disabled]):not([value=''])")).to_have_text(["杭州"])
        city.select_option("hz")
        page.locator('select[name="province"]').select_option("gd")
        expect(city).to_have_value("")
        expect(city.locator("option:not([disabled]):not([value=''])")).to_have_text(["深圳", "广州"])


def rows_of(office: Sales, key: str) -> list[dict[str, Any]]:
    with office.database.connect() as connection:
        found = query(connection, live.load(connection, office.app), key, App("test"), Query())
        return [record.json()["values"] for record in found.records]


def choose(page: Page, field: str, label: str) -> None:
    page.locator(f'[data-field="{field}"] .ts-control').click()
    page.locator(f'[data-field="{field}"] .ts-dropdown .option', has_text=label).click()
    # At once, while the field still has the focus.
    expect(page.locator(f'[data-field="{field}"] .ts-control .item', has_text=label)).to_be_visible()


def offers(page: Page, field: str, labels: list[str]) -> None:
    page.locator(f'[data-field="{field}"] .ts-control').click()
    shown = page.locator(f'[data-field="{field}"] .ts-dropdown .option')
    expect(shown.filter(has_not_text="请选择")).to_have_text(labels)
    page.keyboard.press("Escape")
