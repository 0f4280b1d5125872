"""A company with forms of a test's own, served; and one of its orders that somebody types into."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from engine.access import setup
from engine.access.viewer import App, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.records.reading.query import Query, query
from tests.conftest import _fresh_database
from tests.journeys.sales import PASSWORD, Sales, page_for
from tests.journeys.serving import served
from tests.records.making import make_app


@contextmanager
def company(postgres: EmbeddedServer, data: Path, *forms: dict[str, Any]) -> Iterator[Sales]:
    """A company of one administrator and an app with these forms."""
    with _fresh_database(postgres, "company") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        app = make_app(database, *forms)
        with database.connect() as connection:
            boss = viewer_for(connection, 1)
        with served(database, data) as url:
            yield Sales(database, app, url, boss, boss, {})
        database.close()


@contextmanager
def new_order(browser: Browser, office: Sales) -> Iterator[Page]:
    """The page of an order that nobody has saved yet."""
    with page_for(browser, office) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"/a/{office.app}/order/new")
        page.locator("jf-form:defined jf-subform:defined").wait_for()
        yield page


def slow(page: Page, milliseconds: int) -> None:
    """Let every answer take this long."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def stored_order(office: Sales, field: str, value: str) -> dict[str, object]:
    """The values of the one order that has `value` there."""
    with office.database.connect() as connection:
        opened = live.load(connection, office.app)
        where = {"field": field, "op": "eq", "value": value}
        found = query(connection, opened, "order", App("test"), Query.read({"where": where}))
    assert len(found.records) == 1
    return dict(found.records[0].json()["values"])
