"""The calendar: a record dragged to another day and back by undo, an hour of it, a day clicked, a phone's list of days."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.platform.embedded import EmbeddedServer
from engine.records.writing import write
from tests.journeys.sales import PHONE, Sales, line, page_for, sales
from tests.journeys.serving import faults_of, scrolls_sideways
from tests.records.making import ENGINE, live_of, republish


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        deal = dict(live_of(opened.database, opened.app).documents["forms"]["deal"])
        deal["fields"] = [
            *deal["fields"],
            line("until", "date", "截止", "Until"),
            line("call", "datetime", "致电", "Call"),
        ]
        deal["views"] = [
            *deal["views"],
            {"key": "days", "name": "成交日历", "kind": "calendar", "date": "due", "until": "until"},
            {"key": "calls", "name": "致电", "kind": "calendar", "date": "call", "scale": "week"},
        ]  # fmt: skip
        republish(opened.database, opened.app, deal)
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def event(page: Page, title: str) -> Locator:
    return page.locator(".cal-sheet .cal-event", has_text=title)


def day(page: Page, iso: str) -> Locator:
    return page.locator(f".cal-day[data-day='{iso}']")


def drag(page: Page, what: Locator, x: float, y: float, grab: tuple[float, float] = (12, 10)) -> None:
    box = what.bounding_box()
    assert box is not None
    start = (box["x"] + grab[0], box["y"] + grab[1])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 20, start[1] + 8, steps=3)
    page.mouse.move(x, y, steps=6)
    page.mouse.up()


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_record_dragged_to_another_day_keeps_its_length_and_undo_brings_it_back(
    page: Page, office: Sales
) -> None:
    record = office.deal("三天的活动", due="2026-11-10", until="2026-11-12")
    page.goto(f"{office.deals}?view=days&at=2026-11-15")
    drag(page, event(page, "三天的活动"), *middle(day(page, "2026-11-17")))
    expect(page.locator("jf-toast")).to_contain_text("已移到 2026-11-17")
    stored = office.stored("deal", record)
    assert (str(stored["due"]), str(stored["until"])) == ("2026-11-17", "2026-11-19")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".cal-event[data-begin='2026-11-10']")).to_have_count(1)
    assert str(office.stored("deal", record)["until"]) == "2026-11-12"
    event(page, "三天的活动").focus()
    page.keyboard.press("]")
    expect(page.locator(".cal-event[data-begin='2026-11-11']")).to_be_focused()


def test_a_day_begins_a_record_and_a_record_opens_beside_it(page: Page, office: Sales) -> None:
    office.deal("旁边打开", due="2026-10-06")
    page.goto(f"{office.deals}?view=days&at=2026-10-15")
    event(page, "旁边打开").click()
    expect(page.locator("jf-panel")).to_contain_text("旁边打开")
    page.get_by_role("button", name="关闭").click()
    x, y = middle(day(page, "2026-10-20"))
    page.mouse.click(x, y + 20)
    expect(page.locator("[name=due]")).to_have_value("2026-10-20")
    page.get_by_label("商机名称").fill("点日期新建")
    page.keyboard.press("Control+s")
    page.wait_for_url("**view=days**")
    expect(event(page, "点日期新建")).to_be_visible()


def test_months_weeks_and_days_are_turned_and_stay_in_the_address(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}?view=days&at=2026-11-15")
    page.get_by_role("link", name="往后").click()
    expect(page.locator(".cal-title")).to_have_text("2026 年 12 月")
    page.get_by_role("link", name="周", exact=True).click()
    expect(page.locator(".cal-day")).to_have_count(7)
    assert "scale=week" in page.url
    page.go_back()
    expect(page.locator(".cal-title")).to_have_text("2026 年 12 月")


def test_an_appointment_is_dragged_to_another_hour(page: Page, office: Sales) -> None:
    record = office.deal("电话", call="2026-11-18T10:00")
    page.goto(f"{office.deals}?view=calls&at=2026-11-18")
    slot = event(page, "电话")
    box = slot.bounding_box()
    assert box is not None
    drag(page, slot, box["x"] + 12, box["y"] + 10 + 48 * 2)  # an hour is 48 pixels high
    expect(page.locator("jf-toast")).to_contain_text("“电话”已移到 2026-11-18 12:00")
    assert str(office.stored("deal", record)["call"]).startswith("2026-11-18 04:00")


def test_a_move_that_somebody_else_has_overtaken_is_told(page: Page, office: Sales) -> None:
    record = office.deal("抢先移动", due="2026-09-08")
    page.goto(f"{office.deals}?view=days&at=2026-09-15")
    page.locator("jf-calendar:defined").wait_for()
    write.transact(
        office.database,
        office.app,
        ENGINE,
        lambda tx: write.update(tx, "deal", record, {"due": "2026-09-20"}),
    )
    event(page, "抢先移动").focus()
    page.keyboard.press("]")
    expect(page.locator("jf-toast")).to_contain_text("别人刚修改了这条记录")
    expect(page.locator(".cal-event[data-begin='2026-09-20']")).to_have_count(1)


@pytest.mark.parametrize(("view", "theme"), [("days", "light"), ("calls", "dark")])
def test_the_calendar_is_sound_on_a_desk_and_lists_days_on_a_phone(
    browser: Browser, office: Sales, view: str, theme: str
) -> None:
    record = office.deal(f"手机上 {view}", due="2026-08-03", call="2026-08-03T09:00")
    with page_for(browser, office) as page:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": office.url}])
        page.goto(f"{office.deals}?view={view}&at=2026-08-03")
        page.locator("jf-calendar:defined").wait_for()
        assert faults_of(page) == []
    with page_for(browser, office, **PHONE) as page:
        page.goto(f"{office.deals}?view={view}&at=2026-08-03")
        expect(page.locator(".cal-agenda-day")).to_have_text(["8 月 3 日 周一"])
        assert not scrolls_sideways(page)
        assert faults_of(page) == []
        page.locator(f"[data-agenda='{record}']").click()
        expect(page.locator("h1")).to_contain_text(f"手机上 {view}")
