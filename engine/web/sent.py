"""What the scripts of a page send as JSON, read with a place for each fault: numbers, ids, lists, texts."""

from collections.abc import Mapping
from typing import Any

from flask import request

from engine.platform.errors import Invalid
from engine.platform.i18n import Text

LARGEST = 2**63 - 1


def body() -> Mapping[str, Any]:
    """The object that was sent."""
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise Invalid.at("", "not_an_object", Text("需要一个 JSON 对象", "A JSON object is needed"))
    return found


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
        raise Invalid.at(f"/{key}", "not_a_text", Text("需要一段文字", "A text is needed"))
    return value or None
