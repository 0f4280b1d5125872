"""Updating many records by a file, and taking that back: what is asked of the database does not grow with the rows."""

from decimal import Decimal
from pathlib import Path

import pytest

from engine.access.viewer import Viewer
from engine.platform.database import Database
from engine.records.storage.rows import read
from engine.records.storage.tables import form_table
from engine.records.writing.history import history
from tests.exchange.sheets import csv, faults, imported, records, undone
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, text
from tests.statements import statements

COMPANY = form(
    "company", text(unique="must"), field("total", "rollup", form="goods", via="company", fn="sum", field="price"),
    title="{name}",
)  # fmt: skip
GOODS = form(
    "goods", text("code"), text(unique="must"), field("price", "money"), field("cost", "money"),
    field("company", "link", form="company"), field("tags", "multi_select", options=[{"value": "新"}, {"value": "旧"}]),
    field("margin", "formula", formula="price - cost", result="money"), field("mates", "members"), title="{name}",
    rules=[
        {"key": "cheap", "kind": "validation", "level": "must", "formula": "price >= cost", "message": "亏本", "fields": ["price"],
         "when": {"field": "tags", "op": "contains_any", "value": ["新"]}},
        {"key": "dear", "kind": "validation", "level": "remind", "formula": "price < 1000", "message": "太贵", "fields": ["price"]},
    ],
)  # fmt: skip
BY_CODE = {"mode": "update", "match_on": ["code"]}


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, COMPANY, GOODS)


def made(database: Database, me: Viewer, app: str, folder: Path, many: int) -> None:
    lines = "".join(f"C{n},品{n},{n % 90},1,公司{n % 3}\n" for n in range(many))
    job = imported(
        database, me, app, "goods", csv(folder, f"code,name,price,cost,company\n{lines}", name=f"{many}.csv"),
        {"links": {"company": {"by": "name", "missing": "create"}}},
    )  # fmt: skip
    assert job.result["created"] == many


def test_ten_times_as_many_changes_ask_hardly_more(database: Database, me: Viewer, tmp_path: Path) -> None:
    asked: dict[int, tuple[int, int]] = {}
    for many in (60, 600):
        app = make_app(database, COMPANY, GOODS)
        made(database, me, app, tmp_path, many)
        lines = "".join(f"C{n},品{n}改,{n % 90 + 1},公司{(n + 1) % 3}\n" for n in range(many))
        path = csv(tmp_path, "code,name,price,company\n" + lines)
        with statements(database) as updating:
            job = imported(database, me, app, "goods", path, **BY_CODE)
        assert (job.result["updated"], job.errors) == (many, [])
        totals = dict(records(database, me, app, "company", "name", "total"))
        expected = {f"公司{rest}": Decimal(sum(n % 90 + 1 for n in range(many) if (n + 1) % 3 == rest)) for rest in range(3)}  # fmt: skip
        assert totals == expected
        with statements(database) as undoing:
            back = undone(database, me, app, job)
        assert back.result["restored"] == many
        assert records(database, me, app, "goods", "name", "price", "margin")[1] == ("品1", Decimal("1.00"), Decimal("0.00"))  # fmt: skip
        asked[many] = len(updating), len(undoing)
    for few, many in zip(*asked.values(), strict=True):
        assert many < few + 40, asked


def test_values_that_move_from_one_record_to_the_next_are_not_in_each_others_way(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    for number in (1, 2, 3):
        add(database, app, "goods", code=f"C{number}", name=f"名{number}")
    path = csv(tmp_path, "code,name\nC3,名4\nC2,名3\nC1,名2\n")
    job = imported(database, me, app, "goods", path, **BY_CODE)
    assert (job.result["updated"], job.errors) == (3, [])
    assert records(database, me, app, "goods", "name") == [("名2",), ("名3",), ("名4",)]
    back = undone(database, me, app, job)
    assert back.result["restored"] == 3 and back.result["kept"] == []
    assert records(database, me, app, "goods", "name") == [("名1",), ("名2",), ("名3",)]


def test_a_value_that_another_record_or_row_has_is_refused_for_its_row_alone(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    for number in (1, 2, 3):
        add(database, app, "goods", code=f"C{number}", name=f"名{number}")
    path = csv(tmp_path, "code,name\nC1,名3\nC2,新名\nC3,新名\n")
    job = imported(database, me, app, "goods", path, **BY_CODE)
    assert faults(job) == [(2, "name", "not_unique"), (4, "name", "not_unique")]
    assert records(database, me, app, "goods", "name") == [("名1",), ("新名",), ("名3",)]


def test_a_rule_with_a_condition_keeps_only_its_own_rows_out_and_a_reminder_none(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    for number, tags in ((1, ["新"]), (2, ["旧"]), (3, ["新"])):
        add(database, app, "goods", code=f"C{number}", name=f"名{number}", price=9, cost=5, tags=tags)
    path = csv(tmp_path, "code,price\nC1,1\nC2,1\nC3,2000\n")
    checked = imported(database, me, app, "goods", path, dry_run=True, **BY_CODE)
    assert (checked.result["must"], checked.result["reminded"]) == (1, 1)
    job = imported(database, me, app, "goods", path, **BY_CODE)
    assert faults(job) == [(2, "price", "rule")]
    assert [int(price) for (price,) in records(database, me, app, "goods", "price")] == [9, 1, 2000]


def test_two_rows_may_change_one_record_and_both_are_taken_back(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "goods", code="C1", name="名", price=1, cost=1)
    path = csv(tmp_path, "code,price,cost\nC1,5,\nC1,7,2\n")
    job = imported(database, me, app, "goods", path, **BY_CODE)
    assert job.result["updated"] == 2
    assert records(database, me, app, "goods", "price", "cost") == [(Decimal("7.00"), Decimal("2.00"))]
    undone(database, me, app, job)
    assert records(database, me, app, "goods", "price", "cost") == [(Decimal("1.00"), Decimal("1.00"))]


def test_each_record_that_a_file_changed_has_its_own_history_and_version(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    first, second = (add(database, app, "goods", code=f"C{n}", name=f"名{n}", price=n) for n in (1, 2))
    imported(database, me, app, "goods", csv(tmp_path, "code,name,price\nC1,改,1\nC2,名2,8\n"), **BY_CODE)
    told = []
    for one in (first, second):
        with database.connect() as connection:
            latest, _ = history(connection, live_of(database, app), "goods", ENGINE, one)
        (step,) = latest.differences
        told.append((latest.kind, latest.version, latest.author, latest.door, step.field.key, step.old))
    assert told == [
        ("updated", 2, me.member_id, "import", "name", "名1"),
        ("updated", 2, me.member_id, "import", "price", Decimal("2.00")),
    ]


def test_what_somebody_changed_after_the_file_stays_when_that_is_taken_back(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    first, _ = (add(database, app, "goods", code=f"C{n}", name=f"名{n}", price=n) for n in (1, 2))
    job = imported(database, me, app, "goods", csv(tmp_path, "code,price\nC1,8\nC2,8\n"), **BY_CODE)
    change(database, app, "goods", first, name="后来")
    back = undone(database, me, app, job)
    assert back.result["restored"] == 1 and [one["id"] for one in back.result["kept"]] == [first]
    assert [int(price) for (price,) in records(database, me, app, "goods", "price")] == [8, 2]


ORDER = form(
    "order", text("no", unique="must"), field("lines", "subform", fields=[text("product"), field("qty", "number")]),
    field("pieces", "formula", formula="SUM(lines.qty)", result="number"), title="{no}",
)  # fmt: skip


def test_lines_of_many_records_are_replaced_and_come_back(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    app = make_app(database, ORDER)
    columns = {"columns": {"产品": "lines.product", "数量": "lines.qty"}}
    head = "no,产品,数量\n"
    before = head + "".join(f"A{n},笔,{n}\n,纸,1\n" for n in range(1, 6))
    assert imported(database, me, app, "order", csv(tmp_path, before), columns).result["created"] == 5
    after = csv(tmp_path, head + "A1,墨,9\nA3,墨,9\n,尺,1\n,笔,1\n")
    job = imported(database, me, app, "order", after, columns, mode="update", match_on=["no"])
    assert (job.result["updated"], job.errors) == (2, [])
    assert pieces(database, me, app) == [9, 3, 11, 5, 6]
    assert undone(database, me, app, job).result["restored"] == 2
    assert pieces(database, me, app) == [2, 3, 4, 5, 6]
    live = live_of(database, app)
    with database.connect() as connection:
        found = read(connection, form_table(connection, live, "order"), [3])[3].values["lines"]
    assert [(row.values["product"], row.values["qty"]) for row in found] == [("笔", 3), ("纸", 1)]


def pieces(database: Database, me: Viewer, app: str) -> list[int]:
    return [int(one) for (one,) in records(database, me, app, "order", "pieces")]
