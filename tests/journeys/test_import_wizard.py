"""Importing a customer list as a person does: drop, correct, import, look, take back; also on a phone and in English."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Browser, Page, expect

from engine.access import setup
from engine.access.viewer import viewer_for
from engine.platform import performing
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.platform.settings import Settings
from templates_gallery import gallery
from tests.conftest import _fresh_database
from tests.exchange.sheets import imported, sheet
from tests.journeys.serving import faults_of, page_of, scrolls_sideways, served

PASSWORD = "spring rain 2026"
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WAIT = 60_000


@pytest.fixture(scope="module")
def site(
    postgres: EmbeddedServer, data_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A company with a CRM and a product, its jobs being done."""
    with _fresh_database(postgres, "imports") as url:
        database = Database(url)
        boss = setup.set_up(database, "晶创科技", "陈思", "boss", PASSWORD, "zh-CN")
        with database.begin() as connection:
            author = viewer_for(connection, boss)
        app = gallery.clone(database, "crm", author=author)
        folder = tmp_path_factory.mktemp("files")
        imported(
            database,
            author,
            app,
            "product",
            sheet(folder, [["product", "sales_price"], ["GTX Pro", 4821], ["MG Special", 55]]),
        )
        ended = threading.Event()
        settings = Settings(
            data=data_folder, secret_key="a secret for tests only, long enough", database_url=url
        )
        worker = threading.Thread(target=_work, args=(database, settings, ended), daemon=True)
        worker.start()
        with served(database, data_folder) as address:
            yield address
        ended.set()
        worker.join(20)
        database.close()


def _work(database: Database, settings: Settings, ended: threading.Event) -> None:
    while not ended.wait(0.1):
        performing.run_due(database, settings, limit=1)


@pytest.fixture
def boss(browser: Browser, site: str) -> Iterator[Page]:
    with page_of(browser, site, **DESK) as page:
        sign_in(page)
        yield page


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    """Opportunities under title lines, with a misspelt product, a date that is none and an error in a cell."""
    path = tmp_path / "2026 销售机会.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("明细")
        page.write_row(0, 0, ["2026 年销售机会"])
        page.write_row(1, 0, ["制表：陈思"])
        page.write_row(
            2,
            0,
            ["opportunity_id", "sales_agent", "product", "deal_stage", "close_date", "close_value", "内部码"],
        )
        for number in range(60):
            day = "13/45/2017" if number == 55 else f"3/{number % 28 + 1}/2017"
            product = "GTXPro" if number % 3 == 0 else "MG Special"
            page.write_row(
                3 + number, 0, [f"C{number:03d}", "Moses Frase", product, "Won", day, 1000 + number, "x"]
            )
        page.write_formula(3, 5, "=NA()", None, "#N/A")
    return path


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("#account", "boss")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_load_state()


def speak(page: Page, language: str) -> None:
    """Choose one's language, as the menu at the top does."""
    page.evaluate(
        """(language) => fetch('/me/preferences', {method: 'POST', body: new URLSearchParams({language}),
            headers: {'X-CSRF-Token': document.querySelector('meta[name="csrf-token"]').content}})""",
        language,
    )


def upload(page: Page, path: Path) -> None:
    page.goto("/a/crm/opportunity/import")
    page.locator("input[type=file]").set_input_files(path)
    page.wait_for_url("**/opportunity/import/*")
    expect(page.locator(".import-counts .chip").first).to_be_visible(timeout=WAIT)


def calm(page: Page) -> None:
    assert faults_of(page) == []
    assert not scrolls_sideways(page)


def test_a_sheet_is_corrected_where_it_stands_imported_looked_at_and_taken_back(
    boss: Page, deals: Path
) -> None:
    page = boss
    upload(page, deals)
    expect(page.locator(".import-file")).to_contain_text("表头在第 3 行（跳过 2 行标题） · 60 行 × 7 列")
    expect(page.locator(".import-counts")).to_contain_text("必须处理 2")
    expect(page.locator(".import-counts")).to_contain_text("建议检查 19")
    expect(page.locator(".cell-should").first).to_have_text("GTXPro → GTX Pro？ 20 行相同")
    expect(page.locator(".cell-must")).to_have_text(["#N/A 是错误值", "13/45/2017 不是日期"])
    expect(page.locator(".import-targets")).to_contain_text("新建 1 人")
    expect(page.locator(".import-foot")).to_contain_text("1 列不导入：内部码")
    calm(page)
    page.get_by_role("button", name="GTXPro 都改成 GTX Pro").click()
    expect(page.locator(".import-counts")).not_to_contain_text("建议检查", timeout=WAIT)
    line = page.locator(".import-groups li", has_text="#N/A")
    line.get_by_role("button", name="留空").click()
    start = page.get_by_role("button", name="导入 59 行")
    expect(start).to_be_enabled(timeout=WAIT)
    start.click()
    page.wait_for_url("**/imports/*")
    place = page.url
    page.goto("/a/crm/customer")  # one goes elsewhere meanwhile, and comes back
    page.goto(place)
    expect(page.get_by_text("导入完成")).to_be_visible(timeout=WAIT)
    expect(page.locator(".facts")).to_contain_text("59")
    calm(page)
    with page.expect_download() as loaded:
        page.get_by_role("link", name="下载未导入的 1 行").click()
    assert loaded.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("link", name="查看这 59 条记录").click()
    expect(page.get_by_text("共 59 条")).to_be_visible(timeout=WAIT)
    page.goto(place)
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_text("已撤销 59 条")).to_be_visible(timeout=WAIT)
    page.reload()
    expect(page.get_by_text("这次导入已撤销。")).to_be_visible()


def test_what_is_no_option_is_changed_made_left_empty_or_skipped(boss: Page, tmp_path: Path) -> None:
    page = boss
    rows = [["商机编号", "商机名称", "商机金额", "商机来源"]]
    said = ["官网", "抖音直播", "小红书笔记", "随便写的"]
    rows += [[f"S{number:02d}", f"商机 {number}", "100", said[number % 4]] for number in range(20)]
    upload(page, sheet(tmp_path, rows))
    expect(page.locator(".import-counts")).to_contain_text("必须处理 15")
    expect(page.locator(".import-targets")).to_contain_text("3 个值对不上")
    lines = page.locator(".import-groups li", has_text="商机来源")
    expect(lines).to_have_count(3)
    line = lines.filter(has_text="小红书笔记")
    line.get_by_role("button", name="改成…").click()
    line.get_by_label("“小红书笔记”都改成").select_option(label="展会")
    line.get_by_role("button", name="改", exact=True).click()
    expect(lines).to_have_count(2, timeout=WAIT)
    lines.filter(has_text="抖音直播").get_by_role("button", name="新建").click()
    expect(lines).to_have_count(1, timeout=WAIT)
    expect(page.locator(".import-targets")).to_contain_text("新建 1 个选项", timeout=WAIT)
    expect(lines.get_by_role("button", name="留空")).to_be_visible()
    lines.get_by_role("button", name="跳过").click()
    expect(page.locator(".import-counts")).to_contain_text("跳过 5", timeout=WAIT)
    calm(page)
    page.get_by_role("button", name="导入 15 行").click()
    page.wait_for_url("**/imports/*")
    expect(page.get_by_text("导入完成")).to_be_visible(timeout=WAIT)
    expect(page.locator(".facts")).to_contain_text("新建选项1")
    place = page.url
    page.get_by_role("link", name="查看这 15 条记录").click()
    expect(page.get_by_text("共 15 条")).to_be_visible(timeout=WAIT)
    page.goto(place)
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_text("已撤销 15 条")).to_be_visible(timeout=WAIT)


def test_many_texts_that_are_no_option_are_one_question(boss: Page, tmp_path: Path) -> None:
    page = boss
    rows = [["商机编号", "商机名称", "商机来源"]]
    rows += [[f"T{number:02d}", f"商机 {number}", f"渠道{number % 6}号"] for number in range(12)]
    upload(page, sheet(tmp_path, rows))
    line = page.locator(".import-groups li", has_text="商机来源")
    expect(line).to_contain_text("6 个值不是选项：渠道0号、渠道1号、渠道2号…")
    line.get_by_role("button", name="跳过这些行").click()
    expect(page.locator(".import-counts")).to_contain_text("跳过 12", timeout=WAIT)
    upload(page, sheet(tmp_path, rows))
    line.get_by_role("button", name="全部新建").click()
    expect(page.locator(".import-targets")).to_contain_text("新建 6 个选项", timeout=WAIT)
    expect(page.get_by_role("button", name="导入 12 行")).to_be_enabled()
    page.get_by_label("找不到时").select_option("empty")
    expect(page.locator(".import-counts")).to_contain_text("建议检查 12", timeout=WAIT)


def test_a_check_that_is_refused_says_why_where_its_outcome_would_stand(boss: Page, deals: Path) -> None:
    page = boss
    upload(page, deals)
    page.context.clear_cookies()
    page.get_by_label("“内部码”列导入到").select_option(label="商机名称")
    expect(page.locator(".import-counts").get_by_role("alert")).to_contain_text("已过期", timeout=WAIT)
    expect(page.get_by_text("正在检查全部行")).to_have_count(0)
    expect(page.locator("[data-start]")).to_be_disabled()


def test_another_column_another_order_and_another_header_row_are_a_choice_away(
    boss: Page, deals: Path
) -> None:
    page = boss
    upload(page, deals)
    page.get_by_label("“内部码”列导入到").select_option(label="商机名称")
    expect(page.locator(".import-foot")).not_to_contain_text("不导入：", timeout=WAIT)
    page.get_by_label("日期顺序").select_option("DD/MM/YYYY")
    expect(page.locator(".import-counts")).to_contain_text(re.compile("必须处理 [3-9]"), timeout=WAIT)
    page.get_by_role("button", name="修改", exact=True).click()
    page.get_by_label("表头行").fill("4")
    page.get_by_label("表头行").press("Tab")
    expect(page.locator(".import-file")).to_contain_text("表头在第 4 行", timeout=WAIT)


def test_a_file_that_cannot_be_read_says_where_it_breaks(boss: Page, tmp_path: Path) -> None:
    broken = tmp_path / "坏.csv"
    broken.write_text('编号,客户\n1,"没有结束\n', encoding="utf-8")
    boss.goto("/a/crm/opportunity/import")
    calm(boss)
    boss.locator("input[type=file]").set_input_files(broken)
    expect(boss.get_by_role("alert")).to_contain_text("第 2 行的引号没有结束")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_second_step_is_calm_on_a_phone_in_both_languages_and_schemes(
    browser: Browser, site: str, deals: Path, language: str, scheme: str
) -> None:
    with page_of(browser, site, **PHONE, color_scheme=scheme) as page:
        sign_in(page)
        speak(page, language)
        upload(page, deals)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "导入到 商机" if language == "zh-CN" else "Import into Opportunity"
        )
        calm(page)
        speak(page, "zh-CN")
