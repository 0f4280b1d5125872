"""`Idempotency-Key`: a repeated POST returns the first answer, for 24 hours."""

import functools
from collections.abc import Callable

from flask import Response, request

from engine.api.authentication import viewer
from engine.api.messages import database
from engine.api.problems import problem
from engine.platform.errors import Refusal
from engine.platform.idempotency import Answer, Claim, answer_once

Handler = Callable[..., Response]
KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def idempotent(handler: Handler) -> Handler:
    """Let a caller repeat this POST safely by sending the same `Idempotency-Key`.

    The same key with another body answers 422, one that is still at work 409.
    """

    @functools.wraps(handler)
    def once(**arguments: str) -> Response:
        key = request.headers.get("Idempotency-Key")
        if not key:
            return handler(**arguments)

        def work(claim: Claim) -> Answer:
            try:
                return _kept(handler(**arguments))
            except Refusal as refusal:
                return _kept(problem(refusal))

        answer = answer_once(
            database(),
            member_id=viewer().member_id,
            key=key,
            request=f"{request.method} {request.full_path.rstrip('?')}",
            body=request.get_data(cache=True),
            work=work,
        )
        return Response(answer.body, status=answer.status, headers=dict(answer.headers))

    return once


def _kept(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return Answer(response.status_code, headers, response.get_data())
