"""Regular expressions that designers write."""

import time

import pytest

from engine.fields.patterns import fault_of, fits


def test_a_pattern_that_doubles_its_ways_answers_at_once() -> None:
    began = time.monotonic()
    assert not fits("(a+)+$", "a" * 40 + "!")
    assert fits("(a+)+$", "a" * 40)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"[\u4e00-\u9fa5]{2,4}", "王小明", "Wang"),
        (r"[一-龥]+", "北京", "北京1"),
        (r"\d{3}-\d{4}", "010-1234", "010-12345"),
        (r"^SH\d+\Z", "SH1", "SH1\n"),
        (r"\\u4e00", "\\u4e00", "一"),
    ],
)
def test_the_whole_text_has_to_match(pattern: str, right: str, wrong: str) -> None:
    assert fault_of(pattern) is None
    assert fits(pattern, right)
    assert not fits(pattern, wrong)


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(?!a).*", r"(?<=a)b", r"(a)\1"])
def test_looking_round_is_refused_and_said(pattern: str) -> None:
    said = fault_of(pattern)
    assert said is not None
    assert "(?=…)" in said.zh


@pytest.mark.parametrize("pattern", ["(", "a{2000}", "(((a{90}){90}){90}){90}", "[z-a]"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    said = fault_of(pattern)
    assert said is not None
    assert "有效" in said.zh
    assert not fits(pattern, "a")
