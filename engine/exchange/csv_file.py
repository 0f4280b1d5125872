"""Reads .csv files: UTF-8 with or without BOM, UTF-16 with BOM, GB18030; comma, semicolon or tab."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from engine.exchange.sheet import MAX_COLUMNS, Row, SheetSize, unreadable
from engine.platform.i18n import Text

SNIFFED = 64 * 1024
DELIMITERS = ",;\t|"
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ONLY_SHEET = "CSV"


class CsvFile:
    """A .csv file; it has exactly one sheet."""

    format = "csv"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = _encoding(path)
        self.delimiter = self._delimiter()
        rows, columns = 0, 0
        for row in self._parsed():
            rows += 1
            columns = max(columns, len(row))
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
        self.names = [ONLY_SHEET]
        self.sheets = [SheetSize(ONLY_SHEET, rows, columns)]

    def size(self, sheet: str = ONLY_SHEET) -> SheetSize:
        """How large the table is."""
        return self.sheets[0]

    def about(self, sheet: str = ONLY_SHEET) -> int:
        """How many rows there are."""
        return self.sheets[0].rows

    @property
    def hidden(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def percentages(self, sheet: str = ONLY_SHEET) -> frozenset[int]:
        """None: a text says itself what it is."""
        return frozenset()

    def rows(self, sheet: str = ONLY_SHEET) -> Iterator[Row]:
        """The rows, all cells text; empty ones None."""
        width = self.sheets[0].columns
        for row in self._parsed():
            cells: Row = [cell or None for cell in row]
            yield cells if len(cells) == width else cells + [None] * (width - len(cells))

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, newline="")

    def _parsed(self) -> Iterator[list[str]]:
        with self._open() as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            while True:
                begun = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    raise _broken(error, begun) from error
                yield row

    def _delimiter(self) -> str:
        with self._open() as stream:
            lines = [line for line in stream.read(SNIFFED).splitlines()[:50] if line.strip()]
        if not lines:
            raise unreadable("empty_file", Text("文件是空的", "The file is empty"))
        # The separator is what divides most lines into the same, largest number of parts.
        return max(DELIMITERS, key=lambda mark: (_agreement(lines, mark), -DELIMITERS.index(mark)))


def _agreement(lines: list[str], mark: str) -> int:
    counts = [line.count(mark) for line in lines]
    usual = max(set(counts), key=counts.count)
    return usual * counts.count(usual)


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
    for mark, name in BOMS:
        if start.startswith(mark):
            if (place := _undecodable(path, name)) is not None:
                raise _bad_byte(name, place)
            return name
    for name in ("utf-8", "gb18030"):
        if _undecodable(path, name) is None:
            return name
    raise unreadable(
        "unknown_encoding",
        Text(
            "认不出文件的文字编码，请另存为 UTF-8 或 Excel 工作簿后再导入",
            "The text encoding is not known; save the file as UTF-8 or as an Excel workbook and try again",
        ),
    )


def _undecodable(path: Path, encoding: str) -> int | None:
    """The line, from 1, at which the file is no text of this encoding; None where it is one throughout."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(1 << 20)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].decode(encoding, "ignore").count("\n")
            if "\x00" in text:
                return line + text[: text.index("\x00")].count("\n")
            line += text.count("\n")
            if not chunk:
                return None


def _bad_byte(encoding: str, line: int) -> Exception:
    message = Text(
        "第 {line} 行有不属于文件编码（{encoding}）的字节，请另存为 UTF-8 后再导入",
        "Line {line} holds a byte that does not belong to the file’s encoding ({encoding}); save it as UTF-8 and try again",
        line=line, encoding="UTF-8" if encoding == "utf-8-sig" else "UTF-16",
    )  # fmt: skip
    return unreadable("bad_byte", message, line=line)


def _broken(error: csv.Error, line: int) -> Exception:
    said = str(error)
    if "unexpected end of data" in said:
        message = Text("第 {line} 行的引号没有结束", "The quote on line {line} never closes", line=line)
        return unreadable("unclosed_quote", message, line=line)
    if "field larger than" in said:
        message = Text(
            "第 {line} 行有一格超过 131,072 个字",
            "A cell on line {line} is longer than 131,072 characters",
            line=line,
        )
        return unreadable("cell_too_long", message, line=line)
    message = Text(
        "第 {line} 行的格式不对：引号之后还有文字",
        "Line {line} is malformed: text after a closing quote",
        line=line,
    )
    return unreadable("malformed_line", message, line=line)
