"""Reads .xlsx files: values by calamine, and what it does not tell (error cells, padded codes) from the XML."""

import re
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from defusedxml import ElementTree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from engine.exchange.cut_workbook import CutWorkbook, cut, large
from engine.exchange.percent_cells import percent_columns
from engine.exchange.sheet import MAX_COLUMNS, UNCALCULATED, CellError, Row, SheetSize, unreadable
from engine.exchange.workbook_archive import MAIN, WORKBOOK, Unpacking, hidden_sheets, sheet_file
from engine.platform.i18n import Text

# A cell whose number format is only zeros ("00000") is a code: Excel shows 00123 and stores 123.
PADDED = re.compile(r'^(?:\\?"?)(0{2,})(?:\\?"?)$')
# No step of these goes past a "<" or comes back: whatever a file holds, they take as long as it is.
_FORMULA = rb"<f\b[^<>]*+>(?:[^<]*+</f>)?+\s*+"
ERROR_CELL = re.compile(
    rb'<c\b(?=[^<>]*?\bt="e")([^<>]*+)>\s*+(?:' + _FORMULA + rb")?+<v\b[^<>]*+>([^<]*+)</v>"
)
UNCALCULATED_CELL = re.compile(
    rb'<c\b(?![^<>]*?\bt="str")([^<>]*+)>\s*+' + _FORMULA + rb"(?:<v\b[^<>]*+>(?:</v>)?+\s*+)?+</c>"
)
CELL_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
WHOLE = 1e15


class ExcelFile:
    """A workbook with its sheets. They are read in the background, from their first rows on."""

    format = "xlsx"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known_errors: dict[str, dict[int, list[tuple[int, CellError]]]] = {}
        self._known_padded: dict[str, dict[tuple[int, int], int]] = {}
        self._sizes: dict[str, SheetSize] = {}
        self._pieces: dict[str, list[Future[CalamineSheet]]] = {}
        try:
            self._cut = self._look_through()
            self._workbook = self._cut.workbook if self._cut else CalamineWorkbook.from_path(str(path))
        except (CalamineError, zipfile.BadZipFile, zlib.error, OSError) as error:
            raise _not_a_workbook() from error
        self.names = list(self._cut.sheets if self._cut else self._workbook.sheet_names)
        if not self.names:
            raise unreadable("empty_file", Text("工作簿里没有工作表", "The workbook has no sheets"))
        self._reading = ThreadPoolExecutor(1, "sheets")
        weakref.finalize(self, self._reading.shutdown, wait=False, cancel_futures=True)

    @property
    def sheets(self) -> list[SheetSize]:
        """The sheets with their sizes; all of them are read for that."""
        return [self.size(name) for name in self.names]

    def size(self, sheet: str) -> SheetSize:
        """How large a sheet is; it is read to its end for that."""
        if sheet not in self._sizes:
            ends = [piece.end for piece in self._read(sheet) if piece.end]
            rows = max((end[0] + 1 for end in ends), default=0)
            columns = max((end[1] + 1 for end in ends), default=0)
            self._sizes[sheet] = SheetSize(sheet, self._end(sheet, rows) if rows else 0, columns)
        return self._sizes[sheet]

    def about(self, sheet: str) -> int:
        """About how many rows a sheet has, where that can be told before it is read."""
        if sheet not in self._sizes and self._cut and (known := self._cut.sheets[sheet].last_row):
            return known
        return self.size(sheet).rows

    @property
    def hidden(self) -> frozenset[str]:
        """The names of the hidden sheets."""
        with zipfile.ZipFile(self.path) as archive:
            return hidden_sheets(archive)

    def percentages(self, sheet: str) -> frozenset[int]:
        """The places of the columns whose numbers are shown as percentages."""
        return percent_columns(self.path, sheet)

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows from the first line of the sheet on.

        They are as wide as the sheet is where its size was asked before, else as its first piece.
        """
        width = self._sizes[sheet].columns if sheet in self._sizes else 0
        below = 0
        for piece in self._read(sheet):
            if piece.start and piece.end:
                width = width or piece.end[1] + 1
                yield from self._empty(sheet, range(below, piece.start[0]), width)
                yield from self._rows_of(sheet, piece, width)
                below = piece.end[0] + 1
        if width:
            yield from self._empty(sheet, range(below, self._end(sheet, below)), width)

    def _empty(self, sheet: str, numbers: range, width: int) -> Iterator[Row]:
        """Rows in which calamine sees nothing."""
        return (self._mended([None] * width, number, sheet, {}) for number in numbers)

    def _rows_of(self, sheet: str, piece: CalamineSheet, width: int) -> Iterator[Row]:
        first, left = piece.start or (0, 0)
        right = (piece.end or (0, 0))[1] + 1
        padded = self._padded(sheet)
        before: Row = [None] * left
        after: Row = [None] * (width - right)
        # What `iter_rows` gives begins with all the rows above the piece.
        rows = piece.to_python() if self._cut else islice(piece.iter_rows(), first, None)
        for number, row in enumerate(rows, first):
            if "" in row or left or right != width or padded:
                # calamine gives a cell that holds an error as it gives an empty one.
                cells = [*before, *(None if value == "" else value for value in row), *after]
                yield self._mended(cells[:width], number, sheet, padded)
            else:
                yield row  # type: ignore[misc]

    def _read(self, sheet: str) -> Iterator[CalamineSheet]:
        """The pieces of a sheet as soon as they are read; the other sheets are let go, for a sheet is large."""
        if sheet not in self.names:
            raise unreadable(
                "unknown_sheet", Text("没有名为“{name}”的工作表", "There is no sheet “{name}”", name=sheet)
            )
        if sheet not in self._pieces:
            for one in (piece for pieces in self._pieces.values() for piece in pieces):
                one.cancel()
            get, submit = self._workbook.get_sheet_by_index, self._reading.submit
            places = self._cut.sheets[sheet].places if self._cut else [self.names.index(sheet)]
            self._pieces = {sheet: [submit(get, place) for place in places]}
        for piece in self._pieces[sheet]:
            try:
                read = piece.result()
            except CalamineError as error:
                raise _not_a_workbook() from error
            if read.end and read.end[1] >= MAX_COLUMNS:
                raise _too_many_columns(read.end[1] + 1)
            yield read

    def _end(self, sheet: str, number: int) -> int:
        """Where a sheet ends that has values up to this row: calamine passes over formulas without one."""
        last = self._cut.sheets[sheet].last_row if self._cut else 0
        return number if 0 < last <= number else max(number, 1 + max(self._errors(sheet), default=-1))

    def _mended(self, row: Row, number: int, sheet: str, padded: dict[tuple[int, int], int]) -> Row:
        for column, error in self._errors(sheet).get(number, ()):
            if column < len(row):  # one to the right of everything that has a value is under no header
                row[column] = error
        if padded:
            for column, value in enumerate(row):
                if isinstance(value, (int, float)) and (number, column) in padded:
                    row[column] = str(int(value)).zfill(padded[number, column])
        return row

    def _look_through(self) -> CutWorkbook | None:
        """Make sure that it is a workbook of a size that can be read; answers it in pieces where it is large."""
        with zipfile.ZipFile(self.path) as archive:
            if WORKBOOK not in archive.namelist():
                raise _not_a_workbook()
            unpacking = Unpacking(archive)
            for item in archive.infolist():
                if not large(item):
                    unpacking.measure(item)
            return cut(unpacking)

    def _errors(self, sheet: str) -> dict[int, list[tuple[int, CellError]]]:
        """The cells with errors by row; the sheet's XML is looked through once, when the first empty cell is met."""
        if sheet not in self._known_errors:
            with zipfile.ZipFile(self.path) as archive:
                name = sheet_file(archive, sheet)
                found = _errors(archive.read(name)) if name and _may_hold_errors(archive, name) else {}
            by_row: dict[int, list[tuple[int, CellError]]] = {}
            for (row, column), error in found.items():
                by_row.setdefault(row, []).append((column, error))
            self._known_errors = {sheet: by_row}
        return self._known_errors[sheet]

    def _padded(self, sheet: str) -> dict[tuple[int, int], int]:
        """The width of the cells whose number format pads with zeros."""
        if sheet not in self._known_padded:
            with zipfile.ZipFile(self.path) as archive:
                name, widths = sheet_file(archive, sheet), _padded_styles(archive)
                self._known_padded = {
                    sheet: _padded_cells(archive.read(name), widths) if name and widths else {}
                }
        return self._known_padded[sheet]


def _not_a_workbook() -> Exception:
    return unreadable(
        "not_a_workbook",
        Text(
            "文件打不开：不是有效的 Excel 工作簿（.xlsx），或已损坏、有密码",
            "The file can’t be opened: it is not a valid Excel workbook (.xlsx), is damaged or has a password",
        ),
    )


def _too_many_columns(columns: int) -> Exception:
    return unreadable(
        "too_many_columns",
        Text(
            "表格有 {n} 列，最多 {most} 列",
            "The table has {n} columns; {most} at most",
            n=columns,
            most=MAX_COLUMNS,
        ),
    )


def _padded_styles(archive: zipfile.ZipFile) -> dict[bytes, int]:
    """Width of the zero padding by style number, for the styles that pad."""
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except KeyError:
        return {}
    formats = {}
    for one in styles.iter(f"{MAIN}numFmt"):
        matched = PADDED.match(one.get("formatCode", ""))
        if matched:
            formats[one.get("numFmtId")] = len(matched[1])
    cells = styles.find(f"{MAIN}cellXfs")
    if cells is None or not formats:
        return {}
    return {
        str(number).encode(): formats[style.get("numFmtId")]
        for number, style in enumerate(cells)
        if style.get("numFmtId") in formats
    }


def _may_hold_errors(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as stream:
        while chunk := stream.read(1 << 20):
            seen = tail + chunk
            if b't="e"' in seen or b"<f" in seen:
                return True
            tail = chunk[-8:]
    return False


def _errors(xml: bytes) -> dict[tuple[int, int], CellError]:
    """Errors, and formulas whose value is not in the file: a program wrote them, and no Excel has worked them out."""
    found = {}
    for matched in ERROR_CELL.finditer(xml):
        if place := CELL_PLACE.search(matched[1]):
            found[_place(place)] = CellError(matched[2].decode(errors="replace"))
    for matched in UNCALCULATED_CELL.finditer(xml):
        if place := CELL_PLACE.search(matched[1]):
            found[_place(place)] = UNCALCULATED
    return found


def _padded_cells(xml: bytes, widths: dict[bytes, int]) -> dict[tuple[int, int], int]:
    styles = b"|".join(widths)
    found = {}
    for matched in re.finditer(rb'<c\b(?=[^<>]*?\bs="(' + styles + rb')")[^<>]*+>', xml):
        place = CELL_PLACE.search(matched[0])
        if place:
            found[_place(place)] = widths[matched[1]]
    return found


def _place(matched: re.Match[bytes]) -> tuple[int, int]:
    column = 0
    for letter in matched[1]:
        column = column * 26 + letter - 64
    return int(matched[2]) - 1, column - 1
