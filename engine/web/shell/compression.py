"""Long JSON answers of the pages travel compressed: a hundred rows of a list are 80 kB, compressed 8.

HTML does not: a page holds the CSRF token beside texts that others may have written, and from the length of
such an answer, compressed, a token can be guessed.
"""

import gzip

from flask import Flask, Response, request

LEAST = 1_400
LEVEL = 5


def init_app(app: Flask) -> None:
    """Compress what is worth it and asked for."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype != "application/json" or request.path.startswith("/api/"):
            return response
        response.vary.add("Accept-Encoding")
        if not _worth_it(response):
            return response
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        return response


def _worth_it(response: Response) -> bool:
    return (
        "gzip" in request.headers.get("Accept-Encoding", "")
        and "Content-Encoding" not in response.headers
        and not response.is_streamed
        and not response.direct_passthrough
        and (response.content_length or 0) >= LEAST
    )
