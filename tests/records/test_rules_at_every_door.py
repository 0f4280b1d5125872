"""The same bad record is refused at every door, with the same fault at the same place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.access import api_keys
from engine.fields.base import ParseContext
from engine.platform.database import Database
from engine.platform.settings import Settings
from engine.records.bulk.write import Row, loading
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import ENGINE, Document, add, change, field, form, live_of, make_app, stored, text

OPTIONS = [{"value": one, "label": one.title()} for one in ("open", "won", "lost")]
STAGE = {"field": "stage", "op": "eq", "value": "won"}
DEAL = form(
    "deal",
    text(),
    field("stage", "select", options=OPTIONS, default="open"),
    field("reason", "select", options=[{"value": "price"}, {"value": "time"}]),
    field("amount", "money"),
    field("paid", "money"),
    text("contract"),
    text("tax_no", required=True),
    field("lines", "subform", fields=[field("qty", "number"), text("part", required=True), field("max", "number")]),
    rules=[
        {"key": "contract", "kind": "display", "when": STAGE, "require": ["contract"]},
        {"key": "tax", "kind": "display", "when": {"field": "name", "op": "starts_with", "value": "x"}, "hide": ["tax_no"]},
        {"key": "closed", "kind": "display", "when": {"field": "paid", "op": "gt", "value": 0}, "lock": ["paid"]},
        {"key": "reasons", "kind": "options", "field": "reason", "by": "stage", "allow": {"lost": ["price"]}},
        {"key": "positive", "kind": "validation", "formula": "amount >= 0", "fields": ["amount", "stage"],
         "message": {"zh-CN": "金额不能为负", "en": "No negative amount"}},
        {"key": "qty", "kind": "validation", "inside": "lines", "formula": "qty <= max", "fields": ["lines.qty"],
         "when": {"field": "max", "op": "not_empty"}, "message": {"zh-CN": "超过上限", "en": "Above the limit"}},
    ],
)  # fmt: skip
GOOD: Document = {"name": "甲", "tax_no": "91", "paid": 0}
BAD: dict[str, tuple[Document, list[tuple[str, str]]]] = {
    "required by a rule": ({"stage": "won"}, [("contract", "required")]),
    "required, and no longer hidden": ({"tax_no": None, "stage": "open"}, [("tax_no", "required")]),
    "an option that is not offered": (
        {"stage": "lost", "reason": "time"},
        [("reason", "option_not_offered")],
    ),
    "a formula that must be true": ({"amount": "-1"}, [("amount", "rule"), ("stage", "rule")]),
    "a row that breaks a rule": (
        {"lines": [{"qty": 1, "part": "a", "max": 2}, {"qty": 3, "part": "b", "max": 2}]},
        [("lines.qty", "rule")],
    ),
    "a column that is required": ({"lines": [{"qty": 1}]}, [("lines.part", "required")]),
}
Told = set[tuple[str, str, str]]


@dataclass
class House:
    """The app with its doors open."""

    database: Database
    app: str
    browser: Browser
    key: str

    def call(self, method: str, path: str, body: Any) -> Any:
        answer = self.browser.client.open(
            f"/api/v1/apps/{self.app}/forms/deal/records{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {self.key}", "Accept-Language": "zh-CN"},
        )
        assert answer.status_code == 422, answer.text
        return answer.json["errors"]


def told(errors: list[dict[str, str]], before: str = "/values/") -> Told:
    return {(path_of(one["pointer"].removeprefix(before)), one["code"], one["message"]) for one in errors}


def path_of(pointer: str) -> str:
    return ".".join(step for step in pointer.split("/") if not step.isdigit())


def by_api(house: House, record: int | None, sent: Document) -> Told:
    if record is None:
        return told(house.call("POST", "", {"values": sent}))
    return told(house.call("PATCH", f"/{record}", {"values": sent}))


def by_batch(house: House, record: int | None, sent: Document) -> Told:
    operation = (
        {"op": "create", "values": sent} if record is None else {"op": "update", "id": record, "values": sent}
    )
    return told(house.call("POST", "/batch", {"operations": [operation]}), "/operations/0/values/")


def parsed(house: House, sent: Document) -> Document:
    deal, context = live_of(house.database, house.app).form("deal"), ParseContext()
    fields = {key: field for key in sent if (field := deal.field(key)) is not None}
    return {key: field.kind.parse(sent[key], field, context) for key, field in fields.items()}


def by_import(house: House, record: int | None, sent: Document) -> Told:
    values = parsed(house, sent)
    with loading(house.database, house.app, "deal", ENGINE) as load:
        load.stage([Row(1, values, record)])
        done = load.finish()
    assert done.rejected == 1 and done.created == done.updated == 0
    return {(one.field or "", one.code, str(one.message)) for one in done.faults}


def by_page(house: House, record: int | None, sent: Document) -> Told:
    base = f"/a/{house.app}/deal"
    now = {} if record is None else stored(house.database, house.app, "deal", record).values
    posted: list[tuple[str, str]] = [("csrf", house.browser.csrf)]
    for key in ("name", "stage", "reason", "amount", "paid", "contract", "tax_no", "lines"):
        posted.append(("_field", key))
        value = sent[key] if key in sent else now.get(key)
        if key == "lines":
            for number, row in enumerate(value or ()):
                posted += [(f"lines.{number}.{column}", str(one)) for column, one in row.items()]
        else:
            posted.append((key, "" if value is None else str(value)))
    path = f"{base}/new" if record is None else f"{base}/{record}/edit"
    body = {key: [one for name, one in posted if name == key] for key, _ in posted}
    answer = house.browser.client.post(path, data=body)
    assert answer.status_code == 422, answer.text
    found = re.findall(r'id="field-([\w-]+)-fault" role="alert">([^<]+)<', answer.text)
    codes = dict(EXPECTED_CODES)
    places = {(re.sub(r"-\d+-", ".", place), unescape(message)) for place, message in found}
    return {(place, codes.get(place, "?"), message) for place, message in places}


def by_grid(house: House, record: int | None, sent: Document) -> Told:
    answer = house.browser.client.post(
        f"/a/{house.app}/deal/grid/cells",
        json={"changes": [{"id": record, "values": sent}]},
        headers={"X-CSRF-Token": house.browser.csrf},
    )
    errors = answer.json["results"][0]["errors"]
    codes = dict(EXPECTED_CODES)
    return {(one["field"], codes.get(one["field"], "?"), one["message"]) for one in errors}


EXPECTED_CODES: list[tuple[str, str]] = []
DOORS: dict[str, Callable[[House, int | None, Document], Told]] = {
    "api": by_api,
    "batch": by_batch,
    "import": by_import,
    "page": by_page,
    "grid": by_grid,
}


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def house(product: Flask, database: Database) -> House:
    app = make_app(database, DEAL)
    boss = hire(database, "陈晨", administrator=True)
    with database.begin() as connection:
        key = api_keys.issue(connection, boss.member_id, author=ENGINE)
    return House(database, app, Browser(product, database, boss.member_id), key)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("bad", BAD)
def test_a_change_that_breaks_a_rule_is_refused_alike(house: House, bad: str, door: str) -> None:
    sent, expected = BAD[bad]
    if door == "grid" and "lines" in sent:
        pytest.skip("the grid has no cell for a subform")
    check(house, door, add(house.database, house.app, "deal", **GOOD), sent, expected)


@pytest.mark.parametrize("door", [one for one in DOORS if one != "grid"])
@pytest.mark.parametrize("bad", BAD)
def test_a_new_record_that_breaks_a_rule_is_refused_alike(house: House, bad: str, door: str) -> None:
    sent, expected = BAD[bad]
    check(house, door, None, {**GOOD, **sent}, expected)


@pytest.mark.parametrize("door", DOORS)
def test_a_locked_field_refuses_alike(house: House, door: str) -> None:
    check(
        house,
        door,
        add(house.database, house.app, "deal", **{**GOOD, "paid": 5}),
        {"paid": "7"},
        [("paid", "locked")],
    )


def test_the_list_shows_which_cells_are_locked(house: House) -> None:
    paid = add(house.database, house.app, "deal", **{**GOOD, "paid": 5})
    free = add(house.database, house.app, "deal", **GOOD)
    answer = house.browser.client.post(
        f"/a/{house.app}/deal/grid/rows",
        json={"fields": ["name", "paid"], "limit": 100},
        headers={"X-CSRF-Token": house.browser.csrf},
    )
    fixed = {one["id"]: one["readonly"] for one in answer.json["rows"]}
    assert "paid" in fixed[paid] and "paid" not in fixed[free]


@pytest.mark.parametrize("door", [one for one in DOORS if one != "grid"])
def test_what_a_rule_hides_need_not_be_filled_in_at_any_door(house: House, door: str) -> None:
    """Only the amount is wrong: that the tax number is missing does not count."""
    sent = {**GOOD, "name": "xyz", "tax_no": None, "amount": "-1"}
    check(house, door, None, sent, BAD["a formula that must be true"][1])


CITY = form("city", text(), text("land"), title="{name}")
LAND = {"field": "land", "op": "eq", "value": {"current": "land"}}
TRIP = form(
    "deal", text(), text("land"),
    field("city", "link", form="city", where=LAND),
    field("town", "select", options_from={"form": "city", "field": "name", "where": LAND}),
)  # fmt: skip


@pytest.mark.parametrize("door", ["api", "batch", "grid", "import"])
@pytest.mark.parametrize("new", [True, False])
def test_a_choice_that_the_record_itself_rules_out_is_refused_at_every_door(
    product: Flask, database: Database, house: House, door: str, new: bool
) -> None:
    if door == "grid" and new:
        pytest.skip("the grid changes what is there")
    app = make_app(database, CITY, TRIP)
    here = House(database, app, house.browser, house.key)
    paris, rome = (
        add(database, app, "city", name=name, land=land) for name, land in (("巴黎", "法"), ("罗马", "意"))
    )
    add(database, app, "city", name="ROMA", land="意")
    add(database, app, "city", name="roma", land="意")
    record = None if new else add(database, app, "deal", land="法")
    good = {"land": "意", "city": rome, "town": "roma"}
    add(database, app, "deal", **good)
    for wrong, code in (({"city": rome}, "outside_scope"), ({"town": "罗马"}, "unknown_option")):
        found = DOORS[door](here, record, {"land": "法", **wrong})
        EXPECTED_CODES[:] = [(next(iter(wrong)), code)]
        assert {place for place, *_ in found} == set(wrong)
    kept = add(database, app, "deal", land="法", city=paris, town="巴黎")
    change(database, app, "deal", kept, land="意")  # what was chosen before stays


WAY = form(
    "deal",
    text("land"),
    field("lands", "multi_select", options=[{"value": "法"}, {"value": "意"}]),
    field("stop", "link", form="city", where={"field": "land", "op": "in", "value": {"current": "lands"}}),
    field("legs", "subform", fields=[
        text("land"),
        field("city", "link", form="city", where=LAND),
        field("town", "select", options_from={"form": "city", "field": "name", "where": LAND}),
        field("name", "select", options_from={"form": "city", "field": "name"}),
    ]),
)  # fmt: skip


@pytest.mark.parametrize("door", ["api", "batch", "import"])
def test_choices_in_rows_and_by_several_values_are_judged_alike_at_every_door(
    product: Flask, database: Database, house: House, door: str
) -> None:
    app = make_app(database, CITY, WAY)
    here = House(database, app, house.browser, house.key)
    paris, rome = (
        add(database, app, "city", name=name, land=land) for name, land in (("巴黎", "法"), ("罗马", "意"))
    )
    add(database, app, "city", name="bern", land="瑞")
    good = {"lands": ["法", "意"], "stop": rome, "legs": [{"land": "法", "city": paris, "town": "巴黎"}]}
    add(database, app, "deal", **good)
    bad: list[tuple[Document, str, str]] = [
        ({"lands": ["法"], "stop": rome}, "stop", "outside_scope"),
        (
            {"legs": [{"land": "意", "city": rome}, {"land": "法", "city": rome}]},
            "legs.city",
            "outside_scope",
        ),
        ({"land": "意", "legs": [{"land": "法", "town": "罗马"}]}, "legs.town", "unknown_option"),
        ({"legs": [{"name": "nowhere"}]}, "legs.name", "unknown_option"),
    ]
    for sent, place, code in bad:
        found = DOORS[door](here, None, sent)
        assert {(one, said) for one, said, _ in found} == {(place, code)}
        assert found == by_api(here, None, sent)
    if door == "import":
        with loading(database, app, "deal", ENGINE) as load:
            load.stage([Row(1, parsed(here, good))])
            assert load.finish().created == 1


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_linkage_fills_in_what_one_may_only_read_at_every_door(
    product: Flask, database: Database, door: str
) -> None:
    price = form("price", text("product"), field("amount", "money"))
    where = {"field": "product", "op": "eq", "value": {"current": "product"}}
    rule = {"key": "p", "kind": "linkage", "form": "price", "where": where, "set": {"price": "amount"}}
    order = form("order", text("product"), field("price", "money"), rules=[rule])
    grants = {"order": {"read": True, "create": True, "fields": {"price": "read"}}, "price": {"read": True}}
    app = make_app(database, price, order, roles=({"key": "clerk", "name": "文员", "grants": grants},))
    add(database, app, "price", product="pen", amount=3)
    member = hire(database, "小文").member_id
    give(database, app, "clerk", member)
    browser = Browser(product, database, member)
    if door == "page":
        sent = {"csrf": browser.csrf, "_field": ["product"], "product": "pen"}
        answer = browser.client.post(f"/a/{app}/order/new", data=sent)
        assert answer.status_code == 302, answer.text
    else:
        with database.begin() as connection:
            key = api_keys.issue(connection, member, author=ENGINE)
        answer = browser.client.post(
            f"/api/v1/apps/{app}/forms/order/records",
            json={"values": {"product": "pen"}},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 201, answer.text
    assert stored(database, app, "order", 1).values["price"] == 3


def check(
    house: House, door: str, record: int | None, sent: Document, expected: list[tuple[str, str]]
) -> None:
    EXPECTED_CODES[:] = expected
    found = DOORS[door](house, record, sent)
    assert {(place, code) for place, code, _ in found} == set(expected)
    assert found == by_api(house, record, sent)
