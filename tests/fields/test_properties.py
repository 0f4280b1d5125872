"""Properties of single types: months and years, bounds of shares, amounts for one of something, kinds of files."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.platform.i18n import speaking
from engine.web.lists import columns


def field(kind: str, **properties: Any) -> Field:
    return Field.read({"key": "x", "type": kind, "label": "X", **properties})


@pytest.mark.parametrize(
    ("shape", "said", "kept"),
    [
        ("month", "2026-11", date(2026, 11, 1)),
        ("month", "2026年3月", date(2026, 3, 1)),
        ("month", "2026/3", date(2026, 3, 1)),
        ("month", "202603", date(2026, 3, 1)),
        ("month", "2026-11-24", date(2026, 11, 1)),
        ("month", date(2026, 11, 24), date(2026, 11, 1)),
        ("year", "2026", date(2026, 1, 1)),
        ("year", "2026 年", date(2026, 1, 1)),
        ("year", "2026-11-24", date(2026, 1, 1)),
        ("date", "2026-11-24", date(2026, 11, 24)),
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_a_month_or_year_is_taken_as_it_is_shown_and_keeps_its_first_day(
    shape: str, said: Any, kept: date, typed: bool
) -> None:
    one = field("date", format=shape)
    assert one.kind.parse(said, one, ParseContext(text=typed)) == kept
    shown = one.kind.typed_text(kept, one, "zh-CN")
    assert one.kind.parse(shown, one, ParseContext(text=True)) == kept


@pytest.mark.parametrize(("shape", "said"), [("month", "2026-13"), ("year", "26"), ("date", "2026-11")])
def test_what_is_no_month_or_year_is_refused(shape: str, said: str) -> None:
    one = field("date", format=shape)
    with pytest.raises(FieldFault) as fault:
        one.kind.parse(said, one, ParseContext(text=True))
    assert fault.value.code == "not_a_date"


@pytest.mark.parametrize(
    ("kind", "properties", "told"),
    [
        ("money", {"max": 10000, "unit": "吨"}, "不能大于 ¥10,000.00/吨"),
        ("money", {"max": 0.125}, "不能大于 0.125"),
        ("number", {"max": 10000, "thousands": True, "unit": "台"}, "不能大于 10,000 台"),
        ("number", {"max": 10000}, "不能大于 10000"),
    ],
)
def test_a_bound_is_told_as_the_field_shows_its_values(
    kind: str, properties: dict[str, Any], told: str
) -> None:
    one = field(kind, **properties)
    with pytest.raises(FieldFault) as fault:
        one.kind.parse("20000", one, ParseContext(text=True))
    assert fault.value.message.render("zh-CN") == told


def test_the_bounds_of_a_share_are_told_in_percent() -> None:
    one = field("percent", min=0.05, max=1)
    for said, told in (("120%", "100%"), ("1%", "5%")):
        with pytest.raises(FieldFault) as fault:
            one.kind.parse(said, one, ParseContext(text=True))
        assert told in str(fault.value.message)


def test_an_amount_for_one_of_something_says_for_what() -> None:
    one = field("money", unit={"zh-CN": "吨", "en": "t"}, currency="USD")
    with speaking("en"):
        assert one.kind.display(Decimal("12.5"), one, "en") == "$12.50/t"
        assert columns.bare(one, Decimal("12.5"), "Asia/Shanghai") == "12.50"
        assert columns.heading(one) == "X (USD/t)"
    plain = field("money")
    assert plain.kind.display(Decimal("-12.5"), plain, "zh-CN") == "-¥12.50"


def test_a_browser_offers_the_kinds_of_files_that_are_taken() -> None:
    one = field("file", accept=["pdf", ".docx", "image/*"])
    assert one.kind.choosable(one) == ".pdf,.docx,image/*"  # type: ignore[attr-defined]
