"""Many who write the same records in opposite order, over links and two levels of sums: all get through, sums end true."""

import random
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from engine.platform.database import Database
from engine.records.writing import write
from engine.records.writing.write import Transaction
from tests.faults.test_concurrent_writes import at_once
from tests.records.making import ENGINE, Document, add, field, form, make_app, stored, text, values

WRITERS = 6
ROUNDS = 8


@pytest.fixture(scope="module")
def busy(database_url: str) -> Iterator[Database]:
    database = Database(database_url, pool_size=24, max_overflow=8)
    yield database
    database.close()


def forms() -> tuple[Document, ...]:
    return (
        form(
            "region",
            text(),
            field("total", "rollup", form="customer", via="region", fn="sum", field="total"),
            field("customers", "rollup", form="customer", via="region", fn="count"),
            field("double", "formula", formula="total * 2", result="number"),
        ),
        form(
            "customer",
            text(),
            field("region", "link", form="region"),
            field("total", "rollup", form="order", via="customers", fn="sum", field="amount"),
            title="{name}",
        ),
        form("order", field("customers", "links", form="customer"), field("amount", "number")),
    )


class World:
    """What was written, as those who wrote it remember."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.app = make_app(database, *forms())
        self.regions = [add(database, self.app, "region", name=str(at)) for at in range(2)]
        self.customers = [
            add(database, self.app, "customer", name=str(at), region=self.regions[at % 2]) for at in range(4)
        ]
        self.orders = [
            add(database, self.app, "order", customers=[one, self.customers[at - 1]], amount=at)
            for at, one in enumerate(self.customers)
        ]

    def write(self, work: Callable[[Transaction], Any]) -> None:
        write.transact(self.database, self.app, ENGINE, work)

    def true_sums(self) -> None:
        """Every sum on both levels is what the records below say."""
        per_customer: dict[int, Decimal] = dict.fromkeys(self.customers, Decimal(0))
        for one in self.orders:
            order = values(self.database, self.app, "order", one)
            for customer in order["customers"] or ():
                per_customer[customer] += order["amount"] or 0
        per_region: dict[int, list[Decimal]] = {one: [] for one in self.regions}
        for one in self.customers:
            customer = values(self.database, self.app, "customer", one)
            assert customer["total"] == per_customer[one]
            per_region[customer["region"]].append(per_customer[one])
        for one, found in per_region.items():
            region = values(self.database, self.app, "region", one)
            wanted = (len(found), sum(found), 2 * sum(found))
            assert (region["customers"], region["total"], region["double"]) == wanted


def test_writers_in_opposite_order_over_links_and_two_levels_all_get_through(busy: Database) -> None:
    world = World(busy)
    made: list[int] = []
    guard = threading.Lock()

    def one_writer(number: int) -> Callable[[], None]:
        dice = random.Random(number)

        def work() -> None:
            for turn in range(ROUNDS):
                customers = dice.sample(world.customers, 2)
                region, order = dice.choice(world.regions), dice.choice(world.orders)
                amount = dice.randint(1, 1000)
                steps: list[Callable[[Transaction], Any]] = [
                    lambda tx, c=customers[0], t=turn: write.update(
                        tx, "customer", c, {"name": f"{number} {t}"}
                    ),  # type: ignore[misc]
                    lambda tx, o=order, a=amount, c=customers: write.update(
                        tx, "order", o, {"amount": a, "customers": c}
                    ),  # type: ignore[misc]
                    lambda tx, r=region, t=turn: write.update(tx, "region", r, {"name": f"{number} {t}"}),  # type: ignore[misc]
                    lambda tx, c=customers[1], r=region: write.update(tx, "customer", c, {"region": r}),  # type: ignore[misc]
                ]
                dice.shuffle(steps)  # parent before child, child before parent, whatever comes
                chosen = steps[: dice.randint(2, 4)]
                world.write(lambda tx, chosen=chosen: [step(tx) for step in chosen])  # type: ignore[misc]
                if turn % 4 == number % 4:
                    new = add(busy, world.app, "order", customers=customers[::-1], amount=amount)
                    with guard:
                        made.append(new)

        return work

    at_once([one_writer(number) for number in range(WRITERS)], WRITERS)
    world.orders += made
    assert len(made) == WRITERS * ROUNDS // 4
    world.true_sums()


def test_nobody_who_edits_a_parent_gets_a_conflict_from_two_levels_below(busy: Database) -> None:
    world = World(busy)
    stop = threading.Event()

    def children() -> None:
        dice = random.Random(5)
        while not stop.is_set():
            order, pair = dice.choice(world.orders), dice.sample(world.customers, 2)
            world.write(
                lambda tx, o=order, p=pair: write.update(
                    tx, "order", o, {"customers": p, "amount": dice.randint(1, 9)}
                )
            )  # type: ignore[misc]

    def parents() -> None:
        try:
            for turn in range(20):
                for one in world.regions:
                    version = stored(busy, world.app, "region", one).version
                    world.write(
                        lambda tx, o=one, v=version, t=turn: write.update(
                            tx, "region", o, {"name": f"n{t}"}, version=v
                        )
                    )  # type: ignore[misc]
        finally:
            stop.set()

    at_once([parents, children, children, children], 4)
    world.true_sums()
    assert all(stored(busy, world.app, "region", one).version == 21 for one in world.regions)
