"""Typing into a form as people write: times, dates, and more than fits; what was typed is never lost."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.access import setup
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from tests.conftest import _fresh_database
from tests.journeys.sales import PASSWORD, PHONE, Sales, line, page_for
from tests.journeys.serving import served
from tests.records.making import form, make_app

VISIT = form(
    "visit",
    line("name", "text", "主题", "Subject", required=True),
    line("at", "time", "到访时间", "Time"),
    line("till", "time", "离开时间", "Until", format="second"),
    line("short", "text", "简称", "Short name", max_length=5),
    line("on", "date", "日期", "Date"),
) | {"title": "{name}"}


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with _fresh_database(postgres, "typing") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        app = make_app(database, VISIT)
        with database.connect() as connection:
            boss = viewer_for(connection, 1)
        with served(database, tmp_path_factory.mktemp("data")) as url:
            yield Sales(database, app, url, boss, boss, {})
        database.close()


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def test_times_are_typed_as_people_write_them_and_nothing_typed_is_cut_or_lost(
    page: Page, office: Sales
) -> None:
    page.goto(f"/a/{office.app}/visit/new")
    page.locator("jf-time:defined").first.wait_for(state="attached")
    page.get_by_label("主题").fill("上门")
    at, till, short = (page.get_by_label(name) for name in ("到访时间", "离开时间", "简称"))
    for typed, written in (
        ("0930", "09:30"),
        ("3:20 pm", "15:20"),
        ("下午3点20", "15:20"),
        ("快中午", "快中午"),
    ):
        at.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
        expect(at).to_have_value(written)
    till.fill("23:59:07")
    short.click()
    page.keyboard.type("超过五个字的")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("[data-field=at] .field-error")).to_contain_text("“快中午”不是时间")
    expect(at).to_have_value("快中午")
    expect(short).to_have_value("超过五个字的")
    expect(page.locator("[data-field=short] .field-error")).to_contain_text("最多 5 个字，这里有 6 个")
    expect(till).to_have_value("23:59:07")
    at.fill("9:5")
    short.fill("五个字以内")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("[data-value=at]")).to_have_text("09:05")
    expect(page.locator("[data-value=till]")).to_have_text("23:59:07")


def test_a_time_is_the_phones_own_under_a_finger(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, **PHONE) as page:  # type: ignore[arg-type]
        page.goto(f"/a/{office.app}/visit/new")
        expect(page.locator("[name=at]")).to_have_attribute("type", "time")
        expect(page.locator("[name=till]")).to_have_attribute("step", "1")


def test_today_is_the_organisations_day_wherever_the_browser_is(browser: Browser, office: Sales) -> None:
    def day(zone: str) -> str:
        return f"{datetime.now(ZoneInfo(zone)):%Y-%m-%d}"

    here = "Asia/Shanghai"
    away = next(zone for zone in ("Pacific/Kiritimati", "Pacific/Niue") if day(zone) != day(here))
    with page_for(browser, office, timezone_id=away) as page:
        page.goto(f"/a/{office.app}/visit/new")
        page.locator("jf-date:defined").wait_for()
        page.get_by_label("日期", exact=True).fill("今天")
        page.keyboard.press("Tab")
        expect(page.get_by_label("日期", exact=True)).to_have_value(day(here))
