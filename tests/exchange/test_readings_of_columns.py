"""Percentages and dates in a file: one reading for a column, and an export that comes back as it was."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.access.viewer import Viewer
from engine.platform.database import Database
from tests.exchange.sheets import csv, exported, imported, records, sheet, table_in, workbook
from tests.records.making import add, field, form, make_app, text

RATE = form("rate", text(), field("share", "percent", decimals=2), title="{name}")


def read(database: Database, me: Viewer, path: Path, mapping: dict[str, Any] | None = None) -> list[Any]:
    app = make_app(database, RATE)
    job = imported(database, me, app, "rate", path, mapping)
    assert (job.state, job.errors) == ("succeeded", [])
    return [share for _, share in records(database, me, app, "rate", "name", "share")]


def shares(*values: str) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_column_of_percentages_is_read_one_way(
    database: Database, me: Viewer, tmp_path: Path, kind: str
) -> None:
    def file(*cells: Any) -> Path:
        if kind == "csv":
            return csv(tmp_path, "name,share\n" + "".join(f"甲,{cell}\n" for cell in cells))
        return sheet(tmp_path, [("name", "share"), *(("甲", cell) for cell in cells)])

    assert read(database, me, file(0.1, 0.75, 1)) == shares("0.1", "0.75", "1")
    assert read(database, me, file(0.5, 1, 1.5, 5)) == shares("0.005", "0.01", "0.015", "0.05")
    chosen = {"percents": {"share": "fraction"}}
    assert read(database, me, file(0.5, 1, 1.5, 5), chosen) == shares("0.5", "1", "1.5", "5")
    assert read(database, me, file(0.5, "150%", 1)) == shares("0.5", "1.5", "1")


def test_a_number_far_down_tells_how_a_column_of_percentages_is_meant(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,share\n" + "甲,1\n" * 2500 + "乙,40\n")
    app = make_app(database, RATE)
    checked = imported(database, me, app, "rate", path, dry_run=True)
    assert checked.result["mapping"]["percents"] == {"share": "percent"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exported_percentages_come_back_as_they_were(
    database: Database, me: Viewer, tmp_path: Path, kind: str
) -> None:
    app = make_app(database, RATE)
    values = ("1", "5", "1.5", "0.5", "-0.05", "0.0001")
    for value in values:
        add(database, app, "rate", name="甲", share=value)
    _, content = exported(database, me, app, "rate", format=kind, fields=["name", "share"])
    path = tmp_path / f"out.{kind}"
    path.write_bytes(content)
    if kind == "csv":
        assert "甲,100%" in content.decode("utf-8-sig") and "甲,-5%" in content.decode("utf-8-sig")
    else:
        assert table_in(content, tmp_path)[1][1] == 1
    assert read(database, me, path) == shares(*values)


def test_a_date_with_its_year_in_front_does_not_decide_the_order_of_the_others(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    app = make_app(database, form("day", text(), field("on", "date"), title="{name}"))
    path = csv(tmp_path, "name,on\n一,2026-01-02\n二,03/04/2026\n三,13/04/2026\n")
    checked = imported(database, me, app, "day", path, dry_run=True)
    assert checked.result["mapping"]["dates"] == {"on": "DD/MM/YYYY"}
    assert checked.result["columns"]["on"]["date_orders"] == ["dmy"]
    job = imported(database, me, app, "day", path)
    assert (job.errors, [str(on) for (on,) in records(database, me, app, "day", "on")]) == (
        [],
        ["2026-01-02", "2026-04-03", "2026-04-13"],
    )


def test_a_hidden_sheet_is_not_taken_for_the_one_that_is_seen(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    def write(book: Any) -> None:
        hidden, seen = book.add_worksheet("隐藏"), book.add_worksheet("明细")
        seen.activate()
        seen.set_first_sheet()
        hidden.hide()
        hidden.write_column(0, 0, ["name", "不要"])
        seen.write_column(0, 0, ["name", "要"])

    path = tmp_path / "两张.xlsx"
    path.write_bytes(workbook(write))
    app = make_app(database, RATE)
    assert imported(database, me, app, "rate", path).state == "succeeded"
    assert records(database, me, app, "rate", "name") == [("要",)]
