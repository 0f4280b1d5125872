"""How figures stand in lists and on cards."""

from decimal import Decimal

import pytest

from engine.fields.form import Form
from engine.platform.i18n import speaking
from engine.web.lists import columns

FORM = Form.read(
    {
        "key": "deal",
        "name": "商机",
        "fields": [
            {"key": "amount", "type": "money", "label": {"zh-CN": "金额", "en": "Amount"}},
            {"key": "dollars", "type": "money", "label": "美元金额", "currency": "USD"},
            {"key": "weight", "type": "number", "label": "重量", "unit": "kg"},
            {"key": "total", "type": "formula", "label": "合计", "formula": "amount * 2", "result": "money"},
            {"key": "name", "type": "text", "label": "名称"},
        ],
    }
)


@pytest.mark.parametrize(
    ("key", "value", "heading", "shown"),
    [
        ("amount", "2080000", "金额（元）", "2,080,000.00"),
        ("amount", "-5", "金额（元）", "-5.00"),
        ("dollars", "1234.5", "美元金额（美元）", "1,234.50"),
        ("weight", "12", "重量（kg）", "12"),
        ("total", "10", "合计（元）", "10.00"),
        ("name", "¥1", "名称", "¥1"),
    ],
)
def test_the_unit_stands_in_the_heading_and_not_in_every_cell(
    key: str, value: str, heading: str, shown: str
) -> None:
    field = FORM.field(key)
    assert field is not None
    context_value = value if key == "name" else Decimal(value)
    with speaking("zh-CN"):
        assert columns.heading(field) == heading
        assert columns.bare(field, context_value, "Asia/Shanghai") == shown


def test_the_heading_speaks_english_too() -> None:
    field = FORM.field("amount")
    assert field is not None
    with speaking("en"):
        assert columns.heading(field) == "Amount (CNY)"


@pytest.mark.parametrize(
    ("figure", "shown"), [("2,080,000.00", "2,080,000"), ("7.50", "7.50"), ("12", "12"), ("-0.00", "-0")]
)
def test_cards_leave_out_zeros_behind_the_point(figure: str, shown: str) -> None:
    assert columns.short(figure) == shown
