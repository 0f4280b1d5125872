"""Exports are what the list shows, safe to open in a spreadsheet, and of any length."""

import csv as csv_module
import io
import multiprocessing
import os
import resource
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from engine.access.viewer import Viewer
from engine.exchange import export_job
from engine.platform import jobs, performing
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.bulk.write import Row, loading
from tests.exchange.sheets import exported, imported, records
from tests.records.making import ENGINE, add, field, form, make_app, text

COMPANY = form("company", text(unique="must"), title="{name}")
DEAL = form(
    "deal", text(), field("amount", "money"), field("rate", "percent"), field("day", "date"), field("at", "datetime"),
    field("company", "link", form="company"), field("tags", "multi_select", options=[{"value": "x", "label": "新品"}, {"value": "y"}]),
    field("ratio", "formula", formula="amount / (amount - 5)", result="number", decimals=2), text("no"), title="{name}",
)  # fmt: skip


@pytest.fixture
def app(database: Database) -> str:
    made = make_app(database, COMPANY, DEAL)
    company = add(database, made, "company", name="信诺")
    add(database, made, "deal", name="甲", amount="1234.5", rate="0.05", day="2017-03-01", at="2017-03-01T02:30:00Z",
        company=company, tags=["x", "y"], no="00123")  # fmt: skip
    add(database, made, "deal", name='=HYPERLINK("http://坏")', amount="-5", no="123456789012345678")
    add(database, made, "deal", name="乙", amount="5", no="+8613800138000")
    return made


def rows_in(content: bytes) -> list[list[str]]:
    return list(csv_module.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_an_xlsx_holds_real_numbers_dates_and_texts(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    fields = ["name", "amount", "rate", "day", "at", "company", "tags", "ratio", "no"]
    job, content = exported(
        database, me, app, "deal", format="xlsx", fields=fields, sort=[{"field": "amount", "desc": True}]
    )
    assert (job.state, job.result["rows"]) == ("succeeded", 3)
    page = load_workbook(io.BytesIO(content)).active
    rows = list(page.iter_rows(values_only=True))
    assert rows[0][:3] == ("Name", "Amount", "Rate")
    assert rows[1] == (
        "甲",
        1234.5,
        0.05,
        datetime(2017, 3, 1),
        datetime(2017, 3, 1, 10, 30),
        "信诺",
        "新品、y",
        1.0,
        "00123",
    )
    assert rows[2][0] == "乙" and rows[2][7] == "#DIV/0!" and rows[2][8] == "+8613800138000"
    assert rows[3][0] == '=HYPERLINK("http://坏")' and page.cell(4, 1).data_type == "s", "text, not a formula"
    assert rows[3][8] == "123456789012345678"
    assert page["B2"].number_format == "#,##0.00" and page["D2"].number_format == "yyyy-mm-dd"


def test_a_csv_runs_no_formula_and_keeps_numbers_as_numbers(database: Database, me: Viewer, app: str) -> None:
    _, content = exported(
        database, me, app, "deal", format="csv", fields=["name", "amount", "rate", "day", "no"]
    )
    rows = rows_in(content)
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8"
    assert rows[1] == ["甲", "1234.50", "5%", "2017-03-01", "00123"]
    assert rows[2][:2] == ['\'=HYPERLINK("http://坏")', "-5.00"]
    assert rows[3][4] == "+8613800138000"


@pytest.mark.parametrize("text_of", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1"])
def test_no_text_begins_as_a_formula_does(database: Database, me: Viewer, app: str, text_of: str) -> None:
    add(database, app, "deal", name=text_of, no="找我")
    _, content = exported(
        database,
        me,
        app,
        "deal",
        format="csv",
        fields=["name"],
        where={"field": "no", "op": "eq", "value": "找我"},
    )
    assert rows_in(content)[1][0][0] not in "=+-@\t\r"


def test_what_was_exported_can_be_imported_again(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    fields = ["name", "amount", "rate", "day", "at", "company", "tags", "no"]
    for kind in ("xlsx", "csv"):
        _, content = exported(
            database,
            me,
            app,
            "deal",
            format=kind,
            fields=fields,
            where={"field": "name", "op": "eq", "value": "甲"},
        )
        path = tmp_path / f"来回.{kind}"
        path.write_bytes(content)
        other = make_app(database, COMPANY, DEAL)
        add(database, other, "company", name="信诺")
        job = imported(database, me, other, "deal", path)
        assert job.errors == []
        assert records(database, me, other, "deal", *fields) == records(
            database, me, app, "deal", *fields, where={"field": "name", "op": "eq", "value": "甲"}
        )


def test_an_export_follows_filter_and_search(database: Database, me: Viewer, app: str) -> None:
    _, content = exported(
        database, me, app, "deal", format="csv", where={"field": "amount", "op": "gt", "value": 100}
    )
    assert [row[1] for row in rows_in(content)[1:]] == ["甲"]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"format": "pdf"}, "/format"),
        ({"fields": ["nothing"]}, "/fields/0"),
        ({"where": {"field": "nothing", "op": "eq", "value": 1}}, ""),
    ],
)
def test_a_wrong_order_is_refused_before_anything_runs(
    database: Database, me: Viewer, app: str, sent: dict[str, Any], place: str
) -> None:
    with database.begin() as connection, pytest.raises(Invalid) as refused:
        export_job.start(connection, app, "deal", me, sent)
    assert refused.value.faults[0].pointer.startswith(place)


def _export(url: str, job_id: str, data: str, answers: Any) -> None:
    os.environ["JIANFLOW_DATA"] = data
    import run  # noqa: F401 - declares the jobs

    database = Database(url)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    performing.perform(database, job_id)
    answers.put((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
    database.close()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_hundred_thousand_rows_are_written_piece_by_piece(
    database: Database, me: Viewer, data_folder: Path, kind: str
) -> None:
    app = _many(database)
    with database.begin() as connection:
        job_id = export_job.start(
            connection, app, "deal", me, {"format": kind, "fields": ["name", "amount", "day", "no"]}
        )
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    url = database.engine.url.render_as_string(hide_password=False)
    worker = context.Process(target=_export, args=(url, job_id, str(data_folder), answers))
    worker.start()
    grown = answers.get(timeout=100)
    worker.join()
    with database.connect() as connection:
        job = jobs.get_job(connection, job_id)
    assert (job.state, (job.result or {}).get("rows")) == ("succeeded", 100_000)
    assert grown < 150, f"{grown:.0f} MB"


_made: dict[str, str] = {}


def _many(database: Database) -> str:
    if "app" not in _made:
        app = _made["app"] = make_app(database, COMPANY, DEAL)
        with loading(database, app, "deal", ENGINE) as load:
            for start in range(0, 100_000, 20_000):
                load.stage(
                    Row(
                        number,
                        {
                            "name": f"商机 {number}",
                            "amount": Decimal(number),
                            "day": date(2026, 3, 1),
                            "no": f"{number:07d}",
                        },
                    )
                    for number in range(start, start + 20_000)
                )
            assert load.finish().created == 100_000
    return _made["app"]
