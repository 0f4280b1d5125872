"""An app in which somebody designs: two forms that link, their people, and browsers that are signed in without a page."""

from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.access import people, roles, sessions
from engine.access.member_values import MemberValues
from engine.access.tokens import digest
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.platform.database import Database
from tests.records.making import ENGINE, Document, add

LEVELS = [
    {"value": "A", "label": {"zh-CN": "重点", "en": "Key"}, "color": "green"},
    {"value": "B", "label": {"zh-CN": "普通", "en": "Ordinary"}},
]


def line(key: str, kind: str, zh: str, en: str, **properties: Any) -> Document:
    """A field with labels in both languages."""
    return {"key": key, "type": kind, "label": {"zh-CN": zh, "en": en}, **properties}


CUSTOMER: Document = {
    "key": "customer",
    "name": {"zh-CN": "客户", "en": "Customer"},
    "title": "{name}",
    "fields": [
        line("name", "text", "名称", "Name"),
        line("level", "select", "级别", "Level", options=LEVELS),
        line("region", "department", "区域", "Region"),
        line("revenue", "money", "营收", "Revenue"),
    ],
}
ORDER: Document = {
    "key": "order",
    "name": {"zh-CN": "订单", "en": "Order"},
    "title": "{code}",
    "fields": [
        line("code", "text", "编号", "Code"),
        line("customer", "link", "客户", "Customer", form="customer"),
        line("team", "members", "团队", "Team"),
        line("day", "date", "日期", "Day"),
        line("amount", "money", "金额", "Amount"),
        line("cost", "money", "成本", "Cost"),
        line("margin", "formula", "毛利", "Margin", formula="amount - cost", result="money"),
        line("lines", "subform", "明细", "Lines", fields=[
            line("item", "text", "品名", "Item"),
            line("qty", "number", "数量", "Quantity"),
        ]),
    ],
}  # fmt: skip


OWN = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
KEY = {"where": {"field": "level", "op": "eq", "value": "A"}}
MINE_OR_TEAM = {"where": {"any": [OWN["where"], {"field": "team", "op": "contains", "value": {"me": True}}]}}
LARGE = {"where": {"field": "amount", "op": "gte", "value": 100}}
ROLES: dict[str, dict[str, Any]] = {
    "seller": {"customer": {"read": True}, "order": {"read": MINE_OR_TEAM, "create": True, "update": OWN, "export": OWN,
                                                     "fields": {"cost": "hidden", "amount": "read"}}},
    "auditor": {"order": {"read": LARGE, "export": True, "fields": {"lines.qty": "hidden", "customer": "hidden"}}},
    "keeper": {"customer": {"read": KEY, "update": KEY, "delete": OWN, "fields": {"revenue": "hidden"}}},
    "chief": {"customer": {"read": True, "update": True}, "order": {"read": True, "update": True, "delete": True}},
    "designer": {"customer": {"read": OWN}},
    "everyone": {},
}  # fmt: skip
TEAMS = [("seller",), ("auditor",), ("keeper",), ("chief",), ("seller", "auditor"), ("keeper", "seller"), ()]


class Browser:
    """The browser of a member who is signed in."""

    def __init__(self, app: Flask, database: Database, member: int) -> None:
        self.client: FlaskClient = app.test_client()
        self.member = member
        with database.begin() as connection:
            token = sessions.begin(connection, member)
            self.csrf: str = connection.exec_driver_sql(
                "SELECT csrf FROM jianflow.session WHERE token_hash = %s", (digest(token),)
            ).scalar_one()
        self.client.set_cookie("session", token)

    def get(self, path: str, **more: Any) -> TestResponse:
        """What an address shows; JSON where it has any."""
        return self.client.get(path, headers={"Accept": "application/json"}, **more)

    def page(self, path: str) -> str:
        """The HTML of a page that must open."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def send(self, path: str, json: Any = None, *, method: str = "POST", **more: Any) -> TestResponse:
        """Send JSON, or with `data` what a form holds."""
        headers = {"Accept": "application/json", "X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        return self.client.open(path, method=method, headers=headers, **more)


def hire(database: Database, name: str = "阿强", **sent: Any) -> Viewer:
    """Take somebody in."""
    values = {"name": name, "account": f"a{uuid4().hex[:10]}", "password": "spring rain 2026", **sent}
    with database.begin() as connection:
        member = people.create(connection, MemberValues.read(values), author=ENGINE)
        return viewer_for(connection, member.id)


def give(database: Database, app: str, role: str, member: int) -> None:
    """Give somebody a role."""
    with database.begin() as connection:
        roles.give(connection, live.load(connection, app), role, member, author=ENGINE)


def role_documents() -> tuple[Document, ...]:
    """Roles of every kind: own rows, conditions, hidden fields, all."""
    return tuple(
        {"key": key, "name": key, "design": key == "designer", "grants": grants}
        for key, grants in ROLES.items()
    )


def staffed(database: Database, app: str) -> dict[tuple[str, ...], Viewer]:
    """Somebody for each set of roles, with twelve customers and orders of their own and in common."""
    ids: dict[tuple[str, ...], int] = {}
    for number, given in enumerate(TEAMS):
        ids[given] = hire(database, f"员工{number}").member_id
        for role in given:
            give(database, app, role, ids[given])
    owners = list(ids.values())
    for number in range(12):
        owner, other = owners[number % len(owners)], owners[(number * 3 + 1) % len(owners)]
        level = "AB"[number % 2]
        customer = add(
            database, app, "customer", name=f"晶创{number}", level=level, owner=owner, revenue=number
        )
        lines = [{"item": "相机", "qty": number}]
        add(database, app, "order", code=f"晶创单{number}", customer=customer, owner=owner, team=[other],
            amount=number * 20, cost=number, lines=lines)  # fmt: skip
    with database.connect() as connection:
        return {given: viewer_for(connection, member) for given, member in ids.items()}
