"""Formulas tried out over the API, hostile ones included."""

import time
from typing import Any

import pytest

from tests.api.caller import Caller


def tried(boss: Caller, formula: str, **sent: Any) -> Any:
    return boss.ok("POST", "/formulas/evaluate", {"formula": formula, **sent})


@pytest.mark.parametrize(
    ("formula", "values", "value", "kind"),
    [
        ("0.1 + 0.2 = 0.3", {}, True, "boolean"), ("-2^2", {}, "4", "number"), ("2^3^2", {}, "64", "number"),
        ("IF(amount >= 10000, amount * 5%, 0)", {"amount": 2080000}, "104000", "number"),
        ("IF(amount >= 10000，amount * 5%，0)", {"amount": "2080000.00"}, "104000", "number"),
        ("SUM(lines.sum)", {"lines": [{"sum": 1}, {"sum": 2.5}]}, "3.5", "number"),
        ("SUM(lines.sum)", {"lines": [{"sum": "680000.00"}, {"sum": "-0.5"}, {"sum": None}]}, "679999.5", "number"),
        ("SUM(lines.code)", {"lines": [{"code": "007"}, {"code": "1E5"}, {"code": " 5"}]}, "0", "number"),
        ("SUM(x, 1)", {"x": "5"}, "1", "number"), ("COUNT(tags)", {"tags": ["1", "2"]}, "0", "number"),
        ("customer.level", {"customer": {"level": "A"}}, "A", "text"),
        ("customer", {"customer": {"id": 5, "title": "华星"}}, "华星", "text"),
        ('"a" = "A"', {}, True, "boolean"), ("1/0", {}, {"error": "#DIV/0!"}, "error"),
        ('"x" * 1', {}, {"error": "#VALUE!"}, "error"), ("x", {"x": {"error": "#N/A"}}, {"error": "#N/A"}, "error"),
        ("x", {"x": None}, None, "blank"), ("d + 1", {"d": "2026-03-01"}, "46083", "number"),
        ("DATE(2026, 3, 1)", {}, "2026-03-01", "date"),
        ("n * 1", {"n": 123456789012345678901234567890}, "123456789012345678901234567890", "number"),
        ("9^9^9^9", {}, {"error": "#NUM!"}, "error"),
    ],
)  # fmt: skip
def test_a_formula_has_a_value_and_a_type(
    boss: Caller, formula: str, values: dict[str, Any], value: Any, kind: str
) -> None:
    assert tried(boss, formula, values=values) == {"value": value, "type": kind}


def test_the_locale_says_how_money_is_written(boss: Caller) -> None:
    assert (
        tried(boss, "DOLLAR(5)")["value"] == "¥5.00"
        and tried(boss, "DOLLAR(5)", locale="en")["value"] == "$5.00"
    )


@pytest.mark.parametrize(
    ("formula", "code", "start"),
    [
        ("NOPE(1)", "unknown_function", 0), ("1 + nope", "unknown_field", 4), ("IF()", "argument_count", 0),
        ("1 +", "syntax", 3), ("", "syntax", 0), ('"open', "syntax", 0), ("\x00", "syntax", 0),
        ("(" * 8000 + "1" + ")" * 100, "limit_depth", None), ("(" * 10_000, "limit_length", None),
        ("1" * 8193, "limit_length", None), (f"SUM({','.join('1' * 300)})", "limit_arguments", None),
        ("x.__class__", "unknown_field", 0), ("1E400", "syntax", 0),
    ],
)  # fmt: skip
def test_a_fault_of_the_text_is_told_with_its_position(
    boss: Caller, formula: str, code: str, start: int | None
) -> None:
    answer = boss("POST", "/formulas/evaluate", {"formula": formula})
    assert answer.status_code == 422 and answer.json["code"] == code
    [fault] = answer.json["errors"]
    assert fault["pointer"] == "/formula" and fault["length"] >= 0
    assert start is None or fault["start"] == start


@pytest.mark.parametrize(
    "formula",
    [
        "9^9^9^9", "(" * 10_000, 'REPT("x", 1000000000)', "REPT(REPT(\"x\", 30000), 30000)", "+" * 5000 + "1",
        "-" * 8000 + "1", "1" + "+1" * 4000, "1" + "^1" * 4000, '"a"' + '&"a"' * 2000, "FACT(100000)",
        "POWER(1.0000001, 1E15)", "COMBIN(1E9, 5E8)", "2^-99999", "EXP(1E9)", 'TEXT(1, "' + "0" * 8000 + '")',
        'SUBSTITUTE(REPT("a", 32767), "a", REPT("b", 32767))', "DATE(9999999, 1, 1)", "ROUND(1, 1E10)",
        "NOT(" * 63 + "1" + ")" * 63, "IF(1," * 63 + "1" + ")" * 63, "%" * 8000, "1" + "%" * 8000,
    ],
    ids=lambda formula: formula[:24],
)  # fmt: skip
def test_a_hostile_formula_is_answered_at_once(boss: Caller, formula: str) -> None:
    boss("POST", "/formulas/evaluate", {"formula": "1"})
    took = []
    for end in ("", " ", "  "):  # each is parsed anew; the quickest shows what the work itself costs
        began = time.thread_time()
        answer = boss("POST", "/formulas/evaluate", {"formula": formula + end})
        took.append(time.thread_time() - began)
        assert answer.status_code in (200, 422)
    assert min(took) < 0.1


def test_values_nested_without_end_are_refused(boss: Caller) -> None:
    nested: object = 1
    for _ in range(900):
        nested = [nested]
    place = "/values/x" + "/0" * 50
    assert boss.refused("POST", "/formulas/evaluate", {"formula": "SUM(x)", "values": {"x": nested}}) == {
        place: "wrong_type"
    }


def test_what_is_no_formula_is_refused(boss: Caller) -> None:
    for sent, found in (
        ({}, {"/formula": "required"}), ({"formula": 5}, {"/formula": "wrong_type"}),
        ({"formula": "1", "values": []}, {"/values": "wrong_type"}), ({"formula": "1", "locale": "fr"}, {"/locale": "wrong_value"}),
        ({"formula": "1", "nope": 1}, {"/nope": "unknown_property"}),
        ({"formula": "x+1", "values": {"x": {"a": 1}}}, {"/values/x": "wrong_type"}),
        ({"formula": "SUM(lines.a)", "values": {"lines": [{"a": 1}, {"a": {"b/c": 1}}]}}, {"/values/lines/1/a": "wrong_type"}),
    ):  # fmt: skip
        assert boss.refused("POST", "/formulas/evaluate", sent) == found
