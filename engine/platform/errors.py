"""Refusals: what a person or program is told when something can't be done, with its place and code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.platform.i18n import Text


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    `pointer` is a JSON pointer into what was sent (`/values/amount`, `/fields/3/formula`), `code` one of the
    fixed, documented codes, `message` a sentence for a business user that names the place by its label.
    """

    pointer: str
    code: str
    message: Text | str
    details: dict[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """Base of everything that is refused; carries the HTTP status that the faces answer with."""

    status = 400
    code = "bad_request"

    def __init__(
        self,
        message: Text | str,
        faults: Sequence[Fault] = (),
        *,
        code: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.faults = list(faults)
        self.code = code or self.code
        self.details = details

    def __str__(self) -> str:
        said = "; ".join(f"{fault.pointer}: {fault.message}" for fault in self.faults)
        return f"{self.message} ({said})" if said else str(self.message)


class Invalid(Refusal):
    """What was sent is understood but wrong; `faults` say where."""

    status = 422
    code = "invalid"

    @classmethod
    def at(cls, pointer: str, code: str, message: Text | str, **details: Any) -> "Invalid":
        """A refusal for exactly one fault."""
        return cls(message, [Fault(pointer, code, message, details)])


class NotSignedIn(Refusal):
    """No session or key, or one that does not hold any more."""

    status = 401
    code = "not_signed_in"


class Forbidden(Refusal):
    """Known who asks, but it is not allowed to them."""

    status = 403
    code = "forbidden"


class NotFound(Refusal):
    """Does not exist, or may not be known to exist."""

    status = 404
    code = "not_found"


class Conflict(Refusal):
    """Somebody else was there first."""

    status = 409
    code = "conflict"


class Stale(Refusal):
    """Changed against an older version; `details` holds both versions."""

    status = 412
    code = "stale"


class TooLarge(Refusal):
    """More than the documented limit."""

    status = 413
    code = "too_large"


class PreconditionRequired(Refusal):
    """A change that needs `If-Match` came without."""

    status = 428
    code = "precondition_required"


class TooMany(Refusal):
    """Too many attempts; `details["retry_after"]` says how many seconds to wait."""

    status = 429
    code = "too_many"


class TookTooLong(Refusal):
    """A read that was ended because it took longer than reads may; nothing was changed."""

    status = 503
    code = "took_too_long"


class ServerFault(Exception):
    """The embedded PostgreSQL can't be made or started; the text says why and where its log is."""
