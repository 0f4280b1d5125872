"""What is written in passing beside a record follows the rules of its form as the whole form does."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.access.viewer import App
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.settings import Settings
from engine.records.reading.query import Query, query
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import add, field, form, make_app, text

LOST = {"field": "kind", "op": "eq", "value": "lost"}
TARIFF = form("tariff", text("kind"), text("rate"))
CLIENT = form("client", text(), layout={"quick_entry": "note"}, title="{name}")
NOTE = form(
    "note",
    field("client", "link", form="client"),
    field("kind", "select", options=[{"value": "talk"}, {"value": "lost"}, {"value": "other"}]),
    field("said", "textarea", required=True),
    *(text(f"more{number}") for number in range(5)),
    text("reason"),
    text("rate"),
    text("heading", default={"formula": 'LEFT(said, 2) & "!"'}, required=True),
    field("pace", "radio", options=[{"value": "slow"}, {"value": "fast"}]),
    rules=[
        {"key": "why", "kind": "display", "when": LOST, "show": ["reason"], "require": ["reason"]},
        {"key": "pace", "kind": "options", "field": "pace", "by": "kind", "allow": {"lost": ["slow"]}},
        {"key": "short", "kind": "validation", "level": "remind", "formula": "LEN(said) > 3", "fields": ["said"],
         "message": {"zh-CN": "写得太少", "en": "Too little"}},
        {"key": "rates", "kind": "linkage", "form": "tariff", "set": {"rate": "rate"},
         "where": {"field": "kind", "op": "eq", "value": {"current": "kind"}}},
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture
def client(product: Flask, database: Database) -> tuple[Browser, str]:
    app = make_app(database, TARIFF, CLIENT, NOTE)
    add(database, app, "tariff", kind="talk", rate="7")
    made = add(database, app, "client", name="甲")
    boss = Browser(product, database, hire(database, "陈", administrator=True).member_id)
    return boss, f"/a/{app}/client/{made}"


def send(browser: Browser, path: str, **sent: Any) -> str:
    fields = {"_field": [key for key in sent if not key.startswith("_")], **sent}
    answer = browser.send(f"{path}/quick-entry", data=fields)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def notes(database: Database, path: str) -> list[dict[str, Any]]:
    app = path.split("/")[2]
    with database.connect() as connection:
        found = query(connection, living.load(connection, app), "note", App("test"), Query())
    return [record.json()["values"] for record in found.records]


def test_what_a_rule_may_require_is_there_and_hidden_until_it_does(client: tuple[Browser, str]) -> None:
    browser, path = client
    page = browser.page(path)
    assert re.search(r'data-field="reason"[^>]* hidden', page), "it shows as soon as the rule asks for it"
    app = path.split("/")[2]
    sent = {
        "_field": ["client", "kind", "said", "reason"],
        "client": "1",
        "kind": "lost",
        "said": "没了",
        "_changed": "kind",
    }
    told = unescape(browser.send(f"/a/{app}/note/compute", data=sent).text)
    facts = json.loads(re.search(r'hx-target="#form-facts"[^>]*>(.*?)</hx-partial>', told).group(1))  # type: ignore[union-attr]
    assert facts["hidden"]["reason"] is False and facts["required"]["reason"] is True


def test_what_a_rule_requires_is_asked_for_and_then_kept(
    client: tuple[Browser, str], database: Database
) -> None:
    browser, path = client
    again = send(browser, path, kind="lost", said="不要了吧", reason="")
    assert "不能为空" in again and not re.search(r'data-field="reason"[^>]* hidden', again)
    assert notes(database, path) == []
    send(browser, path, kind="lost", said="不要了吧", reason="价格")
    assert [(one["reason"], one["client"]["title"]) for one in notes(database, path)] == [("价格", "甲")]


def test_a_reminder_is_shown_once_before_it_is_saved(client: tuple[Browser, str], database: Database) -> None:
    browser, path = client
    again = send(browser, path, kind="talk", said="短")
    assert "写得太少" in again and "仍然保存" in again and notes(database, path) == []
    send(browser, path, kind="talk", said="短", _reminded="写得太少")
    assert len(notes(database, path)) == 1


def test_an_option_that_the_rule_does_not_offer_is_refused(
    client: tuple[Browser, str], database: Database
) -> None:
    browser, path = client
    assert "现在不能选" in send(browser, path, kind="lost", said="不要了吧", reason="x", pace="fast")
    assert notes(database, path) == []


def test_linkages_fill_in_what_the_few_inputs_leave_out(
    client: tuple[Browser, str], database: Database
) -> None:
    browser, path = client
    assert '<jf-form in-passing typed="client" linked>' in browser.page(path)
    send(browser, path, kind="talk", said="谈得很好")
    assert [one["rate"] for one in notes(database, path)] == ["7"]


def test_a_default_by_formula_follows_until_somebody_types_there(
    client: tuple[Browser, str], database: Database
) -> None:
    browser, path = client
    assert re.search('name="heading"[^>]* value="!"', browser.page(path))
    said = {"kind": "talk", "said": "谈得很好"}
    send(browser, path, **said, heading="!", _typed="client kind said")
    send(browser, path, **said, heading="我的", _typed="client kind said heading")
    send(browser, path, **said, heading="早", _reminded="")
    assert sorted(one["heading"] for one in notes(database, path)) == sorted(["谈得!", "我的", "早"])
    again = send(browser, path, kind="talk", said="短", heading="我的", _typed="client kind said heading")
    assert 'typed="client kind said heading"' in again and 'value="我的"' in again
