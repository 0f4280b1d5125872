"""Files: uploaded by whoever may sign in, read by whoever may read the record they hang on."""

from flask import Blueprint, Response

from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database
from engine.platform import file_transfer
from engine.records.reading.file_reading import readable_file

blueprint = Blueprint("api_files", __name__)


@blueprint.post("/files")
@idempotent
def upload() -> Response:
    return answer(file_transfer.keep_upload(viewer().member_id).json(), 201)


@blueprint.get("/files/<file_id>")
def download(file_id: str) -> Response:
    with database().connect() as connection:
        file = readable_file(connection, file_transfer.store(), viewer(), file_id)
    return file_transfer.download(file)
