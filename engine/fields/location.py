"""A place on the earth: latitude, longitude and what it is called."""

import math
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
_CENTER = r"^-?([0-8]?\d|90)(\.\d{1,9})?,\s*-?(1[0-7]\d|180|\d{1,2})(\.\d{1,9})?$"
NEAR = 500
"""How many metres around its centre an area reaches that does not say how far."""
EARTH = 6_371_008.8
"""Its mean radius in metres."""
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
            ),
            "center": asked(
                {"type": "string", "pattern": _CENTER},
                "允许范围的中心",
                "Centre of the area",
                "limits",
                hint=("纬度,经度，如 31.491,120.312", "Latitude,longitude, such as 31.491,120.312"),
            ),
            "metres": asked(
                {"type": "integer", "minimum": 10, "maximum": 1_000_000},
                "离中心最远（米）",
                "Farthest from it (metres)",
                "limits",
                hint=("只管新填的位置", "Only for places that are newly given"),
                needs=("center",),
                standing=NEAR,
            ),
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

    def check_new(self, value: Any, field: Field, context: ParseContext) -> FieldFault | None:
        """The fault of a place outside the area that the field allows."""
        center, reach = field.get("center"), field.get("metres", NEAR)
        if center is None or (off := metres_between(value.partition(" ")[0], center)) <= reach:
            return None
        return FieldFault(
            "outside_area",
            Text(
                "这个位置离允许的范围中心约 {off} 米，最远 {reach} 米",
                "This place is about {off} metres from the centre of the area; {reach} are allowed",
                off=f"{off:,.0f}",
                reach=f"{reach:,}",
            ),
        )

    def to_json(self, value: Any, field: Field) -> Any:
        if value is None:
            return None
        at, _, called = value.partition(" ")
        lat, _, lng = at.partition(",")
        return {"lat": lat, "lng": lng, "text": called}

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return value or ""


def metres_between(one: str, other: str) -> float:
    """How far two places are apart along the surface, each as `31.491,120.312`."""
    (north, east), (to_north, to_east) = (
        (math.radians(float(part)) for part in place.split(",")) for place in (one, other)
    )
    half = (
        math.sin((to_north - north) / 2) ** 2
        + math.cos(north) * math.cos(to_north) * math.sin((to_east - east) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


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
