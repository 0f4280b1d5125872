"""Found records that read alike are told apart by what their cards show, as far as one may read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import Document, add, field, form, make_app, text

BILL = form(
    "bill",
    text("name"),
    field(
        "state", "select", options=[{"value": "open", "label": "未开"}, {"value": "done", "label": "已开"}]
    ),
    field("amount", "money"),
    title="{name}",
)
CLERK: Document = {
    "key": "clerk",
    "name": "文员",
    "grants": {"bill": {"read": True, "fields": {"amount": "hidden"}}},
}


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


def found(browser: Browser, said: str) -> list[tuple[str, str]]:
    groups = browser.get(f"/search?q={said}").get_json()["groups"]
    return sorted((one["title"], one["hint"]) for group in groups for one in group["items"])


def test_records_of_one_title_say_what_tells_them_apart_and_nothing_hidden(
    product: Flask, database: Database
) -> None:
    app = make_app(database, BILL, roles=(CLERK,))
    for name, state, amount in (
        ("晶圆厂开票", "open", 1200),
        ("晶圆厂开票", "done", 3400),
        ("晶圆厂设备开票", "open", 5),
    ):
        add(database, app, "bill", name=name, state=state, amount=amount)
    boss = Browser(product, database, hire(database, administrator=True).member_id)
    assert found(boss, "晶圆厂") == [
        ("晶圆厂开票", "已开 · 3,400"),
        ("晶圆厂开票", "未开 · 1,200"),
        ("晶圆厂设备开票", ""),
    ]
    clerk = hire(database)
    give(database, app, "clerk", clerk.member_id)
    assert found(Browser(product, database, clerk.member_id), "晶圆厂")[:2] == [
        ("晶圆厂开票", "已开"),
        ("晶圆厂开票", "未开"),
    ]
