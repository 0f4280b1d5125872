"""The file of an import: kept from the upload until the import has ended."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock

from cachetools import LRUCache
from sqlalchemy import Connection

from engine.exchange.read import open_table
from engine.exchange.sheet import MAX_COLUMNS, Row, SheetSize, Table
from engine.platform.errors import NotFound
from engine.platform.files import FileStore, StoredFile
from engine.platform.i18n import Text
from engine.platform.settings import Settings

CELLS, FEWEST = 60_000, 250
"""About so many cells of a file are kept to show it, and at least so many rows of each sheet."""


def files() -> FileStore:
    """The store of this process."""
    return FileStore(Settings.from_environment().data)


def own_file(connection: Connection, store: FileStore, file_id: str, member_id: int | None) -> StoredFile:
    """An uploaded file, for the one who uploaded it."""
    found = store.get(connection, file_id)
    if found.owner != member_id:
        raise NotFound(Text("没有这个文件。", "There is no such file."))
    return found


@dataclass
class Preview:
    """The first rows of a file; what the pages need, without the whole file in memory."""

    format: str
    sheets: list[SheetSize]
    first: Mapping[str, list[Row]]
    percent_columns: Callable[[str], frozenset[int]]
    hidden: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The names of the sheets."""
        return [one.name for one in self.sheets]

    def size(self, sheet: str) -> SheetSize:
        """How large a sheet is."""
        return self.sheets[self.names.index(sheet)]

    def about(self, sheet: str) -> int:
        """How many rows a sheet has."""
        return self.size(sheet).rows

    def percentages(self, sheet: str) -> frozenset[int]:
        """The places of the columns whose numbers are shown as percentages."""
        return self.percent_columns(sheet)

    def rows(self, sheet: str) -> Iterator[Row]:
        """The first rows of a sheet."""
        return iter(self.first[sheet])


_previews: LRUCache[str, Preview] = LRUCache(8)
_lock = Lock()


def preview_of(store: FileStore, file: StoredFile) -> Preview:
    """The first rows of each sheet; kept for a while, for each step of the wizard asks for them."""
    with _lock:
        found = _previews.get(file.id)
    if found is None:
        table = table_of(store, file)
        most = max(FEWEST, CELLS // max(1, sum(min(size.columns, MAX_COLUMNS) for size in table.sheets)))
        first = {size.name: list(islice(table.rows(size.name), most)) for size in table.sheets}
        found = Preview(table.format, table.sheets, first, partial(_percentages, store, file), table.hidden)
        with _lock:
            _previews[file.id] = found
    return found


def _percentages(store: FileStore, file: StoredFile, sheet: str) -> frozenset[int]:
    """Seldom asked for, so the file is opened anew for it."""
    return table_of(store, file).percentages(sheet)


def table_of(store: FileStore, file: StoredFile) -> Table:
    """The file as a table."""
    return open_table(Path(store.path(file)), file.name)
