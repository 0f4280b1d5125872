"""Headers of every answer, a strict content security policy first, and how large a number in an address may be."""

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.routing import IntegerConverter, Map

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ]
)

FRAMED_BY_OURSELVES = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
"""The same for a page that is shown within one of our own."""


LARGEST_NUMBER = 2**63 - 1


class RecordNumber(IntegerConverter):
    """`<int:…>` in addresses: up to what a column of ids holds, so that a larger one is simply not found."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None) -> None:
        super().__init__(map, fixed_digits, min, LARGEST_NUMBER)

    def to_python(self, value: str) -> int:
        """The number; one too large is found at no address, whatever the method."""
        try:
            return int(super().to_python(value))
        except ValueError:
            raise NotFound from None


PROTECTION = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"),
)
NEVER_KEPT = ("text/html", "application/json", "application/problem+json")


def init_app(app: Flask) -> None:
    """Add the headers to each answer, and turn away what no address can hold."""

    @app.before_request
    def turn_away() -> None:
        if "\x00" in request.path:  # PostgreSQL's texts can't hold it either
            raise NotFound
        if b"%00" in request.query_string:
            raise BadRequest

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        there = {name.lower() for name, _ in headers}
        headers.extend([(name, value) for name, value in PROTECTION if name.lower() not in there])
        if "cache-control" not in there and response.mimetype in NEVER_KEPT:
            headers.add("Cache-Control", "no-store")
        return response
