"""What publishing leaves to do on the data is shown on every page until it is done, in the designer and outside it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine.platform.embedded import EmbeddedServer
from engine.platform.performing import run_due
from engine.records.structure import rebuild
from tests.builders.designing import signed_in
from tests.journeys.order_forms import company
from tests.journeys.sales import Sales, line, page_for
from tests.records.making import add, form


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    size = form("size", line("name", "text", "名称", "Name"), line("size", "text", "尺寸", "Size"))
    with company(postgres, tmp_path_factory.mktemp("data"), size) as served:
        yield served


def test_work_on_the_data_after_publishing_follows_until_it_is_done(
    browser: Browser, office: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "AT_ONCE", 1)
    for number in ("12", "7.5", "30"):
        add(office.database, office.app, "size", office.boss, name=f"第 {number} 件", size=number)
    with signed_in(office) as person:
        document, etag = person.draft("size")
        document["fields"][1] = {"key": "size", "type": "number", "label": "尺寸"}
        assert person.save("size", document, etag).status_code == 200
    with page_for(browser, office) as page:
        page.goto(f"/a/{office.app}/size/design")
        page.locator("form-designer[data-ready]").wait_for()
        page.get_by_role("button", name="发布").click()
        page.locator(".publish-dialog").get_by_role("button", name="发布", exact=True).click()
        card = page.locator("jf-jobs jf-job")
        expect(page.locator("[data-publish]")).to_be_disabled()
        expect(card).to_contain_text("正在按新的设计整理数据")
        page.goto("/members")
        expect(card).to_contain_text("正在按新的设计整理数据")
        expect(card.get_by_role("button", name="取消")).to_have_count(0)
        page.goto(f"/a/{office.app}/size")
        expect(card).to_have_count(1)
        run_due(office.database)
        expect(card).to_contain_text("已完成")
        page.goto("/members")
        page.locator("jf-jobs:defined").wait_for(state="attached")
        expect(card).to_have_count(0)
