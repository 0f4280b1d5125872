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
from tests.records.making import ENGINE, Document

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
