"""The real application on a port of its own, and what every page is held to: no CSP violation, nothing from axe."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ALL_DEFINED = """() => Promise.all(
    [...document.querySelectorAll(":not(:defined)")].map((one) => customElements.whenDefined(one.localName))).then(() => true)"""
SERIOUS = ("serious", "critical")


@contextmanager
def served(database: Database, data: Path) -> Iterator[str]:
    """Serve this database; answers the address."""
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data, secret_key="a secret for tests only, long enough", database_url=url))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        app.extensions["jianflow.database"].close()


@contextmanager
def page_of(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """A page in a browser of its own that fails the test when the page breaks its policy or throws."""
    opened = browser.new_context(base_url=url, locale="zh-CN", **context)
    page = opened.new_page()
    broken: list[str] = []
    patiently(page)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None
    )
    try:
        yield page
        assert broken == []
    finally:
        opened.close()


def patiently(page: Page) -> None:
    """Let the page go on only when its elements have come: nobody types within milliseconds of a page's arrival."""
    go = page.goto

    def goto(url: str, **more: Any) -> Any:
        answer = go(url, **more)
        page.evaluate(ALL_DEFINED)
        return answer

    page.goto = goto  # type: ignore[method-assign, assignment]


def faults_of(page: Page) -> list[str]:
    """What axe finds serious on the page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page itself is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
