"""Sums of very many records follow in a job, and say so until they are true again."""

from datetime import timedelta

import pytest

from engine.platform import clock
from engine.platform.database import Database
from engine.platform.performing import run_due
from engine.records.bulk.write import Row, loading
from engine.records.reading.query import Query, query
from engine.records.reading.read import get
from engine.records.writing import rollups, write
from tests.records.making import ENGINE, Document, add, change, field, form, live_of, make_app, text, values

MANY = 2_400


def forms() -> tuple[Document, Document]:
    group = form(
        "group",
        text(),
        field("count", "rollup", form="event", via="groups", fn="count"),
        field("total", "rollup", form="event", via="groups", fn="sum", field="amount"),
        field("double", "formula", formula="total * 2", result="number"),
        title="{name}",
    )
    return group, form("event", field("groups", "links", form="group"), field("amount", "number"))


@pytest.fixture
def app(database: Database) -> str:
    app = make_app(database, *forms())
    with loading(database, app, "group", ENGINE) as under_way:
        under_way.stage(Row(number, {"name": f"{number}"}) for number in range(MANY))
        under_way.finish()
    run_due(database)
    return app


def groups(database: Database, app: str) -> list[int]:
    found: list[int] = []
    cursor = None
    with database.connect() as connection:
        while True:
            asked = Query(fields=(), limit=1000, cursor=cursor)
            page = query(connection, live_of(database, app), "group", ENGINE, asked)
            found += [one.id for one in page.records]
            if (cursor := page.next_cursor) is None:
                return found


def told(database: Database, app: str, record_id: int) -> list[str]:
    with database.connect() as connection:
        live = live_of(database, app)
        one = get(connection, live, "group", ENGINE, record_id)
        listed = query(connection, live, "group", ENGINE, Query(limit=1)).records[0]
    assert listed.stale == one.stale
    return list(one.json().get("stale", []))


def test_a_write_with_thousands_of_sums_hands_them_to_a_job_and_they_count_as_stale_until_it_ends(
    database: Database, app: str
) -> None:
    ids = groups(database, app)
    assert told(database, app, ids[0]) == []
    made = add(database, app, "event", groups=ids, amount=5)
    assert told(database, app, ids[0]) == ["count", "double", "total"]
    assert values(database, app, "group", ids[-1])["total"] in (None, 0)
    few = add(database, app, "event", groups=ids[:2], amount=1)  # beside it, a small write is right at once
    assert values(database, app, "group", ids[0])["total"] == 6
    run_due(database)
    assert told(database, app, ids[0]) == []
    for at, one in enumerate(ids):
        now = values(database, app, "group", one) if at % 100 < 3 else None
        if now is not None:
            assert (now["count"], now["total"], now["double"]) == ((2, 6, 12) if at < 2 else (1, 5, 10))
    change(database, app, "event", made, amount=7)
    write.delete_one(database, app, "event", ENGINE, few)
    run_due(database)
    assert values(database, app, "group", ids[0])["double"] == 14


def test_a_job_of_sums_that_ends_too_early_is_taken_up_again(
    database: Database, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = groups(database, app)
    add(database, app, "event", groups=ids, amount=3)
    calls: list[int] = []
    usual = rollups.lock

    def failing(tx: write.Transaction) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("the disk is full")
        usual(tx)

    monkeypatch.setattr(rollups, "lock", failing)
    run_due(database)
    last = ids[-1]
    assert told(database, app, last), "not again at once: what ended it may still stand in the way"
    with clock.stopped(clock.now() + timedelta(minutes=2)):
        run_due(database)
    assert told(database, app, last) == []
    assert {values(database, app, "group", one)["total"] for one in ids[::97]} == {3}
