"""Filling in every kind of field by hand, and what the record and the faults show of it."""

import io
import re
from collections.abc import Iterator

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from engine.access import setup
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from tests.conftest import _fresh_database
from tests.journeys.sales import PASSWORD, PHONE, Sales, line, page_for
from tests.journeys.serving import faults_of, served
from tests.records.making import add, form, make_app, values

VISIT = form(
    "visit",
    line("name", "text", "主题", "Subject", required=True),
    line("stars", "rating", "满意度", "Rating"),
    line("tab_place", "tab", "地点", "Place"),
    line("at", "time", "到访时间", "Time"),
    line("place", "address", "地址", "Address"),
    line("here", "location", "定位", "Location"),
    line("tab_proof", "tab", "凭证", "Proof"),
    line("code", "barcode", "设备码", "Device", shape="bars"),
    line("sign", "signature", "客户签名", "Signature"),
    line("story", "rich_text", "纪要", "Minutes"),
    line("phone", "phone", "电话", "Phone"),
) | {"name": {"zh-CN": "拜访", "en": "Visit"}, "title": "{name}"}
CITY = form("city", line("name", "text", "城市", "City")) | {"title": "{name}"}
TRIP = form(
    "trip",
    line("name", "text", "主题", "Subject"),
    line("call", "text", "称呼", "Greeting", default={"formula": 'name & "！"'}),
    line("month", "date", "月份", "Month", format="month"),
    line("to", "select", "目的地", "To", options_from={"form": "city", "field": "name"}),
    line("weight", "number", "重量", "Weight", unit="kg"),
    line("phone", "phone", "电话", "Phone", masked=True),
    line("stars", "rating", "满意度", "Rating"),
    line("photo", "image", "照片", "Photo"),
    line("here", "location", "定位", "Location", hidden_on_phone=True),
    line(
        "legs",
        "subform",
        "行程段",
        "Legs",
        fields=[line(f"c{n}", "text", f"列{n}", f"C{n}") for n in range(9)],
    ),
) | {"name": {"zh-CN": "行程", "en": "Trip"}, "title": "{name}"}
TALK = form(
    "talk",
    line("name", "text", "主题", "Subject"),
    line("way", "select", "方式", "Way", options=[{"value": "phone", "label": "电话"}], others=True),
    line("tags", "multi_select", "标签", "Tags", options=[{"value": "a", "label": "展会"}], others=True),
) | {"name": {"zh-CN": "沟通", "en": "Talk"}, "title": "{name}"}
PLACE = {"latitude": 31.491234, "longitude": 120.312345}


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with _fresh_database(postgres, "visits") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        app = make_app(database, VISIT, CITY, TRIP, TALK)
        for name in ("无锡", "苏州"):
            add(database, app, "city", name=name)
        with database.connect() as connection:
            boss = viewer_for(connection, 1)
        with served(database, tmp_path_factory.mktemp("data")) as url:
            yield Sales(database, app, url, boss, boss, {})
        database.close()


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office, geolocation=PLACE, permissions=["geolocation"]) as opened:
        opened.set_default_timeout(20_000)
        yield opened


def picture_of_a_code(text: str) -> bytes:
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=6, border=4)
    return drawn.getvalue()


def test_stars_places_codes_signatures_and_formats_are_filled_in_and_shown(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/visit/new")
    page.get_by_label("主题").fill("设备验收")
    page.locator("[data-field=stars] .rating-one").nth(3).click()
    page.get_by_role("tab", name="地点").click()
    page.get_by_label("到访时间").fill("09:30")
    page.get_by_label("地址 省").select_option("江苏省")
    page.get_by_label("地址 市").select_option("无锡市")
    page.get_by_label("地址 区县").select_option("新吴区")
    page.get_by_label("地址 详细地址").fill("长江路 1 号")
    page.get_by_label("定位").fill("一号厂房")
    page.get_by_role("button", name="用我的位置").click()
    expect(page.get_by_label("定位")).to_have_value("31.491234,120.312345 一号厂房")
    page.get_by_role("tab", name="地点").press("ArrowRight")
    expect(page.get_by_label("到访时间")).to_be_hidden()
    page.get_by_role("button", name="扫码").click()
    page.get_by_label("用图片识别").set_input_files(
        {"name": "code.png", "mimeType": "image/png", "buffer": picture_of_a_code("SN-20260301")}
    )
    expect(page.get_by_label("设备码")).to_have_value("SN-20260301")
    page.get_by_role("button", name="手写签名").click()
    sheet = page.locator("canvas").bounding_box()
    assert sheet is not None
    page.mouse.move(sheet["x"] + 40, sheet["y"] + 40)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(sheet["x"] + 40 + 30 * step, sheet["y"] + 40 + 60 * (step % 2))
    page.mouse.up()
    page.get_by_role("button", name="完成").click()
    expect(page.locator("[data-field=sign] img")).to_be_visible()
    page.get_by_role("textbox", name="纪要").click()
    page.get_by_role("button", name="加粗").click()
    page.keyboard.type("验收通过")
    page.get_by_role("button", name="加粗").click()
    page.keyboard.type(" <script>alert(1)</script>")
    assert faults_of(page) == []
    page.get_by_label("电话", exact=True).fill("not a phone")
    page.get_by_role("tab", name="地点").click()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    # The fault is in the third tab, so that one is open.
    expect(page.get_by_role("tab", name="凭证")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#field-phone-fault")).to_be_visible()
    assert page.get_by_label("电话", exact=True).evaluate("one => one === document.activeElement")
    assert page.locator("[data-field=sign] img").count() == 1
    expect(page.locator("[data-field=story] strong")).to_have_text("验收通过")
    page.get_by_label("电话", exact=True).fill("13812345678")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_have_text("设备验收")
    expect(page.locator("[data-value=stars] .rating")).to_have_attribute("aria-label", "4 分，满分 5")
    page.get_by_role("tab", name="地点").click()
    expect(page.locator("[data-value=at]")).to_have_text("09:30")
    expect(page.locator("[data-value=place]")).to_have_text("江苏省无锡市新吴区长江路 1 号")
    assert "uri.amap.com" in (page.locator("[data-value=here] a").get_attribute("href") or "")
    page.get_by_role("tab", name="凭证").click()
    expect(page.locator("[data-value=code] svg.bars")).to_be_visible()
    expect(page.locator("[data-value=sign] img")).to_be_visible()
    expect(page.locator("[data-value=story] strong")).to_have_text("验收通过")
    assert page.locator("[data-value=story] script").count() == 0
    assert faults_of(page) == []
    page.locator("a[data-key=e]").click()
    page.get_by_role("tab", name="地点").click()
    expect(page.get_by_label("地址 区县")).to_have_value("新吴区")
    page.get_by_label("地址 省").select_option("北京市")
    expect(page.get_by_label("地址 区县")).to_be_hidden()
    page.get_by_label("地址 市").select_option("朝阳区")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    page.get_by_role("tab", name="地点").click()
    expect(page.locator("[data-value=place]")).to_have_text("北京市朝阳区长江路 1 号")


def test_a_masked_number_a_chosen_column_and_pictures_stand_in_the_list(
    browser: Browser, page: Page, office: Sales
) -> None:
    page.goto(f"/a/{office.app}/trip/new")
    legs = page.locator("[data-field=legs] .table-wrap")
    assert legs.evaluate("e => e.scrollWidth > e.clientWidth"), "nine columns scroll"
    assert min(legs.locator("th[data-column]").evaluate_all("all => all.map(e => e.offsetWidth)")) >= 120
    page.get_by_label("主题").fill("客户验收")
    expect(page.get_by_label("称呼")).to_have_value("客户验收！")
    page.get_by_label("月份").fill("2026-11")
    page.locator("[data-field=to] .ts-control").click()
    page.locator("[data-field=to] .option", has_text="苏州").click()
    page.get_by_label("重量").fill("12")
    page.get_by_label("电话").fill("13812345678")
    page.locator("[data-field=stars] .rating-one").nth(2).click()
    picture = {"name": "a.png", "mimeType": "image/png", "buffer": picture_of_a_code("x")}
    page.locator("[data-field=photo] input[type=file]").set_input_files(picture)  # type: ignore[arg-type]
    expect(page.locator("[data-field=photo] img")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("[data-value=to]")).to_have_text("苏州")
    expect(page.locator("[data-value=month]")).to_have_text("2026-11")
    expect(page.locator("[data-value=weight]")).to_have_text("12 kg")
    expect(page.locator("[data-value=phone]")).to_have_text("138****5678")
    page.get_by_role("link", name="显示电话").click()
    expect(page.locator("[data-value=phone]")).to_have_text("13812345678")
    page.locator("a[data-key=e]").click()
    expect(page.get_by_label("电话")).to_have_value("13812345678")
    page.goto(f"/a/{office.app}/trip")
    row = page.locator(".slick-row")
    expect(row.get_by_text("138****5678")).to_be_visible()
    expect(row.locator(".rating .given")).to_have_count(3)
    expect(row.locator("img.cell-picture")).to_have_count(1)
    assert faults_of(page) == []
    with page_for(browser, office, **PHONE) as phone:
        phone.goto(f"/a/{office.app}/trip/new")
        expect(phone.locator("[data-field=weight]")).to_be_visible()
        expect(phone.locator("[data-field=here]")).to_be_hidden()


def test_a_photo_of_a_phone_is_made_smaller_before_it_is_sent(browser: Browser, office: Sales) -> None:
    drawn = io.BytesIO()
    grain = Image.effect_noise((4000, 3000), 90).convert("RGB")
    grain.save(drawn, "JPEG", quality=95)
    photo = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}
    with page_for(browser, office, **PHONE) as page:
        page.goto(f"/a/{office.app}/trip/new")
        with page.expect_response("**/files*") as answered:
            page.locator("[data-field=photo] input[type=file]").set_input_files(photo)  # type: ignore[arg-type]
        shown = page.locator("[data-field=photo] a:has(img)")
        expect(shown).to_be_visible()
        kept = page.request.get(office.url + (shown.get_attribute("href") or "")).body()
        sent = int(answered.value.request.header_value("content-length") or 0)
    assert len(kept) < len(photo["buffer"]) and sent < len(photo["buffer"])
    with Image.open(io.BytesIO(kept)) as picture:
        assert max(picture.size) == 2560 and min(picture.size) == 1920


@pytest.mark.parametrize("shape", [{}, PHONE], ids=["desk", "phone"])
def test_what_is_no_option_is_typed_where_others_may_be(
    browser: Browser, office: Sales, shape: dict[str, object]
) -> None:
    with page_for(browser, office, **shape) as page:
        page.goto(f"/a/{office.app}/talk/new")
        page.get_by_label("主题").fill("回访")
        page.locator("[data-field=way] .ts-control").click()
        page.keyboard.type("视频会议")
        page.locator("[data-field=way] .create").click()
        page.locator("[data-field=tags] .ts-control").click()
        page.keyboard.type("老客户")
        page.keyboard.press("Enter")
        expect(page.locator("[data-field=tags] .item")).to_have_text(re.compile("老客户"))
        done = page.locator("[data-field=tags] .sheet-head button")
        done.click() if shape else page.get_by_label("主题").click()
        assert faults_of(page) == []
        page.get_by_role("button", name="提交" if shape else "保存", exact=True).click()
        expect(page.locator("[data-value=way]")).to_have_text("视频会议")
        expect(page.locator("[data-value=tags]")).to_have_text("老客户")


def test_in_the_list_what_is_no_option_is_offered_as_it_was_typed(page: Page, office: Sales) -> None:
    made = add(office.database, office.app, "talk", office.boss, name="列表里")
    page.goto(f"/a/{office.app}/talk?search=列表里")
    page.locator(".title-open", has_text="列表里").wait_for()
    cell = page.locator(".slick-pane-right .slick-row .slick-cell").first
    cell.click()
    page.keyboard.type("微信")
    expect(page.locator(".choices .menu-item")).to_have_text(re.compile("微信"))
    page.keyboard.press("Enter")
    expect(page.locator("jf-grid")).to_contain_text("已保存")
    assert values(office.database, office.app, "talk", made)["way"] == "微信"
