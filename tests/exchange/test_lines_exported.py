"""Subforms in an export: a row for each line, as an import reads them."""

from pathlib import Path
from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.exchange import export_job
from engine.platform.database import Database
from engine.platform.errors import Invalid
from tests.exchange.sheets import exported, imported, records, table_in
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

ORDER = form(
    "order", text(), field("day", "date"), text("goods"),
    field("lines", "subform", fields=[text("goods"), field("qty", "number"), field("off", "percent")]),
    title="{name}",
)  # fmt: skip
LINES = [
    {"goods": "茶", "qty": 2, "off": "0.5"},
    {"goods": "茶", "qty": 3},
    {"goods": "糖", "qty": 1, "off": "1"},
]


def lines_in(database: Database, app: str) -> list[Any]:
    return [
        (name, goods, [(row.values["goods"], row.values["qty"], row.values.get("off")) for row in rows or ()])
        for name, goods, rows in records(database, ENGINE, app, "order", "name", "goods", "lines")
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_lines_that_are_exported_come_back_by_an_import(
    database: Database, me: Viewer, tmp_path: Path, kind: str
) -> None:
    app = make_app(database, ORDER)
    add(database, app, "order", name="一", day="2026-01-02", goods="箱", lines=LINES)
    add(database, app, "order", name="二", day="2026-01-02")
    add(database, app, "order", name="三", lines=LINES[:1])
    job, content = exported(database, me, app, "order", format=kind, fields=["name", "day", "goods", "lines"])
    assert job.result["rows"] == 3
    path = tmp_path / f"out.{kind}"
    path.write_bytes(content)
    if kind == "xlsx":
        rows = table_in(content, tmp_path)
        assert rows[0] == ["Name", "Day", "Goods", "Lines.Goods", "Lines.Qty", "Lines.Off"]
        assert rows[2] == [None, None, None, "茶", 3.0, None] and len(rows) == 6
    other = make_app(database, ORDER)
    back = imported(database, me, other, "order", path)
    assert (back.errors, back.result["created"]) == ([], 3)
    assert lines_in(database, other) == lines_in(database, app)


def test_columns_of_lines_are_exported_only_as_far_as_the_role_lets_them_out(
    database: Database, tmp_path: Path
) -> None:
    grants = {"read": True, "export": True, "fields": {"lines.qty": "hidden"}}
    role = {"key": "seller", "name": "销售", "design": False, "grants": {"order": grants}}
    app = make_app(database, ORDER, roles=(role,))
    add(database, app, "order", name="一", lines=LINES)
    with database.begin() as connection:
        someone = person(connection, f"行{app}")
        roles.give(connection, live_of(database, app), "seller", someone.member_id or 0, author=ENGINE)
        seller = viewer_for(connection, someone.member_id or 0)
    _, content = exported(database, seller, app, "order", format="csv", fields=["name", "lines"])
    head, first, *_ = content.decode("utf-8-sig").splitlines()
    assert (head, first) == ("Name,Lines.Goods,Lines.Off", "一,茶,50%")
    with database.begin() as connection, pytest.raises(Invalid) as refused:
        export_job.start(connection, app, "order", seller, {"fields": ["name", "lines.qty"]})
    assert refused.value.faults[0].code == "unknown_field"
