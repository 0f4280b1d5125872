"""Files as their readers get them: whoever may read the field that holds a file, may read the file."""

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.definitions import live
from engine.platform.errors import Forbidden, Invalid, NotFound
from engine.platform.files import FileStore, StoredFile
from engine.platform.i18n import Text
from engine.records.reading.read import get


def readable_file(connection: Connection, store: FileStore, viewer: Viewer, file_id: str) -> StoredFile:
    """The file; NotFound for one that does not exist or hangs on something that the viewer may not read.

    A loose file is its uploader's alone; one on a record belongs to those who may read that field in that record.
    """
    file = store.get(connection, file_id)
    missing = NotFound(Text("没有这个文件。", "There is no such file."))
    if file.app is None or file.form is None or file.record is None or file.field is None:
        if file.owner != viewer.member_id:
            raise missing
        return file
    key, _, column = file.field.partition(".")
    try:
        opened = live.load(connection, file.app)
        record = get(connection, opened, file.form, viewer, file.record, fields=[key])
    except (NotFound, Forbidden, Invalid):  # Invalid: the field is hidden from this viewer in every record
        raise missing from None
    if (
        key not in record.values
        or column
        and not any(column in row.values for row in record.values[key] or ())
    ):
        raise missing
    return file
