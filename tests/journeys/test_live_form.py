"""A form under way follows its rules while somebody types fast: nothing typed is lost, totals move and end up right."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.order_forms import company, new_order, slow, stored_order
from tests.journeys.sales import Sales
from tests.journeys.serving import faults_of
from tests.records.making import ENGINE, add, field, form, text

TEXTS, NUMBERS, ROWS = 22, 4, 20
PRICE = form("price", text("product"), field("amount", "money"), text("unit"), title="{product}")
OPTIONS = [{"value": one, "label": one} for one in ("gd", "zj")]
CITIES = [{"value": one, "label": one} for one in ("shenzhen", "guangzhou", "hangzhou")]
WHERE = {"field": "product", "op": "eq", "value": {"current": "product"}}
ORDER = form(
    "order",
    text("name"),
    text("product"),
    field("price", "money"),
    field("province", "select", options=OPTIONS),
    field("city", "radio", options=CITIES),
    text("tax_no"),
    text("reason"),
    field("kind", "switch"),
    *(text(f"t{number}") for number in range(TEXTS)),
    *(field(f"n{number}", "number") for number in range(NUMBERS)),
    field(
        "lines",
        "subform",
        fields=[
            text("product"),
            field("quantity", "number"),
            field("price", "money"),
            text("why"),
            field("pack", "number", default={"formula": "quantity + 1"}),
            field("sum", "formula", formula="quantity * price", result="money"),
        ],
    ),
    field("total", "formula", formula="SUM(lines.sum)", result="money"),
    field("all", "formula", formula="n0 + n1 + n2 + n3", result="number"),
    title="{name}",
    rules=[
        {"key": "price", "kind": "linkage", "form": "price", "where": WHERE, "set": {"price": "amount"}},
        {"key": "row", "kind": "linkage", "inside": "lines", "form": "price", "where": WHERE, "set": {"lines.price": "amount"}},
        {"key": "city", "kind": "options", "field": "city", "by": "province",
         "allow": {"gd": ["shenzhen", "guangzhou"], "zj": ["hangzhou"]}},
        {"key": "tax", "kind": "display", "when": {"field": "kind", "op": "eq", "value": True},
         "show": ["tax_no"], "require": ["tax_no"], "lock": ["reason"]},
        {"key": "why", "kind": "display", "inside": "lines", "show": ["lines.why"],
         "when": {"field": "quantity", "op": "gt", "value": 500}},
        {"key": "own", "kind": "display", "when": {"field": "t20", "op": "eq", "value": "own"}, "hide": ["product"],
         "empty_when_hidden": True},
        {"key": "many", "kind": "display", "when": {"field": "n0", "op": "gt", "value": 100}, "hide": ["t1"]},
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def orders(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with company(postgres, tmp_path_factory.mktemp("data"), PRICE, ORDER) as served:
        for product, amount in (("pen", 3), ("ink", 7)):
            add(served.database, served.app, "price", ENGINE, product=product, amount=amount)
        yield served


@pytest.fixture
def page(browser: Browser, orders: Sales) -> Iterator[Page]:
    with new_order(browser, orders) as opened:
        yield opened


@pytest.mark.parametrize("latency", [60, 150, 400])
def test_ten_keys_a_second_into_a_form_of_thirty_fields_and_twenty_rows(
    page: Page, orders: Sales, latency: int
) -> None:
    for _ in range(ROWS):
        page.locator("[data-add-row]").click()
    slow(page, latency)
    rows = page.locator("table.subform tbody tr")
    total = page.locator('[data-computed="total"]')
    ime = page.context.new_cdp_session(page)
    typed: dict[str, str] = {}
    seen: set[str] = set()

    def keys(name: str, said: str) -> None:
        page.locator(f'[name="{name}"]').focus()
        for letter in said:
            page.keyboard.press(letter)
            page.wait_for_timeout(100)
        typed[name] = typed.get(name, "") + said

    def composed(name: str, pinyin: str, said: str) -> None:
        page.locator(f'[name="{name}"]').focus()
        for end in range(1, len(pinyin) + 1):
            ime.send(
                "Input.imeSetComposition", {"text": pinyin[:end], "selectionStart": end, "selectionEnd": end}
            )
            page.wait_for_timeout(100)
        ime.send("Input.insertText", {"text": said})
        typed[name] = typed.get(name, "") + said

    keys("name", f"a{latency}")
    for row in range(0, ROWS, 4):
        number = rows.nth(row).get_attribute("data-row")
        composed(f"lines.{number}.product", "nihao", "你好")  # looked up, not found, while the price is typed
        keys(f"lines.{number}.quantity", str(11 + row))
        keys(f"lines.{number}.price", "25")
        seen.add(total.inner_text())
        keys(f"t{row}", "abcd"[: 2 + row % 3])
        seen.add(total.inner_text())
    composed("t21", "zhongwen", "中文")
    keys("n0", "123")  # the second text is hidden meanwhile
    keys("n1", "45")
    for name, said in typed.items():
        assert page.locator(f'[name="{name}"]').input_value() == said, name
    wanted = sum((11 + row) * 25 for row in range(0, ROWS, 4))
    expect(total).to_contain_text(f"{wanted:,}", timeout=10_000)
    expect(page.locator('[data-computed="all"]')).to_contain_text("168")
    expect(page.locator('[data-field="t1"]')).to_be_hidden()
    assert len(seen) > 2, "the total moves while one types"
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(r"/order/\d+"))
    stored = stored_order(orders, "name", typed["name"])
    assert stored["t21"] == "中文" and float(str(stored["total"])) == wanted
    assert [line["product"] for line in stored["lines"] if line["product"]] == ["你好"] * (ROWS // 4)  # type: ignore[attr-defined]


def test_fields_appear_lock_and_demand_as_the_rules_say(page: Page) -> None:
    expect(page.locator('[data-field="tax_no"]')).to_be_hidden()
    page.locator('[name="reason"]').fill("价格")
    page.locator('[name="kind"]').check()
    expect(page.locator('[data-field="tax_no"]')).to_be_visible()
    expect(page.locator('[data-field="tax_no"] .label')).to_have_class(re.compile("required"))
    expect(page.locator('[data-field="reason"]')).to_have_attribute("inert", "")
    assert page.locator('[name="reason"]').input_value() == "价格"
    page.locator("[data-save]").click()
    expect(page.locator('[data-field="tax_no"] .field-error')).to_have_text(re.compile("不能为空"))
    expect(page.locator('[name="tax_no"]')).to_be_focused()
    assert faults_of(page) == []
    page.locator('[name="kind"]').uncheck()
    expect(page.locator('[data-field="tax_no"]')).to_be_hidden()
    page.locator('[name="name"]').fill("可以保存")
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(r"/order/\d+$"))
    assert not page.get_by_text("Tax_No").count()


def test_a_linkage_fills_in_and_leaves_what_was_typed_by_hand(page: Page, orders: Sales) -> None:
    page.locator('[name="product"]').fill("pen")
    expect(page.locator('[name="price"]')).to_have_value("3.00")
    page.locator('[name="price"]').fill("5")
    page.locator('[name="t0"]').fill("anything else")
    page.wait_for_timeout(600)
    assert page.locator('[name="price"]').input_value() == "5"
    page.locator('[name="product"]').fill("ink")
    expect(page.locator('[name="price"]')).to_have_value("7.00")
    page.locator('[name="product"]').fill("nothing")
    expect(page.locator('[name="price"]')).to_have_value("")
    page.locator('[name="product"]').fill("ink")
    expect(page.locator('[name="price"]')).to_have_value("7.00")
    page.locator('[name="t20"]').fill("own")  # what it is hidden by empties it
    expect(page.locator('[name="price"]')).to_have_value("")
    page.locator('[name="t20"]').fill("")
    expect(page.locator('[name="price"]')).to_have_value("7.00")
    page.locator("[data-add-row]").click()
    page.keyboard.type("pen")
    expect(page.locator("table.subform tbody tr [name$='.price']")).to_have_value("3.00")
    page.locator("table.subform tbody tr [name$='.quantity']").fill("4")
    expect(page.locator('[data-computed="total"]')).to_contain_text("12.00")
    page.locator('[name="name"]').fill("联动")
    page.locator('[name="product"]').fill("pen")  # sent before the answer is there
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(r"/order/\d+"))
    assert stored_order(orders, "name", "联动")["price"] == "3.00"


def test_a_new_row_shows_its_defaults_and_leaves_what_was_typed_by_hand(page: Page, orders: Sales) -> None:
    for _ in range(2):
        page.locator("[data-add-row]").click()
    packs = page.locator("table.subform tbody tr [name$='.pack']")
    quantities = page.locator("table.subform tbody tr [name$='.quantity']")
    expect(packs.nth(0)).to_have_value("1")
    expect(packs.nth(1)).to_have_value("1")
    quantities.nth(0).fill("5")
    expect(packs.nth(0)).to_have_value("6")
    packs.nth(0).fill("9")
    quantities.nth(0).fill("7")
    quantities.nth(1).fill("2")
    expect(packs.nth(1)).to_have_value("3")
    expect(packs.nth(0)).to_have_value("9")
    page.locator("[data-add-row]").click()
    page.locator('[name="name"]').fill("每行默认")
    page.locator("[data-save]").click()
    page.wait_for_url(re.compile(r"/order/\d+"))
    lines = stored_order(orders, "name", "每行默认")["lines"]
    assert [(one["quantity"], one["pack"]) for one in lines] == [("7", "9"), ("2", "3")]  # type: ignore[attr-defined]


def test_options_follow_another_choice_and_rows_show_their_own_fields(page: Page) -> None:
    expect(page.get_by_role("radio", name="hangzhou")).to_be_visible()
    page.locator('[data-field="province"] .ts-control').click()
    page.locator(".ts-dropdown .option", has_text="gd").click()
    expect(page.get_by_role("radio", name="hangzhou")).to_be_hidden()
    page.get_by_role("radio", name="shenzhen").check()
    page.locator('[data-field="province"] .ts-control').click()
    page.locator(".ts-dropdown .option", has_text="zj").click()
    expect(page.locator('[name="city"][value="shenzhen"]')).not_to_be_checked()
    expect(page.get_by_role("radio", name="hangzhou")).to_be_visible()
    for quantity in ("1", "501"):
        page.locator("[data-add-row]").click()
        page.locator("table.subform tbody tr [name$='.quantity']").last.fill(quantity)
    why = page.locator("table.subform tbody tr [name$='.why']")
    expect(why.nth(1)).to_be_visible()
    expect(why.nth(0)).to_be_hidden()
