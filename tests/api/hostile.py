"""Good requests, and ways to spoil them."""

import copy
from random import Random
from typing import Any

from tests.api.shop import CUSTOMER, ORDER

Json = Any


def deep(depth: int, kind: str) -> Json:
    """Something nested very deeply."""
    found: Json = {"field": "name", "op": "empty"}
    for _ in range(depth):
        found = {"not": found} if kind == "not" else {"all": [found]} if kind == "all" else [found]
    return found


LEAVES: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**64, 10**30, -(10**30), 0.1, 1e308, -1e-308, "", " ", "\x00",
    "a\x00b", "\ud800", "\u202eabc", "😀", "é" * 600, "x" * 10_001, "'; DROP TABLE jianflow.member; --", "../../etc/passwd",
    "%", "{name}", "NaN", "Infinity", "1e999", "0000-00-00", "9999-12-31", "10000-01-01", "2026-03-01T99:00:00Z", "0001-01-01",
    "2026-W54", [], {}, [[]], [None], [1, "a", None], {"id": None}, {"id": 2**70}, {"id": "x"}, {"id": True}, {"me": True}, {"me": 1},
    {"period": "x"}, {"period": None}, {"period": "last_n_days", "n": 10**12}, {"period": "9999-Q4"}, {"period": "next_year"},
    {"days_ago": 10**20}, {"days_ago": 999_999}, {"days_ahead": -1}, {"formula": "("}, {"formula": "1/0"}, {"formula": "name & 1"},
    {"formula": "9^9^9^9"}, {"formula": ""}, {"current": "nope"}, {"current": "id"}, {"my_reports": True, "below": True},
    {"error": "#N/A"}, {"": ""}, {"zh-CN": None}, ["x"] * 1500, list(range(1500)), deep(60, "all"), deep(900, "not"), deep(900, "list"),
    {f"k{number}": number for number in range(300)},
)  # fmt: skip
WORDS = (
    "id", "name", "level", "tags", "amount", "price", "day", "at", "parent", "friends", "parent.level", "parent.parent.parent.name",
    "lines", "lines.qty", "lines.sum", "customer", "recent", "papers", "per", "today", "code", "owner", "owner.department",
    "created_at", "version", "flow_state", "team", "dept", "part", "nope", "name.name", ".", "", "owner.", "a.b.c.d.e.f.g.h.i.j",
    "eq", "in", "between", "contains_all", "starts_with", "sum", "median", "count_distinct", "select", "formula", "rollup",
)  # fmt: skip


def condition(random: Random, depth: int = 0) -> Json:
    """A condition that may hold water or not."""
    if depth < 4 and random.random() < 0.3:
        kind = random.choice(("all", "any", "not"))
        inner = [condition(random, depth + 1) for _ in range(random.randint(0, 3))]
        return {kind: inner if kind != "not" else condition(random, depth + 1)}
    operators = (
        "eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "contains", "not_contains", "starts_with",
        "contains_any", "contains_all", "empty", "not_empty",
    )  # fmt: skip
    made = {"field": random.choice(WORDS[:33]), "op": random.choice(operators)}
    if random.random() < 0.9:
        leaves = (*LEAVES, "A", "2026-03-01", "20.5", ["A"], ["1", "2"], [1, 5])
        made["value"] = random.choice(leaves)
    return made


def copied(value: Json) -> Json:
    """A copy of it; what is nested more deeply than Python's own copying goes stays shared."""
    try:
        return copy.deepcopy(value)
    except RecursionError:
        return value


def spoiled(good: Json, random: Random) -> Json:
    """The same with one to three places replaced, taken away or added to."""
    made = copied(good)
    for _ in range(random.randint(1, 3)):
        places: list[tuple[Any, Any]] = []
        _collect(made, places)
        if not places:
            return copied(random.choice(LEAVES))
        parent, key = random.choice(places)
        way = random.random()
        if way < 0.6:
            parent[key] = copied(random.choice(LEAVES))
        elif way < 0.75:
            parent[key] = random.choice(WORDS)
        elif way < 0.85 and isinstance(parent, dict):
            parent.pop(key)
        elif way < 0.95 and isinstance(parent, dict):
            parent[random.choice(WORDS)] = copied(parent[key])
        elif isinstance(parent, list):
            parent.append(copied(parent[key]))
    return made


def _collect(here: Json, places: list[tuple[Any, Any]], depth: int = 0) -> None:
    if depth > 12:
        return
    pairs = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
    for key, value in list(pairs):
        places.append((here, key))
        _collect(value, places, depth + 1)


ROLE = {
    "key": "seller", "name": {"zh-CN": "销售"}, "design": False,
    "grants": {"customer": {"read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}, "create": True,
                            "fields": {"price": "hidden", "amount": "read"}}, "order": {"read": True}},
}  # fmt: skip
VALUES = {
    "name": "n", "level": "A", "tags": ["x"], "amount": "1.5", "price": 2, "rate": "0.05", "day": "2026-03-01",
    "at": "2026-03-01T02:00:00Z", "active": True, "phone": "021-555", "email": "a@b.cn", "website": "https://a.cn",
    "manager": 1, "team": [1], "dept": None, "parent": 1, "friends": [1], "papers": [], "note": "x", "owner": 1,
}  # fmt: skip
WHERE = {
    "all": [
        {"field": "level", "op": "in", "value": ["A"]},
        {"not": {"field": "day", "op": "lt", "value": {"period": "this_month"}}},
    ]
}


def requests(place: str, random: Random) -> list[tuple[str, str, Json]]:
    """Good requests of every kind, for one app."""
    customers, orders = f"{place}/forms/customer/records", f"{place}/forms/order/records"
    query = {
        "where": WHERE,
        "sort": [{"field": "name", "desc": True}],
        "fields": ["name"],
        "search": "n",
        "limit": 5,
        "count": True,
    }
    totals = {
        "where": condition(random), "group_by": [{"field": "day", "bucket": "month"}], "limit": 5,
        "measures": [{"fn": "sum", "field": "amount", "as": "s", "where": WHERE}], "sort": [{"field": "s"}],
        "having": {"field": "s", "op": "gt", "value": 1},
    }  # fmt: skip
    lines = [{"item": "a", "qty": 1, "price": "2"}]
    batch = [
        {"op": "create", "values": VALUES}, {"op": "update", "id": 1, "version": 1, "values": {"amount": 1}},
        {"op": "delete", "id": 7},
    ]  # fmt: skip
    items = [{"form": "customer"}]
    app = {"key": "app", "name": "x", "navigation": [{"key": "a", "label": "x", "items": items}]}
    member = {
        "name": "n",
        "account": "n",
        "phone": "13800138000",
        "email": "a@b.cn",
        "department": 1,
        "also_in": [1],
        "superior": 1,
    }
    formula = {
        "formula": "SUM(lines.q) + amount & name",
        "values": {"lines": [{"q": 1}], "amount": 2, "name": "x"},
        "locale": "en",
    }
    by_item = {"group_by": [{"field": "lines.item"}], "measures": [{"fn": "sum", "field": "lines.sum"}]}
    return [
        ("POST", customers, {"values": VALUES, "draft": False}),
        ("PATCH", f"{customers}/1", {"values": VALUES}),
        ("POST", orders, {"values": {"code": "1", "customer": 1, "lines": lines}}),
        ("PATCH", f"{orders}/1", {"values": {"lines": [{"id": 1, "qty": 2}, *lines]}}),
        ("POST", f"{customers}/batch", {"operations": batch, "atomic": random.random() < 0.5}),
        ("POST", f"{customers}/query", query),
        ("POST", f"{customers}/query", {"where": condition(random), "count": True}),
        ("POST", f"{orders}/query", {"where": condition(random)}),
        (
            "POST",
            f"{customers}/query",
            {"sort": [{"field": random.choice(WORDS)}], "cursor": "WzEsMl0", "limit": 2},
        ),
        ("POST", f"{customers}/aggregate", totals),
        ("POST", f"{orders}/aggregate", totals),
        ("POST", f"{orders}/aggregate", by_item),
        ("POST", f"{customers}/1/comments", {"text": "x"}),
        ("POST", f"{place}/forms/customer/exports", {"format": "csv", "where": WHERE, "sort": query["sort"]}),
        ("GET", f"{customers}/1/explain/{random.choice(WORDS[:30]).replace('.', '') or 'x'}", None),
        ("PUT", f"{place}/definitions/forms/customer", CUSTOMER),
        ("PUT", f"{place}/definitions/forms/order", ORDER),
        ("PUT", f"{place}/definitions/roles/seller", ROLE),
        ("PUT", f"{place}/definitions/app/app", app),
        ("POST", f"{place}/publish", {"only": [{"kind": "forms", "key": "order"}]}),
        ("PUT", f"{place}/roles/seller/members", {"members": [2], "departments": [1]}),
        ("POST", "/members", member),
        ("PATCH", "/members/2", {"name": "n", "state": "active", "department": 1}),
        ("POST", "/departments", {"name": "d", "parent": 1, "head": 1}),
        ("PATCH", "/departments/1", {"name": "d", "parent": None, "head": 1}),
        ("POST", "/formulas/evaluate", formula),
        ("POST", "/members/2/api-keys", {"name": "x"}),
        ("POST", "/apps", {"name": {"zh-CN": "x"}, "sample_data": False}),
    ]
