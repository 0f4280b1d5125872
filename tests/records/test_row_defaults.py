"""Defaults of a subform's columns that are formulas: worked out in new rows, at every door."""

from decimal import Decimal
from typing import Any

import pytest

from engine.platform.database import Database
from tests.records.making import add, change, field, form, make_app, text, values

ORDER = form(
    "order",
    text(),
    field("rate", "number"),
    field(
        "lines",
        "subform",
        fields=[
            field("qty", "number"),
            field("twice", "number", default={"formula": "qty * 2 + rate"}),
            field("sum", "formula", formula="twice * 10", result="number"),
            field("note", "text", default={"formula": '"n" & qty', "on_save": True}),
        ],
    ),
    field("total", "formula", formula="SUM(lines.sum)", result="number"),
    title="{name}",
)


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, ORDER)


def lines(database: Database, app: str, record: int) -> list[dict[str, Any]]:
    return [dict(row.values) for row in values(database, app, "order", record)["lines"]]


def test_a_new_row_gets_what_the_formula_comes_to_and_sums_follow(database: Database, app: str) -> None:
    record = add(database, app, "order", name="一", rate=1, lines=[{"qty": 3}, {"qty": 5, "twice": 7}])
    first, second = lines(database, app, record)
    assert (first["twice"], first["sum"], first["note"]) == (Decimal(7), Decimal(70), "n3")
    assert (second["twice"], second["sum"]) == (Decimal(7), Decimal(70))
    assert values(database, app, "order", record)["total"] == Decimal(140)


def test_a_row_that_is_there_keeps_its_emptiness_unless_every_save_fills_it(
    database: Database, app: str
) -> None:
    record = add(database, app, "order", name="二", rate=1, lines=[{"qty": 3}])
    [row] = values(database, app, "order", record)["lines"]
    change(
        database,
        app,
        "order",
        record,
        lines=[{"id": row.id, "qty": 4, "twice": None, "note": None}, {"qty": 1}],
    )
    kept, new = lines(database, app, record)
    assert (kept["twice"], kept["note"]) == (None, "n4")
    assert (new["twice"], new["note"]) == (Decimal(3), "n1")
