"""Many changes of one form's records in one call."""

from flask import Blueprint, Response

from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database
from engine.records import write

blueprint = Blueprint("api_record_batches", __name__)


@blueprint.post("/apps/<app>/forms/<form>/records/batch")
@idempotent
def create(app: str, form: str) -> Response:
    sent = body_object({"operations": list, "atomic": bool}, required=("operations",))
    results = write.batch(
        database(), app, form, viewer(), sent["operations"], atomic=sent.get("atomic", True), door="api"
    )
    return answer({"results": results})
