"""A small sales office in the browser: customers with contacts, deals with lines and stages, visits written in passing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from engine.access import people, roles, setup
from engine.access.member_values import MemberValues
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from tests.conftest import _fresh_database
from tests.journeys.serving import page_of, served
from tests.records.making import add, form, make_app, values

PASSWORD = "spring rain 2026"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
STAGES = [
    ("open", "初步接洽", "Open", "grey"),
    ("offer", "方案报价", "Offer", "violet"),
    ("won", "赢单", "Won", "green"),
]


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh-CN": zh, "en": en}


def line(key: str, kind: str, zh: str, en: str, **properties: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "label": both(zh, en), **properties}


FORMS = [
    form(
        "customer",
        line("name", "text", "客户名称", "Customer", required=True, unique="must"),
        line("won", "rollup", "赢单金额", "Won", form="deal", via="customer", fn="sum", field="amount",
             where={"field": "stage", "op": "eq", "value": "won"}),
    ) | {"name": both("客户", "Customer"), "title": "{name}", "icon": "building"},
    form(
        "contact",
        line("name", "text", "姓名", "Name", required=True),
        line("customer", "link", "客户", "Customer", form="customer"),
    ) | {"name": both("联系人", "Contact"), "title": "{name}", "icon": "user"},
    form(
        "product",
        line("name", "text", "产品名称", "Product", required=True),
        line("price", "money", "标价", "Price"),
    ) | {"name": both("产品", "Product"), "title": "{name}", "icon": "box"},
    form(
        "deal",
        line("name", "text", "商机名称", "Name", required=True),
        line("stage", "select", "阶段", "Stage", required=True, default="open",
             options=[{"value": v, "label": both(zh, en), "color": c} for v, zh, en, c in STAGES]),
        line("customer", "link", "客户", "Customer", form="customer"),
        line("contact", "link", "联系人", "Contact", form="contact",
             where={"field": "customer", "op": "eq", "value": {"current": "customer"}}),
        line("amount", "money", "金额", "Amount"),
        line("chance", "percent", "赢率", "Chance"),
        line("weighted", "formula", "加权金额", "Weighted", formula="ROUND(amount * chance, 2)", result="money"),
        line("due", "date", "预计成交", "Due"),
        line("note", "textarea", "备注", "Note"),
        line("lines", "subform", "产品明细", "Lines", fields=[
            line("product", "link", "产品", "Product", form="product", fill={"price": "price"}),
            line("quantity", "number", "数量", "Quantity"),
            line("price", "money", "单价", "Price"),
            line("sum", "formula", "小计", "Sum", formula="quantity * price", result="money"),
        ]),
        line("total", "formula", "明细合计", "Total", formula="SUM(lines.sum)", result="money"),
    ) | {
        "name": both("商机", "Deal"),
        "title": "{name}",
        "icon": "target-arrow",
        "layout": {
            "facts": ["customer", "amount", "weighted", "owner"], "progress": "stage", "quick_entry": "visit",
            "card": {"badge": "stage", "subtitle": "customer", "number": "amount", "date": "due", "person": "owner"},
        },
        "rules": [
            {"key": "amount_positive", "kind": "validation", "level": "remind", "formula": "amount >= 0",
             "message": both("金额为负数，请核对。", "The amount is negative."), "fields": ["amount"]},
            {"key": "no_won_gift", "kind": "validation", "level": "must", "formula": 'NOT(AND(stage = "won", amount = 4))',
             "message": both("4 元的商机不能赢单", "A deal of 4 cannot be won"), "fields": ["stage"]},
        ],
        "views": [
            {"key": "all", "name": both("全部商机", "All deals"), "kind": "grid", "sort": [{"field": "name"}]},
            {"key": "board", "name": both("阶段看板", "Stages"), "kind": "kanban", "group_by": "stage",
             "summary": {"amount": "sum"}, "sort": [{"field": "name"}]},
        ],
    },
    form(
        "visit",
        line("deal", "link", "商机", "Deal", form="deal"),
        line("customer", "link", "客户", "Customer", form="customer"),
        line("content", "textarea", "跟进内容", "What happened", required=True),
        line("minutes", "number", "分钟", "Minutes"),
    ) | {"name": both("跟进", "Visit"), "title": "{content}", "icon": "message"},
]  # fmt: skip
SELLER = {
    "key": "seller",
    "name": "销售",
    "grants": {key: {"read": True, "create": True, "update": True} for key in ("customer", "contact", "deal", "visit")}
    | {"product": {"read": True}},
}  # fmt: skip


@dataclass
class Sales:
    """The served office, with ids of what is in it."""

    database: Database
    app: str
    url: str
    boss: Viewer
    li: Viewer
    ids: dict[str, int]
    signed_in: dict[str, Any] = field(default_factory=dict)

    @property
    def deals(self) -> str:
        """The address of the list of deals."""
        return f"/a/{self.app}/deal"

    def deal(self, name: str, **more: Any) -> int:
        """A new deal; answers its id."""
        return add(self.database, self.app, "deal", self.boss, **{"name": name, "stage": "open", **more})

    def stored(self, form_key: str, record_id: int) -> dict[str, Any]:
        """What the tables hold."""
        return values(self.database, self.app, form_key, record_id)


@contextmanager
def sales(postgres: EmbeddedServer, data: Path) -> Iterator[Sales]:
    """The office, served."""
    with _fresh_database(postgres, "sales") as address:
        database = Database(address)
        setup.set_up(database, "晶创科技", "陈晨", "chenchen", PASSWORD, "zh-CN")
        with database.begin() as connection:
            boss = viewer_for(connection, 1)
            li_values = MemberValues.read({"name": "李想", "account": "lixiang", "password": PASSWORD})
            li_id = people.create(connection, li_values, author=boss).id
        app = make_app(database, *FORMS, roles=(SELLER,))
        with database.begin() as connection:
            roles.give(connection, live.load(connection, app), "seller", li_id, author=boss)
        with database.connect() as connection:
            li = viewer_for(connection, li_id)
        ids = {
            "晶创": add(database, app, "customer", boss, name="晶创半导体"),
            "海润": add(database, app, "customer", boss, name="海润食品"),
            "AOI": add(database, app, "product", boss, name="AOI-300", price="860000"),
            "维保": add(database, app, "product", boss, name="三年维保", price="360000"),
        }
        ids["吴"] = add(database, app, "contact", boss, name="吴工", customer=ids["晶创"])
        ids["孙"] = add(database, app, "contact", boss, name="孙工", customer=ids["海润"])
        with served(database, data) as url:
            yield Sales(database, app, url, boss, li, ids)
        database.close()


@contextmanager
def page_for(browser: Browser, office: Sales, account: str = "chenchen", **context: Any) -> Iterator[Page]:
    """A page of somebody who is signed in."""
    context = {**DESK, **context, "storage_state": office.signed_in.get(account)}
    with page_of(browser, office.url, **context) as page:
        if account not in office.signed_in:
            page.goto("/sign-in")
            page.fill("#account", account)
            page.fill("#password", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url("**/")
            office.signed_in[account] = page.context.storage_state()
        yield page
