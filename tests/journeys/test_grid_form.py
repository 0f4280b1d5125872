"""Filling in a long form while the server works things out: no key is lost, nothing typed is overwritten."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.access import setup
from engine.access.viewer import App
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.records.query import Query, query
from tests.conftest import _fresh_database
from tests.journeys.serving import faults_of, page_of, served
from tests.records.making import form, make_app

PASSWORD = "spring rain 2026"
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


@dataclass
class Orders:
    """A served company with a long order form."""

    database: Database
    app: str
    url: str
    state: dict[str, object]

    def stored(self, title: str) -> dict[str, object]:
        """The one record with this first text."""
        with self.database.connect() as connection:
            opened = live.load(connection, self.app)
            where = {"field": "t0", "op": "eq", "value": title}
            found = query(connection, opened, "order", App("test"), Query.read({"where": where}))
        assert len(found.records) == 1
        return dict(found.records[0].json()["values"])


@pytest.fixture(scope="module")
def orders(
    browser: Browser, postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Orders]:
    with _fresh_database(postgres, "typing") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        app = make_app(database, ORDER)
        with served(database, tmp_path_factory.mktemp("data")) as url:
            with page_of(browser, url) as page:
                page.goto("/sign-in")
                page.fill("#account", "chenchen")
                page.fill("#password", PASSWORD)
                page.click("main button[type=submit]")
                page.wait_for_load_state()
                state = page.context.storage_state()
            yield Orders(database, app, url, dict(state))
        database.close()


@pytest.fixture
def page(browser: Browser, orders: Orders) -> Iterator[Page]:
    with page_of(
        browser, orders.url, storage_state=orders.state, viewport={"width": 1440, "height": 900}
    ) as opened:
        opened.on("dialog", lambda dialog: dialog.accept())
        opened.goto(f"/a/{orders.app}/order/new")
        opened.locator("jf-form:defined jf-subform:defined").wait_for()
        yield opened


def slow(page: Page, milliseconds: int) -> None:
    """Let every answer take this long."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


@pytest.mark.parametrize("latency", [150, 400])
def test_forty_two_fields_typed_quickly_lose_no_key(page: Page, orders: Orders, latency: int) -> None:
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
    stored = orders.stored(typed["t0"])
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
