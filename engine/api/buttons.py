"""Buttons of a form's records, pressed over the API."""

from typing import Any

from flask import Blueprint, Response

from engine.actions import pressing
from engine.actions.pressing import Pressed
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database
from engine.api.permitted import permission_first
from engine.api.records import BASE, stated_version
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import transact

blueprint = Blueprint("api_buttons", __name__)


@blueprint.post(f"{BASE}/<int:record>/buttons/<button>")
@idempotent
def press(app: str, form: str, record: int, button: str) -> Response:
    with permission_first(app, form, "read"):
        body_object({})
        version = stated_version()

    def work(tx: Transaction) -> Response:
        pressed = pressing.press(tx, form, record, button, version)
        etag = str(pressed.record.version) if pressed.record else None
        return answer(_told(pressed), etag=etag)

    return transact(database(), app, viewer(), work, door=pressing.DOOR)


def _told(pressed: Pressed) -> dict[str, Any]:
    outcome = pressed.outcome
    return {
        "record": pressed.record.json() if pressed.record else None,
        "made": [{"form": one.form, "id": one.id} for one in outcome.made],
        "opens": {"form": outcome.opens.form, "values": dict(outcome.opens.values)}
        if outcome.opens
        else None,
        "address": outcome.address,
        "warnings": [
            {"pointer": one.pointer, "code": one.code, "message": str(one.message)}
            for one in outcome.warnings
        ],
    }
