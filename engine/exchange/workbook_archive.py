"""The parts of a workbook's archive: which sheet is where, and their contents, as long as these fill no memory."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from defusedxml import ElementTree

from engine.exchange.sheet import UnreadableFile, unreadable
from engine.platform.i18n import Text

WORKBOOK, RELATIONS_OF_WORKBOOK = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MAX_UNPACKED = 512 * 1024**2
MAX_RATIO, SUSPICIOUS = 300, 64 * 1024**2
"""Nothing that people type is packed so well; from this size on nothing such is read."""
DEFLATE_RATIO = 1032
PORTION = 1024**2
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Unpacking:
    """Unpacks an archive's entries and counts while it does so, for the sizes in an archive may lie."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._unpacked = 0

    def measure(self, item: zipfile.ZipInfo) -> None:
        """Look at an entry's size only; raises UnreadableFile for one that is too large."""
        if item.file_size <= MAX_UNPACKED and item.compress_size * DEFLATE_RATIO > PORTION:
            for _ in self.portions(item):
                pass
        else:
            self._count(item, item.file_size, item.file_size)

    def portions(self, item: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry's content; raises UnreadableFile as soon as it is too large."""
        if item.file_size > MAX_UNPACKED:
            raise _too_large()
        told, item.file_size = item.file_size, MAX_UNPACKED + 1  # else it is read only as far as it says
        size = 0
        with self.archive.open(item) as stream:
            item.file_size = told
            while portion := stream.read(PORTION):
                size += len(portion)
                self._count(item, len(portion), size)
                yield portion

    def _count(self, item: zipfile.ZipInfo, more: int, size: int) -> None:
        self._unpacked += more
        if self._unpacked > MAX_UNPACKED or size > max(SUSPICIOUS, item.compress_size * MAX_RATIO):
            raise _too_large()


@dataclass(frozen=True)
class Relation:
    """Another part of the archive that the workbook names."""

    id: str
    type: str
    target: str


def relations(archive: zipfile.ZipFile) -> list[Relation]:
    """What the workbook names, by paths inside the archive."""
    try:
        document = ElementTree.fromstring(archive.read(RELATIONS_OF_WORKBOOK))
    except KeyError:
        return []
    found = []
    for one in document.iter(f"{RELATIONS}Relationship"):
        target = one.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        found.append(Relation(one.get("Id", ""), one.get("Type", ""), path))
    return found


def sheet_file(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the sheet of this name is."""
    workbook = ElementTree.fromstring(archive.read(WORKBOOK))
    wanted = next(
        (one.get(RELATION_ID) for one in workbook.iter(f"{MAIN}sheet") if one.get("name") == sheet), None
    )
    path = next((one.target for one in relations(archive) if one.id == wanted), None)
    return path if path in archive.namelist() else None


def hidden_sheets(archive: zipfile.ZipFile) -> frozenset[str]:
    """The names of the sheets that whoever opens the workbook does not see."""
    sheets = ElementTree.fromstring(archive.read(WORKBOOK)).iter(f"{MAIN}sheet")
    return frozenset(one.get("name", "") for one in sheets if one.get("state", "visible") != "visible")


def _too_large() -> UnreadableFile:
    return unreadable(
        "too_large",
        Text(
            "文件展开后太大（最多 {most} MB），请分成几个文件，或另存为 CSV 后导入",
            "Unpacked, the file is too large ({most} MB at most); split it, or save it as CSV",
            most=MAX_UNPACKED // 1024**2,
        ),
    )
