"""Spoiled requests to what the scripts of pages ask for: always an answer or a plain refusal, never a failure of the server."""

import json
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.platform.database import Database
from tests.api import hostile
from tests.builders.office import CUSTOMER, LEVELS, ORDER, Browser, hire, line
from tests.records.making import add, make_app

HUGE = "9" * 23
WORDS = (
    "", " ", "1", "-1", "²", HUGE, "1,²", f"1,{HUGE}", "1e3", "٣", "x", "\x00", "a\x00b", "[1]", "{}", "null", "NaN", "code",
    "customer", "customer.name", "lines.qty", "owner", "team", "id", "nope", "..", "%", "../x", "é" * 600, "x" * 5_000,
)  # fmt: skip
"""What may stand in an address."""
DEAL = {
    **ORDER,
    "key": "deal",
    "name": {"zh-CN": "商机", "en": "Deal"},
    "fields": [*ORDER["fields"], line("stage", "select", "阶段", "Stage", options=LEVELS)],
}
WHERE = {
    "all": [{"field": "code", "op": "contains", "value": "晶"}, {"field": "amount", "op": "gt", "value": 1}]
}
SORT = [{"field": "amount", "desc": True}]
COLORS = [
    {"key": "red", "when": {"field": "amount", "op": "gt", "value": 1}, "color": "red", "field": "code"}
]
GRID_VIEW = {
    "key": "all", "name": {"zh-CN": "全部"}, "kind": "grid", "columns": ["code", {"field": "amount", "width": 90}],
    "where": WHERE, "sort": SORT, "summary": {"amount": "sum"}, "freeze": 1,
}  # fmt: skip
KANBAN = {**GRID_VIEW, "kind": "kanban", "group_by": "stage", "colors": COLORS, "card": {"badge": "stage"}}
CALENDAR = {**GRID_VIEW, "kind": "calendar", "date": "day", "colors": COLORS, "scale": "month"}
VIEWS = [GRID_VIEW, {**KANBAN, "key": "lanes"}, {**CALENDAR, "key": "days"}]
SHOWN = {
    "where": WHERE, "sort": SORT, "search": "晶", "columns": [{"key": "code", "width": 90}, {"key": "amount"}],
    "freeze": 1, "summary": {"amount": "sum"}, "colors": COLORS, "height": "tall",
    "groups": [{"field": "stage"}, {"field": "day", "bucket": "month"}], "name": "我的",
}  # fmt: skip
WINDOW = {"where": WHERE, "sort": SORT, "search": "晶", "fields": ["code", "stage"], "offset": 0, "limit": 5}
RULE = {
    "key": "r", "kind": "display", "name": {"zh-CN": "规则"}, "when": {"field": "stage", "op": "eq", "value": "A"},
    "show": ["cost"], "hide": [], "require": ["amount"], "lock": [],
}  # fmt: skip
POSTED: tuple[tuple[str, Any], ...] = (
    ("deal/grid/rows", WINDOW),
    ("deal/grid/rows", {**WINDOW, "colors": COLORS, "parts": [{"inside": WHERE, "offset": 1, "limit": 2}]}),
    ("deal/grid/groups", {**WINDOW, "groups": SHOWN["groups"], "measures": [{"field": "amount", "fn": "sum"}]}),
    ("deal/grid/totals", {"where": WHERE, "search": "晶", "fields": ["amount"]}),
    ("deal/grid/totals", {"measures": [{"field": "amount", "fn": "sum"}]}),
    ("deal/grid/values", {"field": "stage", "where": WHERE, "search": "A"}),
    ("deal/grid/cells", {"changes": [{"id": 1, "version": 1, "values": {"code": "x"}}], "text": True, "where": WHERE,
                         "search": "x", "colors": COLORS}),
    ("deal/grid/selection", {"values": {"code": "y"}, "ids": [1, 2]}),
    ("deal/grid/selection/preview", {"formulas": {"amount": "cost * 2"}, "all": True, "except": [1], "where": WHERE}),
    ("deal/grid/deletion", {"ids": [900_001], "all": False, "where": WHERE}),
    ("deal/exports", {"format": "csv", "where": WHERE, "sort": SORT, "fields": ["code"], "search": "x", "ids": [1]}),
    ("deal/views", SHOWN),
    ("deal/views?view={own}", {**SHOWN, "update": True}),
    ("deal/views?view=all", {**SHOWN, "update": True}),
    ("deal/conditions/sentence", {"where": WHERE}),
    ("deal/conditions/sentence?current=order", {"wheres": [WHERE, {"field": "day", "op": "eq", "value": {"current": "day"}}]}),
    ("deal/design/views/preview", {"view": GRID_VIEW}),
    ("deal/design/views/preview", {"view": KANBAN}),
    ("deal/design/views/preview", {"view": CALENDAR}),
    ("deal/design/rules/sentences", {"rules": [RULE]}),
    ("deal/quick-field", {"label": "", "tile": "text", "options": "a\nb", "form": "customer", "view": "all"}),
    ("deal/formulas/check", {"formula": "amount - cost", "result": "money", "field": "margin", "inside": "lines"}),
    ("deal/formulas/trial", {"formula": "amount - cost", "record": 1, "decimals": 2, "result": "money", "draft": True}),
    ("deal/design/cards", {"fields": DEAL["fields"]}),
    ("deal/design/linked-form", {"path": "nope", "name": "x", "form": "x"}),
)  # fmt: skip
ASKED: tuple[tuple[str, dict[str, str]], ...] = (
    ("deal/grid/config", {"view": "all", "import": "x"}),
    ("deal/grid/choices", {"field": "customer", "ids": "1,2"}),
    ("deal/grid/choices", {"field": "owner", "q": "晶", "current.customer": "1", "current.amount": "2"}),
    ("deal/conditions/fields", {"at": "customer", "current": "order", "inside": "lines", "draft": "1"}),
    ("deal/conditions/choices", {"field": "customer", "ids": "1", "draft": "1"}),
    ("deal/conditions/choices", {"field": "owner", "q": "晶"}),
    ("deal/formulas/names", {"inside": "lines", "under": "customer", "draft": "1"}),
    ("deal/formulas/records", {"q": "晶", "draft": "1"}),
    ("deal/design/uses", {"path": "code"}),
    ("deal/design/kept", {"path": "code"}),
    ("deal/design/key", {"name": "编号"}),
    ("deal/design/fields/customer", {"path": "name"}),
    ("deal/design/preview/choices", {"field": "customer", "q": "晶"}),
    ("deal/design/views", {"view": "all"}),
    ("deal/board/lane", {"view": "lanes", "lane": "A", "offset": "1", "where": "{}"}),
    ("deal/calendar", {"view": "days", "at": "2026-03-01", "scale": "week"}),
    ("deal", {"view": "all", "where": json.dumps(WHERE), "sort": "-amount", "search": "x"}),
    ("roles/why", {"form": "deal", "member": "1", "record": "1", "field": "code"}),
    ("roles/why/records", {"form": "deal", "q": "#1"}),
)
PATCHED = ("deal/design/document", "navigation/document")
CHANGES = [
    {"path": ["fields", "code", "label"], "after": {"zh-CN": "x"}},
    {"path": ["views", "all"], "after": GRID_VIEW},
    {"path": ["fields"], "order": ["amount", "code"]},
]


class Pages:
    """The pages of an app, asked as their scripts ask; nothing that is sent may bring one down."""

    def __init__(self, browser: Browser, app: str) -> None:
        self.browser = browser
        self.base = f"/a/{app}"
        self.own = "my-0"

    def post(self, path: str, sent: Any) -> Any:
        """Send JSON, as broken as it may be."""
        where = f"{self.base}/{path.format(own=self.own)}"
        return self.held("POST", where, data=json.dumps(sent), content_type="application/json")

    def ask(self, path: str, asked: dict[str, str]) -> Any:
        """Ask by an address."""
        return self.held("GET", f"{self.base}/{path}", query_string=asked)

    def patch(self, path: str, changes: Any) -> None:
        """Send steps of a designer over the draft as it stands."""
        etag = self.browser.get(f"{self.base}/{path}").headers["ETag"]
        headers = {"If-Match": etag}
        sent = json.dumps({"changes": changes})
        self.held("PATCH", f"{self.base}/{path}", data=sent, content_type="application/json", headers=headers)

    def held(self, method: str, path: str, **sent: Any) -> Any:
        """What is answered; a refusal is one in words."""
        answer = self.browser.send(path, method=method, **sent)
        told = f"{method} {path} {str(sent)[:3000]}\n{answer.text[:800]}"
        assert answer.status_code < 500, told
        if answer.status_code >= 400 and answer.is_json:
            assert (answer.json or {})["message"], told
        return answer


@pytest.fixture(scope="module")
def pages(product: Flask, database: Database) -> Pages:
    app = make_app(database, CUSTOMER, {**ORDER, "fields": ORDER["fields"][:4]}, {**DEAL, "views": VIEWS})
    boss = hire(database, "陈总", administrator=True).member_id
    customer = add(database, app, "customer", name="晶创", level="A", owner=boss)
    for number in range(3):
        add(database, app, "deal", code=f"晶{number}", customer=customer, owner=boss, team=[boss], amount=number * 9,
            cost=1, day="2026-03-01", stage="A", lines=[{"item": "相机", "qty": 1}])  # fmt: skip
    found = Pages(Browser(product, database, boss), app)
    made = found.post("deal/views", SHOWN)
    found.own = made.json["url"].split("view=")[1]
    return found


def examples(count: int) -> Any:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip


def test_what_pages_ask_for_is_answered(pages: Pages) -> None:
    for path, sent in POSTED:
        if "quick-field" not in path and "linked-form" not in path and "deletion" not in path:
            answer = pages.post(path, sent)
            assert answer.status_code < 300, (path, answer.status_code, answer.text[:500])
    for path, asked in ASKED:
        answer = pages.ask(path, asked)
        assert answer.status_code < 300, (path, answer.status_code, answer.text[:500])


@examples(120)
@given(seed=st.integers(0, 2**40))
def test_spoiled_requests_of_pages_never_break_the_server(pages: Pages, seed: int) -> None:
    spoil(pages, Random(seed))


@pytest.mark.soak
@examples(10_000)
@given(seed=st.integers(0, 2**40))
def test_very_many_spoiled_requests_of_pages_never_break_the_server(pages: Pages, seed: int) -> None:
    spoil(pages, Random(seed))


def spoil(pages: Pages, random: Random) -> None:
    way = random.random()
    if way < 0.6:
        path, good = random.choice(POSTED)
        sent = hostile.copied(good)
        if "where" in sent and random.random() < 0.2:
            sent["where"] = hostile.condition(random)
        pages.post(path, hostile.spoiled(sent, random))
    elif way < 0.9:
        path, asked = random.choice(ASKED)
        changed = {name: random.choice(WORDS) for name in asked if random.random() < 0.5}
        pages.ask(path, {**asked, **changed})
    else:
        pages.patch(random.choice(PATCHED), hostile.spoiled(CHANGES, random))


@pytest.mark.parametrize("ids", ["²", HUGE, "1,²", "٣", "-1", "0"])
def test_numbers_that_are_none_name_nobody(pages: Pages, ids: str) -> None:
    for path in ("deal/grid/choices", "deal/conditions/choices"):
        assert pages.ask(path, {"field": "owner", "ids": ids}).status_code == 200
    assert pages.held("POST", f"{pages.base}/deal/grid/restoration?ids={ids}").status_code < 500
    assert pages.ask("roles/why", {"form": "deal", "member": ids, "record": ids}).status_code < 500
    for what in ("name", "deletion"):
        assert pages.held("POST", f"{pages.base}/deal/views/my-{ids}/{what}").status_code < 500
    picked = {
        "_chosen": f"lines.{ids}.item",
        "_changed": f"lines.{ids}.item",
        "_record": ids,
        "_field": "lines",
        "lines.0.item": "x",
    }
    assert pages.held("POST", f"{pages.base}/deal/compute", data=picked).status_code < 500
    for name in ("current.amount", "current.customer"):
        pages.ask("deal/grid/choices", {"field": "owner", name: ids})


@pytest.mark.parametrize(
    ("path", "sent", "place"),
    [
        ("deal/grid/rows", {"fields": [{}]}, "/fields/0"),
        ("deal/grid/totals", {"fields": [{}]}, "/fields/0"),
        ("deal/grid/groups", {"groups": [{"field": "stage"}], "sort": [{"field": ["a"], "desc": True}]}, "/sort/0/field"),
        ("deal/quick-field", {"label": "a", "tile": "link", "form": ["x"]}, "/form"),
        ("deal/views", {"name": "x", "columns": [{"key": "code"}], "where": 5}, "/where"),
        ("deal/views", {"name": "x", "columns": [{"key": ["a"]}]}, "/columns/0/key"),
        ("deal/views", {"name": "x", "where": {"field": [1]}}, "/where/field"),
        ("deal/views", {"name": "x", "sort": [{"field": "no_such_field"}]}, "/sort/0/field"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_its_place(pages: Pages, path: str, sent: Any, place: str) -> None:
    answer = pages.post(path, sent)
    assert answer.status_code == 422, answer.text
    assert place in [one["pointer"] for one in answer.json["errors"]], answer.text


def test_conditions_that_nobody_can_read_are_still_said(pages: Pages) -> None:
    wheres = [
        {"all": 5},
        {"field": "code", "op": [], "value": {"a": 1}},
        {"any": [1]},
        {"not": 7},
        {"all": {"a": 1}},
    ]
    answer = pages.post("deal/conditions/sentence", {"wheres": wheres})
    assert answer.status_code == 200, answer.text
    assert all(one["faults"] for one in answer.json["sentences"])


@pytest.mark.parametrize(
    "view",
    [
        {"kind": "calendar", "date": ["x"]},
        {"kind": ["kanban"], "columns": 5, "where": 7, "sort": "x"},
        {"kind": "kanban", "group_by": "stage", "columns": [[1]], "sort": [5], "colors": [5]},
        {"kind": "kanban", "group_by": "stage", "where": {"field": [1]}},
        {"kind": "calendar", "date": "day", "colors": [{"when": {"all": [1]}, "color": "red"}]},
    ],
)
def test_a_view_that_is_none_is_told_in_the_preview(pages: Pages, view: Any) -> None:
    answer = pages.post("deal/design/views/preview", {"view": view})
    assert answer.status_code == 200 and 'role="alert"' in answer.text, answer.text
