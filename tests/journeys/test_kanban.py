"""The board: cards by stage, dragged, pushed by key, filtered; what each lane comes to follows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import PHONE, Sales, page_for, sales
from tests.journeys.serving import ALL_DEFINED, faults_of, scrolls_sideways


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        for number in range(40):
            opened.deal(f"批量 {number:02}", stage="won", amount="1000")
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def lane(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def sums(page: Page) -> list[tuple[str, str]]:
    return [
        (one.locator("[data-lane-count]").inner_text(), one.locator("[data-lane-total]").inner_text())
        for one in page.locator(".lane").all()
    ]


def board(page: Page, office: Sales, more: str = "") -> None:
    page.goto(f"{office.deals}?view=board{more}")
    page.locator("jf-kanban:defined").wait_for()


def test_a_card_dragged_to_another_lane_changes_its_stage_and_both_sums(page: Page, office: Sales) -> None:
    record = office.deal("拖动 A", amount="730000.50")
    office.deal("拖动 B", amount="1120000")
    board(page, office, "&search=拖动")
    assert sums(page) == [("2", "1,850,000.50"), ("0", ""), ("0", "")]
    card = lane(page, "初步接洽").locator(".lane-card", has_text="拖动 A")
    box, target = card.bounding_box(), lane(page, "方案报价").bounding_box()
    assert box is not None and target is not None
    page.mouse.move(box["x"] + 40, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 60, steps=4)
    page.mouse.move(target["x"] + 90, target["y"] + 100, steps=8)
    page.mouse.up()
    expect(lane(page, "方案报价").locator("[data-lane-total]")).to_have_text("730,000.50")
    assert sums(page) == [("1", "1,120,000"), ("1", "730,000.50"), ("0", "")]
    assert office.stored("deal", record)["stage"] == "offer"


def test_a_lane_that_a_rule_forbids_says_so_while_one_drags_and_refuses_the_drop(
    page: Page, office: Sales
) -> None:
    record = office.deal("不能赢", amount="4")
    board(page, office, "&search=不能赢")
    card, forbidden = lane(page, "初步接洽").locator(".lane-card"), lane(page, "赢单")
    box, target = card.bounding_box(), forbidden.bounding_box()
    assert box is not None and target is not None
    page.mouse.move(box["x"] + 40, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 60, steps=4)
    expect(forbidden.locator(".lane-refusal")).to_have_text("4 元的商机不能赢单")
    expect(lane(page, "方案报价").locator(".lane-refusal")).to_have_count(0)
    page.mouse.move(target["x"] + 90, target["y"] + 100, steps=8)
    page.mouse.up()
    expect(page.locator("jf-toast")).to_contain_text("4 元的商机不能赢单")
    expect(lane(page, "初步接洽").locator(".lane-card")).to_have_count(1)
    expect(page.locator(".lane-refusal")).to_have_count(0)
    assert office.stored("deal", record)["stage"] == "open"


def test_a_card_is_pushed_by_keys(page: Page, office: Sales) -> None:
    record = office.deal("按键", amount="8")
    board(page, office, "&search=按键")
    lane(page, "初步接洽").locator(".lane-card").focus()
    page.keyboard.press("]")
    expect(lane(page, "方案报价").locator("[data-lane-count]")).to_have_text("1")
    page.keyboard.press("]")
    expect(lane(page, "赢单").locator("[data-lane-count]")).to_have_text("1")
    page.keyboard.press("[")
    expect(lane(page, "赢单").locator("[data-lane-count]")).to_have_text("0")
    assert office.stored("deal", record)["stage"] == "offer"


def test_a_move_that_somebody_else_has_overtaken_goes_back(page: Page, office: Sales) -> None:
    record = office.deal("抢先", amount="1")
    board(page, office, "&search=抢先")
    page.request.post(
        f"{office.url}{office.deals}/{record}/step",
        form={"value": "won", "csrf": page.locator("meta[name=csrf-token]").get_attribute("content") or ""},
    )
    lane(page, "初步接洽").locator(".lane-card").focus()
    page.keyboard.press("]")
    expect(page.locator("jf-toast")).to_contain_text("别人刚修改了这条记录")
    expect(lane(page, "初步接洽").locator(".lane-card")).to_have_count(1)
    assert office.stored("deal", record)["stage"] == "won"


def test_a_card_opens_beside_the_board_and_j_goes_on_to_the_next(page: Page, office: Sales) -> None:
    for name in ("旁边 A", "旁边 B"):
        office.deal(name)
    board(page, office, "&search=旁边")
    lane(page, "初步接洽").locator(".lane-card", has_text="旁边 A").click()
    panel = page.locator("jf-panel")
    expect(panel).to_contain_text("旁边 A")
    expect(panel.locator(".panel-head")).to_contain_text("1 / 2")
    page.keyboard.press("j")
    expect(panel).to_contain_text("旁边 B")
    assert page.url.endswith("search=%E6%97%81%E8%BE%B9")


def test_a_board_by_person_hands_a_card_over(page: Page, office: Sales) -> None:
    office.deal("交给同事", owner=office.boss.member_id)
    office.deal("李想的", owner=office.li.member_id)
    page.goto(office.deals)
    page.get_by_role("button", name="新建视图").click()
    page.locator("#view-name").fill("按负责人")
    page.get_by_label("看板", exact=True).check()
    page.locator("#view-group").select_option("owner")
    page.get_by_role("button", name="创建").click()
    page.wait_for_url("**view=my-*")
    lanes = page.locator(".lane")
    expect(page.get_by_role("region", name="李想")).to_be_visible()
    names = [one.get_attribute("aria-label") for one in lanes.all()]
    card = page.locator(".lane-card", has_text="交给同事")
    page.evaluate(ALL_DEFINED)
    card.focus()
    step = names.index("李想") - names.index("陈晨")
    page.keyboard.press("]" if step > 0 else "[")
    expect(page.get_by_role("region", name="李想").locator(".lane-card", has_text="交给同事")).to_be_visible()
    expect(page.locator("jf-toast")).to_contain_text("李想")
    page.reload()
    expect(page.get_by_role("region", name="李想").locator(".lane-card", has_text="交给同事")).to_be_visible()


def test_the_board_is_filtered_like_a_list(page: Page, office: Sales) -> None:
    office.deal("唯一的一张")
    board(page, office)
    page.get_by_label("在列表中搜索").fill("唯一")
    expect(page.locator(".lane-card")).to_have_count(1)
    expect(page.locator("[data-count]")).to_have_text("1 条")


def test_a_long_lane_brings_more_cards_when_one_scrolls(page: Page, office: Sales) -> None:
    board(page, office, "&search=批量")
    cards = lane(page, "赢单").locator(".lane-card")
    expect(cards).to_have_count(30)
    expect(lane(page, "赢单").locator("[data-lane-total]")).to_have_text("40,000")
    lane(page, "赢单").locator(".more-cards").scroll_into_view_if_needed()
    expect(cards).to_have_count(40)


def test_a_card_is_begun_in_its_lane(page: Page, office: Sales) -> None:
    board(page, office)
    page.get_by_role("link", name="在“方案报价”新建").click()
    expect(page.locator("[data-field=stage] .item")).to_have_text("方案报价")
    page.get_by_label("商机名称").fill("栏内新建")
    page.keyboard.press("Control+s")
    page.wait_for_url("**view=board")
    expect(lane(page, "方案报价").locator(".lane-card", has_text="栏内新建")).to_be_visible()


def test_a_finger_drags_a_card(browser: Browser, office: Sales) -> None:
    record = office.deal("手指", amount="5")
    with page_for(browser, office, **PHONE) as page:
        board(page, office, "&search=手指")
        box = page.locator(".lane-card").bounding_box()
        assert box is not None
        devtools = page.context.new_cdp_session(page)

        def touch(kind: str, *at: float) -> None:
            points = [{"x": at[0], "y": at[1]}] if at else []
            devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        x, y = box["x"] + 40, box["y"] + 50
        touch("touchStart", x, y)
        page.wait_for_timeout(350)
        for step in range(1, 11):
            touch("touchMove", x + 28 * step, y + 3 * step)
            page.wait_for_timeout(20)
        touch("touchEnd")
        expect(lane(page, "方案报价").locator("[data-lane-count]")).to_have_text("1")
        assert office.stored("deal", record)["stage"] == "offer"


def test_whoever_may_not_change_sees_the_board_and_moves_nothing(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, "lixiang") as page:
        page.goto(f"/a/{office.app}/product")
        page.get_by_role("button", name="新建视图").click()
        expect(page.locator("#view-group option")).to_have_text(
            ["负责人"]
        )  # no other choice to lay a board out by


def test_a_view_of_ones_own_begins_is_renamed_and_goes(page: Page, office: Sales) -> None:
    page.goto(office.deals)
    page.get_by_role("button", name="新建视图").click()
    page.locator("#view-name").fill("我的板")
    page.get_by_label("看板", exact=True).check()
    page.get_by_role("button", name="创建").click()
    expect(page.locator(".page-tabs .active")).to_have_text("我的板")
    expect(page.locator(".lane")).to_have_count(3)
    page.get_by_role("button", name="这个视图…").click()
    page.get_by_text("重命名", exact=True).click()
    page.locator("#view-rename").fill("按阶段")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.locator(".page-tabs .active")).to_have_text("按阶段")
    page.get_by_role("button", name="这个视图…").click()
    page.get_by_text("删除视图", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("记录不受影响")
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.locator("jf-toast")).to_contain_text("视图已删除")
    expect(page.get_by_role("link", name="按阶段")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_board_is_sound_on_a_desk_and_on_a_phone(browser: Browser, office: Sales, theme: str) -> None:
    with page_for(browser, office) as page:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": office.url}])
        board(page, office)
        assert faults_of(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert not scrolls_sideways(page)
        assert faults_of(page) == []
