"""A list of deals to work on in the grid, and what a hand does to its cells."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from engine.access import people, roles, setup
from engine.access.member_values import MemberValues
from engine.access.viewer import App, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.records.reading.query import Query, query
from engine.records.writing import write
from tests.conftest import _fresh_database
from tests.journeys.serving import page_of, served
from tests.records.making import form, make_app

PASSWORD = "spring rain 2026"
ROWS = 260
STAGES = [
    ("open", "初步接洽", "grey"),
    ("offer", "方案报价", "violet"),
    ("won", "赢单", "green"),
    ("lost", "输单", "red"),
]

COLUMNS = {
    "code": {"type": "text", "label": {"zh-CN": "编号", "en": "Code"}},
    "name": {"type": "text", "label": {"zh-CN": "商机名称", "en": "Deal"}, "required": True},
    "stage": {
        "type": "select",
        "label": {"zh-CN": "阶段", "en": "Stage"},
        "options": [{"value": value, "label": label, "color": color} for value, label, color in STAGES],
    },
    "person": {"type": "member", "label": {"zh-CN": "跟进人", "en": "Person"}},
    "amount": {"type": "money", "label": {"zh-CN": "金额", "en": "Amount"}, "min": 0},
    "share": {"type": "percent", "label": {"zh-CN": "概率", "en": "Share"}},
    "weighted": {
        "type": "formula",
        "formula": "amount * share",
        "result": "money",
        "label": {"zh-CN": "加权金额", "en": "Weighted"},
    },
    "due": {"type": "date", "label": {"zh-CN": "预计成交", "en": "Due"}},
    "tags": {
        "type": "multi_select",
        "label": {"zh-CN": "标签", "en": "Tags"},
        "options": [{"value": one, "label": one} for one in ("展会", "招标", "老客户")],
    },
    "key": {"type": "switch", "label": {"zh-CN": "重点", "en": "Key"}},
    "note": {"type": "textarea", "label": {"zh-CN": "备注", "en": "Note"}},
}


READER = {"key": "reader", "name": "只读", "grants": {"deal": {"read": True}}}


@dataclass
class Deals:
    """A served company with a list of deals."""

    database: Database
    app: str
    url: str
    signed_in: dict[str, object] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The list's address."""
        return f"/a/{self.app}/deal"

    def values(self, name: str, key: str = "name") -> list[dict[str, object]]:
        """What is stored under a name, or a code."""
        with self.database.connect() as connection:
            opened = live.load(connection, self.app)
            where = {"field": key, "op": "eq", "value": name}
            found = query(connection, opened, "deal", App("test"), Query.read({"where": where}))
            return [record.json()["values"] for record in found.records]

    def change(self, code: str, **values: str) -> None:
        """What somebody else saves meanwhile in the record of a code."""
        with self.database.connect() as connection:
            opened = live.load(connection, self.app)
            asked = Query.read({"where": {"field": "code", "op": "eq", "value": code}})
            record = query(connection, opened, "deal", App("test"), asked).records[0].id
        write.update_one(self.database, self.app, "deal", App("test"), record, values)


@contextmanager
def deals(postgres: EmbeddedServer, data: Path) -> Iterator[Deals]:
    """A company with two people and a list of deals, served."""
    with _fresh_database(postgres, "grid") as address:
        database = Database(address)
        boss = setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        with database.begin() as connection:
            author = viewer_for(connection, boss)
            li = MemberValues.read({"name": "李想", "account": "lixiang", "password": PASSWORD})
            li_id = people.create(connection, li, author=author).id
        fields = [{"key": key, **properties} for key, properties in COLUMNS.items()]
        app = make_app(database, form("deal", *fields, title="{name}", views=[]), roles=(READER,))
        with database.begin() as connection:
            author = viewer_for(connection, boss)
            roles.give(connection, live.load(connection, app), "reader", li_id, author=author)
        for begin in range(0, ROWS, 130):
            write.batch(
                database,
                app,
                "deal",
                author,
                [
                    {"op": "create", "values": _deal(number, [boss, li_id])}
                    for number in range(begin, begin + 130)
                ],
            )
        with served(database, data) as url:
            yield Deals(database, app, url)
        database.close()


def _deal(number: int, persons: list[int]) -> dict[str, object]:
    return {
        "code": f"{number:03}",
        "name": f"商机 {number:03}",
        "stage": STAGES[number % 4][0],
        "person": persons[number % 2],
        "amount": str((number + 1) * 1000),
        "share": "0.5",
        "due": f"2026-12-{number % 28 + 1:02}",
    }


@contextmanager
def sheet_of(
    browser: Browser, deals: Deals, account: str = "chenchen", path: str = "", **context: object
) -> Iterator["Sheet"]:
    """The list, opened by somebody who is signed in."""
    context.setdefault("viewport", {"width": 1700, "height": 900})
    context["storage_state"] = deals.signed_in.get(account)
    with page_of(browser, deals.url, permissions=["clipboard-read", "clipboard-write"], **context) as page:
        if account not in deals.signed_in:
            page.goto("/sign-in")
            page.fill("#account", account)
            page.fill("#password", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_load_state()
            deals.signed_in[account] = page.context.storage_state()
        page.goto(deals.path + (path or "?sort=code"))
        yield Sheet(page)


class Sheet:
    """Cells by row and field, and an input method."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._devtools = page.context.new_cdp_session(page)

    def ready(self) -> "Sheet":
        """Wait for the first rows."""
        self.page.locator(".title-open").first.wait_for()
        return self

    def cell(self, row: int, key: str) -> Locator:
        """The cell of a row (from 0) and a field."""
        self.page.locator(f'.slick-header-column[id$="{key}"]').wait_for()
        places = "keys => [...document.querySelectorAll('.slick-header-column')].findIndex(one => one.id.endsWith(keys))"
        place = self.page.evaluate(places, key)
        return self.page.locator(f'.slick-row[aria-rowindex="{row + 2}"] .slick-cell.l{place}')

    def select(self, row: int, key: str) -> None:
        """A click into the cell, beside any text that would open the record."""
        cell = self.cell(row, key)
        cell.wait_for()
        # A row that is drawn anew just now (an answer has come) has no box for a moment.
        box = next((found for _ in range(20) if (found := cell.bounding_box())), None)
        assert box is not None
        cell.click(position={"x": box["width"] - 6, "y": box["height"] - 6})

    def drag(self, begin: tuple[int, str], end: tuple[int, str]) -> None:
        """Select a range by mouse."""
        first, last = self.cell(*begin).bounding_box(), self.cell(*end).bounding_box()
        assert first is not None and last is not None
        mouse = self.page.mouse
        mouse.move(first["x"] + first["width"] - 6, first["y"] + 8)
        mouse.down()
        mouse.move(last["x"] + last["width"] - 8, last["y"] + 10, steps=6)
        mouse.up()

    def type(self, text: str, end: str = "Enter") -> None:
        """Type onto the selected cell."""
        self.page.keyboard.type(text)
        self.page.keyboard.press(end)

    def compose(self, steps: list[str], text: str) -> None:
        """Compose with an input method: pinyin letter by letter, then the characters."""
        for step in steps:
            self._devtools.send(
                "Input.imeSetComposition",
                {"text": step, "selectionStart": len(step), "selectionEnd": len(step)},
            )
        self._devtools.send("Input.insertText", {"text": text})

    def clipboard(self, text: str | None = None) -> str:
        """What is in the clipboard; with a text, put it there first."""
        if text is not None:
            self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        return str(self.page.evaluate("navigator.clipboard.readText()"))
