"""A small app with every type of field, made as a program from outside makes one."""

from typing import Any

from tests.api.caller import Caller

Document = dict[str, Any]


def field(key: str, kind: str, **properties: Any) -> Document:
    return {"key": key, "type": kind, "label": {"zh-CN": key, "en": key.title()}, **properties}


LEVELS = [
    {"value": "A", "label": {"zh-CN": "重点", "en": "Key"}, "color": "green"},
    {"value": "B", "label": {"zh-CN": "普通", "en": "Ordinary"}},
]

CUSTOMER: Document = {
    "key": "customer",
    "name": {"zh-CN": "客户", "en": "Customer"},
    "title": "{name}",
    "fields": [
        field("name", "text", required=True, unique="must"),
        field("level", "select", options=LEVELS),
        field("tags", "multi_select", options=[{"value": "x", "label": {"zh-CN": "甲"}}, {"value": "y"}]),
        field("boxes", "checkboxes", options=[{"value": "x"}, {"value": "y"}]),
        field("amount", "number"),
        field("price", "money"),
        field("rate", "percent"),
        field("day", "date"),
        field("at", "datetime"),
        field("active", "switch"),
        field("phone", "phone"),
        field("email", "email"),
        field("website", "url"),
        field("manager", "member"),
        field("team", "members"),
        field("dept", "department"),
        field("depts", "departments"),
        field("parent", "link", form="customer", on_delete="refuse"),
        field("friends", "links", form="customer"),
        field("papers", "file"),
        field("photo", "image"),
        field("note", "textarea"),
        field("code", "serial", pattern=[{"text": "KH-"}, {"digits": 4, "reset": "never"}]),
        field("parent_level", "lookup", via="parent", field="level"),
        field(
            "recent", "lookup", form="order", fields=["code", "total"], limit=3,
            where={"field": "customer", "op": "eq", "value": {"current": "id"}},
        ),
        field("bought", "rollup", form="order", via="customer", fn="sum", field="total"),
        field("orders", "rollup", form="order", via="customer", fn="count"),
        field("double", "formula", formula="amount * 2", result="number"),
        field("per", "formula", formula="price / amount", result="number"),
        field("today", "formula", formula="TODAY()", result="date"),
        field("large", "formula", formula="amount >= 100", result="boolean"),
        field("part", "section"),
        field(
            "take", "button", when={"field": "owner", "op": "empty"},
            action={"kind": "set_fields", "set": {"owner": {"me": True}}},
        ),
    ],
}  # fmt: skip
ORDER: Document = {
    "key": "order",
    "name": {"zh-CN": "订单", "en": "Order"},
    "title": "{code}",
    "fields": [
        field("code", "text"),
        field("customer", "link", form="customer", on_delete="empty"),
        field(
            "lines", "subform",
            fields=[
                field("item", "text"), field("qty", "number"), field("price", "money"),
                field("sum", "formula", formula="qty * price", result="money"),
            ],
        ),
        field("total", "formula", formula="SUM(lines.sum)", result="money"),
        field("kept", "switch"),
    ],
    "rules": [
        {"key": "few", "kind": "validation", "level": "must", "formula": "total <= 1000000",
         "message": {"zh-CN": "订单太大"}, "fields": ["lines"]},
        {"key": "coded", "kind": "validation", "level": "remind", "formula": "LEN(code) > 0",
         "message": {"zh-CN": "建议填写编号"}, "fields": ["code"]},
    ],
}  # fmt: skip


def open_shop(boss: Caller, *roles: Document) -> str:
    """The path of a new app with these forms and roles live."""
    place = f"/apps/{boss.ok('POST', '/apps', {'name': '商店'})['key']}"
    for kind, document in [("forms", CUSTOMER), ("forms", ORDER), *(("roles", role) for role in roles)]:
        path = f"{place}/definitions/{kind}/{document['key']}"
        known = boss("GET", path)
        headers = {"If-Match": known.headers["ETag"]} if known.status_code == 200 else {}
        boss.ok("PUT", path, document, headers=headers)
    boss.ok("POST", f"{place}/publish")
    return place
