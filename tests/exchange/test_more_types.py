"""Ratings, times, addresses, places, codes and chosen columns come in from sheets and go out again the same."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access.viewer import Viewer
from engine.platform.database import Database
from tests.exchange.sheets import exported, faults, imported, records, sheet, table_in
from tests.records.making import add, field, form, make_app, text

CITY = form("city", text(), title="{name}")
VISIT = form(
    "visit",
    text(),
    field("stars", "rating"),
    field("at", "time"),
    field("place", "address"),
    field("here", "location"),
    field("code", "barcode"),
    field("story", "rich_text"),
    field("to", "select", options_from={"form": "city", "field": "name"}),
    field("phone", "phone", masked=True),
    field("paid", "switch", on_label="已付", off_label="未付"),
    field("due", "date", range="from_today"),
    field("zip", "text", format="postcode"),
    title="{name}",
)
KEYS = ("name", "stars", "at", "place", "here", "code", "story", "to", "phone", "paid")


@pytest.fixture
def app(database: Database) -> str:
    made = make_app(database, CITY, VISIT)
    for name in ("无锡", "Oslo"):
        add(database, made, "city", name=name)
    return made


def test_a_sheet_is_read_as_people_wrote_it_and_comes_back_the_same(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path,
        [
            KEYS,
            ["甲", "★★★★", "9:30", "江苏省无锡市新吴区长江路1号", "31.5, 120.3 厂区", "SN1", "一 < 二\n三", "无锡", "13812345678", "已付"],
            ["乙", 2, time(18, 5), "Storgata 1", None, 12345, "<p>好</p>", "Oslo", None, "未付"],
        ],
    )  # fmt: skip
    job = imported(database, me, app, "visit", path)
    assert (job.state, job.errors) == ("succeeded", [])
    found = records(database, me, app, "visit", *KEYS)
    assert found[0] == (
        "甲", Decimal(4), time(9, 30), "江苏省 无锡市 新吴区 长江路1号", "31.500000,120.300000 厂区", "SN1",
        "<p>一 &lt; 二</p><p>三</p>", "无锡", "13812345678", True,
    )  # fmt: skip
    assert found[1] == (
        "乙", Decimal(2), time(18, 5), "Storgata 1", None, "12345", "<p>好</p>", "Oslo", None, False,
    )  # fmt: skip
    _, content = exported(database, me, app, "visit", format="xlsx", fields=list(KEYS))
    back = table_in(content, tmp_path)
    assert [str(one).removesuffix(".0") for one in back[1]][:8] == [
        "甲", "4", "09:30", "江苏省无锡市新吴区长江路1号", "31.500000,120.300000 厂区", "SN1", "一 < 二\n三", "无锡",
    ]  # fmt: skip
    assert back[1][8] == "13812345678"  # masks are for the eye alone
    again = make_app(database, CITY, VISIT)
    for name in ("无锡", "Oslo"):
        add(database, again, "city", name=name)
    assert imported(database, me, again, "visit", tmp_path / "out.xlsx").state == "succeeded"
    assert records(database, me, again, "visit", *KEYS) == found


def test_what_a_field_does_not_take_is_told_by_its_cell(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path,
        [
            ["name", "stars", "at", "here", "to", "due", "zip"],
            ["甲", 9, None, None, None, None, None],
            ["乙", None, "25:00", None, None, None, None],
            ["丙", None, None, "nowhere", None, None, None],
            ["丁", None, None, None, "Paris", None, None],
            ["戊", None, None, None, None, date(2020, 1, 1), None],
            ["己", None, None, None, None, None, "12"],
            ["庚", 3, "8:00", None, "Oslo", date(2099, 1, 1), "214000"],
        ],
    )
    job = imported(database, me, app, "visit", path)
    assert sorted(faults(job)) == [
        (2, "stars", "too_large"),
        (3, "at", "not_a_time"),
        (4, "here", "not_a_location"),
        (5, "to", "unknown_option"),
        (6, "due", "outside_range"),
        (7, "zip", "format"),
    ]
    assert records(database, me, app, "visit", "name", "to") == [("庚", "Oslo")]
