"""Lines of subforms, records that are changed instead of made, fields that an import adds."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.access.viewer import Viewer
from engine.definitions import live as living
from engine.exchange.rows_read import BATCH
from engine.fields.base import RowValues
from engine.platform.database import Database
from engine.platform.errors import Invalid
from tests.exchange.sheets import csv, faults, imported, records, sheet, undone
from tests.records.making import add, field, form, live_of, make_app, text, values

PRODUCT = form("product", text(unique="must"), field("price", "money"), title="{name}")
ORDER = form(
    "order", text("no", unique="must"), text("customer"),
    field("lines", "subform", fields=[
        field("product", "link", form="product", required=True, fill={"price": "price"}), field("qty", "number"),
        field("price", "money"), field("sum", "formula", formula="qty * price", result="money")]),
    field("total", "formula", formula="SUM(lines.sum)", result="money"), title="{no}",
)  # fmt: skip
GOODS = form("goods", text("code", unique="must"), text("shelf"), text("name"), field("price", "money"),
             field("twice", "formula", formula="price * 2", result="money"), title="{name}", unique=[["shelf", "name"]])  # fmt: skip


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, PRODUCT, ORDER, GOODS)


def lines_of(database: Database, app: str, record_id: int) -> list[dict[str, Any]]:
    return [
        dict(row.values)
        for row in values(database, app, "order", record_id)["lines"] or ()
        if isinstance(row, RowValues)
    ]


def test_a_record_takes_one_row_a_line_its_own_cells_repeated_or_empty(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    pen = add(database, app, "product", name="笔", price=2)
    path = csv(tmp_path, "no,customer,产品,数量\nA1,甲,笔,3\nA1,甲,纸,1\n,,笔,2\nA2,乙,笔,5\nA3,丙,,\n")
    mapping = {
        "columns": {"产品": "lines.product", "数量": "lines.qty"},
        "links": {"lines.product": {"by": "name", "missing": "create"}},
    }
    checked = imported(database, me, app, "order", path, mapping, dry_run=True)
    assert (checked.result["rows"], checked.result["ready"], checked.result["makes"]) == (
        3,
        3,
        {"lines.product": 1},
    )
    job = imported(database, me, app, "order", path, mapping)
    assert (job.result["created"], job.errors) == (3, [])
    made = records(database, me, app, "order", "no", "id")
    assert [no for no, _ in made] == ["A1", "A2", "A3"]
    first = lines_of(database, app, _id(database, app, "A1"))
    assert [(one["product"] == pen, one["qty"], one["price"]) for one in first] == [
        (True, Decimal(3), Decimal("2.00")), (False, Decimal(1), None), (True, Decimal(2), Decimal("2.00")),
    ]  # fmt: skip
    assert first[1]["product"] is not None
    assert records(database, me, app, "order", "total") == [
        (Decimal("10.00"),),
        (Decimal("10.00"),),
        (Decimal("0.00"),),
    ]


def _id(database: Database, app: str, no: str) -> int:
    return next(one for one in range(1, 20_000) if _no(database, app, one) == no)


def _no(database: Database, app: str, record_id: int) -> Any:
    try:
        return values(database, app, "order", record_id)["no"]
    except KeyError:
        return None


def test_lines_of_one_record_stay_together_where_a_batch_ends_between_them(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "product", name="笔", price=1)
    rows = [f"N{number // 3:05d},笔,1" for number in range(BATCH + 4)]
    path = csv(tmp_path, "no,产品,数量\n" + "\n".join(rows) + "\n")
    job = imported(
        database, me, app, "order", path, {"columns": {"产品": "lines.product", "数量": "lines.qty"}}
    )
    assert (job.result["created"], job.errors) == ((BATCH + 4 + 2) // 3, [])
    at_the_end = f"N{(BATCH - 1) // 3:05d}"
    found = records(
        database, me, app, "order", "no", "total", where={"field": "no", "op": "eq", "value": at_the_end}
    )
    assert found == [(at_the_end, Decimal("3.00"))]


def test_a_wrong_line_keeps_its_whole_record_out_and_all_its_rows_come_back_to_be_mended(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    from tests.exchange.sheets import content_of, table_in

    add(database, app, "product", name="笔", price=1)
    path = csv(tmp_path, "no,产品,数量\nA1,笔,1\nA1,笔,很多\nA2,笔,1\n")
    job = imported(
        database, me, app, "order", path, {"columns": {"产品": "lines.product", "数量": "lines.qty"}}
    )
    assert faults(job) == [(3, "数量", "not_a_number")]
    assert (job.result["created"], job.result["rejected"]) == (1, 1)
    left = table_in(content_of(database, job.result["file"]), tmp_path)
    assert [row[:3] for row in left[1:]] == [["A1", "笔", "1"], ["A1", "笔", "很多"]]


def test_rows_change_the_records_that_they_match_and_make_the_others(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "goods", code="A-1", name="旧一", price=1)
    add(database, app, "goods", code="A-2", name="旧二", price=2)
    path = csv(tmp_path, "code,name,price\na-1,新一,10\nA-2,旧二,2\nA-3,新三,3\n")
    checked = imported(database, me, app, "goods", path, mode="upsert", match_on=["code"], dry_run=True)
    assert (checked.result["ready"], checked.result["must"]) == (3, 0)
    job = imported(database, me, app, "goods", path, mode="upsert", match_on=["code"])
    assert [job.result[key] for key in ("created", "updated", "unchanged", "rejected")] == [1, 1, 1, 0]
    assert records(database, me, app, "goods", "name", "twice") == [
        ("新一", Decimal("20.00")), ("旧二", Decimal("4.00")), ("新三", Decimal("6.00")),
    ]  # fmt: skip
    back = undone(database, me, app, job)
    assert (back.result["removed"], back.result["restored"]) == (1, 1)
    assert records(database, me, app, "goods", "name", "price") == [
        ("旧一", Decimal("1.00")),
        ("旧二", Decimal("2.00")),
    ]


def test_an_update_makes_nothing_and_tells_rows_that_lead_nowhere(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "goods", code="A-1", price=1)
    path = csv(tmp_path, "code,price\nA-1,5\nA-9,5\n,7\n")
    job = imported(database, me, app, "goods", path, mode="update", match_on=["code"])
    assert [(row, code) for row, _, code in faults(job)] == [(3, "no_match"), (4, "no_match")]
    assert records(database, me, app, "goods", "code", "price") == [("A-1", Decimal("5.00"))]


def test_records_are_matched_by_several_fields_together(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    for shelf, name in (("一", "笔"), ("一", "纸"), ("二", "笔")):
        add(database, app, "goods", shelf=shelf, name=name, price=1)
    path = csv(tmp_path, "shelf,name,price\n二,笔,9\n一,纸,8\n二,纸,7\n")
    job = imported(database, me, app, "goods", path, mode="upsert", match_on=["shelf", "name"])
    assert (job.result["created"], job.result["updated"]) == (1, 2)
    assert records(database, me, app, "goods", "shelf", "name", "price") == [
        ("一", "笔", Decimal("1.00")), ("一", "纸", Decimal("8.00")), ("二", "笔", Decimal("9.00")), ("二", "纸", Decimal("7.00")),
    ]  # fmt: skip


def test_a_row_that_several_records_match_is_told(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "goods", name="同", shelf="一")
    add(database, app, "goods", name="同", shelf="二")
    job = imported(
        database, me, app, "goods", csv(tmp_path, "name,price\n同,1\n"), mode="update", match_on=["name"]
    )
    assert [code for _, _, code in faults(job)] == ["several_matches"]


def test_how_records_are_matched_must_be_said_and_possible(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "no,price\n1,1\n")
    with pytest.raises(Invalid):
        imported(database, me, app, "goods", path, mode="upsert")
    with pytest.raises(Invalid):
        imported(database, me, app, "goods", path, mode="replace")
    for keys, place in ((["lines"], "/match_on/0"), (["no", "nothing"], "/match_on/1")):
        with pytest.raises(Invalid) as refused:
            imported(database, me, app, "order", path, mode="update", match_on=keys)
        (fault,) = refused.value.faults
        assert (fault.pointer, fault.code) == (place, "unknown_field") and keys[-1] in str(fault.message)


def test_columns_become_new_fields_on_request_and_go_again_with_the_import(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [["code", "产地", "重量"], ["A", "上海", 1.5], ["B", "北京", "重"]])
    mapping = {"columns": {"产地": "origin", "重量": "weight"},
               "new_fields": {"origin": {"type": "text"}, "weight": {"type": "number", "label": {"zh-CN": "净重"}}}}  # fmt: skip
    checked = imported(database, me, app, "goods", path, mapping, dry_run=True)
    assert (checked.result["must"], checked.result["ready"]) == (1, 1), (
        "also what will be a new field is looked at"
    )
    assert live_of(database, app).form("goods").field("origin") is None
    job = imported(database, me, app, "goods", path, mapping)
    assert faults(job) == [(3, "重量", "not_a_number")]
    assert records(database, me, app, "goods", "code", "origin", "weight") == [("A", "上海", Decimal("1.5"))]
    made = live_of(database, app).form("goods")
    assert (str(made.field("origin").name()), made.field("weight").name()) == ("产地", "净重")
    undone(database, me, app, job)
    with database.connect() as connection:
        assert living.load(connection, app).form("goods").field("origin") is None
