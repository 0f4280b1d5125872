"""Random formulas over random orders give the same in Python and in PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.formulas.orders import in_python, in_sql, metadata, same, sql_able, stored

EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


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


# --- formulas ----------------------------------------------------------------------------------------------------------

numbers = st.sampled_from(
    ["0", "1", "2", "-1", "0.1", "3", "10", "1.005", "100", "5%", "1E3", "0.333", "-2.5", "1000000"]
)
texts = st.sampled_from(
    [
        '""',
        '"a"',
        '"A"',
        '"12"',
        '"3.5"',
        '"hello"',
        '" x "',
        '"TRUE"',
        '"2026-01-15"',
        '"1,234"',
        '"É"',
        '"汉字"',
        '"#"',
    ]
)
small = st.sampled_from(["0", "1", "2", "3", "-1", "5"])
dates = st.sampled_from(["d", "e", "DATE(2026, 2, 28)", "DATE(2024, 2, 29)", "TODAY()", "DATE(1999, 12, 31)"])
columns = st.sampled_from(
    [
        "lines.q",
        "lines.p",
        "lines.x",
        "lines.q * lines.p",
        "lines.q + 1",
        "lines.d",
        "ROUND(lines.p / 3, 2)",
        "lines.q / lines.p",
    ]
)
criteria = st.sampled_from(
    [
        '">0"',
        '"<>1"',
        "1",
        '"a*"',
        '"apple"',
        '"<>apple"',
        '"?e*"',
        '""',
        '"<>"',
        '"="',
        '">=2026-01-01"',
        '"won"',
        '"赢单"',
        "a",
        "d",
        "TRUE",
        '"~*"',
        '"10.5"',
        '">a"',
    ]
)
any_column = st.sampled_from(["lines.q", "lines.p", "lines.n", "lines.d", "lines.g", "lines.x"])


def call(name: str, *arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*arguments).map(lambda made: f"{name}({', '.join(made)})")


def between(
    left: st.SearchStrategy[str], symbols: list[str], right: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.tuples(left, st.sampled_from(symbols), right).map(
        lambda made: f"({made[0]} {made[1]} {made[2]})"
    )


def of_number(number: Any, text: Any, truth: Any, day: Any) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(any_column, criteria), min_size=1, max_size=2).map(
        lambda made: ", ".join(f"{a}, {b}" for a, b in made)
    )
    return st.one_of(
        between(number, ["+", "-", "*", "/"], number),
        between(number, ["+", "-", "*", "/"], st.one_of(number, text, truth, day)),
        between(number, ["^"], small),
        number.map(lambda made: f"-{made}"),
        number.map(lambda made: f"({made})%"),
        call("IF", truth, number, number),
        call("IF", truth, number, st.just('""')),
        call("IFERROR", number, number),
        call("IFS", truth, number, truth, number),
        call(
            "SWITCH", st.one_of(number, st.just("stage")), st.one_of(small, st.just('"赢单"')), number, number
        ),
        call("CHOOSE", small, number, number),
        call("ROUND", number, small),
        call("ROUNDUP", number, small),
        call("ROUNDDOWN", number, small),
        st.sampled_from(["INT", "ABS", "SIGN", "TRUNC", "N", "SQRT", "EXP", "LN", "LOG10"]).flatmap(
            lambda name: call(name, number)
        ),
        st.sampled_from(["MOD", "QUOTIENT", "CEILING", "FLOOR", "POWER"]).flatmap(
            lambda name: call(name, number, st.one_of(number, small))
        ),
        st.sampled_from(["SUM", "MAX", "MIN", "AVERAGE", "COUNT", "COUNTA"]).flatmap(
            lambda name: call(
                name,
                st.one_of(number, columns, st.just("a"), st.just("s")),
                st.one_of(number, columns, st.just("b")),
            )
        ),
        st.sampled_from(["SUM", "MAX", "MIN", "AVERAGE", "COUNT", "COUNTA", "COUNTBLANK", "MEDIAN"]).flatmap(
            lambda name: call(name, st.one_of(columns, any_column))
        ),
        st.sampled_from(["SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS"]).flatmap(
            lambda name: call(name, st.one_of(columns, any_column), pairs)
        ),
        call("COUNTIFS", pairs),
        call("SUMIF", any_column, criteria),
        call("COUNTIF", any_column, criteria),
        call("SUMPRODUCT", st.just("lines.q"), st.just("lines.p")),
        call("LEN", st.one_of(text, number)),
        call("FIND", text, text),
        call("VALUE", text),
        st.sampled_from(["YEAR", "MONTH", "DAY", "WEEKDAY", "ISOWEEKNUM", "QUARTER"]).flatmap(
            lambda name: call(name, day)
        ),
        st.sampled_from(["HOUR", "MINUTE", "SECOND"]).map(lambda name: f"{name}(w)"),
        call("DAYS", day, day),
        call("DATEDIF", day, day, st.sampled_from(['"d"', '"m"', '"y"'])),
    )


def of_text(number: Any, text: Any, truth: Any, day: Any) -> st.SearchStrategy[str]:
    return st.one_of(
        between(text, ["&"], st.one_of(text, number, truth, day)),
        call("IF", truth, text, text),
        call("LEFT", text, small),
        call("RIGHT", text, small),
        call("MID", text, small, small),
        st.sampled_from(["UPPER", "LOWER", "TRIM", "T", "CLEAN"]).flatmap(lambda name: call(name, text)),
        call("SUBSTITUTE", text, text, text),
        call("REPLACE", text, small, small, text),
        call("CONCAT", text, number),
        call("TEXTJOIN", text, st.sampled_from(["TRUE", "FALSE"]), any_column),
        call(
            "TEXT",
            st.one_of(st.just("a"), st.just("b")),
            st.sampled_from(['"0"', '"0.00"', '"#,##0.0"', '"0.0%"']),
        ),
        call("TEXT", day, st.sampled_from(['"yyyy-mm"', '"yyyy年m月d日"', '"yy/m/dd"'])),
        call("IFERROR", text, text),
    )


def of_truth(number: Any, text: Any, truth: Any, day: Any) -> st.SearchStrategy[str]:
    symbols = ["=", "<>", "<", "<=", ">", ">="]
    anything = st.one_of(number, text, truth, day)
    return st.one_of(
        between(number, symbols, number),
        between(text, symbols, text),
        between(anything, symbols, anything),
        between(
            st.just("stage"),
            ["=", "<>"],
            st.one_of(st.sampled_from(['"won"', '"赢单"', '"Closed Lost"', '""']), st.just("s")),
        ),
        st.sampled_from(["AND", "OR"]).flatmap(lambda name: call(name, truth, truth)),
        call("NOT", truth),
        st.sampled_from(["ISBLANK", "ISERROR", "ISNUMBER", "ISTEXT", "ISNA"]).flatmap(
            lambda name: call(name, anything)
        ),
        call("EXACT", text, text),
    )


def of_day(number: Any, text: Any, truth: Any, day: Any) -> st.SearchStrategy[str]:
    return st.one_of(
        call("EDATE", day, small),
        call("EOMONTH", day, small),
        call(
            "DATE",
            st.sampled_from(["2026", "1999"]),
            st.one_of(small, st.just("13")),
            st.one_of(small, st.just("31")),
        ),
        call("IF", truth, day, day),
    )


def formulas(depth: int) -> tuple[Any, Any, Any, Any]:
    number = st.one_of(numbers, st.sampled_from(["a", "b", "c", "x"]))
    text = st.one_of(texts, st.sampled_from(["s", "r", "stage"]))
    truth = st.sampled_from(["TRUE", "FALSE", "f", "a > b", 's = "a"'])
    day: Any = dates
    for _ in range(depth):
        sides = number, text, truth, day
        number = st.one_of(number, of_number(*sides))
        text = st.one_of(text, of_text(*sides))
        truth = st.one_of(truth, of_truth(*sides))
        day = st.one_of(day, of_day(*sides))
    return number, text, truth, day


# --- rows --------------------------------------------------------------------------------------------------------------

amounts = st.one_of(
    st.none(),
    st.sampled_from(
        [Decimal(0), Decimal(1), Decimal("-1"), Decimal("0.1"), Decimal("1e10"), Decimal("3.00")]
    ),
    st.decimals(-10000, 10000, places=4, allow_nan=False, allow_infinity=False),
)
words = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            "a",
            "A",
            "hello",
            "12",
            "3.5",
            "-7%",
            "1,234.5",
            "2026-01-15",
            "2026/2/30",
            "TRUE",
            "false",
            " 5 ",
            "(3)",
            "É",
            "汉字",
            "a b",
            "¥12",
            "1e3",
            "apple",
            "10:30",
            "25:00",
            "3/4/2026",
            "2026-01-15 08:30:15",
            "2026年3月1日",
            "2026.1.2",
            "2026-01",
            "2026年1月",
            "2026/13 8:00",
            "1899-01-01",
        ]
    ),
    st.text(alphabet="aAbB12.,-% é汉*?~", max_size=8),
)
days = st.one_of(
    st.none(),
    st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    st.sampled_from([date(2026, 1, 31), date(2024, 2, 29), date(1900, 1, 1)]),
)
instants = st.one_of(
    st.none(),
    st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)).map(
        lambda made: made.replace(microsecond=0, tzinfo=UTC)
    ),
)
stages = st.sampled_from([None, "won", "lost"])
errors = st.sampled_from([None, None, None, "#DIV/0!", "#VALUE!"])


def without_value(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"x": None} if row.get("x_error") else row


line_rows = st.fixed_dictionaries(
    {"q": amounts, "p": amounts, "n": words, "d": days, "g": stages, "x": amounts, "x_error": errors}
).map(without_value)
order_rows = st.fixed_dictionaries(
    {
        "a": amounts, "b": amounts, "c": amounts, "x": amounts, "x_error": errors, "s": words, "r": words, "stage": stages,
        "f": st.sampled_from([None, True, False]), "d": days, "e": days, "w": instants, "lines": st.lists(line_rows, max_size=4),
    }
).map(without_value)  # fmt: skip


def agree(connection: sa.Connection, text: str, rows: list[dict[str, Any]]) -> None:
    expected = [in_python(text, row) for row in rows]
    if not sql_able(text):
        return
    with stored(connection, rows):
        found = in_sql(connection, text)
    for row, python, sql in zip(rows, expected, found, strict=True):
        note(f"{text}\n  {row}\n  Python {python!r}\n  SQL    {sql!r}")
        assert same(python, sql)


@EXAMPLES
@given(text=formulas(2)[0], rows=st.lists(order_rows, min_size=1, max_size=4))
def test_a_number_is_the_same_in_the_list_and_on_the_page(
    connection: sa.Connection, text: str, rows: list[Any]
) -> None:
    agree(connection, text, rows)


@EXAMPLES
@given(text=formulas(2)[1], rows=st.lists(order_rows, min_size=1, max_size=4))
def test_a_text_is_the_same_in_the_list_and_on_the_page(
    connection: sa.Connection, text: str, rows: list[Any]
) -> None:
    agree(connection, text, rows)


@EXAMPLES
@given(text=formulas(2)[2], rows=st.lists(order_rows, min_size=1, max_size=4))
def test_a_yes_or_no_is_the_same_in_the_list_and_on_the_page(
    connection: sa.Connection, text: str, rows: list[Any]
) -> None:
    agree(connection, text, rows)


@EXAMPLES
@given(text=formulas(2)[3], rows=st.lists(order_rows, min_size=1, max_size=4))
def test_a_date_is_the_same_in_the_list_and_on_the_page(
    connection: sa.Connection, text: str, rows: list[Any]
) -> None:
    agree(connection, text, rows)
