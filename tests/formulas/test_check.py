"""Checking a formula when it is written: types, unknown fields and options, whether a list can sort by it."""

import pytest

from engine.formulas import FormulaFault, check, parse
from tests.formulas.orders import Scope


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a * b", "number"),
        ("a & b", "text"),
        ("a > b", "boolean"),
        ("d", "date"),
        ("w", "datetime"),
        ("d + 30", "number"),
        ("EDATE(d, 1)", "date"),
        ("TODAY()", "date"),
        ("NOW()", "datetime"),
        ("SUM(lines.q)", "number"),
        ('IF(f, a, "")', "number"),
        ("IF(f, d, e)", "date"),
        ("IF(f, a, s)", "any"),
        ("IFERROR(a / b, 0)", "number"),
        ('IFS(f, "x", TRUE, s)', "text"),
        ('SWITCH(stage, "won", 1, 0)', "number"),
        ('TEXTJOIN(",", TRUE, lines.n)', "text"),
        ("lines.q", "any"),
        ('""', "text"),
        ("#N/A", "any"),
    ],
)
def test_a_formula_has_a_type_before_it_has_a_value(text: str, kind: str) -> None:
    assert check(parse(text), Scope()).type == kind


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("PROPER(s)", "PROPER"),
        ("IF(f, a, s)", "different types"),
        ('IF(f, a, "") + 1', "different types"),
        ("a + RAND()", "RAND"),
        ("lines.q", "list"),
        ("SUMIF(lines.n, s, lines.q)", "row by row"),
        ('SEARCH("x", s)', "SEARCH"),
    ],
)
def test_what_a_list_cannot_work_out_says_why(text: str, reason: str) -> None:
    checked = check(parse(text), Scope())
    assert not checked.sql
    assert checked.why_row_only is not None and reason in checked.why_row_only.render("en")
    assert checked.why_row_only.render("zh-CN")


def test_a_field_that_does_not_exist_is_named_with_its_place() -> None:
    with pytest.raises(FormulaFault) as caught:
        check(parse("a + lines.nothing * 2"), Scope())
    assert (caught.value.code, caught.value.start, caught.value.length) == ("unknown_field", 4, 13)


def test_an_unknown_option_is_named_with_what_was_meant() -> None:
    with pytest.raises(FormulaFault) as caught:
        check(parse('IF(stage = "赢", 1, 0)'), Scope())
    fault = caught.value
    assert (fault.code, fault.start, fault.length) == ("unknown_option", 11, 3)
    assert fault.details["suggestion"] == "赢单"
    assert "阶段" in fault.message.render("zh-CN")  # type: ignore[union-attr]
    for fine in ('stage = "WON"', 'stage <> "closed lost"', 'stage = ""', "stage = s", '"输单" = stage'):
        check(parse(fine), Scope())
    with pytest.raises(FormulaFault):
        check(parse('SWITCH(stage, "lots", 1)'), Scope())


def test_a_very_long_formula_is_checked_in_reasonable_time() -> None:
    checked = check(parse("+".join(["a"] * 4096)), Scope())
    assert checked.sql and checked.type == "number"
    assert not check(parse("/".join(["a"] * 4096)), Scope()).sql
