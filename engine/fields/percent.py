"""Shares: 5% is stored as 0.05."""

from decimal import Decimal
from typing import Any

from engine.fields.base import ParseContext
from engine.fields.form import Field
from engine.fields.number import BOUNDS, NumberField, plain
from engine.fields.schema import DECIMALS
from engine.platform.i18n import Text

HINT = {"zh-CN": "100% 写成 1，5% 写成 0.05", "en": "Written as a share: 1 is 100%, 0.05 is 5%"}


class PercentField(NumberField):
    """The field type `percent`."""

    name = "percent"
    label = Text("百分比", "Percent")
    icon = "percentage"
    order = 90
    schema = {
        "properties": {
            "decimals": DECIMALS,
            **{name: {**bound, "x-hint": HINT} for name, bound in BOUNDS.items()},
        }
    }
    template = "fields/percent.html"
    summary_functions = ("avg", "min", "max", "sum")

    def places(self, field: Field) -> int | None:
        return field.get("decimals", 2) + 2  # `decimals` are those of the percentage

    def adjusted(self, value: Decimal, raw: Any, context: ParseContext) -> Decimal:
        signed = isinstance(raw, str) and raw.rstrip().endswith(("%", "％"))
        if context.percents is not None:
            return value.scaleb(-2) if context.percents == "percent" and not signed else value
        # As in Excel: typed into a percentage, 5 and 5% are the same and 0.05 is what it says.
        typed = context.text and isinstance(raw, str) and not signed
        return value.scaleb(-2) if typed and abs(value) >= 1 else value

    def to_json(self, value: Any, field: Field) -> Any:
        return None if value is None else format(plain(Decimal(super().to_json(value, field))), "f")

    def bound_text(self, limit: Decimal) -> str:
        return super().bound_text(limit.scaleb(2)) + "%"

    def typed_text(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return self.display(value, field, language)

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        if value is None:
            return ""
        return format(plain(Decimal(self.to_json(value, field)).scaleb(2)), "f") + "%"
