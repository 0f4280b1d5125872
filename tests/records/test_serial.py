"""Serial numbers: none lost, none twice."""

from datetime import datetime, timezone

import pytest

from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.writing import write
from tests.records.making import ENGINE, add, field, form, make_app, stored, text, values

CONTRACT = form(
    "contract",
    text(required=True),
    field("region", "select", options=[{"value": "n", "label": "北"}]),
    field(
        "code",
        "serial",
        pattern=[
            {"text": "HT-"},
            {"date": "yyyyMM"},
            {"text": "-"},
            {"field": "region"},
            {"digits": 4, "reset": "month"},
        ],
    ),
    title="{code} {name}",
)


def test_a_number_is_written_by_its_pattern_and_starts_again_each_month(database: Database) -> None:
    app = make_app(database, CONTRACT)
    with clock.stopped(datetime(2026, 3, 31, 12, tzinfo=timezone.utc)) as at:
        first = add(database, app, "contract", name="甲", region="北")
        second = add(database, app, "contract", name="乙")
        at.advance(hours=5)  # in Shanghai April has begun
        third = add(database, app, "contract", name="丙")
    codes = [values(database, app, "contract", one)["code"] for one in (first, second, third)]
    assert codes == ["HT-202603-北0001", "HT-202603-0002", "HT-202604-0001"]
    assert stored(database, app, "contract", first).title == "HT-202603-北0001 甲"


def test_a_refused_record_loses_no_number_and_a_deleted_one_gives_none_back(database: Database) -> None:
    app = make_app(database, CONTRACT)
    add(database, app, "contract", name="甲")
    with pytest.raises(Invalid):
        add(database, app, "contract")
    last = add(database, app, "contract", name="乙")
    assert values(database, app, "contract", last)["code"].endswith("0002")
    write.transact(database, app, ENGINE, lambda tx: write.delete(tx, "contract", last))
    assert values(database, app, "contract", add(database, app, "contract", name="丙"))["code"].endswith(
        "0003"
    )


def test_nobody_writes_a_number(database: Database) -> None:
    app = make_app(database, CONTRACT)
    with pytest.raises(Invalid) as refused:
        add(database, app, "contract", name="甲", code="HT-1")
    assert [fault.code for fault in refused.value.faults] == ["not_writable"]
