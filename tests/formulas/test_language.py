"""The language is Excel's: what a person types gives what it gives there."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.formulas import FormulaError, FormulaFault, JsonValues, Moment, evaluate, parse, to_result

MOMENT = Moment(datetime(2026, 3, 2, 2, 0, tzinfo=UTC), "Asia/Shanghai")


def value(text: str, locale: str = "zh-CN", **values: Any) -> Any:
    return evaluate(parse(text), JsonValues(values), moment=MOMENT, locale=locale)


def shown(text: str, **values: Any) -> str | None:
    """The result as it stands in a cell."""
    made = to_result(value(text, **values), "text")
    return made.code if isinstance(made, FormulaError) else made  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-2^2", "4"),
        ("0-2^2", "-4"),
        ("2^3^2", "64"),
        ("2^-1", "0.5"),
        ("200%", "2"),
        ("2^3%", "1.0210121257071934"),
        ("-5%", "-0.05"),
        ("10%%", "0.001"),
        ("--3", "3"),
        ("1+2*3^2", "19"),
        ("(1+2)*3", "9"),
        ("8/4/2", "1"),
        ("10-4-3", "3"),
        ("=1+1", "2"),
        ("1+1&2+2", "24"),
        ('"a"&1=1&"a"', "FALSE"),
        ("1=1=TRUE", "TRUE"),
        ("1<2=TRUE", "TRUE"),
        ("5 <> 4", "TRUE"),
        (".5+1.", "1.5"),
        ("1E3", "1000"),
        ("1.5e-2", "0.015"),
    ],
)
def test_operators_bind_as_in_excel(text: str, expected: str) -> None:
    made = value(text)
    if isinstance(made, Decimal) and text == "2^3%":
        assert abs(made - Decimal(expected)) < Decimal("1e-14")
    else:
        assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1+0.2=0.3", True),
        ("1/3*3=1", True),
        ("1-0.9=0.1", True),
        ("0.1*3", Decimal("0.3")),
        ("1/3", Decimal("0.33333333333333333333")),
        ("2/3", Decimal("0.66666666666666666667")),
        ("-2/3", Decimal("-0.66666666666666666667")),
        ("100000000000000000/3", Decimal("33333333333333333.33333333333333333333")),
        ("9007199254740993+0", Decimal(9007199254740993)),
        ("123456789012345678.12*1", Decimal("123456789012345678.12")),
        ("ROUND(1.005,2)", Decimal("1.01")),
        ("ROUND(2.5,0)", Decimal(3)),
        ("ROUND(-2.5,0)", Decimal(-3)),
        ("INT(1/3*3)", Decimal(1)),
        ("INT(-0.5)", Decimal(-1)),
        ("MOD(-3,2)", Decimal(1)),
        ("MOD(3,-2)", Decimal(-1)),
    ],
)
def test_numbers_are_exact_decimals(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"5"+1', "6"),
        ('"1,234"*1', "1234"),
        ('"5%"*1', "0.05"),
        ('"(5)"*1', "-5"),
        ('"¥1,234.50"+0', "1234.5"),
        ('" 7 "+0', "7"),
        ('"2026-01-01"+0', "46023"),
        ('"2026年1月1日"+0', "46023"),
        ('"2026/1/1 12:00"+0', "46023.5"),
        ('"10:30"*24', "10.5"),
        ('"abc"+1', "#VALUE!"),
        ('""+1', "#VALUE!"),
        ("TRUE+TRUE", "2"),
        ("TRUE&1", "TRUE1"),
        ('"TRUE"+1', "#VALUE!"),
        ('1/3&""', "0.333333333333333"),
        ('10/3&""', "3.33333333333333"),
        ('1E21&""', "1E+21"),
        ('12.50&""', "12.5"),
        ('DATE(2026,1,1)&""', "46023"),
        ("empty+1", "1"),
        ('empty&"x"', "x"),
        ("empty=0", "TRUE"),
        ('empty=""', "TRUE"),
        ("empty=FALSE", "TRUE"),
        ('IF("true",1,2)', "1"),
        ('IF("yes",1,2)', "#VALUE!"),
    ],
)
def test_one_type_becomes_another_as_in_excel(text: str, expected: str) -> None:
    assert shown(text, empty=None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"="A"', True),
        ('"a"<"B"', True),
        ('"10"=10', False),
        ('10<"1"', True),
        ('"z"<FALSE', True),
        ("FALSE<TRUE", True),
        ("1E10<TRUE", True),
        ('"É"="é"', False),
        ('"b">"a"', True),
        ("DATE(2026,1,1)=46023", True),
        ('DATE(2026,1,1)="2026-01-01"', False),
    ],
)
def test_comparisons_follow_excels_order_of_types(text: str, expected: bool) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1/0", "#DIV/0!"),
        ("0/0", "#DIV/0!"),
        ("0^0", "#NUM!"),
        ("0^-1", "#DIV/0!"),
        ("(-8)^(1/3)", "#NUM!"),
        ("SQRT(-1)", "#NUM!"),
        ("#N/A+1", "#N/A"),
        ("1/0+#N/A", "#DIV/0!"),
        ("#N/A+1/0", "#N/A"),
        ("1E300*1E300", "#NUM!"),
        ("IF(1/0,1,2)", "#DIV/0!"),
        ('VLOOKUP_MISSING_IS_A_NAME+"x"', "#VALUE!"),
    ],
)
def test_errors_are_values_and_the_first_one_counts(text: str, error: str) -> None:
    assert value(text, VLOOKUP_MISSING_IS_A_NAME=1) == FormulaError(error)


def test_chinese_punctuation_is_understood() -> None:
    assert value("IF（amount＞＝10000，“大”，“小”）", amount=10000) == "大"
    assert value("IF(amount≥10000,“大”,“小”)", amount=5) == "小"
    assert value("6×7÷2＋1", amount=5) == Decimal(22)
    assert value('"他说“好”"') == "他说“好”"
    assert value('"a""b"') == 'a"b'


def test_only_the_branch_that_is_taken_is_worked_out() -> None:
    assert value("IF(TRUE,1,1/0)") == 1
    assert value("IFS(TRUE,1,1/0,2)") == 1
    assert value("CHOOSE(1,7,1/0)") == 7
    assert value("SWITCH(1,1,5,1/0)") == 5
    assert value("AND(FALSE,1/0)") == FormulaError("#DIV/0!")


def test_an_argument_left_empty_is_blank() -> None:
    assert value("IF(FALSE,1,)") is None
    assert value("IF(TRUE,,2)+1") == 1
    assert value('CONCAT("a",,"b")') == "ab"


def test_lists_are_worked_out_element_by_element() -> None:
    lines = [{"qty": 2, "price": "1.5"}, {"qty": 3, "price": 2}]
    assert value("SUM(lines.qty * lines.price)", lines=lines) == Decimal(9)
    assert value("SUMPRODUCT(lines.qty, lines.qty)", lines=lines) == Decimal(13)
    assert value("SUM(IF(lines.qty > 2, lines.qty, 0))", lines=lines) == Decimal(3)
    assert value("SUM({1,2,3} ^ 2)") == Decimal(14)
    assert value("SUM(ROUND({1.26,2.24}, 1))") == Decimal("3.5")


def test_fields_in_sums_count_as_cells_do() -> None:
    """A text or a blank in a cell is passed over; the same written out is read."""
    assert value("SUM(code, 1)", code="5") == 1
    assert value('SUM("5", 1)') == 6
    assert value("AVERAGE(first, second)", first=4, second=None) == 4
    assert value("COUNT(first, second, third)", first=4, second=None, third="7") == 1
    assert value("MIN(first, second)", first=4, second=None) == 4


def test_a_linked_record_is_reached_by_its_path() -> None:
    assert value('customer.level = "a"', customer={"level": "A"}) is True
    assert value("customer.parent.level", customer={"parent": None}) is None
    assert value("SUM(orders.total)", orders=[{"total": 1.1}, {"total": 2.2}, {"total": None}]) == Decimal(
        "3.3"
    )
    assert value("SUM(orders.total)", orders=[{"total": {"error": "#DIV/0!"}}]) == FormulaError("#DIV/0!")


def test_dates_come_in_as_iso_strings() -> None:
    assert value("d = DATE(2026,3,1)", d="2026-03-01") is True
    assert value("d + 30", d="2026-03-01") == 46112
    assert value("HOUR(w)", w="2026-03-01T02:00:00Z") == 10
    assert value("d", d="2026-02-30") == "2026-02-30"
    assert value("LEN(code)", code="00123") == 5


def test_the_locale_says_how_text_is_read_as_a_date_or_money() -> None:
    assert value('DATEVALUE("1/2/26")', "en") == date(2026, 1, 2)
    assert value('DATEVALUE("1/2/26")', "zh-CN") == date(2001, 2, 26)
    assert value('VALUE("$5")', "en") == 5
    assert value('VALUE("$5")', "zh-CN") == FormulaError("#VALUE!")
    assert value("DOLLAR(1234.5)", "en") == "$1,234.50"
    assert value("DOLLAR(1234.5)", "zh-CN") == "¥1,234.50"


def test_options_answer_to_their_value_and_every_label() -> None:
    from tests.formulas.orders import ORDINARY, in_python

    for text in ('stage = "won"', 'stage = "Won"', 'stage = "赢单"', 'stage <> "输单"'):
        assert in_python(text, ORDINARY[0]) is True
    assert in_python('SWITCH(stage, "输单", 0, "赢单", 1)', ORDINARY[0]) == 1
    assert in_python('COUNTIF(lines.g, "赢单")', ORDINARY[0]) == 2


@pytest.mark.parametrize(
    ("text", "code", "start", "length"),
    [
        ("", "syntax", 0, 0),
        ("1+", "syntax", 2, 0),
        ("1 2", "syntax", 2, 1),
        ("(1", "syntax", 0, 1),
        ("1)", "syntax", 1, 1),
        ('"abc', "syntax", 0, 4),
        ("a + 数量", "syntax", 4, 2),
        ("1 + @", "syntax", 4, 1),
        ("SUMM(1)", "unknown_function", 0, 4),
        ("1 + nothing", "unknown_field", 4, 7),
        ("ROUND(1)", "argument_count", 0, 8),
        ("1 + ROUND(1,2,3)", "argument_count", 4, 12),
        ("IFS(1,2,3)", "argument_count", 0, 10),
        ("a..b", "syntax", 1, 3),
        ("{a}", "syntax", 1, 1),
        ("1E99999", "syntax", 0, 7),
    ],
)
def test_a_fault_names_its_place(text: str, code: str, start: int, length: int) -> None:
    with pytest.raises(FormulaFault) as caught:
        value(text, a=1)
    fault = caught.value
    assert (fault.code, fault.start, fault.length) == (code, start, length)
    assert fault.faults[0].details["start"] == start
    assert fault.message.render("zh-CN") and fault.message.render("en")  # type: ignore[union-attr]


def test_a_fault_suggests_what_was_meant() -> None:
    with pytest.raises(FormulaFault) as caught:
        parse("SUMIFF(1,2)")
    assert caught.value.details["suggestion"] == "SUMIF"
    with pytest.raises(FormulaFault) as caught:
        value("amout * 2", amount=1)
    assert caught.value.details["suggestion"] == "amount"


def test_a_formula_knows_what_it_reads_and_whether_it_changes_by_itself() -> None:
    formula = parse("SUM(lines.sum) + customer.level * amount - TODAY()")
    assert formula.paths == {("lines", "sum"), ("customer", "level"), ("amount",)}
    assert formula.functions == {"SUM", "TODAY"}
    assert formula.volatile and not parse("amount * 2").volatile
    assert parse("PROPER(a)").row_only and not parse("UPPER(a)").row_only
