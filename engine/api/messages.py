"""Requests read and answers written: JSON bodies, entity tags, the application's database and settings."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, current_app, request

from engine.platform.database import Database
from engine.platform.errors import Invalid, PreconditionRequired, Refusal
from engine.platform.i18n import Text
from engine.platform.settings import Settings


def database() -> Database:
    """The database that this application serves."""
    found: Database = current_app.extensions["jianflow.database"]
    return found


def settings() -> Settings:
    """The settings that this application was made with."""
    found: Settings = current_app.extensions["jianflow.settings"]
    return found


def body() -> Any:
    """The JSON that was sent; a 400 that says where it breaks when it is none."""
    raw = request.get_data(cache=True)
    if not raw:
        return {}
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal(
            Text(
                "请求内容不是有效的 JSON（第 {line} 行第 {column} 列）",
                "The body is not valid JSON (line {line}, column {column})",
                line=error.lineno,
                column=error.colno,
            ),
            code="malformed_json",
        ) from error


def body_object(
    allowed: Mapping[str, type | tuple[type, ...]], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The JSON object that was sent, with only `allowed` members of the given types and all `required` ones."""
    sent = body()
    if not isinstance(sent, dict):
        raise Invalid.at("", "wrong_type", Text("这里需要一个 JSON 对象", "A JSON object is expected here"))
    for name, value in sent.items():
        if name not in allowed:
            raise Invalid.at(
                f"/{name}",
                "unknown_property",
                Text("没有“{name}”这一项", "Unknown property “{name}”", name=name),
            )
        kinds = allowed[name]
        if (
            value is not None
            and not isinstance(value, kinds)
            or (isinstance(value, bool) and not _takes_boolean(kinds))
        ):
            raise Invalid.at(
                f"/{name}", "wrong_type", Text("“{name}”的类型不对", "“{name}” has the wrong type", name=name)
            )
    for name in required:
        if sent.get(name) is None:
            raise Invalid.at(f"/{name}", "required", Text("缺少“{name}”", "“{name}” is missing", name=name))
    return sent


def answer(
    content: Any, status: int = 200, *, etag: str | None = None, location: str | None = None
) -> Response:
    """A JSON answer."""
    response = Response(orjson.dumps(content, default=str), status=status, mimetype="application/json")
    if etag is not None:
        response.headers["ETag"] = f'"{etag}"'
    if location is not None:
        response.headers["Location"] = location
    return response


def nothing() -> Response:
    """204: done, and there is nothing to say."""
    return Response(status=204)


def if_match(*, required: bool = False) -> str | None:
    """The entity tag of `If-Match`, without its quotes; a 428 when it is required and missing."""
    sent = request.headers.get("If-Match")
    if sent is None or sent.strip() == "*":
        if required:
            raise PreconditionRequired(
                Text(
                    "请在 If-Match 头中给出读取时的 ETag",
                    "Send the ETag that you read in the If-Match header",
                )
            )
        return None
    return sent.strip().removeprefix("W/").strip('"')


def tag_of(document: Any) -> str:
    """The entity tag of a JSON document: the same content, the same tag."""
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _takes_boolean(kinds: type | tuple[type, ...]) -> bool:
    return kinds is bool or (isinstance(kinds, tuple) and bool in kinds)
