"""Views are built beside the real list; the list is grouped, summed up and coloured; a field is added from its last head."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from engine.definitions import drafts
from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import Sales, page_for, sales
from tests.journeys.serving import faults_of
from tests.records.making import live_of


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        for number in range(130):
            opened.deal(f"商机 {number:03}", stage="won" if number % 13 == 0 else "open", amount=str(number))
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def draft(office: Sales) -> dict[str, object]:
    with office.database.connect() as connection:
        return {
            str(one["key"]): one
            for one in drafts.get(connection, office.app, "forms", "deal").document["views"]
        }


def test_a_list_is_grouped_with_subtotals_and_a_group_is_closed(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}?view=all")
    page.locator(".slick-header-column", has_text="阶段").locator(".head").click()
    page.get_by_role("button", name="按此列分组").click()
    heads = page.locator(".group-head")
    expect(heads.first).to_contain_text("初步接洽")
    expect(heads.first).to_contain_text("120")
    expect(page.locator(".group-total").first).to_have_text("合计 7,800.00")
    heads.first.click()
    expect(heads).to_have_text(["阶段初步接洽120", "阶段赢单10"])
    expect(page.locator(".group-row + .slick-row .number-text").first).to_have_text("121")
    page.locator(".title-open", has_text="商机 000").click()
    expect(page.locator(".panel-head")).to_contain_text("121 / 130")
    page.get_by_role("button", name="下一条").click()
    expect(page.locator("jf-panel h2").first).to_have_text("商机 013")
    assert "groups=stage" in page.url


def test_how_a_column_is_summed_up_is_chosen_at_its_foot(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}?view=all")
    foot = page.locator(".slick-footerrow-column", has_text="合计 8,385.00")
    foot.click()
    page.get_by_role("button", name="平均").click()
    expect(page.locator(".slick-footerrow-column", has_text="平均 64.50")).to_be_visible()


def test_the_page_of_a_record_walks_on_beyond_what_the_list_had_loaded(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}?view=all")
    page.locator(".title-open", has_text="商机 000").wait_for()
    page.locator(".title-open", has_text="商机 000").click()
    expect(page.locator(".panel-head")).to_contain_text("1 / 130")
    # As if only three had been loaded: the walk keeps what the list knew.
    page.evaluate(
        """base => {
            const kept = JSON.parse(sessionStorage.getItem(`jf-walk:${base}`));
            sessionStorage.setItem(`jf-walk:${base}`, JSON.stringify({...kept, ids: kept.ids.slice(0, 3)}));
        }""",
        office.deals,
    )
    third = page.evaluate(
        "base => JSON.parse(sessionStorage.getItem(`jf-walk:${base}`)).ids[2]", office.deals
    )
    page.goto(f"{office.deals}/{third}")
    page.locator("jf-walk a", has_text="J").click()
    expect(page.locator("h1")).to_contain_text("商机 003")
    expect(page.locator("jf-walk")).to_contain_text("4 / 130")


def test_a_view_is_built_by_dragging_in_the_real_list_and_published(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/design/views?view=all")
    page.get_by_role("button", name="新建视图").click()
    page.get_by_role("menuitem", name="表格").click()
    page.get_by_label("中文名称").fill("大单")
    head = page.locator(".view-preview .slick-header-column", has_text="阶段")
    target = page.locator(".view-preview .slick-header-column", has_text="客户")
    box, to = head.bounding_box(), target.bounding_box()
    assert box is not None
    assert to is not None
    page.mouse.move(box["x"] + 20, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(to["x"] + to["width"] - 10, to["y"] + 15, steps=12)
    page.mouse.up()
    page.locator(".view-properties").get_by_label("分组字段").select_option("stage")
    expect(page.locator(".view-preview .group-head").first).to_contain_text("初步接洽")
    page.get_by_role("button", name="颜色规则").click()
    rule = page.locator(".color-rule")
    rule.get_by_role("button", name="条件").click()
    page.locator(".popover").get_by_role("button", name="金额", exact=True).click()
    page.locator(
        ".popover .range-input input, .popover input[inputmode=decimal], .popover input.input"
    ).last.fill("100")
    page.locator(".popover").get_by_role("button", name="确定").click()
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    view = draft(office)["grid_3"]
    assert isinstance(view, dict)
    assert view["name"] == {"zh-CN": "大单"}
    assert view["group_by"] == [{"field": "stage"}]
    assert view["columns"].index("customer") < view["columns"].index("stage")
    assert view["colors"][0]["when"]["field"] == "amount"
    assert faults_of(page) == []
    page.get_by_role("button", name="发布", exact=False).click()
    page.get_by_role("dialog").get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(office.deals)
    page.get_by_role("link", name="大单").click()
    expect(page.locator(".group-head").first).to_contain_text("初步接洽")
    page.locator("jf-filter").get_by_role("button", name="阶段").click()
    page.get_by_role("button", name="全部收起").click()
    expect(page.locator(".slick-row:not(.group-row)")).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator(".group-head").last.click()
    expect(page.locator(".row-red").first).to_be_visible()


def test_frozen_columns_and_the_height_of_rows_are_chosen_beside_the_list(page: Page, office: Sales) -> None:
    page.goto(f"{office.deals}/design/views?view=all")
    preview, properties = page.locator(".view-preview"), page.locator(".view-properties")
    row = preview.locator(".slick-row").first
    row.wait_for()
    low = row.bounding_box()
    properties.get_by_label("冻结").select_option(label="前 2 列")
    expect(
        preview.locator(".slick-header-left .slick-header-column[data-id]:not(.head-tools)")
    ).to_contain_text(["商机名称", "阶段"])
    properties.get_by_role("group", name="行高").get_by_role("button").last.click()
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    high = row.bounding_box()
    assert low and high and high["height"] > low["height"]


def test_no_view_is_made_before_the_draft_is_open_and_none_is_lost_after(page: Page, office: Sales) -> None:
    held: list[Route] = []
    page.route("**/design/document", lambda route: held.append(route))
    page.goto(f"{office.deals}/design/views")
    button = page.locator("view-builder").get_by_text("新建视图")
    box = button.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    menu = page.locator(".view-list .menu")
    expect(menu).to_be_hidden()
    for route in held:
        route.continue_()
    page.unroute("**/design/document")
    button.click()
    menu.get_by_text("日历").click()
    expect(page.locator("[data-view]", has_text="新日历")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-undo]").click()
    expect(page.locator("[data-view]", has_text="新日历")).to_have_count(0)


def test_a_field_is_added_from_the_last_head_and_a_half_done_draft_stays_one(
    page: Page, office: Sales
) -> None:
    with office.database.begin() as connection:
        current = drafts.get(connection, office.app, "forms", "deal")
        half = {**current.document, "description": "做到一半"}
        drafts.save(connection, office.app, "forms", "deal", half, base_etag=current.etag, author=1)
    page.goto(f"{office.deals}?view=all")
    page.locator(".title-open").first.wait_for()
    page.locator(".slick-viewport-top.slick-viewport-right").evaluate("one => one.scrollLeft = 9999")
    page.get_by_role("button", name="添加字段").click()
    page.keyboard.type("合同份数")
    page.get_by_role("button", name="数字", exact=True).click()
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.locator("jf-toast")).to_contain_text("已添加“合同份数”")
    expect(page.locator(".slick-header-column", has_text="合同份数")).to_be_visible()
    fields = live_of(office.database, office.app).form("deal")
    assert [one.type for one in fields.fields if one.name() == "合同份数"] == ["number"]
    assert "description" not in fields.document
    with office.database.connect() as connection:
        kept = drafts.get(connection, office.app, "forms", "deal")
    assert kept.state == "draft"
    assert kept.document["description"] == "做到一半"
    assert [one["type"] for one in kept.document["fields"]][-1] == "number"


def test_whoever_may_not_design_is_offered_neither(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, "lixiang") as page:
        page.goto(f"{office.deals}?view=all")
        page.locator(".title-open").first.wait_for()
        expect(page.locator(".head-add")).to_have_count(0)
        for address in ("design/views", "quick-field"):
            assert page.request.get(f"{office.url}{office.deals}/{address}").status == 403
