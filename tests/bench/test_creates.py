"""Single writes by the API beside a bare INSERT with its commit."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest

from engine.platform.jobs import JobContext, enqueue, job
from engine.records.writing import write
from tests.bench import form
from tests.bench.clients import Bare, Caller, rate
from tests.bench.conftest import Bench
from tests.bench.report import Report, alternating

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

SECONDS = 3.0
ROUNDS = 5
GOAL = 0.15


@dataclass
class Writing:
    """Callers, bare connections and rows for both."""

    bench: Bench
    app: str
    accounts: list[int]
    callers: list[Caller]
    connections: "list[psycopg.Connection[Any]]"
    bare: Bare
    numbers: "itertools.count[int]"

    def creating(self, caller: Caller, form_key: str = "order") -> Callable[[], None]:
        """Work that creates one record by the API."""
        path = f"/apps/{self.app}/forms/{form_key}/records"
        values = form.sent(form.row(1, self.accounts[0], random.Random(1)))

        def create() -> None:
            status, body = caller.call(
                "POST", path, {"values": {**values, "code": f"N-{next(self.numbers)}"}}
            )
            assert status == 201, body

        return create

    def inserting(self, clients: int) -> Callable[[], float]:
        """The bare rate with so many connections."""
        values = form.row(1, self.accounts[0], random.Random(1))
        workers = [self.bare.inserter(one, values) for one in self.connections[:clients]]
        return lambda: rate(workers, SECONDS)

    def with_callers(self, clients: int, work: Callable[[Caller], Callable[[], None]]) -> Callable[[], float]:
        """The API's rate with so many clients."""
        workers = [work(one) for one in self.fresh(clients)]

        def measure() -> float:
            self.fresh(clients)
            return rate(workers, SECONDS)

        return measure

    def fresh(self, clients: int) -> list[Caller]:
        """Callers that the server still listens to."""
        for one in self.callers[:clients]:
            one.close()
            one.connect()
        return self.callers[:clients]


@pytest.fixture(scope="module")
def writing(bench: Bench) -> Iterator[Writing]:
    app = bench.app(form.ACCOUNT, form.order())
    accounts = bench.accounts(app)
    bench.await_jobs()
    callers = [Caller(bench.served.place, bench.key) for _ in range(8)]
    connections = [bench.raw() for _ in range(8)]
    made = Writing(bench, app, accounts, callers, connections, Bare(bench.raw), itertools.count(1))
    rate([made.creating(one) for one in callers], 2)  # every process has seen the form once
    yield made
    for one in callers:
        one.close()
    for other in connections:
        other.close()


@pytest.mark.parametrize("clients", [1, 8])
def test_create_by_api(writing: Writing, report: Report, clients: int) -> None:
    ours, bare = alternating(
        ROUNDS, writing.with_callers(clients, writing.creating), writing.inserting(clients)
    )
    report.rates(f"create by API, {clients} client{'s' if clients > 1 else ''}", ours, bare, GOAL)


@pytest.mark.parametrize("clients", [1, 8])
def test_update_by_api_with_its_history(writing: Writing, report: Report, clients: int) -> None:
    path = f"/apps/{writing.app}/forms/order/records"
    numbers = itertools.count(1)

    def changing(caller: Caller) -> Callable[[], None]:
        values = form.sent(form.row(1, writing.accounts[0], random.Random(1)))
        _, body = caller.call("POST", path, {"values": {**values, "code": f"N-{next(writing.numbers)}"}})
        record = int(body.split(b'"id":')[1].split(b",")[0])

        def change() -> None:
            status, said = caller.call(
                "PATCH", f"{path}/{record}", {"values": {"price": f"{next(numbers)}.5"}}
            )
            assert status == 200, said

        return change

    ours, bare = alternating(ROUNDS, writing.with_callers(clients, changing), writing.inserting(clients))
    report.rates(f"update by API with its history, {clients} client{'s' if clients > 1 else ''}", ours, bare)


@job("bench.nothing")
def _nothing(context: JobContext, payload: dict[str, Any]) -> None:
    """Never due: only its row counts."""


@pytest.mark.parametrize("listened", [False, True], ids=["alone", "with a subscriber"])
def test_create_at_the_write_itself(writing: Writing, report: Report, listened: bool) -> None:
    key = "heard" if listened else "unheard"
    app = writing.bench.app(form.ACCOUNT, form.order(key))
    values = form.sent(form.row(1, None, random.Random(1)))
    database, viewer = writing.bench.database, writing.bench.viewer
    never = datetime.now(timezone.utc) + timedelta(days=3_650)

    def tell(tx: write.Transaction, event: write.Event) -> None:
        enqueue(tx.connection, "bench.nothing", {"record": event.record_id}, app_key=app, run_at=never)

    if listened:
        write.subscribe(lambda live, form_key: form_key == "heard", tell)

    def create() -> None:
        write.create_one(database, app, key, viewer, {**values, "code": f"N-{next(writing.numbers)}"})

    ours, bare = alternating(ROUNDS, lambda: rate([create], SECONDS), writing.inserting(1))
    report.rates(
        "create in one process, 1 thread, without HTTP"
        + (", one subscriber and its outbox row" if listened else ""),
        ours,
        bare,
    )
    with writing.bench.raw() as connection:
        connection.execute("DELETE FROM jianflow.job WHERE name = 'bench.nothing'")
