"""Amounts of money."""

from decimal import Decimal
from typing import Any

from engine.fields.form import Field
from engine.fields.number import BOUNDS, SHOWN, NumberField
from engine.fields.schema import CURRENCY
from engine.platform.i18n import Text, label_text

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}


class MoneyField(NumberField):
    """The field type `money`."""

    name = "money"
    label = Text("金额", "Money")
    icon = "currency-yuan"
    order = 80
    schema = {
        "properties": {
            **SHOWN,
            "decimals": {**SHOWN["decimals"], "x-standing": 2},
            "thousands": {**SHOWN["thousands"], "x-standing": True},
            "currency": CURRENCY,
            **BOUNDS,
        }
    }
    template = "fields/money.html"

    def places(self, field: Field) -> int | None:
        return field.get("decimals", 2)

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        if value is None:
            return ""
        amount = Decimal(self.to_json(value, field))
        text = format(abs(amount), ",f" if field.get("thousands", True) else "f")
        return f"{'-' if amount < 0 else ''}{self.sign(field)}{text}{self.per(field, language)}"

    def per(self, field: Field, language: str | None = None) -> str:
        """What an amount is for one of, as it stands behind it: `/kg`."""
        unit = label_text(field.get("unit"), language).lstrip("/")
        return f"/{unit}" if unit else ""

    def sign(self, field: Field) -> str:
        """The sign of the field's currency."""
        currency = field.get("currency", "CNY")
        return SIGNS.get(currency, currency + " ")
