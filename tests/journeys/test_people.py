"""Setting up, signing in, people and roles, as a person does it in the browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from engine.access import first_steps, people, roles, setup
from engine.access.member_values import MemberValues
from engine.access.viewer import App, viewer_for
from engine.definitions import live, publish, store
from engine.definitions.model import Document
from engine.exchange.import_job import IMPORT
from engine.platform import jobs
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from templates_gallery import gallery
from tests.conftest import _fresh_database
from tests.journeys.serving import faults_of, page_of, scrolls_sideways, served

PASSWORD = "spring rain 2026"
APP = "project_tracking"
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def company(postgres: EmbeddedServer) -> Iterator[Database]:
    """A company with an administrator, a colleague and one app."""
    with _fresh_database(postgres, "people") as url:
        database = Database(url)
        boss = setup.set_up(database, "晶创科技", "陈老板", "boss", PASSWORD, "zh-CN")
        with database.begin() as connection:
            author = viewer_for(connection, boss)
            li = MemberValues.read({"name": "李想", "account": "lixiang", "password": PASSWORD})
            people.create(connection, li, author=author)
        gallery.clone(database, APP, author=author)
        yield database
        database.close()


@pytest.fixture(scope="module")
def site(company: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(company, tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture
def boss(browser: Browser, site: str) -> Iterator[Page]:
    with page_of(browser, site) as page:
        sign_in(page, "boss")
        yield page


def sign_in(page: Page, account: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.fill("#account", account)
    page.fill("#password", password)
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def app_key(database: Database) -> str:
    with database.connect() as connection:
        return str(
            connection.exec_driver_sql("SELECT key FROM jianflow.app ORDER BY id LIMIT 1").scalar_one()
        )


def begin_again(database: Database) -> None:
    with database.begin() as connection:
        boss = connection.exec_driver_sql("SELECT min(id) FROM jianflow.member").scalar_one()
        first_steps.begin(connection, store.apps(connection)[0].id, boss)


def work_through(database: Database) -> None:
    """Import something, and add a field to a form."""
    key = app_key(database)
    with database.begin() as connection:
        job = jobs.enqueue(connection, IMPORT, {}, app_key=key)
        connection.exec_driver_sql("UPDATE jianflow.job SET state = 'succeeded' WHERE id = %s", (str(job),))
        form = next(iter(live.load(connection, key).forms))

    def with_phone(document: Document) -> Document:
        field = {"key": "second_phone", "type": "phone", "label": {"zh-CN": "电话二"}}
        return {**document, "fields": [*document["fields"], field]}

    publish.change(database, key, "forms", form, with_phone)


def test_a_new_company_is_set_up_on_one_card_and_ends_inside_its_app(
    browser: Browser, empty_database: Database, tmp_path: Path
) -> None:
    with served(empty_database, tmp_path) as url, page_of(browser, url) as page:
        page.goto("/members")
        expect(page).to_have_url(f"{url}/setup")
        page.click("[data-next]")
        expect(page.locator("#company-fault")).to_have_text("请填写")
        page.fill("#company", "晶创科技")
        page.fill("#name", "陈老板")
        page.fill("#account", "138 0013 8000")
        page.fill("#password", "short")
        page.click("[data-next]")
        expect(page.locator("#password-fault")).to_contain_text("8")
        page.fill("#password", PASSWORD)
        assert faults_of(page) == []
        page.click("[data-next]")
        page.check("input[value=en]", force=True)
        expect(page.locator("h1:visible")).to_have_text("Which language")
        page.check("input[value='zh-CN']", force=True)
        expect(page.locator("h1:visible")).to_have_text("用哪种语言")
        page.click("[data-next]")
        page.check(f"input[value={APP}]", force=True)
        page.uncheck("input[name=sample_data]")
        assert faults_of(page) == []
        page.click("[data-next]")
        page.fill("#colleagues", "李想 13800138001 销售部\n王敏 wang@ 财务部")
        expect(page.locator("#understood")).to_contain_text("看懂 1 位 · 1 行要改")
        page.fill("#colleagues", "李想 13800138001 销售部\n王敏 wang@example.cn 财务部")
        understood = page.get_by_role("table", name="将要邀请").get_by_role("row")
        expect(understood.nth(2).get_by_role("cell")).to_have_text(["王敏", "wang@example.cn", "财务部"])
        expect(page.locator("#understood .danger")).to_have_count(0)
        assert faults_of(page) == []
        page.click("[data-finish]")
        expect(page.locator(".card-footer a")).to_be_visible(timeout=15_000)
        links = page.locator("textarea").input_value()
        assert len(re.findall(r"/join/\S{43}", links)) == 2
        assert faults_of(page) == []
        page.click(".card-footer a")
        checklist = page.locator("aside.first-steps")
        expect(checklist).to_contain_text("邀请同事")
        expect(page).to_have_url(re.compile(f"{url}/a/"))
        expect(checklist.get_by_role("link")).to_have_text([re.compile("^导入"), "加字段"])
        page.reload()
        expect(checklist.get_by_role("link", name="加字段")).to_be_hidden()
        checklist.locator("summary").click()
        assert faults_of(page) == []
        checklist.locator("button[title]").click()
        expect(page.locator("aside.first-steps")).to_have_count(0)
        begin_again(empty_database)
        page.reload()
        expect(checklist.locator("summary")).to_contain_text("1 / 3")
        work_through(empty_database)
        page.reload()
        expect(page.locator(".list-head, .page-head").first).to_be_visible()
        expect(page.locator(".first-steps")).to_have_count(0)

        with page_of(browser, url) as other:
            join = re.search(r"/join/\S+", links)
            assert join is not None
            other.goto(join[0])
            expect(other.locator("h1")).to_contain_text("李想")
            other.fill("#password", PASSWORD)
            other.click("main button[type=submit]")
            expect(other).to_have_url(f"{url}/")
            other.goto("/setup")
            expect(other).to_have_url(f"{url}/")
            other.goto(join[0])
            expect(other.locator("main")).to_contain_text("链接已失效")


def test_signing_in_gives_a_fresh_session_and_leads_where_one_wanted_to_go(
    browser: Browser, site: str
) -> None:
    with page_of(browser, site) as page:
        page.goto("/departments")
        expect(page).to_have_url(re.compile("/sign-in\\?next="))
        page.fill("#account", "boss")
        page.fill("#password", "wrong password")
        page.click("main button[type=submit]")
        expect(page.locator("[role=alert]")).to_have_text("账号或密码不正确")
        assert faults_of(page) == []
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        expect(page).to_have_url(f"{site}/departments")
        first = {one["name"]: one for one in page.context.cookies()}["session"]
        assert first["httpOnly"] and first["sameSite"] == "Lax"
        page.goto("/sign-in")
        expect(page).to_have_url(f"{site}/")  # who is signed in goes on
        page.locator("form[action='/sign-out'] button").evaluate("button => button.click()")
        expect(page).to_have_url(f"{site}/sign-in")
        sign_in(page, "boss")
        second = {one["name"]: one for one in page.context.cookies()}["session"]
        assert second["value"] != first["value"]


def test_a_change_that_was_not_sent_from_a_page_of_ours_is_refused(boss: Page, site: str) -> None:
    for headers in ({}, {"X-CSRF-Token": "guessed"}):
        answer = boss.request.post("/departments/new", form={"name": "混进来的"}, headers=headers)
        assert answer.status == 403
    boss.goto("/departments")
    expect(boss.locator("main")).not_to_contain_text("混进来的")


def test_nobody_is_led_away_after_signing_in(browser: Browser, site: str) -> None:
    for place in ("https://evil.example", "//evil.example", "/\\evil.example", "/%0a//evil.example"):
        with page_of(browser, site) as page:
            page.goto(f"/sign-in?next={place}")
            page.fill("#account", "boss")
            page.fill("#password", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_load_state()
            assert page.url.startswith(f"{site}/") and "evil" not in page.url


def test_departments_and_members_are_made_and_found(boss: Page) -> None:
    boss.goto("/departments/new")
    boss.fill("#name", "销售部")
    boss.select_option("#head", label="李想")
    boss.click("main button[type=submit]")
    boss.goto("/members/new")
    boss.fill("#name", "赵启明")
    boss.fill("#phone", "139")
    boss.select_option("#department", label="销售部")
    boss.click("main button[type=submit]")
    expect(boss.locator("#phone-fault")).to_contain_text("不是有效的手机号")
    boss.fill("#phone", "139 0013 9000")
    boss.click("main button[type=submit]")
    expect(boss.locator("jf-copy input")).to_have_value(re.compile(r"/join/\S{43}$"))
    boss.goto("/members")
    boss.click("nav.tree >> text=销售部")
    expect(boss.locator("tbody tr")).to_have_count(1)
    expect(boss.locator("tbody tr")).to_contain_text("13900139000")
    expect(boss.locator("tbody tr")).to_contain_text("李想")
    boss.click("tbody a")
    boss.click("jf-menu >> text=更多")
    boss.click("text=标为离职")
    boss.locator("dialog[open]").get_by_role("button", name="标为离职", exact=True).click()
    expect(boss.locator(".page-head .badge")).to_have_text("已离职")
    boss.click("jf-menu >> text=更多")
    boss.click("text=恢复")
    expect(boss.locator(".page-head .badge")).to_have_text("未加入")


def test_what_was_understood_of_pasted_colleagues_is_shown_before_they_are_invited(boss: Page) -> None:
    boss.goto("/members/invite")
    boss.get_by_label("每行一位").fill("Moses Frase\n李想 13800138009 销售部/华东")
    rows = boss.get_by_role("table", name="将要邀请").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1).get_by_role("cell")).to_have_text(["Moses Frase", "", ""])
    expect(rows.nth(2).get_by_role("cell")).to_have_text(["李想", "13800138009", "销售部 / 华东"])
    assert faults_of(boss) == []


def test_who_is_no_administrator_sees_colleagues_but_changes_nothing(browser: Browser, site: str) -> None:
    with page_of(browser, site) as page:
        sign_in(page, "lixiang")
        page.goto("/members")
        expect(page.locator("main")).to_contain_text("陈老板")
        expect(page.locator("main")).not_to_contain_text("邀请同事")
        for address in ("/members/new", "/members/invite", "/departments/new"):
            answer = page.goto(address)
            assert answer is not None and answer.status == 403
        page.goto("/members/1")
        expect(page.locator("main form")).to_have_count(0)


def test_a_key_is_shown_once_and_works_until_it_is_ended(boss: Page, site: str) -> None:
    boss.goto("/me")
    boss.fill("#key-name", "财务系统")
    boss.click("text=新建密钥")
    key = boss.locator("jf-copy input").input_value()
    bearer = {"Authorization": f"Bearer {key}"}
    assert boss.request.get("/api/v1/members", headers=bearer).status == 200
    boss.goto("/me")
    expect(boss.locator("body")).not_to_contain_text(key)
    boss.click("tr:has-text('财务系统') >> text=停用")
    boss.locator("dialog[open]").get_by_role("button", name="停用", exact=True).click()
    expect(boss.locator("tr:has-text('财务系统')")).to_have_count(0)
    assert boss.request.get("/api/v1/members", headers=bearer).status == 401


def test_one_chooses_language_and_appearance_and_they_stay(browser: Browser, site: str) -> None:
    with page_of(browser, site) as page:
        sign_in(page, "lixiang")
        page.goto("/me")
        page.click("main >> text=深色")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.click("main >> text=English")
        expect(page.locator("h1")).to_have_text("My settings")
        assert faults_of(page) == []
    with page_of(browser, site) as elsewhere:
        sign_in(elsewhere, "lixiang")
        elsewhere.goto("/me")
        expect(elsewhere.locator("h1")).to_have_text("My settings")
        expect(elsewhere.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_role_is_drawn_in_the_matrix_and_holds_at_once(boss: Page, company: Database) -> None:
    key = app_key(company)
    boss.goto(f"/a/{key}/roles")
    boss.click("text=新建角色")
    boss.fill("#new-role", "外部顾问")
    boss.click("text=创建")
    expect(boss.locator("#role-name")).to_have_value("外部顾问")
    with company.connect() as connection:
        form = next(iter(live.load(connection, key).forms))
    held: list[Route] = []
    boss.route("**/permissions-*.js", lambda route: held.append(route))
    boss.reload(wait_until="commit")
    boss.select_option(f"select[name='scope.{form}.read']", "own")
    boss.select_option(f"select[name='scope.{form}.export']", "all")
    boss.select_option(f"select[name='scope.{form}.update']", "custom")  # quicker than the page's script
    for route in held:
        route.continue_()
    boss.unroute("**/permissions-*.js")
    condition = boss.locator(f"tbody[data-place='{form}'] tr[data-operation=update] jf-condition")
    condition.get_by_role("button", name="条件", exact=True).click()
    boss.locator(".popover").get_by_role("button", name="负责人", exact=True).click()
    boss.locator(".popover label:has-text('我的下属') input").check()
    boss.locator(".popover").get_by_role("button", name="确定").click()
    sentence = condition.locator(".chip")
    expect(sentence).to_have_text("负责人 是 我的下属")
    boss.route("**/fields/*", lambda route: route.fulfill(status=302, headers={"Location": "/sign-in"}))
    boss.locator(f"[data-fields={form}]").click()
    expect(boss.locator("[role=status]").first).to_contain_text("打不开字段权限")
    expect(boss.get_by_role("dialog")).to_have_count(0)
    boss.unroute("**/fields/*")
    boss.locator(f"[data-fields={form}]").click()
    fields = boss.get_by_role("dialog").locator("select")
    hidden = str(fields.first.get_attribute("name")).removeprefix(f"field.{form}.")
    fields.first.select_option("hidden")
    boss.get_by_role("button", name="完成").click()
    assert faults_of(boss) == []
    boss.click("text=保存并生效")
    expect(boss.locator("[role=status]").first).to_contain_text("已保存")
    expect(sentence).to_have_text("负责人 是 我的下属")
    with company.connect() as connection:
        opened = live.load(connection, key)
        role = next(one for one in opened.documents["roles"].values() if one["name"] == "外部顾问")
    assert role["grants"] == {
        form: {
            "read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
            "update": {"where": {"field": "owner", "op": "in", "value": {"my_reports": True}}},
            "export": True,
            "fields": {hidden: "hidden"},
        }
    }
    with company.begin() as connection:
        li = people.by_sign_in_name(connection, "lixiang")
        assert li is not None
        roles.give(connection, opened, role["key"], li, author=App("test"))
    with company.connect() as connection:
        assert roles.holders(connection, opened.app.id, role["key"]) == [li]


@pytest.mark.parametrize(("theme", "shape"), [("light", DESK), ("dark", PHONE)])
def test_the_pages_of_people_are_sound_on_a_desk_and_on_a_phone(
    browser: Browser, site: str, company: Database, theme: str, shape: dict[str, Any]
) -> None:
    places = [
        "/members",
        "/members/1",
        "/members/new",
        "/members/invite",
        "/departments",
        "/departments/new",
        "/me",
    ]
    places.append(f"/a/{app_key(company)}/roles")
    with page_of(browser, site, color_scheme=theme, **shape) as page:
        sign_in(page, "boss")
        for place in places:
            page.goto(place)
            assert faults_of(page) == [], place
            assert not scrolls_sideways(page), place
