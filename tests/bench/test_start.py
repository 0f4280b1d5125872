"""Starting, memory, and what the list page costs a browser."""

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench import form
from tests.bench.conftest import Bench, Served
from tests.bench.report import Report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

SECOND_START_SECONDS = 3.0
MEGABYTE = 1_000_000
MOST_MEMORY = 250
MOST_FIRST_PAGE = 300
MOST_LATER_PAGE = 90
INTERACTIVE_SECONDS = 1.0
WARM = 3


def test_start(tmp_path: Path, report: Report) -> None:
    first = Served(tmp_path)
    first.stop()
    later = []
    for _ in range(3):
        again = Served(tmp_path)
        again.stop()
        later.append(again.seconds)
    report.value("first start, PostgreSQL's files made", first.seconds, "s")
    report.value("second start", statistics.median(later), "s", SECOND_START_SECONDS)


def test_list_page_in_a_browser(bench: Bench, browser: "Browser", report: Report) -> None:
    app = bench.app(form.ACCOUNT, form.order())
    _fill(bench, app)
    cold, later, seconds, warm = [], [], [], []
    for _ in range(3):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(f"{bench.served.address}/sign-in")
        page.fill("input[name=account]", "li@example.com")
        page.fill("input[name=password]", "Kirsche-2026")
        state = _signed_in(page)
        for _ in range(
            WARM
        ):  # every process has shown the page once; a browser's first visit is what is measured
            page.goto(f"{bench.served.address}/a/{app}/order", wait_until="networkidle")
        context.close()
        # A browser that has seen nothing of the product yet, but is signed in.
        context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=state)
        page = context.new_page()
        counted = _count_bytes(page)
        seconds.append(_open(page, f"{bench.served.address}/a/{app}/order"))
        page.wait_for_load_state("networkidle")
        cold.append(sum(counted) / 1000)
        counted.clear()
        warm.append(_open(page, f"{bench.served.address}/a/{app}/account"))
        page.wait_for_load_state("networkidle")
        later.append(sum(counted) / 1000)
        context.close()
    report.value("list page, first visit: compressed", statistics.median(cold), "kB", MOST_FIRST_PAGE)
    report.value(
        "list page, first visit: interactive after", statistics.median(seconds), "s", INTERACTIVE_SECONDS
    )
    report.value("list page, later visit: compressed", statistics.median(later), "kB", MOST_LATER_PAGE)
    report.value(
        "list page, later visit: interactive after", statistics.median(warm), "s", INTERACTIVE_SECONDS
    )


def test_memory_after_the_load(bench: Bench, report: Report) -> None:
    resident = [size / MEGABYTE for size in bench.served.web_processes().values()]
    shared = [size / MEGABYTE for size in bench.served.web_processes(proportional=True).values()]
    report.value(
        "largest web process after the load (RSS)",
        max(resident),
        "MB",
        MOST_MEMORY,
        f"{len(shared)} processes, together {sum(shared):,.0f} MB",
    )


def _signed_in(page: Any) -> Any:
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page.context.storage_state()


def _count_bytes(page: Any) -> list[float]:
    """Everything that comes over the wire, as it comes: headers and compressed bodies."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    counted: list[float] = []
    session.on("Network.loadingFinished", lambda event: counted.append(event["encodedDataLength"]))
    return counted


def _open(page: Any, address: str) -> float:
    """Seconds until the grid shows its first rows."""
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".slick-row .slick-cell", state="visible")
    return time.monotonic() - began


def _fill(bench: Bench, app: str) -> None:
    import itertools

    from engine.records.bulk.write import Row, loading

    accounts = bench.accounts(app)
    numbers = itertools.count(1)
    with loading(bench.database, app, "order", bench.viewer) as under_way:
        under_way.stage(Row(next(numbers), one) for one in form.rows(5_000, accounts))
        assert under_way.finish().created == 5_000
    bench.await_jobs()
