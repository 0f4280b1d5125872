"""Exact decimal numbers."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import ORDER, FieldFault, FieldType, ParseContext
from engine.fields.form import Field, Form
from engine.fields.schema import DECIMALS, LABEL, YES_NO, asked
from engine.fields.typed_text import exact, number
from engine.platform.errors import Fault
from engine.platform.i18n import Text, label_text

_WIDE = Context(prec=140, rounding=ROUND_HALF_UP)
MOST_PLACES = 10
"""What is kept behind the point where a field does not say how many places."""

SHOWN: Mapping[str, Any] = {
    "decimals": DECIMALS,
    "thousands": asked(YES_NO, "千分位", "Thousands separator", "format"),
    "unit": asked(LABEL, "单位", "Unit", "format"),
}
BOUNDS: Mapping[str, Any] = {
    "min": asked({"type": "number"}, "最小值", "Least value", "limits"),
    "max": asked({"type": "number"}, "最大值", "Greatest value", "limits"),
}


class NumberField(FieldType):
    """The field type `number`."""

    name = "number"
    label = Text("数字", "Number")
    icon = "number"
    order = 70
    schema = {"properties": {**SHOWN, **BOUNDS}}
    align = "end"
    operators = ORDER
    template = "fields/number.html"
    summary_functions: ClassVar[tuple[str, ...]] = ("sum", "avg", "min", "max")
    unique_possible = True
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Numeric()

    def value_type(self, field: Field) -> str:
        return "number"

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        low, high = field.get("min"), field.get("max")
        if low is not None and high is not None and low > high:
            yield Fault(
                f"{field.pointer}/min",
                "min_above_max",
                Text(
                    "“{name}”的最小值大于最大值",
                    "The least value of “{name}” is above its greatest",
                    name=field.name(),
                ),
            )

    def places(self, field: Field) -> int | None:
        """Digits kept after the point; None keeps what was typed, up to 10."""
        return field.get("decimals")

    def read(self, raw: Any, field: Field, context: ParseContext) -> Decimal:
        value = exact(raw.replace("\u3000", " ").strip() if isinstance(raw, str) else raw)
        if value is None and isinstance(raw, str) and context.text:
            value = number(raw, label_text(field.get("unit"), context.language))
        if value is None:
            raise FieldFault(
                "not_a_number", Text("“{said}”不是数字", "“{said}” is not a number", said=str(raw)[:50])
            )
        return self.fitted(self.adjusted(value, raw, context), field)

    def adjusted(self, value: Decimal, raw: Any, context: ParseContext) -> Decimal:
        """For types in which what was typed is not the value itself."""
        return value

    def fitted(self, value: Decimal, field: Field) -> Decimal:
        """The value at the field's scale, within its bounds."""
        value = self.stored_value(value, field)
        for bound, outside in (("min", lambda limit: value < limit), ("max", lambda limit: value > limit)):
            limit = field.get(bound)
            if limit is not None and outside(Decimal(str(limit))):
                said = self._as_shown(Decimal(str(limit)), field)
                words = (
                    Text("不能小于 {limit}", "Must be at least {limit}", limit=said)
                    if bound == "min"
                    else Text("不能大于 {limit}", "Must be at most {limit}", limit=said)
                )
                raise FieldFault("too_small" if bound == "min" else "too_large", words, **{bound: limit})
        return value

    def _as_shown(self, limit: Decimal, field: Field) -> Text | str:
        """A bound as the field shows values; with all its digits where it has more of them."""
        kept = self.stored_value(limit, field)
        if kept != limit:
            return self.bound_text(limit)
        return Text(self.display(kept, field, "zh-CN"), self.display(kept, field, "en"))

    def bound_text(self, limit: Decimal) -> str:
        """A bound with all its digits."""
        return format(plain(limit), "f")

    def stored_value(self, value: Decimal, field: Field) -> Decimal:
        """The value rounded half away from zero to what the field keeps."""
        places = self.places(field)
        if places is None:
            return plain(
                value.quantize(Decimal((0, (1,), -MOST_PLACES)), context=_WIDE)
                if _finer(value, MOST_PLACES)
                else value
            )
        return value.quantize(Decimal((0, (1,), -places)), context=_WIDE)

    def to_json(self, value: Any, field: Field) -> Any:
        if value is None:
            return None
        places = self.places(field)
        value = Decimal(value)
        if places is None:
            return format(plain(value), "f")
        return format(value.quantize(Decimal((0, (1,), -places)), context=_WIDE), "f")

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        if value is None:
            return ""
        text = self.to_json(value, field)
        if field.get("thousands", False):
            text = format(Decimal(text), ",f")
        unit = label_text(field.get("unit"), language)
        return f"{text} {unit}" if unit else text

    def comparable(self, value: Any) -> Any:
        return None if value is None else Decimal(value)


def plain(value: Decimal) -> Decimal:
    """The same number without zeros at the end of its decimals and without an exponent."""
    if not value:
        return Decimal(0)
    value = value.normalize(_WIDE)
    return value if _exponent(value) <= 0 else value.quantize(Decimal(1), context=_WIDE)


def _finer(value: Decimal, places: int) -> bool:
    return _exponent(value) < -places


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
