"""One record is written and read by the index of its ids, by plans too that were made while its table was empty."""

from typing import Any

from engine.definitions import live as living
from engine.platform.database import Database
from engine.records.reading.read import get
from engine.records.storage.tables import form_table
from engine.records.writing import write
from engine.records.writing.transaction import Transaction
from tests.records.making import ENGINE, add, field, form, make_app, text

OFTEN = 7
"""So often a statement runs until it is prepared and planned once for all."""


def plans(connection: Any, table: str) -> list[str]:
    """The kept plans of the statements that are prepared and name the table."""
    found = connection.exec_driver_sql(
        "SELECT name, parameter_types::text[] FROM pg_prepared_statements WHERE statement LIKE %s",
        (f"%{table}%",),
    ).all()
    given = {"jsonb": "'[{}]'", "bigint[]": "'{1}'", "smallint[]": "'{1}'", "integer": "1"}
    return [
        "\n".join(
            connection.exec_driver_sql(
                f"EXPLAIN EXECUTE {name}({', '.join(given.get(kind, '1') for kind in types)})"
            ).scalars()
        )
        for name, types in found
    ]


def test_a_record_is_never_looked_for_by_another_index_than_that_of_the_ids(database: Database) -> None:
    orders = form(
        "order", text(unique="must"), field("customer", "link", form="customer"), field("n", "number")
    )
    app = make_app(database, form("customer", text()), orders)
    customer = add(database, app, "customer", name="甲")
    with database.begin() as connection:
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        tx = Transaction(connection, living.lock_and_load(connection, app), ENGINE, "api")
        made = [write.create(tx, "order", {"name": f"{n}", "customer": customer}).id for n in range(OFTEN)]
        for n, one in enumerate(made):
            get(connection, tx.live, "order", ENGINE, one)
            write.update(tx, "order", one, {"n": n})
        customers = form_table(connection, tx.live, "customer").main.name
        name = form_table(connection, tx.live, "order").main.name
        for table in (name, customers):
            told = plans(connection, table)
            assert told
            for plan in told:
                for line in plan.splitlines():
                    if f" on {table}" not in line or "Insert on" in line or "Update on" in line:
                        continue
                    assert f"{table}_pkey" in line or f"{table}_u_" in line, plan
