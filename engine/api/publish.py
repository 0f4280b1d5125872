"""Publishing: drafts go live together, or every fault is told and nothing changes."""

from typing import Any

from flask import Blueprint, Response

from engine.access.grants import require_design
from engine.api.apps import opened
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database
from engine.definitions import publish
from engine.platform import jobs
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text

blueprint = Blueprint("api_publish", __name__)


@blueprint.post("/apps/<app_key>/publish")
@idempotent
def make(app_key: str) -> Response:
    """Make all drafts live, or those in `only` with what they need."""
    require_design(opened(app_key), viewer())
    sent = body_object({"only": list})
    done = publish.publish(database(), app_key, only=_only(sent.get("only")), author=viewer().member_id)
    with database().connect() as connection:
        following = [jobs.get_job(connection, str(job)).json() for job in done.jobs]
    return answer(
        {
            "version": done.version,
            "published": [{"kind": kind, "key": key} for kind, key in done.published],
            "jobs": following,
            "warnings": [str(warning) for warning in done.warnings],
        }
    )


def _only(sent: Any) -> list[tuple[str, str]] | None:
    if sent is None:
        return None
    faults = [
        Fault(
            f"/only/{number}",
            "wrong_type",
            Text("这里要写 kind 和 key", "Each is an object with kind and key"),
        )
        for number, one in enumerate(sent)
        if not isinstance(one, dict)
        or set(one) != {"kind", "key"}
        or not all(isinstance(part, str) for part in one.values())
    ]
    if faults:
        raise Invalid(Text("没有发布", "Nothing was published"), faults)
    return [(one["kind"], one["key"]) for one in sent]
