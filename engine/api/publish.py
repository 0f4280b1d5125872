"""Publishing: drafts go live together, or every fault is told and nothing changes."""

from typing import Any

from flask import Blueprint, Response

from engine.access.grants import require_design
from engine.api.apps import opened
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body, body_object, database
from engine.definitions import checks, publish
from engine.platform import jobs
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.structure.foretelling import Foretold, foretell, losses

blueprint = Blueprint("api_publish", __name__)


@blueprint.post("/apps/<app_key>/publish")
@idempotent
def make(app_key: str) -> Response:
    """Make all drafts live, or those in `only` with what they need."""
    require_design(opened(app_key), viewer())
    sent = body_object({"only": list})
    only = _only(sent.get("only"))
    with database().begin() as connection:
        live, wanted = publish.chosen(connection, app_key, only)
        publish.check(connection, live, wanted, with_hooks=False)
        lost = losses(connection, live, wanted, viewer())
    done = publish.publish(database(), app_key, only=only, author=viewer().member_id)
    with database().connect() as connection:
        following = [jobs.get_job(connection, str(job)).json() for job in done.jobs]
    return answer(
        {
            "version": done.version,
            "published": [{"kind": kind, "key": key} for kind, key in done.published],
            "jobs": following,
            "warnings": [str(warning) for warning in (*lost, *done.warnings)],
        }
    )


@blueprint.post("/apps/<app_key>/publish/preview")
def preview(app_key: str) -> Response:
    """What publishing would do; refused with every fault where it would be. Nothing is changed.

    `documents` are looked at in the place of drafts that are not saved yet.
    """
    require_design(opened(app_key), viewer())
    sent = body_object({"only": list, "documents": list})
    # Documents are read as definitions are: their numbers are those of JSON.
    only, given = _only(sent.get("only")), _documents(body().get("documents") or [])

    def work(connection: Any) -> list[Foretold]:
        live, proposal = publish.chosen(connection, app_key, only)
        wanted = {**proposal, **given}
        publish.check(connection, live, wanted)
        return foretell(connection, live, wanted, viewer())

    with database().begin() as connection:
        found = work(connection)
    return answer({"changes": [_foretold(one) for one in found]})


def _documents(sent: list[Any]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for number, one in enumerate(sent):
        fits = isinstance(one, dict) and set(one) == {"kind", "key", "document"}
        if not fits or not isinstance(one["kind"], str) or not isinstance(one["key"], str):
            said = Text("这里要写 kind、key 和 document", "Each is an object with kind, key and document")
            raise Invalid.at(f"/documents/{number}", "wrong_type", said)
        found[one["kind"], one["key"]] = checks.sound_document(one["kind"], one["key"], one["document"])
    return found


def _foretold(one: Foretold) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "form": one.form,
        "field": one.path,
        "message": str(one.said),
        "count": one.count,
        "estimated": one.estimated,
        "examples": [
            {"id": x.record_id, "title": x.title, "value": x.value, "becomes": x.becomes}
            for x in one.examples
        ],
        "roles": [
            {"key": x.key, "label": x.label, "all_rows": x.all_rows, "editable": x.editable}
            for x in one.roles
        ],
        "uses": [
            {"kind": x.kind, "key": x.key, "pointer": x.pointer, "place": str(x.place)} for x in one.uses
        ],
    }


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
