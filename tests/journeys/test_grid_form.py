"""Filling in a long form while the server works things out: no key is lost, nothing typed is overwritten."""

import random
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.order_forms import company, new_order, slow, stored_order
from tests.journeys.sales import Sales
from tests.journeys.serving import faults_of
from tests.records.making import form

TEXTS = 24
NUMBERS = 6
ROWS = 4
LETTERS = "abcdefghjkmn"

LINES = {
    "key": "lines",
    "type": "subform",
    "label": "明细",
    "fields": [
        {"key": "product", "type": "text", "label": "产品"},
        {"key": "quantity", "type": "number", "label": "数量"},
        {"key": "price", "type": "money", "label": "单价"},
        {"key": "sum", "type": "formula", "label": "小计", "formula": "quantity * price", "result": "money"},
    ],
}
ORDER = form(
    "order",
    *({"key": f"t{number}", "type": "text", "label": f"文字 {number}"} for number in range(TEXTS)),
    *({"key": f"n{number}", "type": "number", "label": f"数字 {number}"} for number in range(NUMBERS)),
    LINES,
    {"key": "total", "type": "formula", "label": "合计", "formula": "SUM(lines.sum)", "result": "money"},
    {
        "key": "all",
        "type": "formula",
        "label": "数字之和",
        "formula": "n0 + n1 + n2 + n3 + n4 + n5",
        "result": "number",
    },
    title="{t0}",
)


@pytest.fixture(scope="module")
def orders(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with company(postgres, tmp_path_factory.mktemp("data"), ORDER) as served:
        yield served


@pytest.fixture
def page(browser: Browser, orders: Sales) -> Iterator[Page]:
    with new_order(browser, orders) as opened:
        yield opened


@pytest.mark.parametrize("latency", [150, 400])
def test_forty_two_fields_typed_quickly_lose_no_key(page: Page, orders: Sales, latency: int) -> None:
    chance = random.Random(latency)
    for _ in range(ROWS):
        page.locator("[data-add-row]").click()
    slow(page, latency)
    rows = page.locator("table.subform tbody tr")
    typed: dict[str, str] = {}
    inputs = [page.locator(f'[name="t{number}"]') for number in range(TEXTS)]
    inputs += [page.locator(f'[name="n{number}"]') for number in range(NUMBERS)]
    for row in range(ROWS):
        inputs += rows.nth(row).locator("input:not([type=hidden])").all()
    assert len(inputs) == 42
    for box in inputs:
        name = box.get_attribute("name") or ""
        figure = name.startswith("n") or name.endswith(("quantity", "price"))
        typed[name] = str(chance.randint(1, 999)) if figure else "".join(chance.choices(LETTERS, k=7))
        box.focus()
        for letter in typed[name]:
            page.keyboard.press(letter)
            page.wait_for_timeout(chance.randint(5, 60))
    for box in inputs:
        assert box.input_value() == typed[box.get_attribute("name") or ""]
    figures = [float(text) for name, text in typed.items() if name.endswith(("quantity", "price"))]
    total = sum(figures[at] * figures[at + 1] for at in range(0, len(figures), 2))
    expect(page.locator('[data-computed="total"]')).to_contain_text(f"{total:,.2f}", timeout=10_000)
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(r"/order/\d+"))
    stored = stored_order(orders, "t0", typed["t0"])
    assert [stored[f"t{number}"] for number in range(TEXTS)] == [
        typed[f"t{number}"] for number in range(TEXTS)
    ]
    assert float(str(stored["total"])) == total


def test_chinese_is_composed_undisturbed_while_answers_arrive(page: Page) -> None:
    slow(page, 200)
    session = page.context.new_cdp_session(page)
    page.fill('[name="n0"]', "12")
    page.locator('[name="t5"]').focus()
    for step in ("n", "ni", "nih", "niha", "nihao"):
        session.send(
            "Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
        )
        page.wait_for_timeout(110)
    session.send("Input.insertText", {"text": "你好"})
    expect(page.locator('[name="t5"]')).to_have_value("你好")
    expect(page.locator('[data-computed="all"]')).to_contain_text("12")


def test_a_subform_works_like_a_sheet(page: Page) -> None:
    page.locator("[data-add-row]").click()
    page.keyboard.type("手写")
    page.keyboard.press("Enter")
    rows = page.locator("table.subform tbody tr")
    expect(rows).to_have_count(2)
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "甲\\t2\\t10\\r\\n乙\\t3\\t20\\r\\n");
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(rows).to_have_count(3)
    expect(page.locator('[data-computed="total"]')).to_contain_text("80.00")
    rows.nth(1).locator("[data-remove-row]").click()
    expect(page.locator('[data-computed="total"]')).to_contain_text("60.00")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator('[data-computed="total"]')).to_contain_text("80.00")
    assert faults_of(page) == []
