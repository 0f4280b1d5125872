"""Files on pages: uploaded into forms, shown and downloaded."""

from typing import IO, Any, cast

from flask import Blueprint, Response, current_app, request, send_file

from engine.fields import divisions
from engine.platform.database import to_json
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.file_reading import readable_file
from engine.web.opened import connection, database, viewer

blueprint = Blueprint("file_pages", __name__)


@blueprint.post("/files")
def upload() -> Any:
    sent = request.files.get("file")
    if sent is None:
        raise Invalid.at("/file", "required", Text("请选择文件", "Choose a file"))
    store = current_app.extensions["jianflow.files"]
    with database().begin() as writing:
        kept = store.store(
            writing, cast(IO[bytes], sent.stream), sent.filename or "", owner=viewer().member_id
        )
    return kept.json() | {"url": f"/files/{kept.id}"}, 201


@blueprint.get("/divisions.json")
def list_of_divisions() -> Any:
    # Written by hand, since their order is the order of choosing.
    response = Response(to_json(divisions.nested()), mimetype="application/json")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.get("/files/<file_id>")
def download(file_id: str) -> Any:
    store = current_app.extensions["jianflow.files"]
    file = readable_file(connection(), store, viewer(), file_id)
    response = send_file(
        store.path(file),
        mimetype=file.type,
        as_attachment=not file.inline,
        download_name=file.name,
        etag=file.sha256,
    )
    response.headers.update(file.headers)
    return response
