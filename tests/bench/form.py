"""The bench form: 12 fields, one link, one unique, two formulas; its rows, and the bare table beside it."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

STATUSES = ("new", "open", "won", "lost", "paused")
ACCOUNTS = 5_000

ACCOUNT = {
    "key": "account",
    "name": {"zh-CN": "客户", "en": "Account"},
    "title": "{name}",
    "fields": [{"key": "name", "type": "text", "label": {"zh-CN": "名称", "en": "Name"}}],
}


def order(key: str = "order") -> dict[str, Any]:
    """The form's definition."""
    return {
        "key": key,
        "name": {"zh-CN": "订单", "en": "Order"},
        "title": "{code}",
        "fields": [
            {
                "key": "code",
                "type": "text",
                "label": "Code",
                "required": True,
                "unique": "must",
                "max_length": 40,
            },
            {"key": "name", "type": "text", "label": "Name", "required": True},
            {"key": "account", "type": "link", "label": "Account", "form": "account"},
            {"key": "quantity", "type": "number", "label": "Quantity", "min": 0, "decimals": 0},
            {"key": "price", "type": "money", "label": "Price"},
            {"key": "discount", "type": "percent", "label": "Discount", "min": 0, "max": 1},
            {"key": "ordered_on", "type": "date", "label": "Ordered on"},
            {
                "key": "status",
                "type": "select",
                "label": "Status",
                "options": [{"value": one, "label": one.title()} for one in STATUSES],
            },
            {"key": "urgent", "type": "switch", "label": "Urgent"},
            {"key": "remark", "type": "textarea", "label": "Remark"},
            {
                "key": "total",
                "type": "formula",
                "label": "Total",
                "result": "money",
                "formula": "quantity * price * (1 - discount)",
            },
            {
                "key": "size",
                "type": "formula",
                "label": "Size",
                "result": "text",
                "formula": 'IF(total > 50000, "large", IF(total > 5000, "middle", "small"))',
            },
        ],
        "rules": [
            {
                "key": "sound",
                "kind": "validation",
                "level": "must",
                "formula": "price >= 0",
                "message": "Price can't be negative",
                "fields": ["price"],
            }
        ],
        "views": [
            {
                "key": "all",
                "name": "All",
                "kind": "grid",
                "sort": [{"field": "ordered_on", "desc": True}],
                "columns": ["code", "name", "account", "quantity", "price", "total", "status", "ordered_on"],
            }
        ],
    }


def row(number: int, account: int | None, chance: random.Random) -> dict[str, Any]:
    """One row's values as the field types make them."""
    return {
        "code": f"B-{number:08d}",
        "name": f"{chance.choice(_FIRST)}{chance.choice(_SECOND)}订单 {number}",
        "account": account,
        "quantity": Decimal(chance.randint(1, 500)),
        "price": Decimal(chance.randint(100, 99_999)) / 100,
        "discount": Decimal(chance.randint(0, 30)) / 100,
        "ordered_on": date(2020, 1, 1) + timedelta(days=chance.randint(0, 2_190)),
        "status": STATUSES[number % len(STATUSES)],
        "urgent": chance.random() < 0.2,
        "remark": f"第 {number} 行的备注，来自{chance.choice(_SECOND)}",
    }


def rows(count: int, accounts: list[int], first: int = 1) -> Iterator[dict[str, Any]]:
    """Rows from a seeded generator."""
    chance = random.Random(first)
    for number in range(first, first + count):
        yield row(number, chance.choice(accounts), chance)


def sent(values: dict[str, Any]) -> dict[str, Any]:
    """A row's values as the API takes them."""
    return {
        key: str(value)
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for key, value in values.items()
    }


_FIRST = ("华东", "华南", "华北", "西南", "东北", "西北", "华中", "海外")
_SECOND = ("机械", "电子", "食品", "服装", "化工", "建材", "医药", "物流", "能源", "教育")
