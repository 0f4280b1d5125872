"""Files on pages: uploaded into forms, shown and downloaded."""

from typing import Any

from flask import Blueprint, Response, request

from engine.fields import divisions
from engine.platform import file_transfer, thumbnails
from engine.platform.database import to_json
from engine.records.reading.file_reading import readable_file
from engine.web.shell.opened import connection, viewer

blueprint = Blueprint("file_pages", __name__)


@blueprint.post("/files")
def upload() -> Any:
    kept = file_transfer.keep_upload(viewer().member_id)
    return kept.json() | {"url": f"/files/{kept.id}"}, 201


@blueprint.get("/divisions.json")
def list_of_divisions() -> Any:
    # Written by hand, since their order is the order of choosing.
    response = Response(to_json(divisions.nested()), mimetype="application/json")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.get("/files/<file_id>")
def download(file_id: str) -> Any:
    file = readable_file(connection(), file_transfer.store(), viewer(), file_id)
    size = request.args.get("size")
    if size is not None and size in thumbnails.SIZES:
        return file_transfer.thumbnail(file, size)
    return file_transfer.download(file)
