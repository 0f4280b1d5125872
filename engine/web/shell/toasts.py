"""What a page says once it has been left: a sentence on the next page, with undo where there is one."""

import json
from collections.abc import Sequence
from urllib.parse import quote

from flask import Flask, Response, g

from engine.platform.i18n import Text

COOKIE = "toast"
LASTS = 30


def init_app(app: Flask) -> None:
    """Hand what was said to the browser, which shows it on the page that comes next and forgets it."""

    @app.after_request
    def hand_over(response: Response) -> Response:
        said = g.pop("toast", None)
        if said is not None:
            response.set_cookie(COOKIE, quote(json.dumps(said)), max_age=LASTS, samesite="Lax", path="/")
        return response


def say(text: Text | str, undo: str | None = None, *, bad: bool = False) -> None:
    """Show a toast on the next page; `undo` is an address of ours that takes it back by POST."""
    g.toast = {"text": str(text)} | ({"undo": undo} if undo else {}) | ({"bad": True} if bad else {})


def header(
    text: Text | str, undo: str | None = None, *, bad: bool = False, events: Sequence[str] = ()
) -> dict[str, str]:
    """The header that shows a toast on the page that asked by htmx, with further events; headers are ASCII."""
    told = {"text": str(text)} | ({"undo": undo} if undo else {}) | ({"bad": True} if bad else {})
    return {"HX-Trigger": json.dumps({"jf:toast": told, **{name: {} for name in events}})}
