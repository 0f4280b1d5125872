"""Importing 100,000 rows × 12 columns, beside the least that the same work can take: reading the sheet and COPY."""

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.bench import form
from tests.bench.conftest import Bench
from tests.bench.report import Line, Report

ROWS = 100_000
GOAL = 0.4
MOST_MEGABYTES = 500
COLUMNS = {
    "code": "text", "name": "text", "account": "text", "quantity": "numeric", "price": "numeric", "discount": "numeric",
    "ordered_on": "date", "status": "text", "urgent": "boolean", "remark": "text", "total": "text", "size": "text",
}  # fmt: skip


def write_sheet(path: Path, rows: int) -> None:
    """The bench form's 12 columns as a sheet: what an export of it would hold, the accounts by name."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, list(COLUMNS))
        accounts = list(range(1, form.ACCOUNTS + 1))
        for at, values in enumerate(form.rows(rows, accounts), 1):
            account = f"客户 {values['account']:05d}"
            sheet.write_string(at, 0, values["code"])
            sheet.write_string(at, 1, values["name"])
            sheet.write_string(at, 2, account)
            for column, key in ((3, "quantity"), (4, "price"), (5, "discount")):
                sheet.write_number(at, column, float(values[key]))
            sheet.write_datetime(at, 6, values["ordered_on"], day)
            sheet.write_string(at, 7, values["status"])
            sheet.write_boolean(at, 8, values["urgent"])
            sheet.write_string(at, 9, values["remark"])
            sheet.write_number(at, 10, float(values["quantity"] * values["price"]))
            sheet.write_string(at, 11, random.Random(at).choice(("large", "middle", "small")))


def bare(path: Path, connection: "psycopg.Connection[Any]") -> float:
    """The sheet read by calamine and copied into a table of the same types; in seconds."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE public.bare ({columns})")  # type: ignore[call-overload]
    began = time.monotonic()
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    next(rows)
    with connection.cursor() as cursor, cursor.copy("COPY public.bare FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    seconds = time.monotonic() - began
    connection.execute("DROP TABLE public.bare")
    return seconds


def job_processes(bench: Bench) -> Iterator[Path]:
    """Where the system tells of the process that does the jobs."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"job-process" in (folder / "cmdline").read_bytes():
                parent = re.search(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.MULTILINE)
                if parent and int(parent[1]) == bench.served.process.pid:
                    yield folder
        except OSError:
            continue


def peak(folder: Path) -> float:
    """The most that a process has held so far, in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())
    return int(found[1]) / 1024 if found else 0.0


@pytest.mark.bench
@pytest.mark.timeout(1_800)
def test_an_import_beside_calamine_and_copy(bench: Bench, report: Report, tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    write_sheet(path, ROWS)
    app = bench.app(form.ACCOUNT, form.order())
    bench.accounts(app)
    bench.await_jobs()
    mapping = '{"columns": {"total": null, "size": null}, "links": {"account": {"by": "name", "missing": "reject"}}}'
    headers = {"Authorization": f"Bearer {bench.key}"}
    with (
        bench.raw() as connection,
        httpx.Client(base_url=bench.served.address, headers=headers, timeout=120) as api,
    ):
        least = [bare(path, connection)]
        with path.open("rb") as content:
            answer = api.post(
                f"/api/v1/apps/{app}/forms/order/imports",
                files={"file": ("orders.xlsx", content)},
                data={"mapping": mapping},
            )
        assert answer.status_code == 202, answer.text
        place = f"/api/v1/jobs/{answer.json()['id']}"
        while (job := api.get(place).json())["state"] in ("queued", "running"):
            time.sleep(0.2)
        seconds = connection.execute(
            "SELECT extract(epoch FROM finished_at - started_at) FROM jianflow.job WHERE id = %s",
            (answer.json()["id"],),
        ).fetchone()
        least.append(bare(path, connection))
    assert job["state"] == "succeeded", job["errors"][:3]
    assert (job["result"]["created"], job["result"]["rejected"]) == (ROWS, 0)
    assert seconds is not None
    ours, limit = float(seconds[0]), sum(least) / len(least)
    share = limit / ours
    report.add(
        Line(
            f"import {ROWS:,} rows × {len(COLUMNS)} columns (.xlsx)", f"{ROWS / ours:,.0f}/s", f"{ROWS / limit:,.0f}/s",
            f"{share:.3f}", f"≥ {GOAL}", share >= GOAL, f"{ours:.2f} s beside {limit:.2f} s",
        )
    )  # fmt: skip
    report.value("memory of the job process", max(map(peak, job_processes(bench))), "MB", MOST_MEGABYTES)
