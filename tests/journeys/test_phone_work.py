"""The day's work with a thumb at 390 px: a follow-up in eight taps, an order of three lines, the first fault in sight."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.access import first_steps, setup
from engine.access.viewer import viewer_for
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.records.reading.query import Query, query
from templates_gallery import gallery
from tests.conftest import _fresh_database
from tests.journeys.sales import PASSWORD, PHONE, Sales, page_for
from tests.journeys.serving import faults_of, scrolls_sideways, served
from tests.records.making import ENGINE, add


@pytest.fixture(scope="module")
def office(
    browser: Browser, postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sales]:
    """The CRM with a customer and some products."""
    with _fresh_database(postgres, "thumb") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        with database.connect() as connection:
            boss = viewer_for(connection, 1)
        app = gallery.clone(database, "crm", author=boss)
        add(database, app, "customer", boss, name="甲公司")
        for number in range(1, 4):
            add(database, app, "product", boss, name=f"产品 {number}", price=number * 100)
        with served(database, tmp_path_factory.mktemp("data")) as url:
            yield Sales(database, app, url, boss, boss, {})
        database.close()


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office, **PHONE) as opened:
        opened.on("dialog", lambda dialog: dialog.accept())
        yield opened


@dataclass
class Thumb:
    """Each tap is counted; typing is not."""

    page: Page
    taps: int = 0

    def tap(self, target: Locator) -> None:
        target.tap()
        self.taps += 1

    def pick(self, field: Locator, label: str) -> None:
        """Open a picker, which fills the screen, and choose."""
        self.tap(field.locator(".ts-control"))
        sheet = field.locator(".ts-wrapper.sheet-open")
        expect(sheet).to_be_visible()
        box = sheet.bounding_box()
        assert box is not None and (round(box["x"]), round(box["y"]), round(box["width"])) == (0, 0, 390)
        self.tap(sheet.locator(".option", has_text=label).first)
        expect(sheet).to_have_count(0)


def test_a_follow_up_from_a_customer_takes_at_most_eight_taps(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/customer")
    thumb = Thumb(page)
    thumb.tap(page.locator(".card-link", has_text="甲公司"))
    page.locator("jf-composer:defined").wait_for()
    thumb.tap(page.get_by_role("tab", name="写跟进"))
    content = page.locator("#entry-form textarea").first
    thumb.tap(content)
    page.keyboard.type("对方对报价满意，下周再谈")
    thumb.tap(page.locator("#entry-form").get_by_role("button", name="保存"))
    expect(page.get_by_text("对方对报价满意，下周再谈").first).to_be_visible()
    assert thumb.taps <= 8
    with office.database.connect() as connection:
        live = living.load(connection, office.app)
        found = query(connection, live, "follow_up", ENGINE, Query(fields=["content", "customer"])).records
    assert [str(one.value("customer").title) for one in found] == ["甲公司"]


def test_an_order_of_three_lines_by_touch(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/order/new")
    page.locator("jf-form:defined jf-subform:defined").wait_for()
    thumb = Thumb(page)
    thumb.pick(page.locator('[data-field="customer"]'), "甲公司")
    rows = page.locator('jf-subform[name="lines"] tbody tr')
    thumb.tap(page.locator('jf-subform[name="lines"] [data-add-row]'))
    for number in range(1, 4):
        row = rows.nth(number - 1)
        thumb.pick(row.locator("td").first, f"产品 {number}")
        expect(row.locator("[name$='.price']")).to_have_value(f"{number * 100}.00")
        thumb.tap(row.locator("[name$='.quantity']"))
        page.keyboard.type("2")
        expect(row.locator("[name$='.quantity']")).to_have_value("2")
        if number < 3:
            thumb.tap(row.get_by_role("button", name="保存并下一行"))
            expect(row.locator("[data-summary]")).to_contain_text(f"产品 {number}")
    expect(rows).to_have_count(3)
    assert all(
        int(one.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")) >= 16
        for one in page.locator(".form-grid input:visible, .form-grid textarea:visible").all()
    )
    expect(page.locator('[data-computed="total"]')).to_contain_text("1,200")
    assert not scrolls_sideways(page)
    assert faults_of(page) == []
    submit = page.get_by_role("button", name="提交")
    page.set_viewport_size({"width": 390, "height": 460})  # the keyboard is up
    expect(submit).to_be_in_viewport()
    expect(page.get_by_role("navigation", name="底部导航")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    thumb.tap(submit)
    if page.get_by_role("button", name="仍然提交").count():
        thumb.tap(page.get_by_role("button", name="仍然提交"))
    page.wait_for_url(re.compile(r"/order/\d+"))
    with office.database.connect() as connection:
        live = living.load(connection, office.app)
        order = query(connection, live, "order", ENGINE, Query(fields=["lines", "total"])).records[0]
    assert [line.values["quantity"] for line in order.value("lines")] == [2, 2, 2]
    assert order.value("total") == 1200


def test_the_first_fault_is_scrolled_to_and_the_row_with_it_stands_open(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/customer/new")
    page.locator("jf-form:defined").wait_for()
    page.get_by_role("button", name="提交").tap()
    fault = page.locator(".field-error:visible").first
    expect(fault).to_be_in_viewport()
    expect(page.locator('[name="name"]')).to_be_focused()


ON_TOP = """button => {
  const box = button.getBoundingClientRect();
  return Boolean(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2).closest('.page-foot'));
}"""


def test_the_first_steps_lie_over_no_button(page: Page, office: Sales) -> None:
    with office.database.begin() as connection:
        opened = living.load(connection, office.app)
        first_steps.begin(connection, opened.app.id, office.boss.member_id)
    try:
        page.goto(f"/a/{office.app}/customer")
        steps = page.locator("details.first-steps")
        expect(steps).to_be_visible()
        steps.locator("summary").tap()
        for button in page.locator(".fab, .bottom > *").locator("visible=true").all():
            button.click(trial=True)
        page.goto(f"/a/{office.app}/customer/new")
        for button in page.locator(".form-foot > *").all():
            button.click(trial=True)
        page.goto(f"/a/{office.app}/customer/import")
        names = {"name": "客户.csv", "mimeType": "text/csv", "buffer": "客户名称\n甲\n乙\n".encode()}
        page.locator("input[type=file]").first.set_input_files(names)  # type: ignore[arg-type]
        foot = page.locator(".page-foot")
        expect(foot.locator(".btn-primary")).to_be_visible()
        for button in foot.locator(".btn:visible").all():
            assert button.evaluate(ON_TOP), button.inner_text()
    finally:
        with office.database.begin() as connection:
            first_steps.put_away(connection, opened.app.id, office.boss.member_id)
