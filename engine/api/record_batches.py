"""Many changes of one form's records in one call."""

from flask import Blueprint, Response

from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database
from engine.api.permitted import permission_first
from engine.records.writing import write

blueprint = Blueprint("api_record_batches", __name__)


@blueprint.post("/apps/<app>/forms/<form>/records/batch")
@idempotent
def create(app: str, form: str) -> Response:
    with permission_first(app, form, "create", "update", "delete"):
        sent = body_object({"operations": list, "atomic": bool}, required=("operations",))
    operations, atomic = sent["operations"], sent.get("atomic") is not False

    def all_of_them(tx: write.Transaction) -> Response:
        return answer({"results": write.perform_all(tx, form, operations)})

    if atomic:
        return write.transact(database(), app, viewer(), all_of_them, door="api")
    each = write.batch(database(), app, form, viewer(), operations, atomic=False, door="api")
    return answer({"results": each})
