"""Many who write at once: nothing lost, nothing twice, nobody refused without reason."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from engine.platform.database import Database
from engine.platform.errors import Invalid, Stale
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, stored, text, values


def at_once(works: list[Callable[[], Any]], threads: int) -> list[Any]:
    """All works in so many threads that begin together; raises what any of them raises."""
    gate = threading.Barrier(min(threads, len(works)))

    def one(number: int) -> Any:
        if number < gate.parties:
            gate.wait(30)
        return works[number]()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(len(works))))


@pytest.fixture(scope="module")
def busy(database_url: str) -> Any:
    database = Database(database_url, pool_size=48, max_overflow=8)
    yield database
    database.close()


def test_40_threads_draw_serial_numbers_1_to_n_each_once(busy: Database) -> None:
    app = make_app(
        busy, form("a", text("name", required=True), field("code", "serial", pattern=[{"digits": 4}]))
    )

    def draw(number: int) -> Callable[[], Any]:
        def work() -> Any:
            if number % 5 == 4:  # every fifth is refused and must lose no number
                with pytest.raises(Invalid):
                    add(busy, app, "a")
                return None
            return add(busy, app, "a", name=str(number))

        return work

    made = [one for one in at_once([draw(number) for number in range(200)], 40) if one]
    codes = sorted(values(busy, app, "a", one)["code"] for one in made)
    assert codes == [f"{number:04}" for number in range(1, 161)]


def test_16_writers_add_orders_to_the_same_customers_and_the_sums_end_true(busy: Database) -> None:
    customer = form(
        "customer",
        text(),
        field("orders", "rollup", form="order", via="customer", fn="count"),
        field("total", "rollup", form="order", via="customer", fn="sum", field="amount"),
        field("double", "formula", formula="total * 2", result="money"),
        title="{name}",
    )
    app = make_app(
        busy, customer, form("order", field("customer", "link", form="customer"), field("amount", "money"))
    )
    customers = [add(busy, app, "customer", name=str(number)) for number in range(3)]
    dice = random.Random(7)
    plan = [
        (dice.choice(customers), dice.randint(1, 100), dice.choice(["keep", "keep", "move", "delete"]))
        for _ in range(160)
    ]
    expected: dict[int, list[int]] = {one: [] for one in customers}
    for at, amount, then in plan:
        if then == "keep":
            expected[at].append(amount)
        elif then == "move":
            expected[customers[(customers.index(at) + 1) % 3]].append(amount)

    def order(at: int, amount: int, then: str) -> Callable[[], None]:
        def work() -> None:
            made = add(busy, app, "order", customer=at, amount=amount)
            if then == "move":
                change(busy, app, "order", made, customer=customers[(customers.index(at) + 1) % 3])
            elif then == "delete":
                write.delete_one(busy, app, "order", ENGINE, made)

        return work

    edits: list[int] = []

    def edit() -> None:
        for number in range(15):  # somebody works on the customers all the while, and gets no conflict
            for one in customers:
                version = stored(busy, app, "customer", one).version
                change(busy, app, "customer", one, version=version, name=f"{one} {number}")
                edits.append(one)

    at_once([edit, *(order(*one) for one in plan)], 17)
    assert len(edits) == 45
    for one in customers:
        kept = values(busy, app, "customer", one)
        assert kept["orders"] == len(expected[one]) and kept["total"] == sum(expected[one])
        assert kept["double"] == 2 * kept["total"]
        assert stored(busy, app, "customer", one).version == 16


def test_two_people_saving_one_record_lose_nobodys_change_silently(busy: Database) -> None:
    app = make_app(busy, form("a", field("n", "number"), text()))
    made = add(busy, app, "a", n=0)
    refused: list[Stale] = []

    def count_up() -> int:
        done = 0
        while done < 10:
            now = stored(busy, app, "a", made)
            try:
                change(busy, app, "a", made, version=now.version, n=str(now.values["n"] + 1))
                done += 1
            except Stale as stale:
                assert stale.details["theirs"]["version"] > now.version
                refused.append(stale)
        return done

    at_once([count_up, count_up], 2)
    assert values(busy, app, "a", made)["n"] == 20 and stored(busy, app, "a", made).version == 21


def test_of_many_who_create_the_same_name_at_once_exactly_one_wins(busy: Database) -> None:
    app = make_app(busy, form("a", text("name", unique="must"), title="{name}"))

    def create() -> bool:
        try:
            add(busy, app, "a", name="同名公司")
        except Invalid as refused:
            assert refused.faults[0].code == "not_unique" and "同名公司" in str(refused.faults[0].message)
            return False
        return True

    assert at_once([create] * 16, 16).count(True) == 1


def test_a_record_that_is_deleted_while_others_link_to_it_leaves_no_loose_link(busy: Database) -> None:
    app = make_app(busy, form("c", text()), form("a", field("c", "link", form="c")))
    for _ in range(5):
        target = add(busy, app, "c", name="x")

        def link(target: int = target) -> int | None:
            try:
                return add(busy, app, "a", c=target)
            except Invalid:
                return None

        def delete(target: int = target) -> None:
            write.delete_one(busy, app, "c", ENGINE, target)

        made = at_once([link, link, delete, link, link], 5)
        for one in made:
            if one is not None:
                assert values(busy, app, "a", one)["c"] is None


def test_fields_are_published_while_others_write(busy: Database) -> None:
    from tests.records.making import republish

    fields = [text(), field("n", "number", default=1)]
    app = make_app(busy, form("a", *fields))
    stop = threading.Event()

    def writer() -> int:
        made = 0
        while not stop.is_set():
            change(busy, app, "a", add(busy, app, "a", name=str(made)), n=made)
            made += 1
        return made

    def publisher() -> int:
        for number in range(6):
            fields.append(field(f"f{number}", "formula", formula=f"n + {number}", result="number"))
            republish(busy, app, form("a", *fields))
        stop.set()
        return 0

    made = sum(at_once([publisher, writer, writer, writer], 4))
    live = live_of(busy, app)
    with busy.connect() as connection:
        from engine.records.storage.rows import read
        from engine.records.storage.tables import form_table

        table = form_table(connection, live, "a")
        rows = read(connection, table, list(range(1, made + 1)))
    assert len(rows) == made
    for row in rows.values():
        assert [row.values[f"f{number}"] for number in range(6)] == [
            row.values["n"] + Decimal(number) for number in range(6)
        ]
