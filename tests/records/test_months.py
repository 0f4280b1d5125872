"""Fields that ask for a month: what is compared with them is not cut to one."""

import pytest

from engine.platform.database import Database
from engine.records.reading.query import Query, query
from tests.records.making import ENGINE, add, field, form, live_of, make_app, text, values


@pytest.mark.parametrize(
    ("op", "day", "found"),
    [("lt", "2026-11-15", True), ("gte", "2026-11-02", False), ("eq", "2026-11-01", True)],
)
def test_a_condition_on_a_month_compares_with_the_whole_day(
    database: Database, op: str, day: str, found: bool
) -> None:
    app = make_app(database, form("plan", text(), field("due", "date", format="month"), title="{name}"))
    record = add(database, app, "plan", name="一", due="2026-11-24")
    assert str(values(database, app, "plan", record)["due"]) == "2026-11-01"
    where = {"field": "due", "op": op, "value": day}
    with database.connect() as connection:
        page = query(connection, live_of(database, app), "plan", ENGINE, Query(where=where))
    assert bool(page.records) is found
