"""Reads .xlsx files: values by calamine, and what it does not tell (error cells, padded codes) from the XML."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from defusedxml import ElementTree
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from engine.exchange.sheet import MAX_COLUMNS, UNCALCULATED, CellError, Row, SheetSize, unreadable
from engine.platform.i18n import Text

MAX_UNPACKED = 512 * 1024**2
MAX_RATIO, SUSPICIOUS = 300, 64 * 1024**2
"""Nothing that people type is packed so well; from this size on nothing such is read."""
DEFLATE_RATIO = 1032
PIECE = 1024**2
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

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
    """A workbook with its sheets."""

    format = "xlsx"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known_errors: dict[str, dict[int, list[tuple[int, CellError]]]] = {}
        self._known_padded: dict[str, dict[tuple[int, int], int]] = {}
        self._check_archive()
        try:
            self._workbook = CalamineWorkbook.from_path(str(path))
            self._names = list(self._workbook.sheet_names)
            self._loaded: dict[str, CalamineSheet] = {}
            self.sheets = [self._size(name) for name in self._names]
        except (CalamineError, OSError) as error:
            raise _not_a_workbook() from error
        if not self.sheets:
            raise unreadable("empty_file", Text("工作簿里没有工作表", "The workbook has no sheets"))

    def rows(self, sheet: str) -> Iterator[Row]:
        """The rows from the first line of the sheet on."""
        loaded = self._sheet(sheet)
        padded = self._padded(sheet)
        lead = loaded.start[1] if loaded.start else 0
        before: Row = [None] * lead
        # calamine leaves out the empty columns before the first cell, but not the empty rows.
        for number, row in enumerate(loaded.iter_rows()):
            if "" in row or lead or padded:
                # calamine gives a cell that holds an error as it gives an empty one.
                cells = [*before, *(None if value == "" else value for value in row)]
                yield self._mended(cells, number, sheet, padded)
            else:
                yield row  # type: ignore[misc]

    def _mended(self, row: Row, number: int, sheet: str, padded: dict[tuple[int, int], int]) -> Row:
        for column, error in self._errors(sheet).get(number, ()):
            if column < len(row):  # one to the right of everything that has a value is under no header
                row[column] = error
        if padded:
            for column, value in enumerate(row):
                if isinstance(value, (int, float)) and (number, column) in padded:
                    row[column] = str(int(value)).zfill(padded[number, column])
        return row

    def _sheet(self, name: str) -> CalamineSheet:
        if name not in self._names:
            raise unreadable(
                "unknown_sheet", Text("没有名为“{name}”的工作表", "There is no sheet “{name}”", name=name)
            )
        if name not in self._loaded:
            self._loaded = {name: self._workbook.get_sheet_by_name(name)}  # one at a time: a sheet is large
        return self._loaded[name]

    def _size(self, name: str) -> SheetSize:
        loaded = self._sheet(name)
        rows, columns = (loaded.end[0] + 1, loaded.end[1] + 1) if loaded.end else (0, 0)
        if columns > MAX_COLUMNS:
            raise unreadable(
                "too_many_columns",
                Text(
                    "表格有 {n} 列，最多 {most} 列",
                    "The table has {n} columns; {most} at most",
                    n=columns,
                    most=MAX_COLUMNS,
                ),
            )
        return SheetSize(name, rows, columns)

    def _check_archive(self) -> None:
        try:
            with zipfile.ZipFile(self.path) as archive:
                if "xl/workbook.xml" not in archive.namelist():
                    raise _not_a_workbook()
                _check_size(archive)
        except (zipfile.BadZipFile, zlib.error, OSError) as error:
            raise _not_a_workbook() from error

    def _errors(self, sheet: str) -> dict[int, list[tuple[int, CellError]]]:
        """The cells with errors by row; the sheet's XML is looked through once, when the first empty cell is met."""
        if sheet not in self._known_errors:
            with zipfile.ZipFile(self.path) as archive:
                name = _sheet_file(archive, sheet)
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
                name, widths = _sheet_file(archive, sheet), _padded_styles(archive)
                self._known_padded = {
                    sheet: _padded_cells(archive.read(name), widths) if name and widths else {}
                }
        return self._known_padded[sheet]


def _check_size(archive: zipfile.ZipFile) -> None:
    """Refuse what would fill the memory; counted while unpacking, for the sizes in an archive may lie."""
    unpacked = 0
    for item in archive.infolist():
        if item.file_size <= MAX_UNPACKED and item.compress_size * DEFLATE_RATIO > PIECE:
            item.file_size = MAX_UNPACKED + 1
            with archive.open(item) as stream:
                size = sum(len(piece) for piece in iter(lambda: stream.read(PIECE), b""))
        else:
            size = item.file_size
        unpacked += size
        if unpacked > MAX_UNPACKED or size > max(SUSPICIOUS, item.compress_size * MAX_RATIO):
            raise unreadable(
                "too_large",
                Text(
                    "文件展开后太大（最多 {most} MB），请分成几个文件，或另存为 CSV 后导入",
                    "Unpacked, the file is too large ({most} MB at most); split it, or save it as CSV",
                    most=MAX_UNPACKED // 1024**2,
                ),
            )


def _not_a_workbook() -> Exception:
    return unreadable(
        "not_a_workbook",
        Text(
            "文件打不开：不是有效的 Excel 工作簿（.xlsx），或已损坏、有密码",
            "The file can’t be opened: it is not a valid Excel workbook (.xlsx), is damaged or has a password",
        ),
    )


def _sheet_file(archive: zipfile.ZipFile, sheet: str) -> str | None:
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relation = next(
        (one.get(RELATION_ID) for one in workbook.iter(f"{MAIN}sheet") if one.get("name") == sheet), None
    )
    try:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return None
    for one in relations.iter(f"{RELATIONS}Relationship"):
        if one.get("Id") == relation:
            target = one.get("Target", "")
            name = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return name if name in archive.namelist() else None
    return None


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
