"""`Idempotency-Key`: a repeated POST returns the first answer, for 24 hours."""

import functools
import hashlib
import json
from collections.abc import Callable

from flask import Response, request
from werkzeug.datastructures import FileStorage

from engine.api.authentication import viewer
from engine.api.messages import database, kept_headers
from engine.api.problems import problem
from engine.platform import idempotency
from engine.platform.errors import Refusal

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Let a caller repeat this POST safely by sending the same `Idempotency-Key`.

    The same key with another body answers 422, one that is still at work 409.
    """

    @functools.wraps(handler)
    def once(**arguments: str) -> Response:
        key = request.headers.get("Idempotency-Key")
        if not key:
            return handler(**arguments)
        named = f"{request.method} {request.full_path.rstrip('?')}"
        with idempotency.claim(database(), viewer().member_id, named, key, _body()) as claim:
            first = claim.answer
            if first is not None:
                return Response(first.body, status=first.status, headers=dict(first.headers))
            try:
                response = handler(**arguments)
            except Refusal as refusal:
                response = problem(refusal)
            claim.keep(response.status_code, kept_headers(response), response.get_data())
            return response

    return once


def _body() -> bytes:
    """What was sent; of a form with files the parts, as the mark between them is another at each repeat."""
    if request.mimetype != "multipart/form-data":
        return request.get_data(cache=True)
    fields = sorted((name, values) for name, values in request.form.lists())
    files = sorted(
        (name, one.filename or "", _hash(one)) for name, some in request.files.lists() for one in some
    )
    return json.dumps([fields, files]).encode()


def _hash(file: FileStorage) -> str:
    digest = hashlib.file_digest(file.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    file.stream.seek(0)
    return digest
