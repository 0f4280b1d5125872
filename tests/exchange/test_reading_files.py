"""What a file holds is what is read: no code loses its zeros, no error becomes a blank, no encoding its letters."""

import codecs
import io
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook

from engine.exchange.headers import column_names, find_header
from engine.exchange.read import open_table
from engine.exchange.sheet import UNCALCULATED, CellError, UnreadableFile
from tests.exchange.sheets import csv, rows_of, sheet, workbook


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_a_csv_is_read_in_whatever_encoding_excel_and_wps_write(tmp_path: Path, encoding: str) -> None:
    text = "客户名称,备注\n北京信诺,“引号”与 emoji 😀\n上海,\n"
    content = text.encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert rows_of(path) == [["客户名称", "备注"], ["北京信诺", "“引号”与 emoji 😀"], ["上海", None]]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, mark: str) -> None:
    path = csv(tmp_path, f"名称{mark}说明{mark}数\n甲{mark}一，二；三{mark}1\n乙{mark}四{mark}2\n")
    assert rows_of(path)[1] == ["甲", "一，二；三", "1"]


def test_a_quoted_cell_may_hold_separators_quotes_and_line_breaks(tmp_path: Path) -> None:
    path = csv(tmp_path, '名称,说明\r\n"甲,乙","他说""好""\n第二行"\r\n')
    assert rows_of(path)[1] == ["甲,乙", '他说"好"\n第二行']


def test_a_quote_that_never_closes_is_refused_with_its_line(tmp_path: Path) -> None:
    path = csv(tmp_path, '名称,说明\n甲,一\n乙,"没有结束\n丙,三\n')
    with pytest.raises(UnreadableFile) as refused:
        open_table(path)
    assert refused.value.faults[0].code == "unclosed_quote"
    assert "第 3 行" in str(refused.value.faults[0].message)


def test_text_behind_a_closing_quote_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refused:
        open_table(csv(tmp_path, '名称,说明\n甲,"一"二\n'))
    assert (refused.value.faults[0].code, "第 2 行" in str(refused.value.faults[0].message)) == (
        "malformed_line",
        True,
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.csv", b"", "empty_file"),
        ("坏.xlsx", b"PK\x03\x04 broken", "not_a_workbook"),
        ("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old_excel"),
        ("假.xlsx", "这不是工作簿\n只是文字\n".encode(), "not_a_workbook"),
        ("文.pdf", b"%PDF-1.7\n1 0 obj\n<< >>\n", "not_a_table"),
        ("文.csv", b"%PDF-1.7\n1 0 obj\n<< >>\n", "not_a_table"),
        ("字.pdf", "编号\n1\n".encode(), "not_a_table"),
        ("图.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "not_a_table"),
        ("乱.csv", b"a,b\n\x00\x01\x02,3\n", "unknown_encoding"),
    ],
)
def test_what_is_no_table_is_refused_with_a_word(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        open_table(path)
    assert refused.value.faults[0].code == code


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (codecs.BOM_UTF8 + "名称,说明\n甲,一\n乙,".encode() + b"\xff\n", 3),
        (codecs.BOM_UTF8 + b"a,b\n" * 400_000 + b"c,\xc3\n", 400_001),
        (codecs.BOM_UTF16_LE + "名称\n甲\n".encode("utf-16-le") + b"\x00\xdc\n\x00", 3),
    ],
    ids=["early", "far down", "utf-16"],
)
def test_a_byte_that_is_no_text_is_refused_with_its_line_also_behind_a_byte_order_mark(
    tmp_path: Path, content: bytes, line: int
) -> None:
    path = tmp_path / "坏.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refused:
        open_table(path)
    (fault,) = refused.value.faults
    assert (fault.code, fault.details["line"]) == ("bad_byte", line)
    assert f"第 {line} 行" in str(fault.message)


def test_separated_text_under_a_workbooks_name_is_read_all_the_same(tmp_path: Path) -> None:
    assert rows_of(csv(tmp_path, "名称\t价格\n甲\t1\n", name="导出.xls"))[1] == ["甲", "1"]


@pytest.mark.parametrize("honest", [True, False])
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused_unread(tmp_path: Path, honest: bool) -> None:
    path = sheet(tmp_path, [["名称"], ["甲"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * (100 * 1024**2))
        if not honest:  # the list of contents says that it is small
            archive.getinfo("xl/worksheets/sheet9.xml").file_size = 1000
    with pytest.raises(UnreadableFile) as refused:
        open_table(path)
    assert refused.value.faults[0].code == "too_large"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "包.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("读我.txt", "不是表格")
    with pytest.raises(UnreadableFile):
        open_table(path)


def test_a_workbook_cut_off_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["名称"], *[[f"客户{number}"] for number in range(200)]])
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(UnreadableFile):
        open_table(path)


def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "弹.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            block = b" " * (1 << 24)
            for _ in range(129):
                stream.write(block)
    assert path.stat().st_size < 5_000_000
    with pytest.raises(UnreadableFile) as refused:
        open_table(path)
    assert refused.value.faults[0].code == "too_large"


def test_more_than_a_thousand_columns_are_refused_and_a_thousand_are_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refused:
        rows_of(sheet(tmp_path, [[f"列{number}" for number in range(1001)]]))
    assert refused.value.faults[0].code == "too_many_columns"
    assert len(rows_of(sheet(tmp_path, [[f"列{number}" for number in range(1000)]]))[0]) == 1000
    with pytest.raises(UnreadableFile):
        open_table(csv(tmp_path, ",".join(f"c{number}" for number in range(1001)) + "\n"))


def test_cells_that_hold_an_error_are_never_blanks(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["名称", "金额", "比例"])
        page.write_row(1, 0, ["甲"])
        page.write_formula(1, 1, "=NA()", None, "#N/A")
        page.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        page.write_row(2, 0, ["乙", 5])

    path = tmp_path / "错.xlsx"
    path.write_bytes(workbook(write))
    rows = rows_of(path)
    assert rows[1] == ["甲", CellError("#N/A"), CellError("#DIV/0!")]
    assert rows[2] == ["乙", 5.0, None]


def test_a_formula_that_nothing_has_worked_out_is_never_a_blank(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    page.append(["名称", "单价", "合计"])
    page.append(["甲", 1, "=1/0"])
    page.append(["乙", 2, "=B3+1"])
    page.append(["丙", None, 3])
    path = tmp_path / "未算.xlsx"
    book.save(path)
    rows = rows_of(path)
    assert [row[2] for row in rows[1:]] == [UNCALCULATED, UNCALCULATED, 3.0]
    assert rows[3] == ["丙", None, 3.0]


def test_a_formula_that_gives_an_empty_text_is_a_blank(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["名称", "说明"], ["甲", None], ["乙", 3]])
    said = '<c r="B2" t="str"><f>IF(1,"")</f><v></v></c></row><row r="3"'
    _rewrite(path, lambda xml: xml.replace('</row><row r="3"', said))
    assert rows_of(path)[1:] == [["甲", None], ["乙", 3.0]]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B{n}" t="e"><f>1/0</f></c>',
        '<c r="B{n}" t="e"><f>1/0</f></c><!-- <c <c r="B1" t="e" t="e" t="e" <f>-->',
        '<c r="B{n}" s="1" t="e"><f t="shared" si="0"/></c>',
    ],
)
def test_a_sheet_full_of_half_written_cells_is_read_in_a_moment(tmp_path: Path, cell: str) -> None:
    path = sheet(tmp_path, [[f"行{number}", None, "末"] for number in range(20_000)])

    def with_cells(xml: str) -> str:
        first, *rest = xml.split('<c r="C')
        return first + "".join(
            f'{cell.format(n=number)}<c r="C{piece}' for number, piece in enumerate(rest, 1)
        )

    _rewrite(path, with_cells)
    begun = time.process_time()
    rows = rows_of(path)
    assert time.process_time() - begun < 5
    assert rows[0] == ["行0", UNCALCULATED, "末"] and rows[-1] == ["行19999", UNCALCULATED, "末"]


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    """The first sheet of a workbook, written otherwise than our writer does."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    inside = "xl/worksheets/sheet1.xml"
    parts[inside] = change(parts[inside].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_formulas_value_is_what_excel_last_showed(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["单价", "数量", "合计"])
        page.write_row(1, 0, [2.5, 4])
        page.write_formula(1, 2, "=A2*B2", None, 10)

    path = tmp_path / "式.xlsx"
    path.write_bytes(workbook(write))
    assert rows_of(path)[1] == [2.5, 4.0, 10.0]


def test_codes_keep_their_zeros_by_number_format_and_as_text(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        padded = book.add_format({"num_format": "00000"})
        page.write_row(0, 0, ["按格式", "文本", "数"])
        page.write_number(1, 0, 123, padded)
        page.write_string(1, 1, "00123")
        page.write_number(1, 2, 123)

    path = tmp_path / "码.xlsx"
    path.write_bytes(workbook(write))
    assert rows_of(path)[1] == ["00123", "00123", 123.0]


def test_dates_are_read_in_the_1900_and_the_1904_calendar(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy/m/d"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.write_row(0, 0, ["日", "时"])
        page.write_datetime(1, 0, datetime(2017, 3, 1), day)
        page.write_datetime(1, 1, datetime(2017, 3, 1, 9, 30), moment)

    def as_days(row: list[object]) -> list[object]:
        return [
            value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
            for value in row
        ]  # type: ignore[attr-defined]

    for options in ({}, {"date_1904": True}):
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
            write(book)
        path = tmp_path / "历.xlsx"
        path.write_bytes(content.getvalue())
        assert as_days(rows_of(path)[1]) == [datetime(2017, 3, 1), datetime(2017, 3, 1, 9, 30)]  # type: ignore[arg-type]


def test_the_header_is_found_under_title_lines_and_a_merged_title(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    page.append(["2026 年销售明细"])
    page.append(["制表：陈思", None, None, "2026-03-01"])
    page.append(["编号", "客户", "金额", "签约日期", None])
    page.append(["001", "甲", 10, date(2026, 3, 1), None])
    page.append(["002", "乙", 20, date(2026, 3, 2), None])
    page.merge_cells("A1:D1")
    path = tmp_path / "合并.xlsx"
    book.save(path)
    header = find_header(rows_of(path))
    assert header.row == 3
    assert header.names[:4] == ["编号", "客户", "金额", "签约日期"]


def test_headers_that_repeat_or_are_missing_get_names_that_can_be_told_apart(tmp_path: Path) -> None:
    header = find_header(rows_of(csv(tmp_path, "名称,金额,金额,\n甲,1,2,x\n")))
    assert header.names == ["名称", "金额", "金额 (2)", "[D]"]


def test_a_thousand_equal_headers_are_told_apart_in_a_moment() -> None:
    begun = time.process_time()
    names = column_names(["金额"] * 1000)
    assert time.process_time() - begun < 0.5
    assert (len(set(names)), names[0], names[1], names[-1]) == (1000, "金额", "金额 (2)", "金额 (1000)")
    assert column_names(["a", "a", "a (2)", "a", None]) == ["a", "a (2)", "a (2) (2)", "a (3)", "[E]"]


def test_a_short_table_whose_header_repeats_a_name_keeps_its_row_of_data(tmp_path: Path) -> None:
    header = find_header(rows_of(csv(tmp_path, "name,name\nA,B\n")))
    assert (header.row, header.names) == (1, ["name", "name (2)"])
    titled = find_header(rows_of(csv(tmp_path, "明细,明细\n名称,电话\n甲,乙\n")))
    assert titled.row == 2
    assert find_header(rows_of(csv(tmp_path, "2026 年,\n名称,电话\n"))).row == 2


def test_a_sheet_that_begins_further_down_and_right_keeps_its_row_numbers(tmp_path: Path) -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row("C5", ["名称", "数"])
        page.write_row("C6", ["甲", 1])
        page.write_formula("D7", "=NA()", None, "#N/A")

    path = tmp_path / "远.xlsx"
    path.write_bytes(workbook(write))
    rows = rows_of(path)
    assert rows[4] == [None, None, "名称", "数"]
    assert rows[5] == [None, None, "甲", 1.0]
    assert rows[6] == [None, None, None, CellError("#N/A")]
