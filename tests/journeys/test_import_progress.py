"""An import that takes long says how far it is and how fast, goes on without its page, and can be stopped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from engine.exchange.import_job import IMPORT
from engine.platform import jobs
from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import Sales, page_for, sales

ROWS = 100_000


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


def worker_says(office: Sales, job_id: str, **columns: object) -> None:
    """What the worker that has the job writes down."""
    sets = ", ".join(f"{name} = %({name})s" for name in columns)
    with office.database.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE jianflow.job SET {sets} WHERE id = %(id)s", {**columns, "id": job_id}
        )


def test_it_tells_how_far_and_how_fast_it_is_on_any_page_and_is_stopped_from_there(
    browser: Browser, office: Sales
) -> None:
    with office.database.begin() as connection:
        job = str(
            jobs.enqueue(
                connection, IMPORT, {"form": "deal"}, app_key=office.app, member_id=office.boss.member_id
            )
        )
    worker_says(office, job, state="running", total=ROWS, done=10_000)
    place = f"{office.deals}/imports/{job}"
    with page_for(browser, office) as page:
        page.goto(place)
        card = page.locator("jf-job")
        expect(card).to_contain_text("10,000 / 100,000")
        expect(page.get_by_text("可以离开这个页面")).to_be_visible()
        worker_says(office, job, done=40_000)
        expect(card).to_contain_text("40,000 / 100,000")
        expect(card).to_contain_text("行/秒")
    with page_for(browser, office) as page:  # the page was closed meanwhile
        worker_says(office, job, done=70_000)
        page.goto(place)
        card = page.locator("jf-job")
        expect(card).to_contain_text("70,000 / 100,000")
        with page.expect_response(lambda answer: answer.request.method == "DELETE"):
            card.get_by_role("button", name="取消").click()
        expect(card.locator("progress")).to_be_visible()
        with office.database.connect() as connection:
            asked = connection.exec_driver_sql(
                "SELECT cancel_asked FROM jianflow.job WHERE id = %(id)s", {"id": job}
            )
            assert asked.scalar_one() is True
        worker_says(office, job, state="cancelled")
        expect(page.get_by_role("alert")).to_contain_text("导入已取消，没有写入任何记录")
