"""Cells become values: numbers, dates, codes, options; what does not fit is told by its cell, and equal faults together."""

from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from engine.access.viewer import Viewer
from engine.platform.database import Database
from tests.exchange.sheets import (
    content_of,
    csv,
    faults,
    imported,
    records,
    rows_of,
    sheet,
    table_in,
    understood,
)
from tests.records.making import add, field, form, live_of, make_app, republish, text

GOODS = form(
    "goods", text(required=True), text("code", unique="must"), field("price", "money"), field("stock", "number"),
    field("share", "percent"), field("made_on", "date"), field("seen_at", "datetime"), field("phone", "phone"),
    field("kind", "select", options=[{"value": "a", "label": {"zh-CN": "电子", "en": "Electronics"}},
                                     {"value": "b", "label": {"zh-CN": "机械", "en": "Machines"}}]),
    field("tags", "multi_select", options=[{"value": "x", "label": "新品"}, {"value": "y", "label": "热卖"}]),
    field("on_sale", "switch"), field("note", "textarea"),
    field("double", "formula", formula="price * 2", result="money"),
    title="{name}",
    rules=[{"key": "cheap", "kind": "validation", "level": "remind", "formula": "price < 1000", "message": "价格偏高",
            "fields": ["price"]},
           {"key": "positive", "kind": "validation", "level": "must", "formula": "price >= 0", "message": "价格不能为负",
            "fields": ["price"]}],
)  # fmt: skip


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, GOODS)


def load(database: Database, me: Viewer, app: str, path: Path, **mapping: Any) -> Any:
    return imported(database, me, app, "goods", path, mapping)


def test_each_kind_of_cell_becomes_the_value_that_it_shows(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [
        ["name", "code", "price", "stock", "share", "made_on", "seen_at", "phone", "kind", "tags", "on_sale", "note"],
        ["铅笔", "00123", 1234.5, 12, 0.05, date(2017, 3, 1), datetime(2017, 3, 1, 10, 30), 13800138000, "电子", "新品、热卖", True,
         "第一行\n第二行"],
        ["钢笔", 110101, "1,234.50", "1.5万", "5%", "2017年3月2日", "2017-03-01 10:30", "010-6552 9988", "machines", "x", "否", " 空格 "],
    ])  # fmt: skip
    job = load(database, me, app, path)
    assert (job.state, job.errors) == ("succeeded", [])
    keys = (
        "name",
        "code",
        "price",
        "stock",
        "share",
        "made_on",
        "seen_at",
        "phone",
        "kind",
        "tags",
        "on_sale",
        "note",
        "double",
    )
    one, two = records(database, me, app, "goods", *keys)
    moment = datetime(2017, 3, 1, 2, 30, tzinfo=timezone.utc)
    assert one == (
        "铅笔", "00123", Decimal("1234.50"), Decimal(12), Decimal("0.05"), date(2017, 3, 1), moment, "13800138000", "a",
        ["x", "y"], True, "第一行\n第二行", Decimal("2469.00"),
    )  # fmt: skip
    assert two == (
        "钢笔", "110101", Decimal("1234.50"), Decimal(15000), Decimal("0.05"), date(2017, 3, 2), moment, "010-6552 9988", "b",
        ["x"], False, "空格", Decimal("2469.00"),
    )  # fmt: skip


def test_a_column_of_ordinary_cells_reads_as_single_cells_do(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    prices = [0, -0.0, 1.005, 2.675, 1e-7, 123456789012.345, "0.1", "-3.14159", 99999999999999.0]
    path = sheet(
        tmp_path, [["name", "price", "stock"], *[[f"n{at}", one, one] for at, one in enumerate(prices)]]
    )
    republish(database, app, {**GOODS, "rules": []})
    assert load(database, me, app, path).state == "succeeded"
    for at, one in enumerate(prices):
        add(database, app, "goods", name=f"n{at}", price=one if isinstance(one, str) else repr(one),
            stock=one if isinstance(one, str) else repr(one))  # fmt: skip
    found = records(database, me, app, "goods", "price", "stock")
    assert found[: len(prices)] == found[len(prices) :]


def test_digits_that_excel_has_lost_are_told_and_those_kept_as_text_are_kept(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [["name", "code"], ["甲", 110101199001011234.0], ["乙", "110101199001011234"]])
    job = load(database, me, app, path)
    assert faults(job) == [(2, "code", "digits_lost")]
    assert records(database, me, app, "goods", "name", "code") == [("乙", "110101199001011234")]


def test_an_error_in_a_cell_keeps_its_row_out_unless_somebody_says_what_it_is(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    import xlsxwriter

    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["name", "price"])
        page.write_row(1, 0, ["甲"])
        page.write_formula(1, 1, "=NA()", None, "#N/A")
        page.write_row(2, 0, ["乙", 5])
    job = load(database, me, app, path)
    assert faults(job) == [(2, "price", "cell_error")] and job.result["created"] == 1
    job = load(database, me, app, path, values={"price": {"#N/A": None}})
    assert job.errors == [] and job.result["created"] == 2


def test_a_formula_without_a_result_keeps_its_row_out_as_well(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    book = Workbook()
    for row in (["name", "price"], ["甲", "=1/0"], ["乙", 5]):
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    job = load(database, me, app, tmp_path / "f.xlsx")
    assert faults(job) == [(2, "price", "not_calculated")] and job.result["created"] == 1


def test_day_and_month_are_read_by_one_order_for_the_whole_column(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,made_on\n甲,3/1/2017\n乙,3/11/2017\n丙,12/25/2017\n丁,13/45/2017\n")
    job = load(database, me, app, path)
    assert [day for _, day in records(database, me, app, "goods", "name", "made_on")] == [
        date(2017, 3, 1), date(2017, 3, 11), date(2017, 12, 25),
    ]  # fmt: skip
    assert faults(job) == [(5, "made_on", "not_a_date")]
    other = make_app(database, GOODS)
    load(database, me, other, csv(tmp_path, "name,made_on\n甲,3/1/2017\n"), dates={"made_on": "DD/MM/YYYY"})
    assert records(database, me, other, "goods", "made_on") == [(date(2017, 1, 3),)]


def test_dates_before_1900_come_from_text(database: Database, me: Viewer, app: str, tmp_path: Path) -> None:
    load(database, me, app, csv(tmp_path, "name,made_on\n老字号,1669-05-04\n"))
    assert records(database, me, app, "goods", "made_on") == [(date(1669, 5, 4),)]


def test_equal_faults_are_one_group_and_one_decision_mends_them_all(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    lines = "".join(f"品{number},{'电 子品' if number % 3 else '电子'}\n" for number in range(300))
    path = csv(tmp_path, "name,kind\n" + lines)
    checked = imported(database, me, app, "goods", path, dry_run=True)
    groups = [
        (one["column"], one["value"], one["code"], one["rows"], one["suggestion"])
        for one in checked.result["groups"]
    ]
    assert groups == [("kind", "电 子品", "unknown_option", 200, "a")]
    assert (checked.result["must"], checked.result["ready"]) == (200, 100)
    assert records(database, me, app, "goods", "name") == []
    for chosen, created, skipped in (("电子", 300, 0), (None, 300, 0), ({"skip": True}, 100, 200)):
        fresh = make_app(database, GOODS)
        mapping = {"values": {"kind": {"电 子品": chosen}}}
        checked = imported(database, me, fresh, "goods", path, mapping, dry_run=True)
        assert (checked.result["groups"], checked.result["ready"]) == ([], created)
        job = imported(database, me, fresh, "goods", path, mapping)
        assert (job.result["created"], job.result["skipped"], job.result["rejected"]) == (created, skipped, 0)
    assert {kind for (kind,) in records(database, me, fresh, "goods", "kind")} == {"a"}


def test_what_the_dry_run_says_is_what_the_import_does(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "goods", name="已有", code="A1")
    rows = [["name", "code", "price", "kind"], ["甲", "A1", 1, "电子"], ["乙", "A2", -1, "电子"], ["丙", "A3", 5000, "电子"],
            [None, "A4", 1, "电子"], ["丁", "A3", 1, "电子"], ["戊", "A5", "贵", "电子"], ["己", "A6", 3, None]]  # fmt: skip
    path = sheet(tmp_path, rows)
    checked = imported(database, me, app, "goods", path, dry_run=True)
    job = imported(database, me, app, "goods", path)
    said = [(2, "code", "not_unique"), (3, "price", "rule"), (5, "name", "required"), (6, "code", "not_unique"),
            (7, "price", "not_a_number")]  # fmt: skip
    assert sorted(faults(job)) == said
    assert sorted(one for one in faults(checked) if one[0] != 4) == said
    assert (checked.result["must"], checked.result["ready"], checked.result["reminded"]) == (5, 2, 1)
    assert (job.result["created"], job.result["rejected"]) == (2, 5)
    levels = [(one["code"], one["level"]) for one in checked.result["groups"]]
    assert levels[-1] == ("rule", "remind"), "what the form only reminds of comes last"


def test_rows_left_out_come_as_a_file_that_can_be_mended_and_imported_again(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [["商品清单"], ["name", "code", "made_on"], ["甲", "007", date(2026, 1, 2)], ["乙", "008", "昨天左右"],
                            [None, "009", "2026-03-01"]])  # fmt: skip
    job = load(database, me, app, path)
    left = table_in(content_of(database, job.result["file"]), tmp_path)
    assert [row[:3] for row in left] == [
        ["name", "code", "made_on"],
        ["乙", "008", "昨天左右"],
        [None, "009", "2026-03-01"],
    ]
    assert "不是日期" in str(left[1][3]) and "不能为空" in str(left[2][3])
    left[1][2], left[2][0] = "2026-03-02", "丙"
    again = load(database, me, app, sheet(tmp_path, left, "改好.xlsx"))
    assert (again.result["created"], again.result["rejected"]) == (2, 0)


def test_the_mapping_is_guessed_from_names_and_contents_and_can_be_told(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "商品 Name,编码,Price,产品kind\n甲,1,2,电子\n")
    form_now = live_of(database, app).form("goods")
    guessed = understood(path, form_now).mapping.columns
    assert guessed["Price"] == "price" and guessed["编码"] is None
    told = understood(path, form_now, columns={"编码": "code", "Price": None}).mapping.columns
    assert (told["编码"], told["Price"]) == ("code", None)


def test_columns_whose_header_repeats_are_mapped_one_by_one(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,price,price\n甲,1,2\n")
    load(database, me, app, path, columns={"price": None, "price (2)": "price"})
    assert records(database, me, app, "goods", "price") == [(Decimal("2.00"),)]


@pytest.mark.parametrize(
    ("mapping", "place", "code"),
    [
        ({"columns": {"没有": "name"}}, "/mapping/columns/没有", "unknown_column"),
        ({"columns": {"name": "nothing"}}, "/mapping/columns/name", "unknown_field"),
        ({"columns": {"name": "double"}}, "/mapping/columns/name", "unknown_field"),
        ({"columns": {"name": "code", "code": "code"}}, "/mapping/columns/name", "duplicate_target"),
        ({"dates": {"made_on": "YY"}}, "/mapping/dates/made_on", "wrong_value"),
        ({"links": {"name": {"missing": "perhaps"}}}, "/mapping/links/name", "wrong_value"),
        ({"sheets": 1}, "/mapping/sheets", "unknown_property"),
        ([], "/mapping", "wrong_type"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_at_its_place(
    database: Database, app: str, tmp_path: Path, mapping: Any, place: str, code: str
) -> None:
    from engine.exchange.mapping import ImportMapping
    from engine.platform.errors import Invalid

    path = csv(tmp_path, "name,code\n甲,1\n")
    with pytest.raises(Invalid) as refused:
        ImportMapping.read(mapping)
        understood(path, live_of(database, app).form("goods"), **mapping)
    assert (refused.value.faults[0].pointer, refused.value.faults[0].code) == (place, code)


def test_empty_rows_between_are_passed_over_and_keep_the_numbers_right(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,price\n甲,1\n,\n\n乙,x\n")
    assert len(rows_of(path)) == 5 or len(rows_of(path)) == 4
    job = load(database, me, app, path)
    assert faults(job) == [(5, "price", "not_a_number")]
    assert job.result["created"] == 1


def test_an_import_that_breaks_off_unexpectedly_says_where_and_writes_nothing(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [["name", "price"], ["甲", 1]])
    with database.begin() as connection:
        name = live_table(database, app)
        connection.exec_driver_sql(f"ALTER TABLE {name} ADD CONSTRAINT odd CHECK (title <> '甲')")
    job = load(database, me, app, path)
    assert job.state == "failed"
    assert "写入记录时" in job.errors[0]["message"] and "没有写入任何记录" in job.errors[0]["message"]
    assert job.id in job.errors[0]["message"]


def live_table(database: Database, app: str) -> str:
    from engine.records.storage.tables import form_table

    with database.connect() as connection:
        return form_table(connection, live_of(database, app), "goods").stored.qualified()
