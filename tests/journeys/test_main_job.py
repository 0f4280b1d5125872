"""The main job, as a new user does it: start, set up, clone the CRM, import a real customer list, work with it."""

import csv
import json
import os
import re
import tempfile
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.serving import patiently
from tests.start.product import ROOT, Product, Running

pytestmark = pytest.mark.timeout(420)

DATA = Path(__file__).resolve().parents[1] / "data" / "crm-sales-opportunities"
EMPTY = {"field": "closed_on", "op": "empty"}
TOTALS = """async ([form, where, fields]) => {
    const token = document.querySelector('meta[name="csrf-token"]').content;
    const headers = {'Content-Type': 'application/json', 'X-CSRF-Token': token};
    const body = JSON.stringify({where, fields});
    return (await fetch(`/a/crm/${form}/grid/totals`, {method: 'POST', headers, body})).json();
}"""
"""Asks for the figures that stand at the foot of the list."""
SPEAK = """(language) => fetch('/me/preferences', {method: 'POST', body: new URLSearchParams({language}),
    headers: {'X-CSRF-Token': document.querySelector('meta[name="csrf-token"]').content}})"""
PICTURES = os.environ.get("JIANFLOW_PICTURES")
"""A folder for the README's pictures; they are made from this run and no other."""


@pytest.fixture
def product() -> Iterator[Running]:
    """`make run` on an empty data folder."""
    with tempfile.TemporaryDirectory(prefix="jf-main-") as folder:
        running = Product(ROOT).make_run(DATA=str(Path(folder) / "data"))
        yield running
        running.press_ctrl_c()


def test_a_new_user_imports_a_real_customer_list_and_works_with_it(
    product: Running, browser: Browser
) -> None:
    context = browser.new_context(
        base_url=product.address, locale="zh-CN", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    patiently(page)
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security" in said.text else None)
    try:
        set_up(page)
        import_accounts_and_products(page)
        import_opportunities(page)
        totals_are_right(page)
        work_in_the_list(page)
        if PICTURES:
            show_the_rest(browser, page)
        undo_the_import(page)
    finally:
        context.close()
    assert broken == []


def set_up(page: Page) -> None:
    page.goto("/")
    page.get_by_label("公司名称").fill("晶创科技")
    page.get_by_label("您的姓名").fill("陈明")
    page.get_by_label("登录账号").fill("chen@example.cn")
    page.get_by_label("密码").fill("a-long-password")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="继续").click()
    page.get_by_label("带上示例数据").uncheck()
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="开始使用").click()
    page.wait_for_url("**/a/crm/**", timeout=30_000)
    expect(page.get_by_role("link", name="客户", exact=True).first).to_be_visible()


def import_accounts_and_products(page: Page) -> None:
    import_file(page, "customer", "accounts.csv", "85")
    page.goto("/a/crm/customer?search=Goodsilron")
    expect(page.locator("jf-grid").get_by_text("Goodsilron")).to_be_visible()
    import_file(page, "product", "products.csv", "7")
    accounts = rows("accounts.csv")
    got = page.evaluate(TOTALS, ["customer", None, ["revenue"]])
    assert figure_in(got, "revenue") == sum(Decimal(row["revenue"]) for row in accounts)
    large = sum(int(row["employees"]) > 5000 for row in accounts)
    assert counted(page, "customer", {"field": "employees", "op": "gt", "value": 5000}) == large


def import_opportunities(page: Page) -> None:
    choose(page, "opportunity", "sales_pipeline.csv")
    misspelt = page.locator(".import-groups li", has_text="GTXPro")
    expect(misspelt).to_contain_text("1,480", timeout=60_000)
    picture(page, "import")
    misspelt.get_by_role("button", name="都改成 GTX Pro").click()
    page.get_by_label("找不到时").first.select_option("create")
    expect(page.locator(".import-groups li", has_text="GTXPro")).to_have_count(0, timeout=60_000)
    start = page.get_by_role("button", name=re.compile("^导入 8,800 行"))
    expect(start).to_be_enabled(timeout=60_000)
    start.click()
    expect(page.get_by_text("导入完成")).to_be_visible(timeout=120_000)
    expect(page.locator(".facts")).to_contain_text("8,800")


def totals_are_right(page: Page) -> None:
    """By stage and quarter, against what the CSV alone says; rows without an account and parents are there."""
    without = sum(not row["account"] for row in rows("sales_pipeline.csv"))
    assert counted(page, "opportunity", {"field": "customer", "op": "empty"}) == without == 1425
    children = sum(bool(row["subsidiary_of"]) for row in rows("accounts.csv"))
    assert counted(page, "customer", {"field": "parent", "op": "not_empty"}) == children
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows("sales_pipeline.csv"):
        cell = expected[row["deal_stage"].lower(), quarter_of(row["close_date"])]
        cell[0] += 1
        cell[1] += Decimal(row["close_value"] or 0)
    assert sum(count for count, _ in expected.values()) == 8800
    for (stage, quarter), (count, total) in expected.items():
        closed = {"field": "closed_on", "op": "between", "value": quarter.split("/")} if quarter else EMPTY
        where = {"all": [{"field": "stage", "op": "eq", "value": stage}, closed]}
        got = page.evaluate(TOTALS, ["opportunity", where, ["amount"]])
        assert (got["count"], figure_in(got, "amount")) == (count, total), (stage, quarter)


def work_in_the_list(page: Page) -> None:
    """Filter in four clicks, look at a record beside the list, change a cell and take the change back."""
    page.goto("/a/crm/opportunity?view=all&sort=-amount")
    count = page.locator("[data-count]")
    expect(count).to_have_text("8,800 条", timeout=15_000)
    page.get_by_role("button", name="条件", exact=True).click()
    page.locator(".field-list button", has_text="阶段").first.click()
    page.locator(".picker .value", has_text="赢单").click()
    page.get_by_role("button", name="确定").click()
    expect(count).to_have_text("4,238 条", timeout=15_000)
    top = max(
        (row for row in rows("sales_pipeline.csv") if row["deal_stage"] == "Won"),
        key=lambda row: int(row["close_value"]),
    )
    figure = f"{int(top['close_value']):,}.00"
    first = page.locator("jf-grid .slick-row", has_text=figure).first
    expect(first).to_be_visible()
    page.locator("jf-grid [data-open-row]").first.click()
    expect(page.locator("jf-panel .panel-title")).to_be_visible()
    picture(page, "list")
    page.locator("jf-panel").get_by_role("button", name="关闭").click()
    cell = page.locator("jf-grid .slick-cell", has_text=figure).first
    cell.click()
    page.keyboard.type("31000")
    page.keyboard.press("Enter")
    changed = page.locator("jf-grid .slick-cell", has_text="31,000.00").first
    expect(changed).to_be_visible()
    expect(page.locator("jf-grid")).to_contain_text("已保存")
    page.keyboard.press("Control+z")
    expect(page.locator("jf-grid .slick-cell", has_text=figure).first).to_be_visible()
    page.reload()
    expect(page.locator("jf-grid .slick-cell", has_text=figure).first).to_be_visible()


def show_the_rest(browser: Browser, page: Page) -> None:
    """The other pictures: a customer, the designer in both languages, the list on a phone."""
    page.goto("/a/crm/customer?search=Goodsilron")
    page.locator("jf-grid [data-open-row]").first.click()
    page.locator("jf-panel").get_by_role("link", name="打开整页").click()
    expect(page.locator("h1")).to_contain_text("Goodsilron")
    page.wait_for_load_state("networkidle")
    picture(page, "record")
    for language, name in (("en", "form-designer.en"), ("zh-CN", "form-designer")):
        page.goto("/a/crm/opportunity/design")
        page.evaluate(SPEAK, language)
        page.reload()
        page.locator("form-designer[data-ready]").wait_for()
        page.locator('[data-canvas] [data-path="weighted"]').click()
        expect(page.locator(".formula-trial")).to_contain_text("¥")
        picture(page, name)
    context = browser.new_context(
        base_url=page.url, locale="zh-CN", storage_state=page.context.storage_state(),
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True,
    )  # fmt: skip
    phone = context.new_page()
    phone.goto("/a/crm/opportunity?view=all&sort=-amount")
    expect(phone.locator(".card-link").first).to_be_visible()
    picture(phone, "m-list")
    context.close()


def undo_the_import(page: Page) -> None:
    page.goto("/notices")
    page.get_by_role("link", name=re.compile("商机.*导入完成")).first.click()
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_text("这次导入已撤销")).to_be_visible(timeout=120_000)
    page.goto("/a/crm/opportunity?view=all")
    # The cell that was changed meanwhile was changed back, so nobody's work keeps its record.
    expect(page.locator("[data-count]")).to_have_text("0 条", timeout=15_000)
    page.goto("/a/crm/customer")
    expect(page.locator("[data-count]")).to_have_text("85 条", timeout=15_000)


def counted(page: Page, form: str, where: dict[str, object]) -> int:
    """How many records a list with this filter says it has."""
    page.goto(f"/a/crm/{form}?where={quote(json.dumps(where))}")
    shown = page.locator("[data-count]")
    expect(shown).to_have_text(re.compile(r"\d"), timeout=15_000)
    return int(re.sub(r"\D", "", shown.inner_text()))


def figure_in(got: dict[str, Any], field: str) -> Decimal:
    """A total as the foot of the list writes it."""
    return Decimal(re.sub(r"[^\d.-]", "", got["values"].get(field, {}).get("t", "0")))


def quarter_of(day: str) -> str:
    """The quarter of an American date as its first and last day; "" for none."""
    if not day:
        return ""
    closed = datetime.strptime(day, "%m/%d/%Y")
    first = 3 * ((closed.month - 1) // 3) + 1
    last = monthrange(closed.year, first + 2)[1]
    return f"{closed.year}-{first:02d}-01/{closed.year}-{first + 2:02d}-{last}"


def import_file(page: Page, form: str, file: str, count: str) -> None:
    choose(page, form, file)
    start = page.get_by_role("button", name=re.compile(f"^导入 {count} 行"))
    expect(start).to_be_enabled(timeout=60_000)
    start.click()
    expect(page.get_by_text("导入完成")).to_be_visible(timeout=60_000)


def choose(page: Page, form: str, file: str) -> None:
    page.goto(f"/a/crm/{form}/import")
    page.set_input_files("input[type=file]", DATA / file)
    page.wait_for_url("**/import/*")


def rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")
