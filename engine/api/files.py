"""Files: uploaded by whoever may sign in, read by whoever may read the record they hang on."""

from flask import Blueprint, Response, current_app, request, send_file

from engine.access.viewer import Viewer
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database
from engine.platform.errors import Invalid
from engine.platform.files import FileStore, StoredFile
from engine.platform.i18n import Text
from engine.records.file_reading import readable_file

blueprint = Blueprint("api_files", __name__)


@blueprint.post("/files")
@idempotent
def upload() -> Response:
    return answer(keep_upload(viewer()).json(), 201)


@blueprint.get("/files/<file_id>")
def download(file_id: str) -> Response:
    return sent_file(file_id, viewer())


def keep_upload(who: Viewer) -> StoredFile:
    """Keep the file of a multipart request."""
    sent = request.files.get("file")
    if sent is None:
        said = Text("请附上文件（multipart 的 file）", "Send the file as multipart “file”")
        raise Invalid.at("/file", "required", said)
    with database().begin() as connection:
        return _store().store(connection, sent.stream, sent.filename or "", owner=who.member_id)


def sent_file(file_id: str, who: Viewer) -> Response:
    """The content, if this person may read it; shown in the browser only where its type is harmless."""
    store = _store()
    with database().connect() as connection:
        file = readable_file(connection, store, who, file_id)
    response = send_file(
        store.path(file),
        mimetype=file.type,
        as_attachment=not file.inline,
        download_name=file.name,
        etag=file.sha256,
    )
    response.headers.update(file.headers)
    return response


def _store() -> FileStore:
    found: FileStore = current_app.extensions["jianflow.files"]
    return found
