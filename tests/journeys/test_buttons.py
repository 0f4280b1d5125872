"""领取, 退回公海 and 转客户 in the CRM as two salespeople press them, at a desk and with a thumb."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.access import people, roles, setup
from engine.access.member_values import MemberValues
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from templates_gallery import gallery
from tests.conftest import _fresh_database
from tests.journeys.sales import PASSWORD, PHONE, Sales, page_for
from tests.journeys.serving import faults_of, scrolls_sideways, served
from tests.records.making import add, stored


@pytest.fixture(scope="module")
def crm(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    """The CRM with two salespeople in it."""
    with _fresh_database(postgres, "buttons") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        app = gallery.clone(database, "crm", author=1)
        li, wang = (
            salesperson(database, app, name, account)
            for name, account in (("李想", "lixiang"), ("王敏", "wangmin"))
        )
        with database.connect() as connection:
            boss = viewer_for(connection, 1)
        folder: Path = tmp_path_factory.mktemp("data")
        with served(database, folder) as url:
            yield Sales(database, app, url, boss, li, {"wang": wang.member_id})
        database.close()


def salesperson(database: Database, app: str, name: str, account: str) -> Viewer:
    with database.begin() as connection:
        values = MemberValues.read({"name": name, "account": account, "password": PASSWORD})
        member = people.create(connection, values, author=viewer_for(connection, 1))
        roles.give(
            connection, live.load(connection, app), "salesperson", member.id, author=viewer_for(connection, 1)
        )
        return viewer_for(connection, member.id)


def owner_of(crm: Sales, form: str, record_id: int) -> int | None:
    return stored(crm.database, crm.app, form, record_id).owner


def press(page: Page, name: str) -> None:
    page.locator(".record-buttons:visible").get_by_role("button", name=name, exact=True).click()


def confirm(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def test_two_people_claim_a_customer_and_the_second_is_told_who_has_it(browser: Browser, crm: Sales) -> None:
    customer = add(crm.database, crm.app, "customer", crm.boss, name="晶创半导体", owner=None)
    address = f"/a/{crm.app}/customer/{customer}"
    with page_for(browser, crm, "lixiang") as li, page_for(browser, crm, "wangmin") as wang:
        for page in (li, wang):
            page.goto(f"/a/{crm.app}/customer?view=pool")
            page.goto(address)
        assert faults_of(li) == [] and not scrolls_sideways(li)
        press(li, "领取")
        expect(li.locator(".toast")).to_contain_text("已完成“领取”")
        expect(li.locator(".facts")).to_contain_text("李想")
        press(wang, "领取")
        expect(wang.locator(".toast")).to_contain_text("负责人是李想")
        expect(wang).to_have_url(f"{crm.url}/a/{crm.app}/customer")
        # What was claimed by mistake goes back with one click.
        li.locator(".toast").get_by_role("button", name="撤销").click()
        expect(li.locator(".record-buttons:visible").get_by_role("button", name="领取")).to_be_visible()
        assert owner_of(crm, "customer", customer) is None
        press(li, "领取")
        expect(li.locator(".record-buttons:visible").get_by_role("button", name="退回公海")).to_be_visible()
        press(li, "退回公海")
        confirm(li, "退回公海")
        expect(li.locator(".record-buttons:visible").get_by_role("button", name="领取")).to_be_visible()
        assert owner_of(crm, "customer", customer) is None


def test_a_lead_becomes_a_customer_with_contact_and_opportunity_by_thumb(
    browser: Browser, crm: Sales
) -> None:
    lead = add(
        crm.database, crm.app, "lead", crm.li, name="无锡联拓精密", contact_name="林工", phone="13900001111",
        expected_amount="260000", region="江苏",
    )  # fmt: skip
    with page_for(browser, crm, "lixiang", **PHONE) as page:
        page.goto(f"/a/{crm.app}/lead/{lead}")
        assert faults_of(page) == [] and not scrolls_sideways(page)
        press(page, "转客户")
        confirm(page, "转客户")
        expect(page.locator(".record-buttons:visible").get_by_role("button", name="转客户")).to_have_count(0)
        now = crm.stored("lead", lead)
        assert now["status"] == "qualified" and now["converted_on"] is not None
        customer = crm.stored("customer", now["customer"])
        contact = crm.stored("contact", now["became_contact"])
        deal = crm.stored("opportunity", now["opportunity"])
        assert (customer["name"], customer["region"]) == ("无锡联拓精密", "江苏")
        assert (contact["name"], contact["customer"]) == ("林工", now["customer"])
        assert (deal["customer"], deal["contact"]) == (now["customer"], now["became_contact"])
        assert (
            deal["amount"] == 260000 and owner_of(crm, "opportunity", now["opportunity"]) == crm.li.member_id
        )
        page.locator(".toast").get_by_role("button", name="撤销").click()
        expect(page.locator(".record-buttons:visible").get_by_role("button", name="转客户")).to_be_visible()
        back = crm.stored("lead", lead)
        assert back["customer"] is None and back["status"] == "new"


def test_a_button_is_pressed_beside_the_list(browser: Browser, crm: Sales) -> None:
    customer = add(crm.database, crm.app, "customer", crm.boss, name="海润食品", owner=None)
    with page_for(browser, crm, "wangmin") as page:
        page.goto(f"/a/{crm.app}/customer?view=pool")
        page.locator("jf-grid").get_by_text("海润食品").first.click()
        page.keyboard.press(" ")
        panel = page.locator("jf-panel")
        panel.locator(".record-buttons").get_by_role("button", name="领取").click()
        expect(panel.locator(".record-buttons").get_by_role("button", name="退回公海")).to_be_visible()
        expect(panel).to_contain_text("王敏")
        assert owner_of(crm, "customer", customer) == crm.ids["wang"]
