"""Buttons on a record's pages: which are drawn, what they open, what pressing answers."""

import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import Document, add, field, form, make_app, text, values

FREE: Document = {"field": "owner", "op": "empty"}
CLIENT = form(
    "client",
    text(),
    field("city", "text"),
    field("tags", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
    field("take", "button", when=FREE, action={"kind": "set_fields", "set": {"owner": {"me": True}}}),
    field("rename", "button", confirm="真的？", action={"kind": "set_fields", "set": {"name": "<b>改</b>"}}),
    field("mail", "button", action={"kind": "open_address", "address": "https://example.com/?q={name}"}),
    field(
        "visit",
        "button",
        action={
            "kind": "open_form",
            "form": "visit",
            "fill": {"client": {"field": "id"}, "place": {"field": "city"}, "tags": {"field": "tags"}},
        },
    ),
    field("clear", "button", action={"kind": "set_fields", "set": {"city": None}}),
    field("secret", "button", hidden=True, action={"kind": "set_fields", "set": {"city": "x"}}),
    title="{name}",
)
VISIT = form(
    "visit",
    text("place"),
    field("client", "link", form="client", on_delete="empty"),
    field("tags", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
)
READER: Document = {"key": "reader", "name": "看", "grants": {"client": {"read": True}}}


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(product: Flask, database: Database) -> str:
    return make_app(database, CLIENT, VISIT, roles=(READER,))


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


def client(database: Database, app: str, **more: object) -> int:
    return add(database, app, "client", **{"name": "甲 & 乙", "owner": None, **more})


def test_a_record_shows_what_may_be_pressed_and_its_form_shows_none(
    database: Database, app: str, boss: Browser, product: Flask
) -> None:
    record = client(database, app, city="无锡", tags=["a", "b"])
    page = boss.page(f"/a/{app}/client/{record}")
    assert f"/a/{app}/client/{record}/buttons/take" in page and 'data-lost="真的？"' in page
    assert "buttons/secret" not in page
    assert "buttons/" not in boss.page(f"/a/{app}/client/{record}/edit")
    assert "buttons/take" in boss.page(f"/a/{app}/client/{record}/panel")
    assert 'href="https://example.com/?q=%E7%94%B2%20%26%20%E4%B9%99" target="_blank" rel="noopener' in page
    reader = hire(database, "看客")
    give(database, app, "reader", reader.member_id)
    theirs = Browser(product, database, reader.member_id).page(f"/a/{app}/client/{record}")
    assert "buttons/take" not in theirs and "visit/new" not in theirs and "example.com" in theirs


def test_each_button_is_drawn_once_the_first_four_at_the_head_and_the_others_at_their_place(
    database: Database, app: str, boss: Browser
) -> None:
    record = client(database, app, city="无锡")
    page = boss.page(f"/a/{app}/client/{record}")
    desk, _, rest = page.partition("record-buttons only-phone")
    phone, _, sections = rest.partition('class="pairs two"')
    assert (desk.count("buttons/take"), phone.count("buttons/take"), sections.count("buttons/take")) == (
        1,
        1,
        0,
    )
    assert (desk.count("buttons/clear"), phone.count("buttons/clear")) == (0, 1)
    assert sections.count("buttons/clear") == 1 and 'class="pair-button only-desk' in sections
    panel = boss.page(f"/a/{app}/client/{record}/panel")
    assert (panel.count("buttons/take"), panel.count("buttons/clear")) == (1, 1)


def test_a_form_opens_filled_in_and_comes_back(database: Database, app: str, boss: Browser) -> None:
    record = client(database, app, city="无锡", tags=["a", "b"])
    page = boss.page(f"/a/{app}/client/{record}")
    link = unescape(page.partition(f'href="/a/{app}/visit/new')[2].partition('"')[0])
    asked = parse_qs(urlsplit(link).query)
    assert asked == {
        "client": [str(record)], "place": ["无锡"], "tags": ["a", "b"], "back": [f"/a/{app}/client/{record}"],
    }  # fmt: skip
    filled = boss.page(f"/a/{app}/visit/new{link}")
    assert 'value="无锡"' in filled and "甲 &amp; 乙" in filled


def test_pressing_shows_the_record_anew_with_undo(database: Database, app: str, boss: Browser) -> None:
    record = client(database, app)
    place = f"/a/{app}/client/{record}/buttons"
    done = boss.send(f"{place}/take", data={"in": "panel"})
    told = json.loads(done.headers["HX-Trigger"])
    assert "jf:panel-refresh" in told and told["jf:toast"]["undo"].startswith(
        f"/a/{app}/client/buttons/undo/"
    )
    late = boss.send(f"{place}/take", data={"in": "panel"})
    said = json.loads(late.headers["HX-Trigger"])["jf:toast"]
    assert said["bad"] and "陈总" in said["text"]
    assert boss.send(f"{place}/rename", data={"in": "page"}).headers["HX-Refresh"] == "true"
    assert values(database, app, "client", record)["name"] == "<b>改</b>"
    assert "<b>改</b>" not in boss.page(f"/a/{app}/client/{record}")
    assert boss.send(told["jf:toast"]["undo"]).status_code == 409, "it has been changed since"
