"""A large sheet is read piece by piece, and nobody can tell from what comes out."""

import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl import Workbook

from engine.exchange.cut_workbook import LARGE
from engine.exchange.excel_file import ExcelFile
from engine.exchange.read import open_table
from engine.exchange.sheet import UNCALCULATED, CellError, UnreadableFile
from engine.fields.form import Form
from tests.exchange.sheets import rows_of, understood

ROWS = 22_000
INSIDE = "xl/worksheets/sheet1.xml"


def expected(number: int) -> list[Any]:
    """The row with this number, from 1."""
    return [
        f"编号 & <{number}>",
        f"城市 {number % 300}",
        number / 8,
        date(2024, 1, 1 + number % 28),
        f"{number:06d}",
        None if number % 7 else CellError("#DIV/0!"),
        number % 2 == 0,
    ]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("large"), {"constant_memory": True})


def written(folder: Path, options: dict[str, Any]) -> Path:
    """A sheet of several pieces with a smaller one beside it."""
    path = folder / "大.xlsx"
    with xlsxwriter.Workbook(str(path), options) as book:
        day, code = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "000000"})
        page = book.add_worksheet("明细")
        page.write_row(0, 0, ["编号", "城市", "数", "日期", "代码", "比", "是"])
        for number in range(1, ROWS + 1):
            key, city, amount, when, _, ratio, even = expected(number)
            page.write_string(number, 0, key)
            page.write_string(number, 1, city)
            page.write_number(number, 2, amount)
            page.write_datetime(number, 3, datetime(when.year, when.month, when.day), day)
            page.write_number(number, 4, number, code)
            if ratio is not None:
                page.write_formula(number, 5, "=1/0", None, ratio.code)
            page.write_boolean(number, 6, even)
        book.add_worksheet("说明").write_row(1, 1, ["第二张", 2])
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo(INSIDE).file_size > LARGE
    return path


def rewritten(path: Path, to: Path, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with its first sheet written otherwise."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[INSIDE] = change(parts[INSIDE])
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return to


def as_days(row: list[Any]) -> list[Any]:
    return [value.date() if isinstance(value, datetime) else value for value in row]


@pytest.mark.parametrize("options", [{"constant_memory": True}, {}, {"date_1904": True}], ids=str)
def test_a_large_sheet_and_the_small_one_beside_it_hold_what_was_written(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    """In each way that programs write texts and days."""
    table = open_table(written(tmp_path, options))
    assert table.names == ["明细", "说明"]
    rows = list(table.rows("明细"))
    assert [as_days(row) for row in rows[1:]] == [expected(number) for number in range(1, ROWS + 1)]
    assert list(table.rows("说明")) == [[None, None, None], [None, "第二张", 2.0]]
    assert [(one.rows, one.columns) for one in table.sheets] == [(ROWS + 1, 7), (2, 3)]
    assert table.about("明细") == ROWS + 1


def test_its_first_rows_come_before_the_last_ones_are_read(large: Path) -> None:
    table = open_table(large)
    assert isinstance(table, ExcelFile)
    rows = table.rows("明细")
    next(rows)
    pieces = table._pieces["明细"]
    assert len(pieces) > 1 and pieces[0].done()
    assert sum(1 for _ in rows) == ROWS
    assert all(piece.done() for piece in pieces)


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b"<sheetData>", b"<!-- <row r='1'/> --><sheetData>"),
        lambda xml: xml.replace(b"</row>", b"</row><!-- </sheetData> -->", 9_000),
        lambda xml: re.sub(rb'<row r="[0-9]+"', b"<row", xml),
        lambda xml: xml.replace(b"<row ", b"<row\n"),
        lambda xml: xml.replace(b"</row>", b"</row>\n  "),
    ],
    ids=[
        "comment before",
        "comments between",
        "rows without numbers",
        "line breaks inside",
        "line breaks between",
    ],
)
def test_it_is_read_the_same_however_a_program_writes_it(
    large: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    assert rows_of(rewritten(large, tmp_path / "别.xlsx", change)) == rows_of(large)


def test_rows_that_are_left_out_in_the_middle_keep_the_numbers_of_those_below(
    large: Path, tmp_path: Path
) -> None:
    def without(xml: bytes) -> bytes:
        return re.sub(rb'<row r="(?:9\d\d\d|1[0-2]\d\d\d)".*?</row>', b"", xml)

    rows = rows_of(rewritten(large, tmp_path / "空.xlsx", without))
    assert len(rows) == ROWS + 1
    assert as_days(rows[8_998]) == expected(8_998)
    assert rows[8_999:12_999] == [[None] * 7] * 4_000
    assert as_days(rows[12_999]) == expected(12_999)


def test_a_column_that_begins_far_down_is_there_for_a_mapping_that_names_it(
    large: Path, tmp_path: Path
) -> None:
    def with_more(xml: bytes) -> bytes:
        last = f'<c r="I{ROWS + 1}" t="inlineStr"><is><t>末尾</t></is></c></row></sheetData>'.encode()
        return xml.replace(b"</row></sheetData>", last)

    path = rewritten(large, tmp_path / "宽.xlsx", with_more)
    form = Form.read(
        {
            "key": "city",
            "name": "City",
            "fields": [{"key": key, "type": "text", "label": key} for key in ("code", "remark")],
        }
    )
    narrow = understood(path, form, sheet="明细", columns={"编号": "code"})
    assert len(narrow.header.names) == 7
    assert {len(row) for _, row in narrow.data()} == {7}
    wide = understood(path, form, sheet="明细", columns={"编号": "code", "[I]": "remark"})
    assert (2, "remark") in [(len(wide.targets), target) for _, _, target in wide.targets]
    *_, last = wide.data()
    assert (last[0], last[1][8]) == (ROWS + 1, "末尾")


def test_a_large_sheet_that_breaks_off_inside_is_refused(large: Path, tmp_path: Path) -> None:
    path = rewritten(large, tmp_path / "断.xlsx", lambda xml: xml[: len(xml) // 2])
    with pytest.raises(UnreadableFile) as refused:
        rows_of(path)
    assert refused.value.faults[0].code == "not_a_workbook"


def test_rows_at_the_end_that_hold_nothing_but_formulas_not_worked_out_are_there(tmp_path: Path) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["名称", "合计"])
    page.append(["甲", 1])
    page["B4"] = "=B2+1"
    path = tmp_path / "末.xlsx"
    book.save(path)
    table = open_table(path)
    assert list(table.rows("Sheet"))[2:] == [[None, None], [None, UNCALCULATED]]
    assert table.size("Sheet").rows == 4
