"""The file of an import: kept from the upload until the import has ended."""

from pathlib import Path

from sqlalchemy import Connection

from engine.exchange.read import open_table
from engine.exchange.sheet import Table
from engine.platform.errors import NotFound
from engine.platform.files import FileStore, StoredFile
from engine.platform.i18n import Text
from engine.platform.settings import Settings


def files() -> FileStore:
    """The store of this process."""
    return FileStore(Settings.from_environment().data)


def own_file(connection: Connection, store: FileStore, file_id: str, member_id: int | None) -> StoredFile:
    """An uploaded file, for the one who uploaded it."""
    found = store.get(connection, file_id)
    if found.owner != member_id:
        raise NotFound(Text("没有这个文件。", "There is no such file."))
    return found


def table_of(store: FileStore, file: StoredFile) -> Table:
    """The file as a table."""
    return open_table(Path(store.path(file)))
