"""Pages for what goes wrong: what happened, what now, whom to ask."""

import logging
from typing import Any
from urllib.parse import urlencode

from flask import Flask, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from engine.platform.errors import NotSignedIn, Refusal
from engine.platform.i18n import Text

log = logging.getLogger(__name__)

NOT_FOUND = Text("没有这个页面", "There is no such page")
BROKEN = Text("出错了，没有做任何改动", "Something went wrong; nothing was changed")


def init_app(app: Flask) -> None:
    """Offer the three answers to the one place that catches errors (`engine.api.problems`)."""
    app.extensions["jianflow.refused_page"] = refused
    app.extensions["jianflow.error_page"] = not_served
    app.extensions["jianflow.broken_page"] = broken


def refused(refusal: Refusal) -> Any:
    """A refusal: JSON for scripts, a sentence for htmx, a page for people; the sign-in page for strangers."""
    if isinstance(refusal, NotSignedIn) and request.method == "GET" and not _from_script():
        return redirect("/sign-in?" + _next())
    return _answer(refusal.status, refusal.message, refusal)


def not_served(error: HTTPException) -> Any:
    """An address or method that does not exist."""
    if error.code is not None and error.code < 400:
        return error
    return _answer(error.code or 500, NOT_FOUND if error.code == 404 else Text(error.name, error.name))


def broken(error: Exception) -> Any:
    """A fault of ours; logged by the caller."""
    return _answer(500, BROKEN)


def _answer(status: int, message: Text | str, refusal: Refusal | None = None) -> Any:
    if request.headers.get("HX-Request"):
        return render_template("parts/failure.html", status=status, message=message, refusal=refusal), status
    if _from_script():
        faults = refusal.faults if refusal else []
        errors = [{"pointer": one.pointer, "code": one.code, "message": str(one.message)} for one in faults]
        return {
            "message": str(message),
            "code": refusal.code if refusal else "error",
            "errors": errors,
        }, status
    return render_template("pages/failure.html", status=status, message=message, refusal=refusal), status


def _from_script() -> bool:
    accepted = request.accept_mimetypes
    return bool(request.is_json or (accepted["application/json"] > accepted["text/html"]))


def _next() -> str:
    return urlencode({"next": request.full_path.rstrip("?")}) if request.path != "/" else ""
