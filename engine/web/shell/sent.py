"""What the scripts of a page send as JSON, read with a place for each fault: numbers, ids, lists, texts."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import request

from engine.platform.errors import Invalid, PreconditionRequired
from engine.platform.i18n import Text

LARGEST = 2**63 - 1


def body() -> Mapping[str, Any]:
    """The object that was sent."""
    try:
        found = orjson.loads(request.get_data()) if request.is_json else None
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid.at("", "not_an_object", Text("需要一个 JSON 对象", "A JSON object is needed"))
    return found


def if_match() -> str:
    """The version that was changed, as the request's If-Match says it."""
    said = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not said:
        raise PreconditionRequired(
            Text("请用 If-Match 说明修改的是哪个版本。", "Say with If-Match which version you changed.")
        )
    return said


def whole(sent: Mapping[str, Any], key: str, otherwise: int) -> int:
    """A number from 0 on; where it is left out, `otherwise`."""
    value = sent.get(key)
    if value is None:
        return otherwise
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise Invalid.at(
            f"/{key}", "not_a_number", Text("需要一个不小于 0 的整数", "A whole number from 0 on is needed")
        )
    return value


def ids(sent: Mapping[str, Any], key: str) -> list[int]:
    """The ids of records."""
    return [number(one, f"/{key}/{at}") for at, one in enumerate(items(sent, key))]


def number(value: Any, pointer: str) -> int:
    """The id of a record."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST:
        raise Invalid.at(pointer, "not_an_id", Text("需要一个编号", "An id is needed"))
    return value


def listed_ids(text: str) -> list[int]:
    """The ids of an address such as `?ids=1,2`; what is no id names nothing."""
    return [found for one in text.split(",") if (found := id_of(one)) is not None]


def id_of(text: str) -> int | None:
    """The id that stands in an address; None where that is none."""
    known = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    return int(text) if known and 0 < int(text) <= LARGEST else None


def items(sent: Mapping[str, Any], key: str) -> list[Any]:
    """A list; empty where it is left out."""
    value = sent.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid.at(f"/{key}", "not_a_list", Text("需要一个列表", "A list is needed"))
    return value


def objects(sent: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of objects."""
    found = items(sent, key)
    for at, one in enumerate(found):
        if not isinstance(one, dict):
            raise Invalid.at(
                f"/{key}/{at}", "not_an_object", Text("需要一个 JSON 对象", "A JSON object is needed")
            )
    return found


def texts(sent: Mapping[str, Any], key: str) -> list[str]:
    """A list of texts."""
    found = items(sent, key)
    for at, one in enumerate(found):
        if not isinstance(one, str):
            raise _no_text(f"/{key}/{at}")
    return found


def naming(sent: Mapping[str, Any], key: str, name: str = "field") -> list[Mapping[str, Any]]:
    """A list of objects that each name something, such as a field."""
    found = objects(sent, key)
    for at, one in enumerate(found):
        if not isinstance(one.get(name), str):
            raise _no_text(f"/{key}/{at}/{name}")
    return found


def mapping(sent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside."""
    value = sent.get(key)
    if value is not None and not isinstance(value, dict):
        raise Invalid.at(f"/{key}", "not_an_object", Text("需要一个 JSON 对象", "A JSON object is needed"))
    return value or {}


def words(sent: Mapping[str, Any], key: str) -> str | None:
    """A text; None where it is empty or left out."""
    value = sent.get(key)
    if value is not None and not isinstance(value, str):
        raise _no_text(f"/{key}")
    return value or None


def _no_text(pointer: str) -> Invalid:
    return Invalid.at(pointer, "not_a_text", Text("需要一段文字", "A text is needed"))
