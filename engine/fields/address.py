"""Addresses: province, city and district chosen from the list of Chinese divisions, then the rest as text."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields import divisions
from engine.fields.base import TEXTUAL, FieldFault, FieldType, ParseContext, wrong_type
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.text import clean_text
from engine.platform.i18n import Text

LONGEST = 500
PARTS = (*divisions.LEVELS, "detail")
LEVELS = {
    "province": ("省", "Province"),
    "city": ("省、市", "Province and city"),
    "district": ("省、市、区", "Province, city and district"),
    "detail": ("省、市、区和详细地址", "All with the street"),
}
_BETWEEN_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")


class AddressField(FieldType):
    """The field type `address`; kept as one text (`江苏省 无锡市 新吴区 长江路 1 号`) that is found, sorted and copied so."""

    name = "address"
    label = Text("地址", "Address")
    icon = "map-pin"
    group = "more"
    order = 40
    schema = {
        "properties": {
            "levels": asked({"enum": list(LEVELS)}, "填到哪一级", "How much of it", "format", labels=LEVELS),
            "whole": asked(
                {"type": "boolean"},
                "每一级都要填",
                "Every level is needed",
                "limits",
                hint=(
                    "否则可以只写详细地址，如国外地址",
                    "Else the text alone will do, as for places abroad",
                ),
            ),
        }
    }
    operators = TEXTUAL
    template = "fields/address.html"
    grouped = True
    wide = True
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        parts = {
            "type": ["object", "null"],
            "properties": {name: {"type": "string"} for name in (*PARTS, *(() if written else ("text",)))},
        }
        return {"anyOf": [parts, {"type": "string"}]} if written else parts

    def read(self, raw: Any, field: Field, context: ParseContext) -> str | None:
        if isinstance(raw, str) and raw.startswith("{"):
            try:
                raw = orjson.loads(raw)
            except ValueError:
                raise wrong_type(Text("一个地址", "an address")) from None
        if isinstance(raw, Mapping):
            raw = " ".join(_even(raw.get(name)) for name in PARTS)
        text = _even(raw)
        if not text:
            return None
        if len(text) > LONGEST:
            raise FieldFault(
                "too_long",
                Text("最多 {most} 个字", "At most {most} characters", most=LONGEST),
                max_length=LONGEST,
            )
        found, detail = divisions.split(text)
        self._complete(field, found, detail)
        depth = field.get("levels", "detail")
        if depth != "detail":
            wanted, detail = PARTS[: PARTS.index(depth) + 1], ""
            # A county without a city above it stands for one.
            found = [
                one
                for place, one in enumerate(found)
                if one.level in wanted or depth == "city" and place == 1
            ]
        return " ".join([*(one.name for one in found), *([detail] if detail else [])]) or None

    def to_json(self, value: Any, field: Field) -> Any:
        if value is None:
            return None
        found, detail = divisions.split(value)
        parts = {one.level: one.name for one in found}
        return {**parts, **({"detail": detail} if detail else {}), "text": shown(value)}

    def typed_text(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return value or ""

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return shown(value) if value else ""

    def _complete(self, field: Field, found: list[divisions.Division], detail: str) -> None:
        depth = field.get("levels", "detail")
        wanted = PARTS[: PARTS.index(depth) + 1]
        deepest = found[-1] if found else divisions.china()
        open_level = next((one.level for one in deepest.below.values()), None)
        lacking = open_level in wanted and (field.get("whole") or depth != "detail")
        if lacking or field.get("whole") and "detail" in wanted and not detail:
            raise FieldFault(
                "not_an_address",
                Text("请填写{levels}", "Fill in: {levels}", levels=Text(*LEVELS[depth])),
            )


def shown(text: str) -> str:
    """The address as people write it: Chinese without spaces between its parts."""
    return _BETWEEN_CHINESE.sub("", text)


def _even(raw: Any) -> str:
    return "" if raw is None else " ".join(clean_text(raw).split())
