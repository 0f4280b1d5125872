"""Errors as problem documents (RFC 9457), with `code` and `errors: [{pointer, code, message}]`."""

import logging
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from engine.api.messages import answer
from engine.platform.errors import Fault, Refusal
from engine.platform.i18n import Text

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"

HTTP_CODES = {
    400: ("bad_request", Text("请求有误", "The request is malformed")),
    404: ("not_found", Text("没有这个地址", "There is nothing at this address")),
    405: ("method_not_allowed", Text("这个地址不支持该方法", "This address does not take that method")),
    413: ("too_large", Text("内容太大", "The content is too large")),
    415: ("unsupported_media_type", Text("不支持这种内容类型", "This media type is not supported")),
}


def init_app(app: Flask, prefix: str) -> None:
    """Answer whatever goes wrong below `prefix` with a problem document."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Any:
        if not (request.path + "/").startswith(prefix + "/"):
            return app.extensions["jianflow.refused_page"](refusal)
        return problem(refusal)

    @app.errorhandler(HTTPException)
    def not_served(error: HTTPException) -> Any:
        if not (request.path + "/").startswith(prefix + "/"):
            return app.extensions["jianflow.error_page"](error)
        code, title = HTTP_CODES.get(error.code or 500, ("error", Text("出错了", "Something went wrong")))
        response = _document(error.code or 500, code, title, [])
        for name, value in error.get_headers():
            if name.lower() == "allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Any:
        log.exception("%s %s failed", request.method, request.path)
        if not (request.path + "/").startswith(prefix + "/"):
            return app.extensions["jianflow.broken_page"](error)
        return _document(
            500,
            "internal",
            Text("服务器出错了，没有做任何改动", "The server failed; nothing was changed"),
            [],
        )


def problem(refusal: Refusal) -> Response:
    """The problem document of a refusal."""
    response = _document(refusal.status, refusal.code, refusal.message, refusal.faults, refusal.details)
    if "retry_after" in refusal.details:
        response.headers["Retry-After"] = str(refusal.details["retry_after"])
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def fault_json(fault: Fault) -> dict[str, Any]:
    """A fault as the API tells it."""
    said = {"pointer": fault.pointer, "code": fault.code, "message": str(fault.message)}
    return {**{name: _plain(value) for name, value in fault.details.items()}, **said}


def _document(
    status: int, code: str, title: Text | str, faults: list[Fault], details: dict[str, Any] | None = None
) -> Response:
    document = {
        **{name: _plain(value) for name, value in (details or {}).items()},
        "type": "about:blank",
        "title": str(title),
        "status": status,
        "code": code,
        "errors": [fault_json(fault) for fault in faults],
    }
    response = answer(document, status)
    response.mimetype = PROBLEM_TYPE
    return response


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
