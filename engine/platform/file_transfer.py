"""Files over HTTP: kept from an upload, sent as a download that never runs in our pages."""

from typing import IO, cast

from flask import Response, current_app, request, send_file

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.files import FileStore, StoredFile
from engine.platform.i18n import Text

NO_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -12 48 48" fill="none" stroke="gray"
 stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><rect x="2" y="3" width="20" height="18" rx="3"/>
<circle cx="8" cy="9" r="2"/><path d="M2 17l6-5 5 5M13 15l3-3 6 6"/></svg>"""
"""What stands for a picture that cannot be made small: a frame with a hill and a sun."""


def keep_upload(owner: int) -> StoredFile:
    """Keep the file of a multipart request."""
    sent = request.files.get("file")
    if sent is None:
        said = Text("请附上文件（multipart 的 file）", "Send the file as multipart “file”")
        raise Invalid.at("/file", "required", said)
    database: Database = current_app.extensions["jianflow.database"]
    with database.begin() as writing:
        return store().store(writing, cast(IO[bytes], sent.stream), sent.filename or "", owner=owner)


def download(file: StoredFile) -> Response:
    """The content; shown in the browser only where its type is harmless."""
    response = send_file(
        store().path(file),
        mimetype=file.type,
        as_attachment=not file.inline,
        download_name=file.name,
        etag=file.sha256,
    )
    response.headers.update(file.headers)
    return response


def thumbnail(file: StoredFile, size: str) -> Response:
    """A small picture of the content, or a sign for a picture where none can be made."""
    place = store().thumbnail(file, size)
    if place is None:
        response = Response(NO_PICTURE, mimetype="image/svg+xml")
    else:
        response = send_file(place, mimetype="image/webp", etag=f"{file.sha256}-{size}")
    response.headers.update(file.headers)
    return response


def store() -> FileStore:
    """Where the application keeps its files."""
    found: FileStore = current_app.extensions["jianflow.files"]
    return found
