"""A workbook with large sheets, written anew with each cut between its rows into pieces that are sheets themselves.

The reader gives a sheet only as a whole. Of one in pieces the first rows are worked on while the next ones are read.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from defusedxml import ElementTree
from python_calamine import CalamineError, CalamineWorkbook

from engine.exchange.workbook_archive import MAIN, RELATION_ID, WORKBOOK, Relation, Unpacking, relations

LARGE = 4 * 1024**2
"""From this size on, unpacked, a sheet is cut."""
PIECE = 3 * 1024**2
_BEGINNING = re.compile(rb"<sheetData(?:\s[^<>]*)?(?<!/)>")
_END, _CLOSING = b"</sheetData>", b"</sheetData></worksheet>"
_ROW = re.compile(rb'<row\s[^<>]*?\br="([0-9]{1,7})"')
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Pieces:
    """The pieces of one sheet: their places in the cut workbook, and the number of its last row, 0 where not looked at."""

    places: range
    last_row: int


@dataclass(frozen=True)
class CutWorkbook:
    """The workbook of pieces, and which of them belong to a sheet."""

    workbook: CalamineWorkbook
    sheets: dict[str, Pieces]


class _Uncut(Exception):
    """The workbook is written in a way in which its sheets can only be read as a whole."""


def large(item: zipfile.ZipInfo) -> bool:
    """Whether an entry may be a sheet that is worth cutting."""
    return item.filename.startswith("xl/worksheets/") and item.file_size >= LARGE


def cut(unpacking: Unpacking) -> CutWorkbook | None:
    """The workbook in pieces, or None where its sheets cannot be cut; all of its large entries are measured."""
    waiting = {item.filename: item for item in unpacking.archive.infolist() if large(item)}
    made = _written(unpacking, waiting) if waiting else None
    for item in waiting.values():
        unpacking.measure(item)
    return made


def _written(unpacking: Unpacking, waiting: dict[str, zipfile.ZipInfo]) -> CutWorkbook | None:
    try:
        with tempfile.NamedTemporaryFile(prefix="jianflow-", suffix=".xlsx") as file:
            with zipfile.ZipFile(file, "w") as written:
                sheets = _Cutting(unpacking, written).sheets(waiting)
            file.flush()
            return CutWorkbook(CalamineWorkbook.from_path(file.name), sheets)
    except (_Uncut, CalamineError, OSError):
        return None


class _Cutting:
    def __init__(self, unpacking: Unpacking, written: zipfile.ZipFile) -> None:
        self.unpacking = unpacking
        self.archive = unpacking.archive
        self.written = written
        self.many = 0

    def sheets(self, waiting: dict[str, zipfile.ZipInfo]) -> dict[str, Pieces]:
        """Write everything; what was measured along the way waits no longer."""
        try:
            document = ElementTree.fromstring(self.archive.read(WORKBOOK))
            named = {one.id: one for one in relations(self.archive)}
        except (SyntaxError, ValueError) as error:
            raise _Uncut from error
        found: dict[str, Pieces] = {}
        for sheet in document.iter(f"{MAIN}sheet"):
            relation = named.pop(sheet.get(RELATION_ID, ""), None)
            if relation is None or not relation.type.endswith("/worksheet") or sheet.get("name") in found:
                raise _Uncut
            found[sheet.get("name", "")] = self._sheet(relation.target, waiting)
        if not found:
            raise _Uncut
        kept = [
            one
            for one in named.values()
            if one.type.rpartition("/")[2] in ("styles", "sharedStrings", "theme")
        ]
        for relation in kept:
            self._copy(relation.target, relation.target)
        properties = document.find(f"{MAIN}workbookPr")
        self._write_workbook(kept, properties.get("date1904", "0") if properties is not None else "0")
        return found

    def _sheet(self, path: str, waiting: dict[str, zipfile.ZipInfo]) -> Pieces:
        first, item = self.many, waiting.pop(path, None)
        if item is None:
            self._copy(path, self._next())
            return Pieces(range(first, self.many), 0)
        contents = self.unpacking.portions(item)
        try:
            last_row = self._cut(contents)
        finally:
            for _ in contents:  # measured to its end whatever it is
                pass
        return Pieces(range(first, self.many), last_row)

    def _cut(self, contents: Iterator[bytes]) -> int:
        rest, head, after = b"", b"", 0
        for block in _blocks(contents):
            if b"!" in block and b"<!" in block:  # inside a comment a row would be none
                raise _Uncut
            rest += block
            if not head:
                head, rest = _head(rest)
            end = rest.find(_END)
            at = end if end >= 0 else rest.rfind(b"<row ")
            if at > 0:
                after = self._piece(head, memoryview(rest)[:at], after)
            elif end < 0 and len(rest) > 4 * PIECE:
                raise _Uncut
            if end >= 0:
                last = _ROW.match(rest, rest.rfind(b"<row ", 0, end)) if at else None
                return int(last[1]) if last else after
            rest = rest[max(0, at) :]
        raise _Uncut

    def _piece(self, head: bytes, rows: memoryview, after: int) -> int:
        """Write a piece; answers the number of its first row, which has to follow on that of the piece before."""
        first = _ROW.match(rows)
        if first is None or int(first[1]) <= after:
            raise _Uncut
        with self.written.open(self._next(), "w") as piece:
            for part in (head, rows, _CLOSING):
                piece.write(part)
        return int(first[1])

    def _next(self) -> str:
        self.many += 1
        return _path(self.many)

    def _copy(self, path: str, to: str) -> None:
        if path not in self.archive.namelist() or to in self.written.namelist():
            raise _Uncut
        with self.archive.open(path) as source, self.written.open(to, "w") as target:
            while portion := source.read(PIECE):
                target.write(portion)

    def _write_workbook(self, kept: list[Relation], date_1904: str) -> None:
        numbers = range(1, self.many + 1)
        sheets = "".join(f'<sheet name="{one}" sheetId="{one}" r:id="s{one}"/>' for one in numbers)
        self.written.writestr(
            WORKBOOK,
            f'<workbook xmlns="{MAIN[1:-1]}" xmlns:r="{_OFFICE}"><workbookPr date1904={quoteattr(date_1904)}/>'
            f"<sheets>{sheets}</sheets></workbook>",
        )
        named = [Relation(f"s{one}", f"{_OFFICE}/worksheet", _path(one)) for one in numbers]
        self._write_relations("xl/_rels/workbook.xml.rels", [*named, *kept])
        self._write_relations("_rels/.rels", [Relation("w", f"{_OFFICE}/officeDocument", WORKBOOK)])

    def _write_relations(self, path: str, named: list[Relation]) -> None:
        written = "".join(
            f"<Relationship Id={quoteattr(one.id)} Type={quoteattr(one.type)} Target={quoteattr('/' + one.target)}/>"
            for one in named
        )
        about = "http://schemas.openxmlformats.org/package/2006/relationships"
        self.written.writestr(path, f'<Relationships xmlns="{about}">{written}</Relationships>')


def _blocks(contents: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for portion in contents:
        held.append(portion)
        if sum(map(len, held)) >= PIECE:
            yield b"".join(held)
            held.clear()
    if held:
        yield b"".join(held)


def _head(content: bytes) -> tuple[bytes, bytes]:
    """What stands before the rows, and what follows."""
    found = _BEGINNING.search(content)
    if found is None:
        raise _Uncut
    return content[: found.end()], content[found.end() :].lstrip()


def _path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"
