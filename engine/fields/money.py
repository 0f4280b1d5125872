"""Amounts of money."""

from decimal import Decimal
from typing import Any

from engine.fields.form import Field
from engine.fields.number import SHOWN, NumberField
from engine.platform.i18n import Text

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}


class MoneyField(NumberField):
    """The field type `money`."""

    name = "money"
    label = Text("金额", "Money")
    icon = "currency-yuan"
    schema = {
        "properties": {
            **SHOWN,
            "min": {"type": "number"},
            "max": {"type": "number"},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
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
        return f"{'-' if amount < 0 else ''}{self.sign(field)}{text}"

    def sign(self, field: Field) -> str:
        """The sign of the field's currency."""
        currency = field.get("currency", "CNY")
        return SIGNS.get(currency, currency + " ")
