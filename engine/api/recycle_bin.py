"""Deleted records: what lies in the bin, and its restoration."""

from flask import Blueprint, Response, request

from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database
from engine.definitions import live
from engine.records import write
from engine.records.query import Query, query

blueprint = Blueprint("api_recycle_bin", __name__)


@blueprint.get("/apps/<app>/forms/<form>/deleted")
def rows(app: str, form: str) -> Response:
    limit = request.args.get("limit", 50, type=int)
    wanted = Query(deleted=True, limit=limit, cursor=request.args.get("cursor"))
    with database().connect() as connection:
        page = query(connection, live.load(connection, app), form, viewer(), wanted)
    return answer({"rows": [record.json() for record in page.records], "next_cursor": page.next_cursor})


@blueprint.post("/apps/<app>/forms/<form>/records/<int:record>/restoration")
@idempotent
def restore(app: str, form: str, record: int) -> Response:
    written = write.restore_one(database(), app, form, viewer(), record, door="api")
    return answer(written.record.json() if written.record else None, 200, etag=str(written.version))
