"""Deleted records: what lies in the bin, and its restoration."""

from dataclasses import replace

from flask import Blueprint, Response, request

from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database, nothing
from engine.api.permitted import permission_first
from engine.definitions import live
from engine.records.reading.query import Query, query
from engine.records.writing import write

blueprint = Blueprint("api_recycle_bin", __name__)


@blueprint.get("/apps/<app>/forms/<form>/deleted")
def rows(app: str, form: str) -> Response:
    with permission_first(app, form, "read"):
        asked: dict[str, object] = {name: request.args.get(name) for name in ("limit", "cursor")}
        if isinstance(given := asked["limit"], str) and given.isascii() and given.isdigit():
            asked["limit"] = int(given[:10])
        wanted = replace(Query.read(asked), deleted=True)
        with database().connect() as connection:
            page = query(connection, live.load(connection, app), form, viewer(), wanted)
    return answer({"rows": [record.json() for record in page.records], "next_cursor": page.next_cursor})


@blueprint.post("/apps/<app>/forms/<form>/records/<int:record>/restoration")
@idempotent
def restore(app: str, form: str, record: int) -> Response:
    def work(tx: write.Transaction) -> Response:
        version = write.restore(tx, form, record)
        restored = write.with_record(tx, form, write.Written(record, version)).record
        if restored is None:
            return nothing()
        warnings = [
            {"pointer": one.pointer, "code": one.code, "message": str(one.message)} for one in tx.warnings
        ]
        told = {"warnings": warnings} if warnings else {}
        return answer(restored.json() | told, etag=str(version))

    return write.transact(database(), app, viewer(), work, door="api")
