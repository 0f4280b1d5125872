"""Records over the API: create, read, change, delete."""

import re
from typing import Any

from flask import Blueprint, Response

from engine.api.authentication import caller, on_the_way, viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database, if_match, nothing
from engine.api.permitted import permission_first
from engine.definitions import live
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.reading import query
from engine.records.writing import write

blueprint = Blueprint("api_records", __name__)

BASE = "/apps/<app>/forms/<form>/records"


@blueprint.post(BASE)
@on_the_way
@idempotent
def create(app: str, form: str) -> Response:
    with permission_first(app, form, "create"):
        sent = body_object({"values": dict, "draft": bool}, required=("values",))

    def work(tx: write.Transaction) -> Response:
        made = write.create(tx, form, sent["values"], draft=bool(sent.get("draft")), shown=True)
        location = f"/api/v1/apps/{app}/forms/{form}/records/{made.id}"
        return _written(write.with_record(tx, form, made), 201, location)

    return write.transact(database(), app, caller(), work, door="api")


@blueprint.get(f"{BASE}/<int:record>")
def show(app: str, form: str, record: int) -> Response:
    with database().connect() as connection:
        found = query.get(connection, live.load(connection, app), form, viewer(), record)
    return answer(found.json(), etag=str(found.version))


@blueprint.patch(f"{BASE}/<int:record>")
@on_the_way
def change(app: str, form: str, record: int) -> Response:
    with permission_first(app, form, "update"):
        sent, version = body_object({"values": dict}, required=("values",)), stated_version()
    written = write.update_one(
        database(), app, form, caller(), record, sent["values"], version=version, door="api"
    )
    return _written(written, 200)


@blueprint.delete(f"{BASE}/<int:record>")
@on_the_way
def delete(app: str, form: str, record: int) -> Response:
    with permission_first(app, form, "delete"):
        version = stated_version()
    write.delete_one(database(), app, form, caller(), record, version=version, door="api")
    return nothing()


def stated_version() -> int | None:
    """The record's version that `If-Match` names, if it names one."""
    tag = if_match()
    if tag is None:
        return None
    if not re.fullmatch("[0-9]{1,18}", tag):
        raise Invalid.at(
            "",
            "malformed_etag",
            Text("If-Match 不是这条记录的 ETag", "If-Match is not an ETag of this record"),
        )
    return int(tag)


def _written(written: Any, status: int, location: str | None = None) -> Response:
    if written.record is None:
        return nothing()
    content = written.record.json()
    if written.warnings:
        content["warnings"] = [
            {"pointer": one.pointer, "code": one.code, "message": str(one.message)}
            for one in written.warnings
        ]
    return answer(content, status, etag=str(written.version), location=location)
