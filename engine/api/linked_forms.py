"""A text column that becomes a form of its own, whose records the column links to."""

from flask import Blueprint, Response

from engine.access.grants import require_design
from engine.api.apps import opened
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body, body_object, database
from engine.definitions import live as living
from engine.platform import jobs
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.structure.linked_form import Order, start

blueprint = Blueprint("api_linked_forms", __name__)


@blueprint.post("/apps/<app_key>/definitions/forms/<key>/fields/<path>/linked-form")
@idempotent
def make(app_key: str, key: str, path: str) -> Response:
    """Publishes the form and the link in a job; what would refuse that is told at once."""
    require_design(opened(app_key), viewer())
    sent = body_object({"form": dict, "readers": bool}, required=("form",))
    form = body()["form"]  # a part of a definition, whose numbers are those of JSON
    if set(form) - {"key", "name"} or not isinstance(form.get("key"), str):
        raise Invalid.at("/form", "wrong_type", Text("这里要写 key 和 name", "An object with key and name"))
    order = Order(app_key, key, path, form["key"], form.get("name"), sent.get("readers") is not False)
    with database().begin() as connection:
        job = start(connection, living.load(connection, app_key), order, viewer())
        shown = jobs.get_job(connection, job).json()
    return answer(shown, 202, location=f"/api/v1/jobs/{job}")
