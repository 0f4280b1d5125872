"""A designer who reads no record sees none through the previews either."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from engine.definitions import drafts
from engine.platform.database import Database
from tests.builders.office import CUSTOMER, Browser, give, hire, line
from tests.records.making import Document, add, make_app

DEAL: Document = {
    "key": "deal",
    "name": {"zh-CN": "商机", "en": "Deal"},
    "title": "{name}",
    "fields": [
        line("name", "text", "名称", "Name"),
        line("before", "link", "前一个", "Before", form="deal", fill={"cost": "amount"}),
        line("customer", "link", "客户", "Customer", form="customer"),
        line("amount", "money", "金额", "Amount"),
        line("cost", "money", "成本", "Cost"),
        line("stage", "select", "阶段", "Stage", options=[{"value": "open", "label": "进行"}]),
        line("profit", "formula", "毛利", "Profit", formula="amount - cost", result="money"),
    ],
}
ROLES = (
    {"key": "designer", "name": "设计", "design": True, "grants": {}},
    {"key": "blind", "name": "看不到成本", "grants": {"deal": {"read": True, "fields": {"cost": "hidden"}}}},
    {
        "key": "caller",
        "name": "打电话",
        "grants": {"customer": {"read": True, "fields": {"revenue": "hidden"}}},
    },
    {"key": "seller", "name": "销售", "grants": {"deal": {"read": True, "create": True}}},
)
NEXT = {"key": "near", "kind": "linkage", "form": "deal", "set": {"amount": "cost"},
        "where": {"field": "name", "op": "eq", "value": {"current": "name"}}}  # fmt: skip


@pytest.fixture
def app(database: Database) -> str:
    key = make_app(database, CUSTOMER, DEAL, roles=ROLES)
    customer = add(database, key, "customer", name="晶创半导体", revenue=4321)
    add(database, key, "deal", name="秘密商机", amount=5000, cost=1222, stage="open", customer=customer)
    return key


@pytest.fixture
def designer(product: Flask, database: Database, app: str) -> Iterator[Browser]:
    member = hire(database).member_id
    give(database, app, "designer", member)
    yield Browser(product, database, member)


def draft(database: Database, app: str, document: Document) -> None:
    with database.begin() as connection:
        etag = drafts.get(connection, app, "forms", document["key"]).etag
        drafts.save(connection, app, "forms", document["key"], document, base_etag=etag, author=None)


def computed(browser: Browser, app: str, **sent: Any) -> str:
    answer = browser.send(f"/a/{app}/deal/design/preview/compute", data={"_at": "1", **sent})
    assert answer.status_code == 200, answer.text
    return answer.text


def with_fields(*fields: Document, **properties: Any) -> Document:
    return {**DEAL, "fields": [*DEAL["fields"], *fields], **properties}


def test_a_record_is_not_opened_by_the_preview(designer: Browser, app: str) -> None:
    told = computed(designer, app, _record="1", _field=["name"], name="x")
    assert "3778" not in told.replace(",", "") and "5000" not in told.replace(",", "")


def test_a_formula_that_is_drafted_tells_no_hidden_field(
    designer: Browser, database: Database, app: str
) -> None:
    draft(database, app, with_fields(
        line("spy", "formula", "窥", "Spy", formula="cost", result="money"),
        line("spy2", "formula", "窥", "Spy", formula="before.cost", result="money"),
        line("spy3", "formula", "窥", "Spy", formula="customer.revenue", result="money"),
    ))  # fmt: skip
    told = computed(designer, app, _record="1", _field=["before", "customer"], before="1", customer="1",
                    _changed="before customer")  # fmt: skip
    assert "1222" not in told.replace(",", "") and "4321" not in told.replace(",", "")

    sent = {"_field": "before", "before": "1", "_chosen": "before"}
    assert "1222" not in designer.send(f"/a/{app}/deal/design/preview/compute", data=sent).text


@pytest.mark.parametrize("path", ["before", "customer"])
def test_a_picker_offers_no_titles(designer: Browser, app: str, path: str) -> None:
    answer = designer.get(f"/a/{app}/deal/design/preview/choices?field={path}")
    assert (answer.status_code, answer.get_json()["choices"]) == (200, [])


@pytest.mark.parametrize("form", ["deal", "customer"])
def test_a_linkage_that_is_drafted_looks_up_with_the_designers_rights(
    designer: Browser, database: Database, app: str, form: str
) -> None:
    source = {"deal": "cost", "customer": "revenue"}[form]
    rule = {**NEXT, "form": form, "set": {"amount": source}, "rights": "app"}
    draft(database, app, with_fields(rules=[rule]))
    name = {"deal": "秘密商机", "customer": "晶创半导体"}[form]
    told = computed(designer, app, _field=["name"], name=name, _changed="name")
    assert "1222" not in told.replace(",", "") and "4321" not in told.replace(",", "")


def test_the_preview_works_out_what_is_typed(designer: Browser, app: str) -> None:
    told = computed(designer, app, _field=["amount", "cost"], amount="50", cost="8")
    assert "42" in told
    assert 'name="cost"' in designer.page(f"/a/{app}/deal/design/preview")


def test_who_may_read_the_records_picks_from_them(product: Flask, database: Database, app: str) -> None:
    member = hire(database).member_id
    give(database, app, "designer", member)
    give(database, app, "seller", member)
    answer = Browser(product, database, member).get(f"/a/{app}/deal/design/preview/choices?field=before")
    assert [one["label"] for one in answer.get_json()["choices"]] == ["秘密商机"]


@pytest.mark.parametrize("reads", ["customer.revenue", "spy", "seen", "customer.name", "amount"])
def test_a_rule_that_is_drafted_tells_nothing_of_what_it_reads(
    product: Flask, database: Database, app: str, reads: str
) -> None:
    member = hire(database).member_id
    give(database, app, "designer", member)
    give(database, app, "caller", member)
    spies = (
        line("spy", "formula", "窥", "Spy", formula="customer.revenue", result="money"),
        line("seen", "lookup", "见", "Seen", via="customer", field="revenue"),
    )
    value = {"customer.name": "晶创半导体", "amount": 4321}.get(reads, 4321)
    rule = {
        "key": "r",
        "kind": "display",
        "hide": ["name"],
        "when": {"field": reads, "op": "eq", "value": value},
    }
    draft(database, app, with_fields(*spies, rules=[rule]))
    sent = {"_field": ["customer", "amount"], "customer": "1", "amount": "4321", "_changed": "customer"}
    told = computed(Browser(product, database, member), app, **sent)
    assert ("&#34;name&#34;: true" in told) == (reads in ("customer.name", "amount"))


def board(browser: Browser, app: str, **view: Any) -> str:
    sent = {
        "view": {"key": "v", "name": "V", "kind": "kanban", "group_by": "stage", "columns": ["stage"], **view}
    }
    answer = browser.send(f"/a/{app}/deal/design/views/preview", sent)
    assert answer.status_code == 200, answer.text
    return answer.text.replace(",", "")


@pytest.mark.parametrize(
    "drafted", [{"type": "formula", "formula": "amount", "result": "money"}, {"type": "money"}]
)
def test_a_view_tells_no_value_of_a_formula_that_is_drafted_anew(
    product: Flask, database: Database, app: str, drafted: dict[str, Any]
) -> None:
    member = hire(database).member_id
    give(database, app, "designer", member)
    give(database, app, "blind", member)
    browser = Browser(product, database, member)
    add(database, app, "deal", name="公开商机", amount=10, cost=1, stage="open")
    profit = {"key": "profit", "label": "毛利", **drafted}
    draft(database, app, {**DEAL, "fields": [*DEAL["fields"][:-1], profit], "title": "{profit}"})
    both = board(browser, app, columns=["name", "amount"])
    assert "秘密商机" in both and "公开商机" in both
    for value in ("3778", "0"):
        found = board(browser, app, columns=["name"], where={"field": "profit", "op": "gte", "value": value})
        assert ("秘密商机" in found) == ("公开商机" in found)
    assert "3778" not in board(browser, app, columns=["name", "profit"], summary={"profit": "sum"})
    order = [
        board(browser, app, columns=["name"], sort=[{"field": "profit", "desc": desc}])
        for desc in (True, False)
    ]
    assert order[0] == order[1]


def test_a_form_with_a_table_of_related_records_can_be_previewed(database: Database, product: Flask) -> None:
    table = line("others", "lookup", "其他商机", "Others", form="deal", fields=["name", "stage"],
                 where={"field": "customer", "op": "eq", "value": {"current": "customer"}})  # fmt: skip
    app = make_app(database, CUSTOMER, with_fields(table), roles=ROLES)
    draft(database, app, with_fields(table, line("more", "text", "更多", "More")))
    boss = Browser(product, database, hire(database, administrator=True).member_id)
    page = boss.page(f"/a/{app}/deal/design/preview")
    assert "更多" in page
