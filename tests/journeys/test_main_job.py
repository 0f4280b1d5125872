"""The main job, as a new user does it: start, set up, clone the CRM, import a real customer list, work with it."""

import csv
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.start.product import ROOT, Product, Running

pytestmark = pytest.mark.timeout(420)

DATA = Path(__file__).resolve().parents[1] / "data" / "crm-sales-opportunities"
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
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security" in said.text else None)
    try:
        set_up(page)
        import_accounts_and_products(page)
        import_opportunities(page)
        totals_are_right(page)
        work_in_the_list(page)
        undo_the_import(page)
    finally:
        context.close()
    assert broken == []


def set_up(page: Page) -> None:
    page.goto("/")
    page.get_by_label("公司名称").fill("晶创科技")
    page.get_by_label("你的姓名").fill("陈明")
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
    """By stage and quarter, against what the CSV alone says."""
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows("sales_pipeline.csv"):
        closed = row["close_date"]
        day = datetime.strptime(closed, "%m/%d/%Y") if closed else None
        quarter = f"{day.year}-{3 * ((day.month - 1) // 3) + 1:02d}-01" if day else ""
        cell = expected[row["deal_stage"].lower(), quarter]
        cell[0] += 1
        cell[1] += Decimal(row["close_value"] or 0)
    got = page.evaluate(
        """async () => {
            const token = document.querySelector('meta[name="csrf-token"]').content;
            const headers = {'Content-Type': 'application/json', 'X-CSRF-Token': token};
            const ask = async (where) => {
                const body = JSON.stringify({where, fields: ['amount']});
                return (await fetch('/a/crm/opportunity/grid/totals', {method: 'POST', headers, body})).json();
            };
            const found = {};
            for (const stage of ['prospecting', 'engaging', 'won', 'lost'])
                for (const quarter of ['', '2017-01-01', '2017-04-01', '2017-07-01', '2017-10-01']) {
                    const [y, m] = quarter.split('-').map(Number);
                    const end = quarter && new Date(Date.UTC(y, m + 2, 0)).toISOString().slice(0, 10);
                    const when = quarter ? {field: 'closed_on', op: 'between', value: [quarter, end]} : {field: 'closed_on', op: 'empty'};
                    const answer = await ask({all: [{field: 'stage', op: 'eq', value: stage}, when]});
                    found[`${stage} ${quarter}`] = [answer.count, answer.values.amount?.t ?? '0'];
                }
            return found;
        }"""
    )
    for place, (count, total) in got.items():
        stage, quarter = place.split(" ")
        wanted = expected.get((stage, quarter), [Decimal(0), Decimal(0)])
        assert (count, Decimal(re.sub(r"[^\d.-]", "", total) or 0)) == (wanted[0], wanted[1]), place


def work_in_the_list(page: Page) -> None:
    page.goto("/a/crm/opportunity?view=all&sort=-amount")
    grid = page.locator("jf-grid")
    expect(grid.locator(".slick-row").first).to_be_visible()
    expect(grid).to_contain_text("共 8,800 条")
    page.get_by_role("button", name="条件").click()
    page.get_by_role("option", name="阶段").or_(page.get_by_role("menuitem", name="阶段")).first.click()
    page.get_by_label("赢单").check()
    page.get_by_role("button", name="确定").or_(page.get_by_role("button", name="添加")).first.click()
    expect(grid).to_contain_text("共 4,238 条", timeout=15_000)
    picture(page, "list")


def undo_the_import(page: Page) -> None:
    page.goto("/notices")
    page.get_by_role("link", name=re.compile("商机.*导入完成")).first.click()
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_text("这次导入已撤销")).to_be_visible(timeout=120_000)
    page.goto("/a/crm/opportunity?view=all")
    expect(page.locator("jf-grid")).to_contain_text("还没有记录")


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
