"""`Idempotency-Key`: a repeated POST returns the first answer, for 24 hours."""

import functools
from collections.abc import Callable

from flask import Response, request

from engine.api.authentication import viewer
from engine.api.messages import database
from engine.platform import idempotency

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
        with idempotency.claim(
            database(),
            viewer().member_id,
            f"{request.method} {request.path}",
            key,
            request.get_data(cache=True),
        ) as claim:
            if claim.answer is not None:
                kept = claim.answer
                return Response(kept.body, status=kept.status, headers=kept.headers)
            response = handler(**arguments)
            claim.keep(response.status_code, dict(response.headers), response.get_data())
            return response

    return once
