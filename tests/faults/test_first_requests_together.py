"""Right after a start, or after publishing, many ask at once for what is not in memory yet."""

import sys
import threading
from collections.abc import Iterator

import pytest

from engine.platform.database import Database
from engine.records.reading.query import Query, query
from tests.records.making import ENGINE, add, field, form, live_of, make_app, text

THREADS = 8


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns all the time, so that what can happen does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_those_who_come_first_after_publishing_get_in_nobodys_way(database: Database) -> None:
    faults: list[BaseException] = []
    for _ in range(5):
        lines = field("lines", "subform", fields=[field("qty", "number"), field("price", "money")])
        total = field("total", "formula", formula="SUM(lines.qty)", result="number")
        forms = [
            form(key, text(), field("people", "members"), lines, total) for key in ("one", "two", "three")
        ]
        app = make_app(database, *forms)
        together = threading.Barrier(THREADS)
        fresh = Database(database.url)  # remembers nothing, like a process that has just started

        def work(
            number: int, app: str = app, fresh: Database = fresh, together: threading.Barrier = together
        ) -> None:
            key = ("one", "two")[number % 2]
            try:
                together.wait(10)
                add(fresh, app, key, name=str(number), lines=[{"qty": number}])
                with fresh.connect() as connection:
                    assert query(connection, live_of(fresh, app), key, ENGINE, Query()).records
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        fresh.close()
    assert faults == []
