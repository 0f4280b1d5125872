"""What a field holds of a formula's value, by the kind of its result."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from engine.formulas import FormulaError, Moment, to_result

VALUE = FormulaError("#VALUE!")


@pytest.mark.parametrize(
    ("value", "kind", "scale", "expected"),
    [
        (Decimal("2.345"), "money", 2, Decimal("2.35")),
        (Decimal("-2.345"), "money", 2, Decimal("-2.35")),
        (Decimal("2.3"), "number", 0, Decimal("2")),
        (Decimal("0.12345"), "percent", 4, Decimal("0.1235")),
        (Decimal("7"), "number", None, Decimal("7")),
        ("", "money", 2, None),
        (None, "money", 2, None),
        ("12", "money", 2, VALUE),
        (True, "number", 0, VALUE),
        (date(2026, 1, 1), "number", 0, VALUE),
        (Decimal("1234.50"), "text", None, "1234.5"),
        (True, "text", None, "TRUE"),
        (date(2026, 1, 1), "text", None, "2026-01-01"),
        ("", "text", None, None),
        (Decimal(46023), "date", None, date(2026, 1, 1)),
        (Decimal(-5), "date", None, FormulaError("#NUM!")),
        ("2026-01-01", "date", None, VALUE),
        (datetime(2026, 1, 1, 9), "date", None, date(2026, 1, 1)),
        (Decimal("46023.75"), "datetime", None, datetime(2026, 1, 1, 18)),
        (time(12), "time", None, time(12)),
        (Decimal("0.5"), "time", None, VALUE),
        (Decimal(3), "boolean", None, True),
        ("TRUE", "boolean", None, VALUE),
        (FormulaError("#DIV/0!"), "money", 2, FormulaError("#DIV/0!")),
        ([Decimal(1), Decimal(2)], "number", 0, VALUE),
        ([Decimal(1)], "number", 0, Decimal(1)),
    ],
)
def test_a_result_takes_the_shape_of_its_field(
    value: Any, kind: str, scale: int | None, expected: Any
) -> None:
    made = to_result(value, kind, scale)
    assert made == expected and type(made) is type(expected)


def test_a_moment_is_stored_as_an_instant() -> None:
    moment = Moment(datetime(2026, 1, 1, tzinfo=UTC), "Asia/Shanghai")
    assert to_result(date(2026, 1, 1), "datetime", moment=moment) == datetime(2025, 12, 31, 16, tzinfo=UTC)
