"""`Idempotency-Key`: a repeated POST returns the first answer, for 24 hours."""

import functools
from collections.abc import Callable

from flask import Response, request

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
        with idempotency.claim(
            database(), viewer().member_id, named, key, request.get_data(cache=True)
        ) as claim:
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
