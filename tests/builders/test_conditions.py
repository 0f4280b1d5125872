"""What the condition editor is offered, and how it says what was built."""

from typing import Any

import pytest
from flask import Flask

from builders.conditions import offered
from engine.definitions import drafts
from engine.fields.form import Form
from engine.platform.database import Database
from tests.builders.office import CUSTOMER, ORDER, Browser, hire, line
from tests.records.making import add, make_app

ME = {"field": "owner", "op": "eq", "value": {"me": True}}
FORMS = {"customer": Form.read(CUSTOMER)}
FORM = Form.read(ORDER, find=FORMS.get)


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, ORDER)


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


@pytest.fixture
def place(app: str) -> str:
    return f"/a/{app}/order/conditions"


def keys(columns: list[dict[str, Any]]) -> set[str]:
    return {one["key"] for one in columns}


def test_a_condition_goes_through_links_people_and_subforms() -> None:
    own = {one["key"]: one for one in offered.columns(FORM)}
    assert own["customer"]["into"] and own["owner"]["into"] and own["lines"]["into"]
    assert not own["amount"]["into"]
    assert {"customer.name", "customer.level", "customer.owner"} <= keys(offered.columns(FORM, "customer"))
    assert keys(offered.columns(FORM, "lines")) == {"lines.item", "lines.qty"}
    [department] = [
        one for one in offered.columns(FORM, "customer.owner") if one["key"].endswith("department")
    ]
    assert department["label"] == "客户 · 负责人 · 部门"
    assert offered.columns(FORM, "nothing.there") == []


def test_what_the_form_being_filled_holds_is_offered_by_its_sort() -> None:
    found = {one["key"]: one["holds"] for one in offered.currents(FORM, "lines")}
    assert found["customer"] == "record:customer"
    assert found["id"] == "record:order"
    assert found["qty"] == "number" and found["margin"] == "number"
    assert "team" not in found, "a value of many people is compared with nothing"


def test_fields_that_are_only_drafted_are_offered_where_drafts_are_edited(
    database: Database, app: str, place: str, boss: Browser
) -> None:
    changed = {**CUSTOMER, "fields": [*CUSTOMER["fields"], line("score", "number", "评分", "Score")]}
    with database.begin() as connection:
        base = drafts.get(connection, app, "forms", "customer").etag
        drafts.save(connection, app, "forms", "customer", changed, base_etag=base, author=None)
    asked = f"{place}/fields?at=customer"
    assert "customer.score" not in keys(boss.get(asked).json["columns"])
    assert "customer.score" in keys(boss.get(f"{asked}&draft=1").json["columns"])


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        (None, ""),
        ({"all": [ME, {"field": "customer.level", "op": "in", "value": ["A"]}]}, "负责人 是 我 且 客户 · 级别 是 重点"),
        ({"not": {"any": [ME, {"field": "code", "op": "empty"}]}}, "并非 ( 负责人 是 我 或 编号 为空 )"),
        ({"field": "day", "op": "gte", "value": {"days_ago": 7}}, "日期 不早于 7 天前"),
        ({"field": "amount", "op": "gt", "value": {"formula": "cost * 2"}}, "金额 > 公式 cost * 2"),
    ],
)  # fmt: skip
def test_a_condition_is_said_as_a_sentence(place: str, boss: Browser, where: Any, sentence: str) -> None:
    said = boss.send(f"{place}/sentence", {"where": where}).json
    assert (said["sentence"], said["faults"]) == (sentence, [])


def test_several_conditions_are_said_at_once_with_their_parts_and_faults(place: str, boss: Browser) -> None:
    asked = {
        "wheres": [{"any": [ME, {"field": "cost", "op": "gt", "value": 5}]}, {"field": "gone", "op": "empty"}]
    }
    first, second = boss.send(f"{place}/sentence", asked).json["sentences"]
    assert first["parts"] == [{"field": "负责人", "text": "是 我"}, {"field": "成本", "text": "> ¥5.00"}]
    assert [one["code"] for one in second["faults"]] == ["unknown_field"]


def test_the_current_form_is_named_by_its_labels(app: str, boss: Browser) -> None:
    where = {"field": "name", "op": "eq", "value": {"current": "code"}}
    place = f"/a/{app}/customer/conditions/sentence"
    assert boss.send(f"{place}?current=order", {"where": where}).json["sentence"] == "名称 是 当前的“编号”"
    unknown = {**where, "value": {"current": "gone"}}
    assert (
        boss.send(f"{place}?current=order", {"where": unknown}).json["faults"][0]["code"] == "unknown_field"
    )
    assert boss.send(place, {"where": where}).json["faults"][0]["code"] == "no_current"


def test_records_and_people_are_chosen_by_name(
    database: Database, app: str, place: str, boss: Browser
) -> None:
    record = add(database, app, "customer", name="晶创半导体")
    assert boss.get(f"{place}/choices?field=customer&q=晶创").json["choices"][0]["value"] == record
    named = boss.get(f"{place}/choices?field=customer&ids={record}").json["choices"]
    assert named == [{"value": record, "label": "晶创半导体"}]
    assert boss.get(f"{place}/choices?field=nothing").status_code == 422
    where = {"field": "customer", "op": "in", "value": [record]}
    assert boss.send(f"{place}/sentence", {"where": where}).json["sentence"].endswith("晶创半导体")


def test_who_may_not_design_is_told_nothing_of_the_fields(
    product: Flask, database: Database, place: str, app: str
) -> None:
    other = Browser(product, database, hire(database).member_id)
    assert other.get(f"{place}/fields").status_code in (403, 404)
    assert other.send(f"{place}/sentence", {"where": ME}).status_code in (403, 404)
