"""What a builder does in one step is done as a whole or not at all, also where others' writes are in the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text as sql

from engine.definitions import drafts, locks, publish
from engine.platform.database import Database
from tests.builders.office import Browser, hire
from tests.records.making import form, live_of, make_app, text


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "GIVE_UP_AFTER", 0.1)
    monkeypatch.setattr(publish, "LOCK_TIMEOUT", "50ms")


@contextmanager
def somebody_writing(database: Database, app: str) -> Iterator[None]:
    with database.begin() as connection:
        connection.execute(sql("SELECT pg_advisory_xact_lock_shared(:n)"), {"n": locks.app_lock(app)})
        yield


def draft_with_a_new_field(database: Database, app: str) -> dict[str, Any]:
    with database.begin() as connection:
        current = drafts.get(connection, app, "forms", "deal")
        document = {**current.document, "fields": [*current.document["fields"], text("fresh")]}
        drafts.save(connection, app, "forms", "deal", document, base_etag=current.etag, author=None)
        return document


def test_a_form_that_cannot_be_removed_now_keeps_what_is_drafted_of_it(
    database: Database, boss: Browser
) -> None:
    app = make_app(database, form("deal", text("code")), form("other", text("x")))
    document = draft_with_a_new_field(database, app)
    with somebody_writing(database, app):
        assert boss.send(f"/a/{app}/deal/design/removal", {}).status_code == 409
    with database.connect() as connection:
        assert drafts.get(connection, app, "forms", "deal").document == document
    assert boss.send(f"/a/{app}/deal/design/removal", {}).status_code == 200
    assert set(live_of(database, app).forms) == {"other"}
    with database.connect() as connection:
        assert drafts.all_drafts(connection, app) == []


def test_the_designer_and_the_publish_dialog_say_what_the_draft_would_undo(
    database: Database, boss: Browser
) -> None:
    app = make_app(database, form("deal", text("code")))
    draft_with_a_new_field(database, app)
    with database.begin() as connection:
        current = drafts.get(connection, app, "forms", "deal")
        document = {**current.document, "title": "{code} {fresh}"}
        drafts.save(connection, app, "forms", "deal", document, base_etag=current.etag, author=None)
    place = f"/a/{app}/deal/design"
    said = "草稿开始后已发布的内容改过"
    assert said not in boss.page(place) + boss.page(f"{place}/publish")
    publish.change(database, app, "forms", "deal", lambda live: {**live, "title": "No. {code}"})
    assert said in boss.page(place)
    assert said in boss.page(f"{place}/publish")


def test_a_role_that_cannot_be_made_now_leaves_no_draft(database: Database, boss: Browser) -> None:
    app = make_app(database, form("deal", text("code")))
    with somebody_writing(database, app):
        assert boss.send(f"/a/{app}/roles/new", data={"name": "Sales"}).status_code == 409
    with database.connect() as connection:
        assert drafts.all_drafts(connection, app) == []
    assert boss.send(f"/a/{app}/roles/new", data={"name": "Sales"}).status_code == 302
    assert live_of(database, app).documents["roles"]["sales"]["name"] == "Sales"
