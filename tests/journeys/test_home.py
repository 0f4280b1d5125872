"""Coming in: apps, what one looked at, notices, search; a new app and its first form; what goes wrong is said."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from engine.definitions import store
from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import PHONE, Sales, page_for, sales
from tests.journeys.serving import faults_of


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def test_what_one_looked_at_is_found_again_at_home_and_by_search(page: Page, office: Sales) -> None:
    record = office.deal("找得到的商机")
    page.goto(f"{office.deals}/{record}")
    page.goto("/")
    page.get_by_role("region", name="最近看过").get_by_role("link", name="找得到的商机").click()
    expect(page.locator("h1")).to_have_text("找得到的商机")
    page.goto("/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="搜索").fill("找得到")
    expect(page.get_by_role("option")).to_contain_text("找得到的商机")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/deal/{record}")


def test_a_menu_and_a_sheet_pressed_before_the_pages_script_has_come_open_when_it_comes(
    browser: Browser, page: Page, office: Sales
) -> None:
    def early(at: Page, name: str) -> None:
        held: list[Route] = []
        at.route("**/assets/main-*.js", lambda route: held.append(route))
        with at.expect_request("**/assets/main-*.js"):
            at.reload(wait_until="commit")
        at.get_by_role("button", name=name).click()
        for route in held:
            route.continue_()
        at.unroute("**/assets/main-*.js")

    page.goto(office.deals)
    early(page, "我的：陈晨")
    expect(page.get_by_role("menu")).to_be_visible()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    with page_for(browser, office, **PHONE) as phone:
        phone.goto(office.deals)
        early(phone, "更多")
        expect(phone.get_by_role("dialog", name="更多")).to_be_visible()


def test_a_blank_app_gets_its_first_form_which_works_at_once(page: Page, office: Sales) -> None:
    page.goto("/apps/new")
    assert faults_of(page) == []
    page.get_by_text("空白应用").click()
    page.get_by_label("名称").fill("采购")
    page.get_by_role("button", name="创建").click()
    page.get_by_role("main").get_by_role("link", name="新建表单").click()
    page.get_by_label("表单名称").fill("供应商")
    page.get_by_label("字段名称").nth(0).fill("名称")
    page.get_by_label("字段名称").nth(1).fill("等级")
    page.get_by_label("类型").nth(1).select_option(label="单选")
    page.get_by_role("button", name="创建表单").click()
    expect(page.get_by_text("请写出“等级”的选项")).to_be_visible()
    assert faults_of(page) == []
    page.get_by_label("选项").nth(1).fill("A 级、B 级")
    page.get_by_role("button", name="创建表单").click()
    expect(page.locator(".slick-header-right")).to_contain_text("等级")
    expect(page.get_by_role("link", name="导入").first).to_be_visible()
    page.keyboard.press("n")
    page.get_by_label("名称").fill("宏远")
    page.locator("[data-field=deng_ji] .ts-control").click()
    page.locator("[data-field=deng_ji] .option", has_text="B 级").click()
    page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_have_text("宏远")


def test_an_app_is_made_from_a_template_with_its_progress_in_sight(page: Page, office: Sales) -> None:
    page.goto("/apps/new")
    page.get_by_text("项目跟踪").first.click()
    page.get_by_label("名称").fill("研发项目")
    page.get_by_role("button", name="创建").click()
    page.wait_for_url("**/a/**")
    with office.database.connect() as connection:
        app = next(one for one in store.apps(connection) if one.template_key == "project_tracking")
    page.wait_for_url(f"**/a/{app.key}/**")
    expect(page.get_by_role("complementary", name="接下来")).to_contain_text("邀请同事")


def test_whoever_may_see_nothing_is_told_whom_to_ask(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, "lixiang") as page:
        page.goto("/apps/new")
        expect(page.get_by_role("alert")).to_contain_text("请联系管理员")
        page.goto(f"{office.deals}/deleted")
        expect(page.get_by_role("alert")).to_contain_text("联系管理员")
        assert faults_of(page) == []


def test_whoever_may_only_read_finds_nothing_to_change(browser: Browser, office: Sales) -> None:
    with page_for(browser, office, "lixiang") as page:
        page.goto(f"/a/{office.app}/product/{office.ids['AOI']}")
        expect(page.locator("[data-value=price]")).to_have_text("¥860,000.00")
        for name in ("修改", "删除"):
            expect(page.get_by_role("main").get_by_text(name, exact=True)).to_have_count(0)
        page.goto(f"/a/{office.app}/product")
        expect(page.locator(".page-head .actions")).to_have_text("")
        assert page.request.get(f"{office.url}/a/{office.app}/product/new").status == 403


def test_a_list_that_cannot_be_loaded_says_so_and_tries_again(page: Page, office: Sales) -> None:
    def broken(route: Route) -> None:
        route.fulfill(
            status=500, content_type="application/json", body='{"message": "出错了，没有做任何改动"}'
        )

    office.deal("重试")
    page.route("**/grid/rows", broken)
    page.goto(office.deals)
    expect(page.get_by_role("alert")).to_contain_text("列表没有加载出来")
    page.unroute("**/grid/rows")
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".title-open").first).to_be_visible()


def test_an_empty_list_says_how_to_begin(page: Page, office: Sales) -> None:
    page.goto(f"/a/{office.app}/visit")
    state = page.locator(".grid-state")
    expect(state.get_by_role("link", name="新建")).to_have_attribute("href", f"/a/{office.app}/visit/new")
    expect(state.get_by_role("link", name="导入")).to_be_visible()


def test_a_session_that_has_ended_says_so_and_leads_back_to_where_one_was(page: Page, office: Sales) -> None:
    record = office.deal("过期")
    page.goto(f"{office.deals}?search=过期")
    page.locator(".title-open").first.wait_for()
    kept = page.context.cookies()
    page.context.clear_cookies()
    page.locator(".title-open").first.click()
    expect(page.get_by_role("complementary", name="记录详情")).to_contain_text("登录")
    page.goto(f"{office.deals}/{record}")
    page.wait_for_url("**/sign-in?**")
    page.context.add_cookies(kept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path", ["/", "/notices", "/apps/new", "{deals}/import", "/a/{app}/roles", "/a/{app}/new-form"]
)
def test_pages_are_sound(page: Page, office: Sales, path: str) -> None:
    page.goto(path.format(deals=office.deals, app=office.app))
    page.wait_for_load_state("networkidle")
    assert faults_of(page) == []
