"""Forms and apps to try definitions on."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.definitions import store
from engine.definitions.model import App
from engine.platform.database import Database

Document = dict[str, Any]


def customer(*more: Document, **properties: Any) -> Document:
    """A small form of customers."""
    return {
        "key": "customer",
        "name": {"zh-CN": "客户", "en": "Customer"},
        "title": "{name}",
        "fields": [
            {"key": "name", "type": "text", "label": {"zh-CN": "客户名称", "en": "Name"}, "required": True},
            {
                "key": "level",
                "type": "select",
                "label": {"zh-CN": "级别", "en": "Level"},
                "options": [{"value": "A", "label": {"zh-CN": "重点", "en": "Key"}}, {"value": "B"}],
            },
            {"key": "amount", "type": "money", "label": {"zh-CN": "金额", "en": "Amount"}},
            *more,
        ],
        **properties,
    }


def order(*more: Document, **properties: Any) -> Document:
    """A small form of orders that belong to customers."""
    return {
        "key": "order",
        "name": {"zh-CN": "订单", "en": "Order"},
        "fields": [
            {"key": "code", "type": "text", "label": {"zh-CN": "编号", "en": "Code"}},
            {
                "key": "customer",
                "type": "link",
                "form": "customer",
                "label": {"zh-CN": "客户", "en": "Customer"},
            },
            {"key": "total", "type": "money", "label": {"zh-CN": "合计", "en": "Total"}},
            *more,
        ],
        **properties,
    }


@pytest.fixture
def new_app(database: Database) -> Callable[[], App]:
    """Makes a blank app."""

    def make() -> App:
        with database.begin() as connection:
            return store.create_app(connection, key_hint="试用", document={"name": "试用"}, author=1)

    return make


@pytest.fixture
def app(new_app: Callable[[], App]) -> App:
    """A blank app."""
    return new_app()


@pytest.fixture
def save(database: Database) -> Callable[..., Any]:
    """Saves a draft."""
    from engine.definitions import drafts

    def write(
        app: App, document: Document, *, kind: str = "forms", etag: str | None = None, author: int = 1
    ) -> Any:
        with database.begin() as connection:
            return drafts.save(
                connection, app.key, kind, document["key"], document, base_etag=etag, author=author
            )

    return write
