"""Attacks: whatever is written, the answer comes within a tenth of a second and says what was too much."""

import sys
import time
from datetime import UTC, datetime

import pytest

from engine.formulas import Budget, FormulaError, FormulaFault, JsonValues, Moment, evaluate, parse

MOMENT = Moment(datetime(2026, 3, 2, tzinfo=UTC))
LONG = 8192


def answer(text: str, **values: object) -> object:
    """The value, or the code of the fault."""
    try:
        return evaluate(parse(text), JsonValues(values), moment=MOMENT)
    except FormulaFault as fault:
        return fault.code


def timed(text: str, **values: object) -> tuple[object, float]:
    """The answer, and how long it takes: the best of three, in processor time, for others work on this machine too."""
    best = 9.0
    for _ in range(3):
        parse.cache_clear()
        begun = time.process_time()
        made = answer(text, **values)
        best = min(best, time.process_time() - begun)
    return made, best


def filled(piece: str, end: str = "") -> str:
    """A formula of about the longest length."""
    return piece * ((LONG - len(end)) // len(piece)) + end


ATTACKS = {
    "a tower of powers": ("9^9^9^9", FormulaError("#NUM!")),
    "a power of ten thousand digits": ("10^9999", FormulaError("#NUM!")),
    "the largest exponent": ("1.0000001^1E300", FormulaError("#NUM!")),
    "the smallest base": ("1E-300^1E300", 0),
    "ten thousand brackets": ("(" * 10000 + "1" + ")" * 10000, "limit_length"),
    "four thousand brackets": ("(" * 4000 + "1" + ")" * 4000, "limit_depth"),
    "sixty-five brackets": ("(" * 65 + "1" + ")" * 65, "limit_depth"),
    "sixty-five calls": ("ABS(" * 65 + "1" + ")" * 65, "limit_depth"),
    "a thousand million letters": ('REPT("x",1000000000)', FormulaError("#VALUE!")),
    "a text doubled and doubled": ('REPT(REPT(REPT("x",1000),1000),1000)', FormulaError("#VALUE!")),
    "too long a text by joining": ('REPT("x",32767)&"y"', FormulaError("#VALUE!")),
    "too long a text by replacing": ('SUBSTITUTE(REPT("x",32767),"x","yyyyyyyyyy")', FormulaError("#VALUE!")),
    "a huge factorial": ("FACT(1E9)", FormulaError("#NUM!")),
    "a huge choice": ("COMBIN(1E15,5E14)", FormulaError("#NUM!")),
    "a huge choice that is named": ("COMBIN(1E15,100)", FormulaError("#NUM!")),
    "a huge permutation": ("PERMUT(1E15,1E10)", FormulaError("#NUM!")),
    "the growth of growth": ("EXP(EXP(EXP(EXP(EXP(9)))))", FormulaError("#NUM!")),
    "a workday in a million years": ("WORKDAY(DATE(2026,1,1),1E15)", FormulaError("#NUM!")),
    "two hundred and fifty-six arguments": ("SUM(" + ",".join(["1"] * 256) + ")", "limit_arguments"),
    "a number of five thousand digits": ("9" * 5000, "syntax"),
    "an unknown word of eight thousand letters": ("A" * 8192 + "", "unknown_field"),
    "a quote that never closes": ('"' + "x" * 8000, "syntax"),
    "nothing but operators": (filled("*"), "syntax"),
    "nothing but commas": ("SUM(" + "," * 8000 + ")", "limit_arguments"),
    "a base beyond bases": ('DECIMAL(REPT("Z",32767),36)', FormulaError("#NUM!")),
    "a return of nowhere": ("IRR({1,2,3})", FormulaError("#NUM!")),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_formula_is_answered_at_once(name: str) -> None:
    text, expected = ATTACKS[name]
    made, seconds = timed(text)
    assert made == expected
    assert seconds < 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (filled("1+", "1"), 4096),
        (filled("1-", "1"), -4094),
        (filled("1*", "1"), 1),
        (filled("1/", "1"), 1),
        (filled("1^", "1"), 1),
        (filled("1=", "1"), None),
        (filled("-", "1"), None),
        ("1" + "%" * 8000, 0),
        (filled('""&', '""'), ""),
    ],
)
def test_a_chain_of_four_thousand_terms_is_no_problem(text: str, expected: object) -> None:
    made, seconds = timed(text)
    assert made == expected or expected is None
    assert seconds < 0.1


def test_sixty_four_levels_are_allowed_even_where_each_level_holds_every_operator() -> None:
    level = "1=1&1+1*1^-("
    assert answer(level * 64 + "1" + ")" * 64) is False
    calls = "IF(1=1&1+1*1^-1,0,"
    assert answer(calls * 64 + "5" + ")" * 64) == 5
    assert answer("(" * 64 + "7" + ")" * 64) == 7


def test_the_deepest_formula_works_below_a_deep_stack_too() -> None:
    def below(depth: int) -> object:
        return below(depth - 1) if depth else answer("IF(1=1&1+1*1^-1,0," * 64 + "5" + ")" * 64)

    assert below(sys.getrecursionlimit() - 850) in (5, "limit_depth")


def test_wildcards_that_would_explode_elsewhere_are_quick() -> None:
    text = "a" * 30000
    for pattern in ("*a" * 120 + "*b", "*" * 200 + "b", "?*" * 100 + "b", "*aaaaaaaaaaaaaaaa?b"):
        made, seconds = timed("COUNTIF(lines.t, p)", lines=[{"t": text}], p=pattern)
        assert (made, seconds < 0.1) == (0, True)
        made, seconds = timed("SEARCH(p, t)", t=text, p=pattern)
        assert (made, seconds < 0.1) == (FormulaError("#VALUE!"), True)
    assert answer("COUNTIF(lines.t, p)", lines=[{"t": "a"}], p="*" * 300) == FormulaError("#VALUE!")


def test_work_over_a_great_list_ends_at_the_budget() -> None:
    lines = [{"n": i} for i in range(60_000)]
    assert answer("SUM(lines.n)", lines=lines) == 60_000 * 59_999 // 2
    assert answer("+".join(["SUM(lines.n)"] * 200), lines=lines) == "limit_work"
    with pytest.raises(FormulaFault) as caught:
        evaluate(parse("SUM(lines.n)"), JsonValues({"lines": lines}), moment=MOMENT, budget=Budget(1000))
    assert caught.value.code == "limit_work"


def test_nothing_of_python_can_be_reached() -> None:
    for text in (
        "__import__('os')",
        "().__class__",
        "a.__class__",
        "lambda: 1",
        "[1]",
        "open(1)",
        "a if b else c",
        'eval("1")',
    ):
        assert answer(text, a=1, b=1, c=1) in ("syntax", "unknown_function", "unknown_field")
    assert answer("a.__class__.__mro__", a={"b": 1}) == "unknown_field"
