"""Requests read and answers written: JSON bodies, entity tags, the application's database and settings."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from flask import Response, current_app, request

from engine.access.bodies import pointer_part
from engine.platform import idempotency
from engine.platform.application import Answer
from engine.platform.database import Database
from engine.platform.errors import Invalid, PreconditionRequired, Refusal, TooLarge
from engine.platform.i18n import Text
from engine.platform.settings import Settings

KEPT_HEADERS = ("Content-Type", "ETag", "Location")
LARGEST_JSON = 32 * 1024 * 1024
_LONG_NUMBER = re.compile(rb"\d[\d.]{15}|\d[eE]")
"""What binary floating point may not hold exactly."""


class UnsupportedMediaType(Refusal):
    """The body is of another kind than this address takes."""

    status = 415
    code = "unsupported_media_type"


def database() -> Database:
    """The database that this application serves."""
    found: Database = current_app.extensions["jianflow.database"]
    return found


def settings() -> Settings:
    """The settings that this application was made with."""
    found: Settings = current_app.extensions["jianflow.settings"]
    return found


def body(*, exact: bool = False) -> Any:
    """The JSON that was sent; a 400 that says where it breaks when it is none.

    With `exact` long numbers become decimals, so that no digit is lost.
    """
    raw = request.get_data(cache=True)
    if not raw:
        return {}
    # What curl and some libraries say when they are not told otherwise is let pass if it is JSON.
    unsaid = request.mimetype in ("", "application/x-www-form-urlencoded")
    if not (unsaid or request.is_json):
        raise _not_json()
    if len(raw) > LARGEST_JSON:
        limit = LARGEST_JSON // 1024 // 1024
        raise TooLarge(Text("JSON 最大 {limit} MB", "JSON may have at most {limit} MB", limit=limit))
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if request.mimetype and unsaid:
            raise _not_json() from error
        raise _malformed(error.lineno, error.colno) from error
    if exact and _LONG_NUMBER.search(raw):
        try:
            return json.loads(raw, parse_float=Decimal)
        except (
            RecursionError,
            ValueError,
        ) as error:  # thousands of levels; an integer of thousands of digits
            raise _malformed(1, 1) from error
    return found


def _malformed(line: int, column: int) -> Refusal:
    return Refusal(
        Text(
            "请求内容不是有效的 JSON（第 {line} 行第 {column} 列）",
            "The body is not valid JSON (line {line}, column {column})",
            line=line,
            column=column,
        ),
        code="malformed_json",
        line=line,
        column=column,
    )


def _not_json() -> Refusal:
    return UnsupportedMediaType(
        Text(
            "这里需要 JSON：Content-Type: application/json",
            "JSON is expected here: Content-Type: application/json",
        )
    )


def body_object(
    allowed: Mapping[str, type | tuple[type, ...]], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The JSON object that was sent, with only `allowed` members of the given types and all `required` ones."""
    sent = body(exact=True)
    if not isinstance(sent, dict):
        raise Invalid.at("", "wrong_type", Text("这里需要一个 JSON 对象", "A JSON object is expected here"))
    for name, value in sent.items():
        if name not in allowed:
            raise Invalid.at(
                f"/{pointer_part(name)}",
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
    """A JSON answer; one that is made in the work's transaction is kept with it for a repeat."""
    body = _written(content)
    headers = {"Content-Type": "application/json"}
    if etag is not None:
        headers["ETag"] = f'"{etag}"'
    if location is not None:
        headers["Location"] = location
    idempotency.prepare(status, headers, body)
    return Answer(body, status=status, headers=headers)


def kept_headers(response: Response) -> dict[str, str]:
    """The headers that a repeat gets too."""
    return {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}


def nothing() -> Response:
    """204: done, and there is nothing to say."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


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


def _takes_boolean(kinds: type | tuple[type, ...]) -> bool:
    return kinds is bool or (isinstance(kinds, tuple) and bool in kinds)


def _written(content: Any) -> bytes:
    try:
        return orjson.dumps(content, default=str)
    except TypeError:  # an integer beyond 64 bits that was sent, and is told again
        return json.dumps(content, default=str).encode()
