"""Opens a file as a table by what is in it; its name only tells what it is not."""

from pathlib import Path, PurePath

from engine.exchange.csv_file import CsvFile
from engine.exchange.excel_file import ExcelFile
from engine.exchange.sheet import Table, unreadable
from engine.platform.i18n import Text

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
NO_TABLES = (
    b"%PDF",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"RIFF",
)
WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".et", ".ods"})
TEXTS = frozenset({"", ".csv", ".tsv", ".txt", ".tab", ".dat", ".prn"})


def open_table(path: Path, name: str | None = None) -> Table:
    """The table in `path`; raises UnreadableFile with the place where the file breaks.

    `name` is what the file is called by people, where it lies under another.
    """
    suffix = PurePath(name or path.name).suffix.lower()
    with path.open("rb") as stream:
        start = stream.read(16)
    if not start:
        raise unreadable("empty_file", Text("文件是空的", "The file is empty"))
    if start.startswith(ZIP):
        return ExcelFile(path)
    if start.startswith(OLD_EXCEL):
        raise unreadable(
            "old_excel",
            Text(
                "这是旧版 Excel（.xls）或加密的文件，请另存为 .xlsx 后再导入",
                "This is an old Excel file (.xls) or an encrypted one; save it as .xlsx and try again",
            ),
        )
    if start.startswith(NO_TABLES) or suffix not in TEXTS | WORKBOOKS:
        raise unreadable(
            "not_a_table",
            Text(
                "这不是表格，请选择 .xlsx 或 .csv 文件", "This is not a table; choose an .xlsx or .csv file"
            ),
        )
    found = CsvFile(path)
    if suffix in WORKBOOKS and found.sheets[0].columns < 2:
        # Programs write separated text under such names too; one that holds no columns is a broken workbook.
        raise unreadable(
            "not_a_workbook",
            Text(
                "文件打不开：不是有效的 Excel 工作簿（.xlsx），或已损坏",
                "The file can’t be opened: it is not a valid Excel workbook (.xlsx), or is damaged",
            ),
        )
    return found
