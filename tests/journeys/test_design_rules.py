"""A business user writes rules by clicking: a display rule, a check, linked options, a linkage; then fills the form in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from engine.definitions import drafts
from engine.platform.embedded import EmbeddedServer
from tests.journeys.order_forms import company
from tests.journeys.sales import Sales, line, page_for
from tests.journeys.serving import faults_of
from tests.records.making import add, form

PRICE = form(
    "price",
    line("product", "text", "产品", "Product"),
    line("amount", "money", "价格", "Amount"),
    title="{product}",
)
ORDER = form(
    "order",
    line("product", "text", "产品", "Product"),
    line("price", "money", "单价", "Price"),
    line("quantity", "number", "数量", "Quantity"),
    line("kind", "select", "类型", "Kind", options=[
        {"value": "company", "label": {"zh-CN": "企业", "en": "Company"}},
        {"value": "person", "label": {"zh-CN": "个人", "en": "Person"}},
    ]),
    line("pay", "radio", "付款", "Payment", options=[
        {"value": "transfer", "label": {"zh-CN": "转账", "en": "Transfer"}},
        {"value": "cash", "label": {"zh-CN": "现金", "en": "Cash"}},
    ]),
    line("tax_no", "text", "税号", "Tax number"),
    title="{product}",
)  # fmt: skip


COMPANY = {"field": "kind", "op": "eq", "value": "company"}
RULES = [
    {"key": "tax", "kind": "display", "when": COMPANY, "show": ["tax_no"], "require": ["tax_no"], "lock": ["price"],
     "empty_when_hidden": True},
    {"key": "positive", "kind": "validation", "level": "remind", "formula": "quantity > 0", "fields": ["quantity"],
     "message": {"zh-CN": "数量要大于 0", "en": "More than nothing, please"}},
    {"key": "pay", "kind": "options", "field": "pay", "by": "kind", "allow": {"company": ["transfer"]}},
    {"key": "price", "kind": "linkage", "form": "price", "no_match": "keep", "set": {"price": "amount"},
     "where": {"field": "product", "op": "eq", "value": {"current": "product"}}},
]  # fmt: skip
SENTENCES = [
    "If Kind is Company, show “Tax number”, require “Tax number”, lock “Price”, empty when hidden",
    "Remind: More than nothing, please",
    "The options of “Payment” depend on “Kind”",
    "Look in “Price” where Product is the current “Product” and fill in “Price”; kept where nothing is found",
]
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    forms = (
        {**PRICE, "name": {"zh-CN": "价格", "en": "Price"}},
        {**ORDER, "name": {"zh-CN": "订单", "en": "Order"}},
        {**ORDER, "key": "bill", "name": {"zh-CN": "账单", "en": "Bill"}, "rules": RULES},
    )
    with company(postgres, tmp_path_factory.mktemp("data"), *forms) as served:
        add(served.database, served.app, "price", product="笔", amount=3)
        yield served


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


class Rules:
    """The tab of rules."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator("[data-panel]")
        self.items = page.locator("[data-rule]")
        page.locator("rule-builder:defined .rule-kind").first.wait_for()

    def add(self, kind: str) -> None:
        self.page.locator(f'[data-new="{kind}"]').click()
        expect(self.panel.locator(".rule-title")).to_be_visible()

    def part(self, place: str) -> Locator:
        return self.panel.locator(f'[data-place="{place}"]')

    def pick(self, place: str, label: str) -> None:
        """Choose in a picker of several."""
        part = self.part(place)
        part.locator(".ts-control").click()
        self.page.locator(".ts-dropdown .option", has_text=label).locator("visible=true").first.click()
        self.page.keyboard.press("Escape")

    def condition(self, place: str, field: str, value: str) -> None:
        """One comparison with an option."""
        self.part(place).get_by_role("button", name="条件", exact=True).click()
        self.page.locator(".popover").get_by_role("button", name=field, exact=True).click()
        box = self.page.locator(".popover")
        box.get_by_text(value, exact=True).first.click()
        box.get_by_role("button", name="确定").click()

    def saved(self) -> None:
        expect(self.page.locator("[data-save-state]")).to_contain_text("已保存")


def test_no_rule_can_be_begun_before_the_draft_has_come(page: Page, office: Sales) -> None:
    held: list[Route] = []
    page.route("**/design/document", lambda route: held.append(route))
    with page.expect_request("**/design/document"):
        page.goto(f"/a/{office.app}/price/design/rules")
    add_check = page.locator('[data-new="validation"]')
    expect(add_check).to_be_disabled()
    held[0].continue_()
    add_check.click()
    expect(page.locator("[data-panel] .rule-title")).to_be_visible()


def test_rules_are_written_published_and_followed(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/order/design/rules")
    rules = Rules(page)
    expect(page.get_by_text("还没有规则", exact=False)).to_be_visible()
    rules.add("display")
    rules.condition("/when", "类型", "企业")
    rules.pick("/show", "税号")
    rules.pick("/require", "税号")
    expect(rules.items.first.locator("[data-sentence]")).to_have_text(
        "当 类型 是 企业 时，显示「税号」，必填「税号」"
    )
    rules.add("options")
    rules.part("/field").locator("select").select_option(label="付款")
    rules.part("/by").locator("select").select_option(label="类型")
    rules.pick("/allow/company", "转账")
    expect(rules.items.nth(1).locator("[data-sentence]")).to_have_text("“付款”可选的选项由“类型”决定")
    rules.add("linkage")
    rules.part("/set").get_by_role("button", name="再填一个字段").click()
    expect(rules.part("/where").locator(".field-error")).to_contain_text("本表单的字段")
    assert faults_of(page) == []
    rules.saved()
    rules.items.nth(2).get_by_role("button", name="删除规则").click()
    expect(rules.items).to_have_count(2)
    rules.items.nth(1).get_by_role("button", name="上移").click()
    expect(rules.items.nth(0)).to_contain_text("选项关联")
    rules.add("validation")
    rules.part("/message").get_by_label("提示语", exact=True).fill("数量太多")
    rules.pick("/fields", "数量")
    rules.saved()
    document = drafts_of(office)
    assert [one["kind"] for one in document["rules"]] == ["options", "display", "validation"]
    assert document["rules"][1]["when"] == {"field": "kind", "op": "eq", "value": "company"} or document[
        "rules"
    ][1]["when"] == {"field": "kind", "op": "in", "value": ["company"]}
    page.locator("[data-publish]").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^发布")).click()
    expect(page.locator("[data-publish]")).to_be_disabled()
    page.goto(f"/a/{office.app}/order/new")
    expect(page.locator('[data-field="tax_no"]')).to_be_hidden()
    page.locator('[data-field="kind"] .ts-control').click()
    page.locator(".ts-dropdown .option", has_text="企业").click()
    expect(page.locator('[data-field="tax_no"]')).to_be_visible()
    expect(page.get_by_role("radio", name="现金")).to_be_hidden()


def test_the_rules_are_read_and_written_in_english(page: Page, office: Sales) -> None:
    address = f"/a/{office.app}/bill/design"
    page.goto(f"{address}/rules")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    page.request.post("/me/preferences", headers={"X-CSRF-Token": token}, form={"language": "en"})
    try:
        page.reload()
        rules = Rules(page)
        for number, sentence in enumerate(SENTENCES):
            expect(rules.items.nth(number).locator("[data-sentence]")).to_have_text(sentence)
            rules.items.nth(number).locator(".rule-said").click()
            rules.panel.locator(":not(:defined)").first.wait_for(state="detached")
            assert chinese(page, "rule-builder") == []
        rules.items.nth(3).locator(".rule-said").click()
        expect(rules.part("/set")).to_contain_text("Fill in a field")
        page.goto(address)
        page.locator('[data-canvas] [data-path="pay"]').click()
        decided = page.locator('[data-property="decided_by"]')
        expect(decided).to_contain_text("Decided by “Kind”")
        assert chinese(page, '[data-property="decided_by"]') == []
    finally:
        page.request.post("/me/preferences", headers={"X-CSRF-Token": token}, form={"language": "zh-CN"})


def chinese(page: Page, within: str) -> list[str]:
    """What is still Chinese there: texts, and what is read aloud or shown as a hint."""
    found = page.locator(within).evaluate(
        """box => [...box.querySelectorAll("*")].flatMap(one => [
            ...[...one.childNodes].filter(node => node.nodeType === 3).map(node => node.textContent),
            ...["aria-label", "title", "placeholder"].map(name => one.getAttribute(name) ?? "")])"""
    )
    return [
        text for text in found if CHINESE.search(text.replace("中文", ""))
    ]  # a language is called by itself


def drafts_of(office: Sales) -> dict[str, list[dict[str, object]]]:
    with office.database.connect() as connection:
        return drafts.get(connection, office.app, "forms", "order").document  # type: ignore[return-value]
