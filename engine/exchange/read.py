"""Opens a file as a table by what is in it, not by what it is called."""

from pathlib import Path

from engine.exchange.csv_file import CsvFile
from engine.exchange.excel_file import ExcelFile
from engine.exchange.sheet import Table, unreadable
from engine.platform.i18n import Text

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"


def open_table(path: Path) -> Table:
    """The table in `path`; raises UnreadableFile with the place where the file breaks."""
    with path.open("rb") as stream:
        start = stream.read(8)
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
    return CsvFile(path)
