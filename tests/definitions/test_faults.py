"""What is wrong with a definition is told in the words of the person who drew it, with its place."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.definitions import checks, publish
from engine.definitions.form_references import leaves
from engine.definitions.model import App
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound, Refusal, TooLarge
from engine.platform.i18n import speaking
from tests.definitions.conftest import customer, order

Faults = list[tuple[str, str]]


def faults(document: Any, kind: str = "forms", key: str = "customer") -> Faults:
    with pytest.raises(Invalid) as refused:
        checks.sound_document(kind, key, document)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def sentence(document: Any, kind: str = "forms", key: str = "customer", language: str = "zh-CN") -> str:
    with speaking(language), pytest.raises(Invalid) as refused:
        checks.sound_document(kind, key, document)
    return refused.value.faults[0].message.render(language)  # type: ignore[union-attr]


@pytest.fixture
def publish_faults(database: Database, app: App, save: Callable[..., Any]) -> Callable[..., list[Any]]:
    def make(*documents: Any) -> list[Any]:
        for document in documents:
            save(app, document)
        with pytest.raises(Invalid) as refused:
            publish.publish(database, app.key, author=1)
        return refused.value.faults

    return make


def places(found: list[Any]) -> Faults:
    return [(fault.pointer, fault.code) for fault in found]


def test_an_option_without_a_value_is_named_by_form_field_and_number() -> None:
    form = customer()
    del form["fields"][1]["options"][1]["value"]
    assert sentence(form) == "客户 › 字段“级别” › 选项 2：缺少值。"
    assert sentence(form, language="en") == "Customer › field “Level” › option 2: value is missing."


def test_a_misspelt_property_is_recognised() -> None:
    form = customer({"key": "phone", "type": "phone", "lable": "电话"})
    assert faults(form) == [("/fields/3/lable", "unknown_property")]
    assert "是不是“label”" in sentence(form)


def test_a_misspelt_type_is_recognised() -> None:
    form = customer({"key": "phone", "type": "txt", "label": "电话"})
    assert faults(form) == [("/fields/3/type", "unknown_type")]
    assert sentence(form) == "客户 › 字段“电话”：没有字段类型“txt”，是不是“text”？"


def test_a_column_of_a_subform_is_named_with_its_subform() -> None:
    form = customer(
        {
            "key": "lines",
            "type": "subform",
            "label": "明细",
            "fields": [{"key": "qty", "type": "number", "label": "数量", "decimals": "two"}],
        }
    )
    assert faults(form) == [("/fields/3/fields/0/decimals", "wrong_type")]
    assert sentence(form) == "客户 › 字段“明细” › 列“数量” › 小数位数：应当是整数。"


def test_every_fault_of_a_document_is_listed() -> None:
    form = customer(
        {"key": "Bad Key", "type": "text"}, {"key": "n", "type": "number", "decimals": 99}, views="no"
    )
    assert sorted(faults(form)) == [
        ("/fields/3/key", "invalid_key"),
        ("/fields/4/decimals", "too_large"),
        ("/views", "wrong_type"),
    ]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "Name",
        "1a",
        "a b",
        "a-b",
        "名称",
        "a" * 64,
        "a;drop table x",
        "a'--",
        "../a",
        "a\x00",
        "__proto__",
    ],
)
def test_hostile_keys_are_refused(key: str) -> None:
    assert (
        "/fields/3/key" in [pointer for pointer, _ in faults(customer({"key": key, "type": "text"}))]
    ) or key == ""
    with pytest.raises(Refusal):
        checks.sound_document("forms", key, customer())


@pytest.mark.parametrize("key", ["id", "version", "owner", "created_at", "flow_state"])
def test_system_keys_are_reserved(key: str) -> None:
    assert faults(customer({"key": key, "type": "text"})) == [("/fields/3/key", "reserved_key")]


def test_two_fields_with_one_key_are_refused() -> None:
    assert faults(customer({"key": "name", "type": "text"})) == [("/fields/3/key", "duplicate_key")]


@pytest.mark.parametrize(
    "label",
    ["客户\u202e名", "客\u200f户", "客\x00户", "客\x07户", "a\ud800b", "客\n户", "客\u200b户", "客\u2060户"],
)
def test_marks_that_deceive_or_break_are_refused_in_labels(label: str) -> None:
    form = customer()
    form["fields"][0]["label"] = label
    assert faults(form) == [("/fields/0/label", "forbidden_character")]


def test_a_refused_label_does_not_turn_the_words_of_its_refusal_round() -> None:
    form = customer()
    form["fields"][0]["label"] = "名\u202e称"
    with pytest.raises(Invalid) as refused:
        checks.sound_document("forms", "customer", form)
    said = str(refused.value.faults[0].message)
    assert "“名\ufffd称”" in said and "\u202e" not in said


def test_an_emoji_that_is_joined_may_stand_in_a_label() -> None:
    form = customer()
    form["fields"][0]["label"] = "家庭👨‍👩‍👧"
    assert checks.sound_document("forms", "customer", form) == form


def test_a_label_of_ten_thousand_characters_is_refused() -> None:
    form = customer()
    form["fields"][0]["label"] = {"zh-CN": "长" * 10_000}
    assert faults(form) == [("/fields/0/label/zh-CN", "too_long")]


def test_more_than_a_thousand_fields_are_refused() -> None:
    many = [{"key": f"f{number}", "type": "text"} for number in range(998)]
    assert faults(customer(*many)) == [("/fields", "too_many")]
    lines = {
        "key": "lines",
        "type": "subform",
        "fields": [{"key": f"c{number}", "type": "text"} for number in range(90)],
    }
    assert faults(customer(*many[:950], lines)) == [("/fields", "too_many")]
    assert len(checks.sound_document("forms", "customer", customer(*many[:997]))["fields"]) == 1000


@pytest.mark.parametrize("document", [None, 1, "x", [], [[]], True])
def test_what_is_no_object_is_no_definition(document: Any) -> None:
    assert faults(document) == [("", "wrong_type")]


def test_a_document_nested_ten_thousand_times_is_refused_at_once() -> None:
    deep: Any = {}
    for _ in range(10_000):
        deep = {"all": [deep]}
    with pytest.raises(TooLarge):
        checks.sound_document(
            "forms", "customer", customer(views=[{"key": "a", "kind": "grid", "where": deep}])
        )


def test_an_unknown_kind_does_not_exist(app: App, save: Callable[..., Any]) -> None:
    with pytest.raises(NotFound):
        save(app, {"key": "approval"}, kind="flows")


def test_a_key_other_than_in_the_address_is_refused() -> None:
    assert faults(customer(), key="other") == [("/key", "other_key")]


def test_columns_sorts_and_groups_of_fields_that_do_not_exist(
    publish_faults: Callable[..., list[Any]],
) -> None:
    found = publish_faults(
        customer(
            title="{nme}",
            layout={"facts": ["level", "gone"], "progress": "amount"},
            views=[
                {
                    "key": "board",
                    "kind": "kanban",
                    "name": "看板",
                    "sort": [{"field": "gone"}],
                    "group_by": "amount",
                    "summary": {"name": "sum"},
                    "where": {"field": "gone", "op": "eq", "value": 1},
                }
            ],
            unique=[["name", "gone"]],
            duplicates={"show": ["title", "gone"]},
        )
    )
    assert places(found) == [
        ("/forms/customer/title", "unknown_field"),
        ("/forms/customer/views/0/sort/0/field", "unknown_field"),
        ("/forms/customer/views/0/summary/name", "unknown_value"),
        ("/forms/customer/views/0/group_by", "not_groupable"),
        ("/forms/customer/layout/facts/1", "unknown_field"),
        ("/forms/customer/layout/progress", "wrong_field"),
        ("/forms/customer/unique/0/1", "unknown_field"),
        ("/forms/customer/duplicates/show/1", "unknown_field"),
        ("/forms/customer/views/0/where/field", "unknown_field"),
    ]
    assert str(found[0].message) == "客户 › 标题：没有字段“nme”，是不是“name”？"
    assert str(found[1].message) == "客户 › 视图“看板” › 排序 1 › 字段：没有字段“gone”。"


def test_lookups_and_rollups_through_links_that_do_not_exist(
    publish_faults: Callable[..., list[Any]],
) -> None:
    found = publish_faults(
        customer(
            {"key": "sum", "type": "rollup", "form": "order", "via": "client", "fn": "sum", "field": "total"},
            {
                "key": "avg",
                "type": "rollup",
                "form": "order",
                "via": "customer",
                "fn": "avg",
                "field": "code",
            },
        ),
        order({"key": "level", "type": "lookup", "via": "customer", "field": "lvl"}),
    )
    assert places(found) == [
        ("/forms/customer/fields/3/via", "unknown_field"),
        ("/forms/customer/fields/4/field", "type_mismatch"),
        ("/forms/order/fields/3/field", "unknown_field"),
    ]


def test_a_formula_and_a_rollup_that_need_each_other_are_a_circle(
    publish_faults: Callable[..., list[Any]],
) -> None:
    found = publish_faults(
        customer(
            {
                "key": "sum",
                "type": "rollup",
                "label": "总额",
                "form": "order",
                "via": "customer",
                "fn": "sum",
                "field": "share",
            },
            {"key": "half", "type": "formula", "label": "一半", "formula": "sum / 2", "result": "money"},
        ),
        order(
            {"key": "half", "type": "lookup", "label": "客户一半", "via": "customer", "field": "half"},
            {
                "key": "share",
                "type": "formula",
                "label": "份额",
                "formula": "total + half",
                "result": "money",
            },
        ),
    )
    circle = [fault for fault in found if fault.code == "cycle"]
    assert len(circle) == 1 and circle[0].pointer == "/forms/customer/fields/4"
    assert str(circle[0].message) == (
        "客户 › 字段“一半”：循环计算：一半 → 总额 → 订单 › 份额 → 订单 › 客户一半 → 一半。"
    )


def test_lookups_that_show_each_other_are_a_circle(publish_faults: Callable[..., list[Any]]) -> None:
    found = publish_faults(
        customer(
            {"key": "parent", "type": "link", "form": "customer"},
            {"key": "a", "type": "lookup", "via": "parent", "field": "b"},
            {"key": "b", "type": "lookup", "via": "parent", "field": "a"},
        )
    )
    assert places(found) == [("/forms/customer/fields/4", "cycle")]


def test_a_formula_that_reads_itself_is_a_circle(publish_faults: Callable[..., list[Any]]) -> None:
    found = publish_faults(customer({"key": "a", "type": "formula", "formula": "a + 1", "result": "number"}))
    assert places(found) == [("/forms/customer/fields/3", "cycle")]


def test_a_hundred_and_fifty_formulas_on_top_of_one_another_are_too_many(
    publish_faults: Callable[..., list[Any]],
) -> None:
    chain = [
        {"key": f"f{n}", "type": "formula", "formula": f"f{n - 1} + f{n - 2}" if n > 1 else "amount"}
        for n in range(150)
    ]
    assert places(publish_faults(customer(*chain))) == [("/forms/customer/fields/152", "chain_too_long")]


def test_a_live_value_cannot_be_unique_or_added_up_by_others(
    publish_faults: Callable[..., list[Any]],
) -> None:
    found = publish_faults(
        customer(
            {
                "key": "sum",
                "type": "rollup",
                "form": "order",
                "via": "customer",
                "fn": "sum",
                "field": "rate",
            },
            {
                "key": "doubled",
                "type": "formula",
                "formula": "amount * 2",
                "result": "money",
                "unique": "must",
            },
        ),
        order({"key": "rate", "type": "formula", "formula": "customer.amount * 2", "result": "money"}),
    )
    assert places(found) == [
        ("/forms/customer/fields/3/field", "unknown_field"),
        ("/forms/customer/fields/4/unique", "unique_not_possible"),
    ]


def test_formulas_are_read_and_their_types_fit(publish_faults: Callable[..., list[Any]]) -> None:
    found = publish_faults(
        customer(
            {"key": "a", "type": "formula", "formula": "amount +", "result": "number"},
            {"key": "b", "type": "formula", "formula": "name & 1", "result": "money"},
            {"key": "c", "type": "formula", "formula": "nme & 1", "result": "text"},
            {"key": "d", "type": "text", "default": {"formula": "gone & 1"}},
            rules=[{"key": "r", "kind": "validation", "formula": 'level = "Z"', "message": "不行"}],
        )
    )
    assert places(found) == [
        ("/forms/customer/fields/3/formula", "syntax"),
        ("/forms/customer/fields/4/formula", "type_mismatch"),
        ("/forms/customer/fields/5/formula", "unknown_field"),
        ("/forms/customer/fields/6/default/formula", "unknown_field"),
        ("/forms/customer/rules/0/formula", "unknown_option"),
    ]


def test_a_role_that_grants_what_does_not_exist(
    publish_faults: Callable[..., list[Any]], app: App, save: Callable[..., Any]
) -> None:
    role = {
        "key": "sales",
        "name": "销售",
        "grants": {
            "gone": {"read": True},
            "customer": {
                "read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
                "update": {"where": {"field": "gone", "op": "eq", "value": 1}},
                "fields": {"amount": "hidden", "gone": "read"},
            },
        },
    }
    save(app, role, kind="roles")
    assert places(publish_faults(customer())) == [
        ("/roles/sales/grants/gone", "unknown_form"),
        ("/roles/sales/grants/customer/fields/gone", "unknown_field"),
        ("/roles/sales/grants/customer/update/where/field", "unknown_field"),
    ]


def test_navigation_and_landing_pages_name_forms_views_and_roles_that_exist(
    database: Database, app: App, save: Callable[..., Any]
) -> None:
    save(app, customer(views=[{"key": "all", "kind": "grid"}]))
    from engine.definitions import drafts

    with database.connect() as connection:
        etag = drafts.get(connection, app.key, "app", "app").etag
    save(
        app,
        {
            "key": "app",
            "name": "试用",
            "navigation": [
                {"key": "a", "items": [{"form": "customer"}, {"form": "gone"}, {"form": "customer"}]}
            ],
            "landing": {
                "default": {"form": "customer", "view": "mine"},
                "boss": {"form": "customer", "view": "all"},
            },
        },
        kind="app",
        etag=etag,
    )
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    assert places(refused.value.faults) == [
        ("/app/app/navigation/0/items/2/form", "duplicate"),
        ("/app/app/navigation/0/items/1/form", "unknown_form"),
        ("/app/app/landing/default/view", "unknown_view"),
        ("/app/app/landing/boss", "unknown_role"),
    ]


def test_defaults_fit_their_field(publish_faults: Callable[..., list[Any]]) -> None:
    found = publish_faults(
        customer(
            {"key": "a", "type": "number", "default": "abc"},
            {"key": "b", "type": "select", "options": [{"value": "x"}], "default": "y"},
            {"key": "c", "type": "date", "default": {"me": True}},
            {"key": "d", "type": "member", "default": {"me": True, "today": True}},
            {"key": "e", "type": "date", "default": {"today": True}},
            {"key": "f", "type": "text", "default": {"formula": "name", "on_save": True}},
            {"key": "g", "type": "text", "default": {"formula": 1}},
        )
    )
    assert places(found) == [
        (f"/forms/customer/fields/{number}/default", "invalid_default") for number in (3, 4, 5, 6, 9)
    ]


def test_a_stored_figure_does_not_hang_on_what_changes_by_itself(
    publish_faults: Callable[..., list[Any]],
) -> None:
    def rollup(key: str, where: Any) -> Any:
        return {
            "key": key,
            "type": "rollup",
            "label": key,
            "form": "order",
            "via": "customer",
            "fn": "count",
            "where": where,
        }

    found = publish_faults(
        customer(
            rollup("a", {"field": "code", "op": "eq", "value": "x"}),
            rollup("b", {"field": "customer.level", "op": "eq", "value": "A"}),
            rollup("c", {"field": "created_at", "op": "eq", "value": {"period": "this_month"}}),
            rollup("d", {"all": [{"field": "owner", "op": "eq", "value": {"me": True}}]}),
            rollup("e", {"field": "rate", "op": "gt", "value": 1}),
            rollup("f", {"field": "total", "op": "gt", "value": {"formula": "customer.amount"}}),
        ),
        order({"key": "rate", "type": "formula", "formula": "total / customer.amount", "result": "number"}),
    )
    assert places(found) == [
        ("/forms/customer/fields/4/where/field", "not_stored"),
        ("/forms/customer/fields/5/where/value", "not_stored"),
        ("/forms/customer/fields/6/where/all/0/value", "not_stored"),
        ("/forms/customer/fields/7/where/field", "not_stored"),
        ("/forms/customer/fields/8/where/value", "not_stored"),
    ]


def test_what_is_worked_out_at_every_reading_must_be_sayable_to_the_database(
    publish_faults: Callable[..., list[Any]],
) -> None:
    found = publish_faults(
        customer(
            {"key": "stored", "type": "formula", "formula": "PROPER(name)", "result": "text"},
            {"key": "parent", "type": "link", "form": "customer"},
            {
                "key": "live",
                "type": "formula",
                "label": "实时",
                "formula": "PROPER(parent.name)",
                "result": "text",
            },
        )
    )
    assert places(found) == [("/forms/customer/fields/5/formula", "row_only")]


def test_a_condition_that_is_none_names_nothing() -> None:
    assert list(leaves({"all": 3, "any": "x", "not": {"all": [{"field": "a"}]}})) == [
        ("/not/all/0", {"field": "a"})
    ]
