"""What the file leaves empty stays empty; defaults are for fields that the file has no column for."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.access.viewer import Viewer
from engine.platform.database import Database
from engine.platform.jobs import Job
from tests.exchange.sheets import csv, imported, records
from tests.records.making import field, form, make_app, text

DEAL = form(
    "deal",
    text(),
    field("opened_on", "date", default={"today": True}),
    field("stage", "select", options=[{"value": "new"}, {"value": "won"}], default="new"),
    field("rate", "number", default={"formula": "1 + 1"}),
    field("kind", "text", required=True, default="plain"),
    field("size", "number", required=True, default={"formula": "3 + 4"}),
    field("closed", "text", default={"formula": 'IF(stage = "won", "yes", "")', "on_save": True}),
)
LINED = form(
    "order",
    text(),
    field("day", "date", default={"today": True}),
    field("rate", "number", default={"formula": "1 + 1"}),
    field(
        "lines",
        "subform",
        fields=[
            field("item", "text"),
            field("count", "number", default="1"),
            field("unit", "text", default="个"),
        ],
    ),
)


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, DEAL, LINED)


def load(database: Database, me: Viewer, app: str, key: str, path: Path, **more: Any) -> Job:
    job = imported(database, me, app, key, path, **more)
    assert (job.state, job.errors) == ("succeeded", []), job.errors
    return job


def test_an_empty_cell_stays_empty_though_its_field_has_a_default(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,opened_on,stage,rate\na,,,\nb,2017-03-01,won,5\n")
    load(database, me, app, "deal", path)
    found = records(database, me, app, "deal", "name", "opened_on", "stage", "rate", "closed")
    assert found[-2][1:] == (None, None, None, None)
    assert [str(one) for one in found[-1]] == ["b", "2017-03-01", "won", "5", "yes"]


def test_a_field_without_a_column_gets_its_default(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    load(database, me, app, "deal", csv(tmp_path, "name\nc\n"))
    name, opened, stage, rate, kind = records(
        database, me, app, "deal", "name", "opened_on", "stage", "rate", "kind"
    )[-1]
    assert (name, stage, rate, kind) == ("c", "new", Decimal(2), "plain") and opened is not None


def test_a_field_that_must_not_be_empty_takes_its_default_and_the_dry_run_says_so(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,kind,size\nd,,\ne,big,9\nf,,1\n")
    checked = imported(database, me, app, "deal", path, dry_run=True)
    told = {(one["target"], one["level"], one["code"]): one["rows"] for one in checked.result["groups"]}
    assert told == {("kind", "remind", "default_used"): 2, ("size", "remind", "default_used"): 1}
    assert (checked.result["ready"], checked.result["reminded"]) == (3, 2)
    load(database, me, app, "deal", path)
    found = records(database, me, app, "deal", "name", "kind", "size")[-3:]
    assert found == [("d", "plain", Decimal(7)), ("e", "big", Decimal(9)), ("f", "plain", Decimal(1))]


def test_an_empty_cell_in_a_line_stays_empty_too(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,day,rate,item,count\ng,,,pen,\n,,,ink,3\n")
    mapping = {
        "columns": {
            "name": "name",
            "day": "day",
            "rate": "rate",
            "item": "lines.item",
            "count": "lines.count",
        }
    }
    load(database, me, app, "order", path, mapping=mapping)
    name, day, rate, lines = records(database, me, app, "order", "name", "day", "rate", "lines")[-1]
    assert (name, day, rate) == ("g", None, None)
    held = [(row.values["item"], row.values.get("count"), row.values["unit"]) for row in lines]
    assert held == [("pen", None, "个"), ("ink", Decimal(3), "个")]
