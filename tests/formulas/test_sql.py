"""Formulas as SQL on a real PostgreSQL: what a list shows is what the page shows."""

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.formulas import FormulaError, FormulaFault, parse, result_sql, to_result, to_sql
from tests.formulas.orders import MOMENT, ORDINARY, Scope, in_python, in_sql, metadata, orders, same, stored


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(database_url)
    with engine.begin() as made:
        made.execute(sa.text("CREATE SCHEMA IF NOT EXISTS formula_tests"))
        metadata.drop_all(made)
        metadata.create_all(made)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def written(text: str) -> str:
    made = to_sql(parse(text), Scope())
    columns = [made.value, *([made.error] if made.error is not None else [])]
    return str(sa.select(*columns).select_from(made.apply(orders)).compile(dialect=postgresql.dialect()))


FORMULAS = [
    "a * b - c", "a / b", "a / (b - b)", "-a ^ 2", "a ^ c", "a % + b %", "s & r & a & f & d", "r + 1", "r * 1 & s",
    'IF(a > 10, "big", "small")', "IF(x > 0, x, 0)", "IFERROR(x, -1)", "IFNA(x, -1)", "IFERROR(a / 0, b / 0)",
    'IFS(a > 100, 1, a > 10, 2)', 'SWITCH(stage, "赢单", 1, "lost", 2, 0)', "CHOOSE(a - 11.5, 5, 6, 7)",
    'stage = "赢单"', 'stage <> "Closed Lost"', "stage = s", "AND(f, a > 1)", "OR(f, x > 1)", "NOT(f)",
    "x = FIND(\"q\", \"\")", "FIND(\"q\", \"\") > x", "SUM(lines.q)", "ROWS(lines.n)",
    "SUM(lines.x)", "AVERAGE(lines.q)", "MAX(lines.q, a)", "MIN(lines.d)", "COUNT(lines.q)",
    "COUNTA(lines.n)", "COUNTBLANK(lines.n)", "MEDIAN(lines.q)", "SUMPRODUCT(lines.q, lines.p)",
    "SUM(lines.q * lines.p)", "SUM(lines.q / lines.p)", "SUM(IFERROR(lines.q / lines.p, 0))", "AVERAGE(a, b, c)",
    'SUMIF(lines.n, "a*", lines.q)', 'SUMIFS(lines.q, lines.g, "赢单", lines.d, ">=2026-01-01")',
    'SUMIFS(lines.x, lines.g, "won")', 'SUMIFS(lines.x, lines.g, "lost")', 'COUNTIFS(lines.n, "?pple", lines.q, ">0")',
    'AVERAGEIFS(lines.p, lines.n, "<>pear")', 'MAXIFS(lines.q, lines.p, ">1")', "COUNTIF(lines.q, a - 11.5)",
    'COUNTIF(lines.n, "")', 'COUNTIF(lines.n, "<>")', 'TEXTJOIN("、", TRUE, lines.n)', 'SUM(lines.q) / COUNT(lines.q) * a',
    "ROUND(a / 3, 2)", "ROUNDUP(a / 3, 1)", "INT(a / 3 * 3)", "MOD(a, 5)", "CEILING(a, 0.5)", "FLOOR(a, 0.4)", "SQRT(a)",
    "LN(a)", "EXP(a)", "LOG10(a)", "POWER(a, 0.5)", "LEN(s)", "LEFT(s, 5)", "RIGHT(r, 2)", "MID(s, 2, a)", "TRIM(s)",
    "UPPER(s)", "LOWER(s)", 'SUBSTITUTE(s, "o", "0")', 'REPLACE(r, 1, 2, "B")', 'FIND("o", s)', 'FIND("o", s, 6)',
    'EXACT(s, "hello world")', "VALUE(r)", 'TEXT(d, "yyyy-mm")', 'TEXT(a, "#,##0.00")', "T(s)", "N(f)",
    "HOUR(t)", "t * 24", 't & ""', "t > 0.4", "IF(f, t, t)", "t",
    "MYDEPARTMENT()", "s = ME()", "YEAR(d)", "MONTH(e)", "DAY(w)", "HOUR(w)", "WEEKDAY(d, 2)", "EDATE(d, 1)", "EOMONTH(d, a)", "DAYS(e, d)",
    'DATEDIF(d, e, "m")', "DATE(2026, a, 1)", "d + 30", "e - d", "w + 0.5", "TODAY() - d", "NOW() > w", "QUARTER(d)",
    "ISBLANK(a)", "ISERROR(x)", "ISNUMBER(d)", "ISTEXT(s)", "ISNA(x)", "d > e", "a = s", "f = TRUE", "s < r", "w > d",
    'IF(a > 1, "", a)', "a", "s", "f", "d", "x", "1/0", '"constant"', "TODAY()", "ME()", 'HASROLE("manager")',
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_the_list_shows_what_the_page_shows(connection: sa.Connection, text: str) -> None:
    expected = [in_python(text, row) for row in ORDINARY]
    with stored(connection, ORDINARY):
        found = in_sql(connection, text)
    for python, sql in zip(expected, found, strict=True):
        assert same(python, sql), f"{python!r} in Python, {sql!r} in SQL"


def test_two_columns_of_a_subform_meet_in_one_subquery() -> None:
    assert written('SUMIFS(lines.q, lines.n, "a*", lines.p, ">1")').count("FROM formula_tests.lines") == 1


def test_a_step_that_is_used_twice_stands_once() -> None:
    made = written("IFERROR(ROUND(SQRT(a / b), 2), 0)")
    assert "JOIN LATERAL" in made and "OFFSET" in made
    nested = "a / b"
    for _ in range(12):
        nested = f"IFERROR(IF(ROUND({nested}, 2) > 1, a, b) / c, 0)"
    assert len(written(nested)) < 20_000


def test_sixty_four_levels_are_planned_and_run_quickly(connection: sa.Connection) -> None:
    for text in (
        "IF(a > 1, a / b + " * 60 + "1" + ", 0)" * 60,
        "IFERROR(a / b + 1, " * 60 + "1" + ")" * 60,
        "ROUND(ABS(" * 32 + "a / 7" + "), 5)" * 32,
        "(a + b * (" * 30 + "c" + "))" * 30,
    ):
        with stored(connection, ORDINARY):
            begun = time.process_time()
            found = in_sql(connection, text)
            assert time.process_time() - begun < 1.5
        assert all(same(in_python(text, row), sql) for row, sql in zip(ORDINARY, found, strict=True))


def test_four_thousand_terms_are_one_flat_expression(connection: sa.Connection) -> None:
    for text in ("+".join(["a"] * 4096), "-".join(["a"] * 4096), "&".join(["r"] * 4096)):
        with stored(connection, ORDINARY):
            found = in_sql(connection, text)
        assert all(same(in_python(text, row), sql) for row, sql in zip(ORDINARY, found, strict=True))


def test_numbers_beyond_the_range_are_an_error_in_both(connection: sa.Connection) -> None:
    rows = [{"a": Decimal(10) ** 19}, {"a": Decimal(2)}]
    text = "*".join(["a"] * 40)
    with stored(connection, rows):
        assert in_sql(connection, text) == [FormulaError("#NUM!"), Decimal(2) ** 40]
    assert [in_python(text, row) for row in rows] == [FormulaError("#NUM!"), Decimal(2) ** 40]


def test_large_numbers_are_written_alike_in_both(connection: sa.Connection) -> None:
    numbers = (
        "1e21",
        "123456789012345678901.5",
        "-1.5e25",
        "999999999999999999999.9",
        "0.0001234567",
        "1e20",
    )
    rows = [{"a": Decimal(number)} for number in numbers]
    for text in ('a & ""', 'a * a & ""', 'a / 7 & ""', 'TEXT(a, "#,##0.00")', 'TEXT(a, "0")', "LEN(a)"):
        with stored(connection, rows):
            found = in_sql(connection, text)
        assert [in_python(text, row) for row in rows] == found, text
    assert in_python('a & ""', rows[2]) == "-1.5E+25"


def test_texts_read_as_numbers_alike_in_both(connection: sa.Connection) -> None:
    texts = (
        "12", "-3.50", " 7 ", "1,234.5", "1,23", "5%", "-5%", "(8)", "(-8)", "¥12", "$12", "1e3", "1E+400", ".5", "5.", ".", "-", "+4", "",
        "2026-01-15", "2026/1/5", "2026.1.5", "2026-1/5", "2026-02-30", "2026年3月1日", "2026-01", "2026年1月", "3/4/2026", "13/4/2026",
        "2026-01-15 08:30", "2026-01-15T08:30:15", "2026-01-1508:30", "2026年3月1日8:30", "10:30", "24:00", "10:60", "9:5:7",
        "1899-12-31", "1900-01-01", "1900-02-28", "1900-03-01", "abc", "12abc", "9" * 70, "0" * 300, "TRUE", "１２",
    )  # fmt: skip
    rows = [{"r": text} for text in texts]
    with stored(connection, rows):
        found = in_sql(connection, "r + 0")
    assert {t: in_python("r + 0", row) for t, row in zip(texts, rows, strict=True)} == dict(
        zip(texts, found, strict=True)
    )


def test_one_bad_row_never_stops_the_others(connection: sa.Connection) -> None:
    rows = [
        {"r": "12", "a": Decimal(0)},
        {"r": "nonsense", "a": Decimal("1e40")},
        {"r": "9" * 300, "a": Decimal(-1)},
    ]
    for text in (
        "r * 2",
        "1 / a",
        "SQRT(a)",
        "LN(a)",
        "EXP(a)",
        "10 ^ a",
        "a ^ a",
        "DATE(a, a, a)",
        "LEFT(r, a)",
        "ROUND(1, a)",
        "EDATE(DATE(2026,1,1), a)",
    ):
        with stored(connection, rows):
            found = in_sql(connection, text)
        assert len(found) == 3
        assert all(same(in_python(text, row), sql) for row, sql in zip(rows, found, strict=True)), text


def test_constant_parts_do_not_fail_while_planning(connection: sa.Connection) -> None:
    with stored(connection, ORDINARY):
        assert in_sql(connection, "IF(a = 0, 0, 1/0)") == [FormulaError("#DIV/0!"), Decimal(0), Decimal(0)]
        assert in_sql(connection, 'IF(f, 1, VALUE("x"))')[0] == 1


def test_what_only_python_can_do_is_refused_by_name() -> None:
    with pytest.raises(FormulaFault) as caught:
        to_sql(parse("PROPER(s)"), Scope())
    assert caught.value.code == "row_only"


@pytest.mark.parametrize(
    ("text", "kind", "scale"),
    [
        ("a / 3", "money", 2), ("-a / 3", "number", 4), ("a", "number", 0), ("s", "number", 2), ("f", "number", 0),
        ("a / b", "text", None), ("f", "text", None), ("d", "text", None), ("s", "text", None), ("w", "text", None),
        ("d", "date", None), ("d + 1", "date", None), ("w", "date", None), ("s", "date", None), ("a - 100", "date", None),
        ("d", "datetime", None), ("w", "datetime", None), ("d + 0.5", "datetime", None), ("f", "boolean", None),
        ("a", "boolean", None), ("s", "boolean", None), ("x", "percent", 4), ('IF(f, "", a)', "money", 2),
    ],
)  # fmt: skip
def test_a_field_takes_the_same_result_from_both(
    connection: sa.Connection, text: str, kind: str, scale: int | None
) -> None:
    made = to_sql(parse(text), Scope())
    value, error = result_sql(made, kind, scale, MOMENT.time_zone)
    columns = [value.label("v"), (sa.null() if error is None else error).label("e")]
    with stored(connection, ORDINARY):
        found = connection.execute(
            sa.select(*columns).select_from(made.apply(orders)).order_by(orders.c.id)
        ).all()
    for row, (v, e) in zip(ORDINARY, found, strict=True):
        python: Any = to_result(in_python(text, row), kind, scale, moment=MOMENT)
        assert same(python, FormulaError(e) if e is not None else v), (
            f"{python!r} in Python, {v!r} {e!r} in SQL"
        )
        if isinstance(python, Decimal) and scale is not None and e is None:
            assert -python.as_tuple().exponent == scale == -v.as_tuple().exponent  # type: ignore[operator]
