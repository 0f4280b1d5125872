"""Values as they are sent, typed and pasted, and as they come back."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from engine.fields import registry
from engine.fields.base import FieldFault, ParseContext
from engine.fields.failed import Failed, value_json, value_text
from engine.fields.form import Field, Form

TYPED = ParseContext(text=True)
SENT = ParseContext()
OPTIONS = {
    "options": [{"value": "won", "label": {"zh-CN": "赢单", "en": "Won"}}, {"value": "lost", "label": "输单"}]
}
UTC = dt.timezone.utc


def field(kind: str, **properties: Any) -> Field:
    return Field.read({"key": "f", "type": kind, "label": "F", **properties})


def parse(one: Field, raw: Any, context: ParseContext = TYPED) -> Any:
    return one.kind.parse(raw, one, context)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("number", "1,234.50", "1234.5"),
        ("number", "１２３", "123"),
        ("number", "(300)", "-300"),
        ("number", "5%", "0.05"),
        ("number", "1.2万", "12000"),
        ("number", "3亿", "300000000"),
        ("number", " ¥ 1,000 元 ", "1000"),
        ("number", "1e3", "1000"),
        ("number", 0.1, "0.1"),
        ("number", 12, "12"),
        ("money", "￥1,234.505", "1234.51"),
        ("money", "-0.005", "-0.01"),
        ("percent", "5%", "0.05"),
        ("percent", "5", "0.05"),
        ("percent", "0.05", "0.05"),
        ("percent", 1, "1"),
        ("percent", "12.345%", "0.1235"),
    ],
)
def test_numbers_are_exact_however_they_are_written(kind, raw, value) -> None:
    assert parse(field(kind), raw) == Decimal(value)


@pytest.mark.parametrize(
    "raw", ["abc", "1,23", "12 34x", "1.2.3", "--5", "½", "NaN", "Infinity", "1e999", True, [1], {}]
)
def test_what_is_no_number_is_refused(raw) -> None:
    with pytest.raises(FieldFault):
        parse(field("number"), raw)


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026.3.1", "2026-03-01"),
        ("2026年3月1日", "2026-03-01"),
        ("２０２６年３月１日", "2026-03-01"),
        ("20260301", "2026-03-01"),
        ("13/1/2026", "2026-01-13"),
        ("Mar 1, 2026", "2026-03-01"),
        ("1 March 2026", "2026-03-01"),
        ("01-Mar-2026", "2026-03-01"),
        ("2026-03-01 00:00:00", "2026-03-01"),
        ("5/5/2026", "2026-05-05"),
    ],
)
def test_dates_are_read_as_people_write_them(raw, day) -> None:
    assert parse(field("date"), raw) == dt.date.fromisoformat(day)


def test_a_date_that_could_be_two_is_asked_back_unless_the_order_is_known() -> None:
    with pytest.raises(FieldFault) as refused:
        parse(field("date"), "3/1/2026")
    assert refused.value.code == "ambiguous_date"
    assert parse(field("date"), "3/1/2026", ParseContext(text=True, date_order="mdy")) == dt.date(2026, 3, 1)
    assert parse(field("date"), "3/1/17", ParseContext(text=True, date_order="dmy")) == dt.date(2017, 1, 3)


@pytest.mark.parametrize("raw", ["2026-02-30", "2026-13-01", "yesterday", "30/02/2026", 46000, True])
def test_what_is_no_date_is_refused(raw) -> None:
    with pytest.raises(FieldFault):
        parse(field("date"), raw)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-03-01T10:30:00Z", (10, 30)),
        ("2026-03-01 10:30", (2, 30)),
        ("2026-03-01T10:30:00+01:00", (9, 30)),
        ("2026/3/1 下午6:30", (10, 30)),
        ("2026年3月1日 18时30分", (10, 30)),
        ("2026-03-01 6:30 PM", (10, 30)),
    ],
)
def test_a_moment_without_a_zone_is_where_the_organisation_is(raw, moment) -> None:
    assert parse(field("datetime"), raw) == dt.datetime(2026, 3, 1, *moment, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "value"),
    [("是", True), ("√", True), ("Yes", True), ("1", True), ("否", False), ("×", False), (False, False)],
)
def test_yes_and_no_are_read_as_people_mark_them(raw, value) -> None:
    assert parse(field("switch"), raw) is value


def test_an_option_is_known_by_its_value_and_any_of_its_labels() -> None:
    one = field("select", **OPTIONS)
    assert [parse(one, raw) for raw in ("won", "赢单", "Won", "WON", " 赢 单 ", "输单")] == ["won"] * 5 + [
        "lost"
    ]
    with pytest.raises(FieldFault) as refused:
        parse(one, "嬴单")
    assert refused.value.code == "unknown_option" and refused.value.details == {}
    with pytest.raises(FieldFault) as refused:
        parse(one, "wonn")
    assert refused.value.details == {"suggestion": "won"}


def test_several_options_are_a_list_or_one_text() -> None:
    one = field("multi_select", **OPTIONS)
    assert parse(one, "赢单、输单、赢单") == ["won", "lost"]
    assert parse(one, ["won"], SENT) == ["won"]
    assert parse(one, [], SENT) is None and value_json(None, one) == []


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        ("text", "x" * 501, "too_long"),
        ("text", 5, "wrong_type"),
        ("text", "a\x00b", "control_character"),
        ("text", "\ud800", "control_character"),
        ("email", "nobody", "not_an_email"),
        ("url", "javascript:alert(1)", "not_a_url"),
        ("phone", "call me", "not_a_phone"),
        ("textarea", "x" * 20_001, "too_long"),
        ("link", "Acme", "wrong_type"),
        ("file", ["nope"], "unknown_file"),
        ("subform", [{"nope": 1}], "unknown_field"),
        ("money", "1e70", "out_of_range"),
    ],
)
def test_what_a_field_cannot_take_is_refused_with_a_code(kind, raw, code) -> None:
    with pytest.raises(FieldFault) as refused:
        parse(field(kind), raw, SENT)
    assert refused.value.code == code
    assert refused.value.message.render("en") and refused.value.message.render("zh-CN")


def test_a_subform_lists_every_fault_with_its_place() -> None:
    one = field("subform", fields=[{"key": "qty", "type": "number"}, {"key": "on", "type": "date"}])
    with pytest.raises(FieldFault) as refused:
        parse(one, [{"qty": "x"}, {"on": "y", "qty": 1}], SENT)
    assert [(fault.pointer, fault.code) for fault in refused.value.all()] == [
        ("/0/qty", "not_a_number"),
        ("/1/on", "not_a_date"),
    ]


def test_values_go_out_as_the_contract_says() -> None:
    assert value_json(Decimal("2080000"), field("money")) == "2080000.00"
    assert value_json(Decimal("0.0500"), field("percent")) == "0.05"
    assert (
        value_json(Decimal("1.50"), field("number")) == "1.5"
        and value_json(Decimal("1E+3"), field("number")) == "1000"
    )
    assert value_json(dt.datetime(2026, 3, 1, 2, tzinfo=UTC), field("datetime")) == "2026-03-01T02:00:00Z"
    assert value_json(Failed("#DIV/0!"), field("formula", formula="1/0")) == {"error": "#DIV/0!"}
    assert value_json(None, field("text")) is None


def test_values_are_shown_in_the_readers_language() -> None:
    assert value_text(Decimal("1234.5"), field("money"), "en") == "¥1,234.50"
    assert value_text(Decimal("-0.5"), field("money", currency="USD"), "en") == "-$0.50"
    assert value_text(Decimal("0.125"), field("percent"), "en") == "12.5%"
    assert [value_text("won", field("select", **OPTIONS), language) for language in ("zh-CN", "en")] == [
        "赢单",
        "Won",
    ]
    assert [value_text(True, field("switch"), language) for language in ("zh-CN", "en")] == ["是", "Yes"]
    assert (
        value_text(dt.datetime(2026, 3, 1, 2, tzinfo=UTC), field("datetime"), "en", "Asia/Shanghai")
        == "2026-03-01 10:00"
    )


@pytest.mark.parametrize("name", [name for name, kind in registry.all_types().items() if kind.offered])
def test_every_type_says_what_it_is_in_both_languages(name) -> None:
    kind = registry.get(name)
    assert (
        kind.label.render("zh-CN") != kind.label.render("en")
        and kind.icon
        and kind.template.startswith("fields/")
    )
    schema = kind.document_schema()
    assert schema["properties"]["type"]["const"] == name and schema["additionalProperties"] is False


def test_a_formula_is_kept_unless_it_reaches_outside_its_record() -> None:
    form = Form.read(
        {
            "key": "f",
            "title": "{a}",
            "fields": [
                {"key": "a", "type": "number"},
                {"key": "l", "type": "link", "form": "f"},
                {"key": "k", "type": "lookup", "via": "l", "field": "a"},
                {"key": "kept", "type": "formula", "formula": "a + 1"},
                {"key": "kept2", "type": "formula", "formula": "kept * 2"},
                {"key": "far", "type": "formula", "formula": "l.a + 1"},
                {"key": "far2", "type": "formula", "formula": "far + a"},
                {"key": "looked", "type": "formula", "formula": "k + 1"},
                {"key": "now", "type": "formula", "formula": "TODAY() - a"},
                {"key": "self", "type": "formula", "formula": "self + 1"},
            ],
        },
        find=lambda key: form if key == "f" else None,
    )
    assert {one.key: one.live for one in form.fields if one.type == "formula"} == {
        "kept": False,
        "kept2": False,
        "far": True,
        "far2": True,
        "looked": True,
        "now": True,
        "self": False,
    }
    assert [fault.code for fault in form.field("self").kind.check(form.field("self"), {"f": form})] == [
        "circular"
    ]
