"""The rows that were not imported, as a file to mend: the original columns and what is wrong with each row."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, cast

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.exchange import upload
from engine.exchange.batch import CellProblem
from engine.exchange.problems import Level, Problem
from engine.exchange.sheet import CellError
from engine.exchange.understanding import Understanding
from engine.platform.i18n import Text, say
from engine.records.bulk.checks import RowFault
from engine.records.bulk.write import Loaded


def refused(outcome: Loaded, understood: Understanding) -> list[CellProblem]:
    """What the records' own checks refused, at the columns of the file."""
    return [_at(fault, understood, "must") for fault in outcome.faults]


def reminders(outcome: Loaded, understood: Understanding) -> list[CellProblem]:
    """What the form only reminds of, at the columns of the file."""
    return [_at(fault, understood, "remind") for fault in outcome.reminders]


def _at(fault: RowFault, understood: Understanding, level: Level) -> CellProblem:
    headers = {target: header for _, header, target in understood.targets}
    said = fault.message if isinstance(fault.message, Text) else Text(fault.message, fault.message)
    header = headers.get(fault.field or "", "")
    return CellProblem(fault.number, header, fault.field or "", "", Problem(fault.code, said, level))


def keep(
    connection: Connection,
    understood: Understanding,
    numbers: set[int],
    problems: Sequence[CellProblem],
    viewer: Viewer,
) -> str:
    """Write the rows with these numbers into a workbook in the file store; answers the file's id."""
    reasons: dict[int, list[str]] = {}
    for one in problems:
        if one.row in numbers:
            said = one.problem.message.render(viewer.language)
            reasons.setdefault(one.row, []).append(f"{one.column}：{said}" if one.column else said)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        _write(path, understood, numbers, reasons)
        with path.open("rb") as stream:
            name = say("未导入的行.xlsx", "rows left out.xlsx")
            stored = upload.files().store(connection, cast(IO[bytes], stream), name, owner=viewer.member_id)
    return stored.id


def _write(path: Path, understood: Understanding, numbers: set[int], reasons: dict[int, list[str]]) -> None:
    import xlsxwriter  # only here: it would be loaded at every start

    with xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet()
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, [*understood.header.names, say("未导入的原因", "Why it was left out")])
        for at, (number, row) in enumerate(_chosen(understood, numbers), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(at, column, cell, moments)
                elif isinstance(cell, date):
                    sheet.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), days)
                elif isinstance(cell, CellError):
                    sheet.write_string(at, column, cell.code)
                elif isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell)
            sheet.write_string(at, len(understood.header.names), "；".join(reasons.get(number, [])))


def _chosen(understood: Understanding, numbers: set[int]) -> Iterable[tuple[int, list[object]]]:
    return ((number, list(row)) for number, row in understood.data() if number in numbers)
