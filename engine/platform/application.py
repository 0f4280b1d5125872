"""Flask without what the product does not use, on the way of every request: its session cookie and coroutines."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PLAIN = re.compile("[A-Za-z0-9/_.:?=&-]*")
"""An address that needs no quoting."""


class Answer(Response):
    """A response; one that is there as a whole goes to the server without another look at each of its headers."""

    def get_wsgi_response(
        self, environ: "WSGIEnvironment"
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Body, status and headers for the server."""
        body = self.response
        if (
            environ["REQUEST_METHOD"] == "HEAD"
            or self.status_code not in (200, 201)
            or self.direct_passthrough
            or self._on_close
            or type(body) is not list
            or any(type(part) is not bytes for part in body)
        ):
            return super().get_wsgi_response(environ)
        headers = self.headers.to_wsgi_list()
        given = {name.lower(): value for name, value in headers}
        if "content-location" in given or not _PLAIN.fullmatch(given.get("location", "")):
            return super().get_wsgi_response(environ)
        if "content-length" not in given:
            headers.append(("Content-Length", str(sum(map(len, body)))))
        return body, self.status, headers


class Application(Flask):
    """The web application. Sessions are our own, in the database; handlers are plain functions."""

    response_class = Answer

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.session_interface = _NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The handler itself."""
        return func


class _NoSession(SessionInterface):
    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """None, for which Flask puts a session that refuses to be written."""
        return None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""
