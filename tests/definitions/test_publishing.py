"""Drafts go live together, or nothing changes."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.definitions import live, publish
from engine.definitions.model import App
from engine.platform.database import Database
from engine.platform.errors import Invalid
from tests.definitions.conftest import customer, order


def test_a_new_app_has_its_name_and_the_role_everybody_has(database: Database, app: App) -> None:
    with database.connect() as connection:
        now = live.load(connection, app.key)
    assert now.version == 1
    assert now.document["name"] == "试用"
    assert list(now.documents["roles"]) == ["everyone"]


def test_a_draft_is_not_live_until_it_is_published(
    database: Database, app: App, save: Callable[..., Any]
) -> None:
    save(app, customer())
    with database.connect() as connection:
        assert "customer" not in live.load(connection, app.key).forms
    publication = publish.publish(database, app.key, author=1)
    assert publication.version == 2 and publication.published == [("forms", "customer")]
    with database.connect() as connection:
        now = live.load(connection, app.key)
        assert [field.key for field in now.form("customer").fields] == ["name", "level", "amount"]
        assert live.load(connection, app.key) is now


def test_every_fault_is_listed_and_nothing_changes(
    database: Database, app: App, save: Callable[..., Any]
) -> None:
    save(app, customer(views=[{"key": "all", "kind": "grid", "columns": ["name", "lvel"]}]))
    save(app, order({"key": "other", "type": "link", "form": "nowhere"}))
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/forms/customer/views/0/columns/1", "unknown_field"),
        ("/forms/order/fields/3/form", "unknown_form"),
    ]
    with database.connect() as connection:
        assert live.load(connection, app.key).version == 1
