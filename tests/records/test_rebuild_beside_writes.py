"""Work on the data of large forms goes on in batches beside those who write, and from where it was after a kill."""

import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy import text as sql

from engine.definitions import publish
from engine.platform import jobs, performing
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.jobs import get_job
from engine.platform.performing import run_due
from engine.records.bulk.write import Row, loading
from engine.records.reading.query import Query, query
from engine.records.storage.tables import form_table
from engine.records.structure import rebuilding
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, republish, text, values

MANY = 20_000
LONGEST = 1.5
"""Seconds that nobody should wait; a batch aims at 0.3."""


def load(database: Database, app: str, key: str, rows: Iterator[dict[str, Any]]) -> None:
    with loading(database, app, key, ENGINE) as under_way:
        under_way.stage(Row(number, one) for number, one in enumerate(rows))
        assert under_way.finish().rejected == 0
    run_due(database)


def before(**more: Any) -> dict[str, Any]:
    return form("a", text("f"), field("n", "number"), title="{f}", **more)


def after() -> dict[str, Any]:
    double = field("double", "formula", formula="n * 2", result="number")
    return form("a", field("f", "number"), field("n", "number"), double, title="{f} {n}")


@pytest.fixture
def app(database: Database) -> str:
    app = make_app(database, before())
    load(database, app, "a", ({"f": f"{number}", "n": Decimal(number % 100)} for number in range(MANY)))
    return app


class Writer(threading.Thread):
    """Somebody who changes and adds records all the while; notes what was written and the longest wait."""

    def __init__(self, database: Database, app: str, ids: list[int]) -> None:
        super().__init__(daemon=True)
        self.database, self.app, self.ids = database, app, ids
        self.stop = threading.Event()
        self.written: dict[int, int] = {}
        self.added: list[int] = []
        self.longest = 0.0
        self.fault: BaseException | None = None

    def run(self) -> None:
        number = 0
        try:
            while not self.stop.is_set():
                number += 1
                begun = time.monotonic()
                one = self.ids[number * 7919 % len(self.ids)]
                change(self.database, self.app, "a", one, n=number)
                self.written[one] = number
                if number % 10 == 0:
                    self.added.append(add(self.database, self.app, "a", n=number))
                self.longest = max(self.longest, time.monotonic() - begun)
        except BaseException as fault:
            self.fault = fault


def ids_of(database: Database, app: str) -> list[int]:
    schema = live_of(database, app).app.schema
    with database.connect() as connection:
        form_id = connection.execute(
            sql("SELECT id FROM jianflow.form_storage WHERE app_id = :app AND form_key = 'a'"),
            {"app": live_of(database, app).app.id},
        ).scalar_one()
        return list(connection.exec_driver_sql(f"SELECT id FROM {schema}.f_{form_id} ORDER BY id").scalars())


def all_right(database: Database, app: str, first: int, written: dict[int, int], added: list[int]) -> None:
    live = live_of(database, app)
    with database.connect() as connection:
        found: dict[int, Any] = {}
        cursor = None
        while True:
            page = query(connection, live, "a", ENGINE, Query(limit=1000, cursor=cursor))
            found |= {one.id: one for one in page.records}
            if (cursor := page.next_cursor) is None:
                break
    assert len(found) == MANY + len(added)
    for one, record in found.items():
        entered = None if one in added else one - first
        assert record.values["f"] == entered, one
        if one not in added:
            wanted = written.get(one, entered % 100 if entered is not None else 0)
            assert record.values["n"] == wanted, one
        assert record.values["double"] == 2 * record.values["n"], one
        assert record.title == f"{'' if entered is None else entered} {record.values['n']}".strip(), one


def test_a_large_form_is_retyped_and_computed_while_others_write_and_nobody_waits(
    database: Database, app: str
) -> None:
    ids = ids_of(database, app)
    publication = republish(database, app, after())
    writer = Writer(database, app, ids)
    writer.start()
    run_due(database)
    writer.stop.set()
    writer.join(20)
    assert writer.fault is None and len(writer.written) > 20
    assert writer.longest < LONGEST
    with database.connect() as connection:
        job = get_job(connection, publication.jobs[0])
    assert (job.state, job.done) == ("succeeded", job.total)
    assert job.result == {"f": {"converted": MANY, "kept": 0}}
    all_right(database, app, ids[0], writer.written, writer.added)


def test_a_job_that_is_killed_again_and_again_goes_on_where_it_was(
    database: Database, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of a batch: what the transaction did is gone, what was committed before stays."""
    ids = ids_of(database, app)
    publication = republish(database, app, after())
    begun: list[int] = []
    monkeypatch.setattr(rebuilding, "MOST_VALUES", 3000)
    told = jobs.JobContext.remember

    class Killed(BaseException):
        pass

    def killed(context: jobs.JobContext, connection: Any, at: Any) -> None:
        told(context, connection, at)
        begun.append(at["done"])
        if len(begun) in (2, 5, 9):
            raise Killed

    monkeypatch.setattr(jobs.JobContext, "remember", killed)
    for _ in range(4):
        try:
            run_due(database)
        except Killed:
            with database.begin() as connection:  # what the sweeper does once the heart has stopped
                attempt = get_job(connection, publication.jobs[0]).attempts
                performing.give_back(connection, publication.jobs[0], attempt)
    with database.connect() as connection:
        job = get_job(connection, publication.jobs[0])
    assert (job.state, job.attempts) == ("succeeded", 4)
    assert job.result == {"f": {"converted": MANY, "kept": 0}}
    repeated = [done for at, done in enumerate(begun) if done in begun[:at]]
    assert len(repeated) <= 3, "only the batch in which it was killed is done once more"
    all_right(database, app, ids[0], {}, [])


def test_a_cancelled_job_leaves_everything_readable_and_goes_on_later(database: Database, app: str) -> None:
    ids = ids_of(database, app)
    publication = republish(database, app, after())
    with database.begin() as connection:
        jobs.cancel_job(connection, publication.jobs[0])
    with pytest.raises(Invalid) as refused:  # still being converted
        change(database, app, "a", ids[0], f=1)
    assert refused.value.faults[0].code == "building"
    with database.begin() as connection:
        waiting = connection.execute(
            sql(
                "UPDATE jianflow.job SET run_at = NULL WHERE name = 'records.rebuild' AND state = 'queued'"
                " AND app_key = :app RETURNING id"
            ),
            {"app": app},
        ).scalars()
        assert len(list(waiting)) == 1
    run_due(database)
    change(database, app, "a", ids[0], f=0)
    all_right(database, app, ids[0], {}, [])


def test_a_field_whose_values_are_still_on_their_way_can_neither_go_nor_change_again(
    database: Database, app: str
) -> None:
    republish(database, app, after())
    for now in (before(), form("a", field("n", "number"), title="{n}")):
        with pytest.raises(Invalid) as refused:
            publish.change(database, app, "forms", "a", lambda _, now=now: now)  # type: ignore[misc]
        assert [one.code for one in refused.value.faults] == ["building"]
    run_due(database)
    republish(database, app, before())


def test_sums_of_a_small_form_follow_what_is_made_again_in_a_large_one(database: Database) -> None:
    """The customers are few; their sums have to wait for the orders all the same."""

    def orders(kind: str) -> dict[str, Any]:
        total = field("total", "formula", formula="VALUE(amount) * 2", result="number")
        return form("order", field("customer", "link", form="customer"), field("amount", kind), total)

    customer = form(
        "customer", text(), field("sum", "rollup", form="order", via="customer", fn="sum", field="total")
    )
    app = make_app(database, customer, orders("text"))
    one = add(database, app, "customer", name="x")
    load(database, app, "order", ({"customer": one, "amount": "3"} for _ in range(2500)))
    assert values(database, app, "customer", one)["sum"] == 15_000
    changed = orders("number")
    changed["fields"][2]["formula"] = "amount * 3"
    republish(database, app, customer, changed)
    run_due(database)
    assert values(database, app, "customer", one)["sum"] == 22_500


def test_a_field_of_a_large_form_becomes_unique_without_making_anybody_wait(
    database: Database, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ids_of(database, app)
    begun = time.monotonic()
    unique = form("a", text("f", unique="must"), field("n", "number"), title="{f}")
    publication = republish(database, app, unique)
    assert time.monotonic() - begun < 2 * LONGEST
    for taken in ("19000", "１９ 000"):  # before the job has come to the record that has it
        with pytest.raises(Invalid):
            add(database, app, "a", f=taken)
    with loading(database, app, "a", ENGINE) as under_way:
        under_way.stage(Row(number, {"f": one}) for number, one in enumerate((" 1900１", "19001a")))
        outcome = under_way.finish()
        assert (outcome.created, outcome.rejected) == (1, 1)
    add(database, app, "a", f="⑲000")  # the same only for who knows such signs
    run_due(database)
    with database.connect() as connection:
        job = get_job(connection, publication.jobs[0])
    assert (job.state, job.result) == ("succeeded", {"f": {"repeated": 1}}), "which is told"
    for taken in ("5", "19000", "19999"):
        with pytest.raises(Invalid) as refused:
            add(database, app, "a", f=taken)
        assert refused.value.faults[0].code == "not_unique"
    change(database, app, "a", ids[19000], n=1)  # it stays as it is until its name is changed
    with pytest.raises(Invalid):
        change(database, app, "a", ids[19000], f="19999")


def test_a_further_part_of_a_wide_form_is_filled_beside_those_who_write(database: Database) -> None:
    """Publishing copies nothing while it holds everybody up; what a record has in the new part is there at once."""
    wide = [text(f"t{number}") for number in range(150)]
    app = make_app(database, form("a", text("f"), field("n", "number"), *wide, title="{f}"))
    load(database, app, "a", ({"f": f"{number}", "n": Decimal(number % 100)} for number in range(5000)))
    ids = ids_of(database, app)
    more = [text(f"u{number}") for number in range(40)]
    double = field("double", "formula", formula="n * 2", result="number")
    now = form("a", text("f"), field("n", "number"), *wide, *more, double, title="{f}")
    publication = republish(database, app, now)
    assert part_rows(database, app) == 0 and publication.jobs
    change(database, app, "a", ids[7], u39="早")
    assert (
        values(database, app, "a", ids[7])["u39"] == "早"
        and values(database, app, "a", ids[8])["u39"] is None
    )
    added = add(database, app, "a", f="新", n=1, u39="晚")
    live = live_of(database, app)
    with database.connect() as connection:
        for word, meant in (("早", ids[7]), ("晚", added)):
            asked = Query(where={"field": "u39", "op": "contains", "value": word})
            assert [one.id for one in query(connection, live, "a", ENGINE, asked).records] == [meant]
        empty = Query(where={"field": "u39", "op": "empty"}, count=True)
        assert query(connection, live, "a", ENGINE, empty).total == 4999
    writer = Writer(database, app, ids)
    writer.start()
    run_due(database)
    writer.stop.set()
    writer.join(20)
    assert writer.fault is None
    assert part_rows(database, app) == 5001 + len(writer.added)
    assert [values(database, app, "a", one)["u39"] for one in (ids[7], ids[8], added)] == ["早", None, "晚"]
    assert values(database, app, "a", ids[5])["double"] == 2 * values(database, app, "a", ids[5])["n"]


def part_rows(database: Database, app: str) -> int:
    """How many rows the second part of the form has."""
    live = live_of(database, app)
    with database.connect() as connection:
        part = form_table(connection, live, "a").parts[1]
        return int(connection.execute(select(func.count()).select_from(part)).scalar_one())
