"""Stars that somebody gives."""

from decimal import Decimal
from typing import Any, ClassVar

from engine.fields.base import ParseContext
from engine.fields.form import Field
from engine.fields.number import NumberField
from engine.fields.schema import asked
from engine.fields.typed_text import narrow
from engine.platform.i18n import Text

STARS = ("★", "⭐", "♥", "❤")
SYMBOLS = {"star": ("星", "Star"), "heart": ("心", "Heart"), "thumb": ("赞", "Thumb")}
SIGNS = {"star": "★", "heart": "♥", "thumb": "👍"}


class RatingField(NumberField):
    """The field type `rating`: a whole number from 1 to `max`."""

    name = "rating"
    label = Text("评分", "Rating")
    icon = "star"
    order = 130
    schema = {
        "properties": {
            "max": asked({"type": "integer", "minimum": 2, "maximum": 10}, "最高分", "Highest", "limits"),
            "symbol": asked({"enum": list(SYMBOLS)}, "图案", "Symbol", "display", labels=SYMBOLS),
        }
    }
    align = "start"
    template = "fields/rating.html"
    read_template = "fields/read/rating.html"
    grouped = True
    unique_possible = False
    summary_functions: ClassVar[tuple[str, ...]] = ("avg", "min", "max")

    def most(self, field: Field) -> int:
        """The highest rating that can be given."""
        return int(field.get("max", 5))

    def places(self, field: Field) -> int | None:
        return 0

    def read(self, raw: Any, field: Field, context: ParseContext) -> Decimal:
        if context.text and isinstance(raw, str):
            said = (
                narrow(raw).replace("\ufe0f", "").replace("☆", "").replace("分", "").replace("星", "").strip()
            )
            raw = str(len(said)) if said and set(said) <= {*STARS, *SIGNS.values()} else said
        return super().read(raw, field, context)

    def fitted(self, value: Decimal, field: Field) -> Decimal:
        bounds = Field(field.key, self.name, field.label, properties={"min": 1, "max": self.most(field)})
        return super().fitted(value, bounds)

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        return {**super().value_schema(field, written=written), "examples": ["1", str(self.most(field))]}
