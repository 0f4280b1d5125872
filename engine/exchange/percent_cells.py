"""Tells which columns of a workbook's sheet show their numbers as percentages."""

import re
import zipfile
from pathlib import Path

from defusedxml import ElementTree

from engine.exchange.workbook_archive import MAIN, sheet_file

LOOKED_AT = 1 << 20
"""So much of the sheet is looked at, from its beginning."""
BUILT_IN = {"9", "10"}
_CELL = re.compile(rb'<c\b(?=[^<>]*?\br="([A-Z]{1,3})[0-9]{1,7}")(?=[^<>]*?\bs="([0-9]+)")[^<>]*+>')


def percent_columns(path: Path, sheet: str) -> frozenset[int]:
    """The places of these columns, from 0; of a column with percentages the header needs not be one."""
    with zipfile.ZipFile(path) as archive:
        name, styles = sheet_file(archive, sheet), _styles(archive)
        if not name or not styles:
            return frozenset()
        with archive.open(name) as stream:
            beginning = stream.read(LOOKED_AT)
    return frozenset(_place(found[1]) for found in _CELL.finditer(beginning) if found[2] in styles)


def _styles(archive: zipfile.ZipFile) -> set[bytes]:
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except KeyError:
        return set()
    formats = {
        one.get("numFmtId", "") for one in styles.iter(f"{MAIN}numFmt") if "%" in one.get("formatCode", "")
    } | BUILT_IN
    cells = styles.find(f"{MAIN}cellXfs")
    return {
        str(number).encode()
        for number, style in enumerate(cells if cells is not None else ())
        if style.get("numFmtId") in formats
    }


def _place(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1
