"""A place on the earth: latitude, longitude and what it is called."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import EMPTINESS, FieldFault, FieldType, ParseContext, wrong_type
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.text import clean_text
from engine.fields.typed_text import exact, narrow
from engine.platform.i18n import Text

LONGEST = 200
_PLACES = Decimal("0.000001")  # about a hand's breadth
_TYPED = re.compile(r"\(?\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*\)?\s*(.*)", re.DOTALL)


class LocationField(FieldType):
    """The field type `location`; kept as `31.491000,120.312000 name`, so that it is found and copied as text."""

    name = "location"
    label = Text("定位", "Location")
    icon = "map-pin-2"
    group = "more"
    order = 50
    schema = {
        "properties": {
            "only_here": asked(
                {"type": "boolean"},
                "只能用当前位置",
                "Only the present position",
                "limits",
                hint=("页面上不能手工填写经纬度", "Coordinates are not typed by hand on pages"),
            )
        }
    }
    operators = ("contains", "not_contains", *EMPTINESS)
    template = "fields/location.html"
    read_template = "fields/read/location.html"
    sortable = False

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        degrees = {"type": ["number", "string"] if written else "string"}
        place = {
            "type": ["object", "null"],
            "properties": {"lat": degrees, "lng": degrees, "text": {"type": "string", "maxLength": LONGEST}},
            "required": ["lat", "lng"],
        }
        return {"anyOf": [place, {"type": "string"}]} if written else place

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        if isinstance(raw, str) and raw.startswith("{"):
            try:
                raw = orjson.loads(raw)
            except ValueError:
                raise _unreadable(raw) from None
        if isinstance(raw, str):
            matched = _TYPED.fullmatch(narrow(clean_text(raw)))
            if matched is None:
                raise _unreadable(raw)
            raw = dict(zip(("lat", "lng", "text"), matched.groups(), strict=True))
        if not isinstance(raw, Mapping):
            raise wrong_type(Text("经纬度", "latitude and longitude"))
        called = " ".join(clean_text(raw.get("text") or "").split())
        if len(called) > LONGEST:
            raise FieldFault(
                "too_long",
                Text("最多 {most} 个字", "At most {most} characters", most=LONGEST),
                max_length=LONGEST,
            )
        at = f"{_degrees(raw.get('lat'), 90)},{_degrees(raw.get('lng'), 180)}"
        return f"{at} {called}" if called else at

    def to_json(self, value: Any, field: Field) -> Any:
        if value is None:
            return None
        at, _, called = value.partition(" ")
        lat, _, lng = at.partition(",")
        return {"lat": lat, "lng": lng, "text": called}

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return value or ""


def _degrees(raw: Any, most: int) -> str:
    found = exact(raw)
    if found is None or abs(found) > most:
        raise FieldFault(
            "not_a_location",
            Text("经度在 ±180 之内，纬度在 ±90 之内", "Latitude lies within ±90, longitude within ±180"),
        )
    return format(found.quantize(_PLACES, ROUND_HALF_UP), "f")


def _unreadable(raw: str) -> FieldFault:
    return FieldFault(
        "not_a_location",
        Text(
            "“{said}”不是位置，请写成 31.491,120.312 无锡 这样",
            "“{said}” is no location; write it like 31.491,120.312 Wuxi",
            said=raw[:50],
        ),
    )
