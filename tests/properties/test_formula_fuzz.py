"""Whatever is typed, a formula ends in a value, an error value or a fault with its place, and soon."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.formulas import (
    FormulaError,
    FormulaFault,
    JsonValues,
    Moment,
    catalogue,
    evaluate,
    parse,
    to_result,
)
from engine.formulas.functions.registry import find

MOMENT = Moment(datetime(2026, 3, 2, tzinfo=UTC))
VALUES = JsonValues(
    {
        "a": 12.5,
        "s": "文字 text",
        "d": "2026-03-01",
        "f": True,
        "n": None,
        "lines": [{"q": 1}, {"q": None}, {"q": "x"}],
        "none": [],
    }
)
ARGUMENTS = [
    "a", "s", "d", "f", "n", "lines.q", "none.q", "0", "1", "-1", "2.5", "1E15", "-1E300", "1E-40", "99999999", '""', '"x"', '"*?~"',
    '"2026-01-01"', "TRUE", "1/0", "#N/A", "{1,2,3}", '{"a","b"}', "", "lines.q * 2", 'REPT("a", 30000)', "9E307",
    '"0.00;[>5]x"', '"$1,000"',
]  # fmt: skip
ORDINARY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ends_well(text: str) -> None:
    begun = time.process_time()
    try:
        made = evaluate(parse(text), VALUES, moment=MOMENT)
        allowed = (
            Decimal,
            str,
            bool,
            date,
            datetime,
            list,
            FormulaError,
            type(None),
            type(datetime.min.time()),
        )
        assert isinstance(made, allowed)
        for kind in ("number", "text", "date", "datetime", "boolean"):
            to_result(made, kind, 2)
    except FormulaFault as fault:
        assert 0 <= fault.start <= len(text) and fault.message.render("en")  # type: ignore[union-attr]
    assert time.process_time() - begun < 1


@st.composite
def calls(draw: Any) -> str:
    doc = draw(st.sampled_from(catalogue()))
    function = find(doc.name)
    assert function is not None
    count = draw(st.integers(function.fewest, min(function.most, function.fewest + 3)))
    arguments = draw(st.lists(st.sampled_from(ARGUMENTS), min_size=count, max_size=count))
    return f"{doc.name}({', '.join(arguments)})"


@ORDINARY
@given(calls())
def test_every_function_takes_every_argument(text: str) -> None:
    ends_well(text)


@ORDINARY
@given(st.text(alphabet='0123456789.+-*/^&=<>%(),{}"“”（），； #abSUMIF$@é数\n\x00', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    ends_well(text)


@ORDINARY
@given(
    st.lists(
        st.sampled_from(
            [*ARGUMENTS, "+", "-", "*", "/", "^", "&", "=", "<", "%", "(", ")", ",", "IF(", "SUM("]
        ),
        max_size=12,
    )
)
def test_any_words_in_any_order_are_read_or_refused(words: list[str]) -> None:
    ends_well(" ".join(words))
