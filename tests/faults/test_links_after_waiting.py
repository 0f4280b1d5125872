"""Whoever has waited for a record changes what the one before has written: its several-valued links too."""

import threading
import time
from decimal import Decimal

import pytest
import sqlalchemy as sa

from engine.platform.database import Database
from engine.records.writing import write
from tests.records.making import ENGINE, add, field, form, make_app, text, values

WIDE = [text(f"wide{number}", max_length=200) for number in range(300)]
WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def await_waiting(database: Database) -> None:
    """Until somebody waits for a lock."""
    end = time.monotonic() + 30
    with database.connect() as connection:
        while not connection.scalar(WAITING):
            connection.rollback()
            assert time.monotonic() < end, "nobody waits"
            time.sleep(0.02)


@pytest.mark.parametrize("more", [[], WIDE], ids=["one table", "a wide form in several tables"])
def test_a_sum_is_true_after_two_changed_the_links_of_one_record_at_once(
    database: Database, more: list[dict[str, object]]
) -> None:
    customer = form(
        "customer", text(), field("total", "rollup", form="order", via="customers", fn="sum", field="amount")
    )
    order = form("order", field("customers", "links", form="customer"), *more, field("amount", "number"))
    app = make_app(database, customer, order)
    first, second, third = (add(database, app, "customer", name=name) for name in "abc")
    made = add(database, app, "order", customers=[first], amount=10)
    late = threading.Thread(
        target=lambda: write.update_one(
            database, app, "order", ENGINE, made, {"customers": [third], "amount": 7}
        )
    )

    def early(tx: write.Transaction) -> None:
        write.update(tx, "order", made, {"customers": [second], "amount": 4})
        late.start()
        await_waiting(database)

    write.transact(database, app, ENGINE, early)
    late.join(30)
    totals = [Decimal(values(database, app, "customer", one)["total"] or 0) for one in (first, second, third)]
    assert values(database, app, "order", made)["customers"] == [third]
    assert totals == [0, 0, 7]
