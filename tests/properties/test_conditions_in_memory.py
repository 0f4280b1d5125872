"""A condition over a form that is being filled in means what it means over the saved record."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.platform import clock
from engine.records.reading.query import Query, query
from engine.records.storage.rows import read
from engine.records.writing.rules.held import Held, read_condition
from engine.records.writing.transaction import Transaction
from tests.properties.test_query_conditions import CONDITION, NOW, RECORD, empty, sent, world
from tests.records.making import ENGINE, add

__all__ = ["world"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    records=st.lists(RECORD, min_size=3, max_size=6), conditions=st.lists(CONDITION, min_size=30, max_size=40)
)
def test_what_holds_of_the_values_holds_of_the_saved_record(
    database: Any, world: dict[str, Any], records: Any, conditions: Any
) -> None:
    empty(database, world)
    ids = [add(database, world["app"], "thing", **sent(record, world["places"])) for record in records]
    live = world["live"]
    with clock.stopped(NOW), database.connect() as connection:
        tx = Transaction(connection, live, ENGINE, "page")
        form = live.form("thing")
        stored = read(connection, tx.table("thing"), ids)
        for where in conditions:
            node = read_condition(form, where, None, ENGINE.time_zone)
            held = [one for one in ids if Held(tx, form, stored[one].known()).holds(node)]
            found = query(connection, live, "thing", ENGINE, Query(where=where, fields=[])).records
            assert held == [one.id for one in found], where
