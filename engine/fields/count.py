"""Whole numbers that the engine counts; the type of ids and versions."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import ORDER, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.platform.i18n import Text


class CountField(FieldType):
    """The field type `count`."""

    name = "count"
    label = Text("计数", "Count")
    icon = "hash"
    align = "end"
    computed = True
    offered = False
    operators = ORDER

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.BigInteger()

    def inline_bytes(self, field: Field) -> int:
        return 16

    def value_type(self, field: Field) -> str:
        return "number"

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        return {"type": "integer"}

    def read(self, raw: Any, field: Field, context: ParseContext) -> int:
        return whole_number(raw)


def whole_number(raw: Any) -> int:
    """An id or count as JSON number or digits, within what PostgreSQL's bigint holds."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 20:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not -(2**63) <= raw < 2**63:
        raise FieldFault("wrong_type", Text("这里要填整数", "This takes a whole number"))
    return raw
