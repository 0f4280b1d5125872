"""How PostgreSQL finds pages of a large form: what the gate asks for is what the engine has indexed."""

from typing import Any

import pytest

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.reading.plan import Prepared
from engine.records.reading.query import Query, count, query
from engine.records.storage import order
from engine.records.storage.tables import form_table
from tests.records.making import ENGINE, add, field, form, live_of, make_app, text

MANY = 60_000
BIG = form(
    "big",
    text(),
    text("region"),
    field("amount", "money"),
    field("closed_on", "date"),
    field("stage", "select", options=[{"value": "b"}, {"value": "a"}]),
    title="{name}",
    views=[
        {
            "key": "by_amount",
            "name": "A",
            "kind": "grid",
            "sort": [{"field": "amount", "desc": True}],
            "columns": ["name"],
        },
        {"key": "by_stage", "name": "S", "kind": "grid", "sort": [{"field": "stage"}], "columns": ["name"]},
        {"key": "by_name", "name": "N", "kind": "grid", "sort": [{"field": "name"}], "columns": ["name"]},
    ],
)


@pytest.fixture(scope="module")
def big(database: Database) -> dict[str, Any]:
    """A form with 60,000 records, every hundredth without an amount."""
    app = make_app(database, BIG)
    live = live_of(database, app)
    add(database, app, "big", name="first", region="r", amount="1", stage="a")
    with database.begin() as connection:
        table = form_table(connection, live, "big")
        names = {key: table.column(key).name for key in ("name", "region", "amount", "stage", "closed_on")}
        connection.exec_driver_sql(
            f"INSERT INTO {table.stored.qualified()} (version, created_at, updated_at, title, title_key, {table.sort_key('name').name},"
            f" {', '.join(names.values())}) SELECT 1, now(), now(), 'n' || g, 'n' || g, 'n' || g, 'n' || g, 'r' || mod(g, 10),"
            f" CASE WHEN mod(g, 100) > 0 THEN mod(g * 7919, 60013)::numeric END, CASE WHEN mod(g, 3) = 0 THEN 'a' ELSE 'b' END,"
            f" date '2026-01-01' + mod(g, 300) FROM generate_series(1, {MANY}) g"
        )
    with database.connect() as connection:
        connection.exec_driver_sql(f"VACUUM ANALYZE {table.stored.qualified()}")
    return {"live": live, "table": table}


def plans(database: Database, big: dict[str, Any], **asked: Any) -> str:
    """The plans of the statements of a page, after it was read."""
    live = big["live"]
    live.cache.pop("records.plans", None)
    with database.connect() as connection:
        page = query(connection, live, "big", ENGINE, Query(**asked))
        assert len(page.records) == asked.get("limit", 50) or asked.get("where")
        late = {
            "page_limit": 51,
            "page_offset": asked.get("offset") or 0,
            "page_reach": (asked.get("offset") or 0) + 51,
            "cursor_0": 5,
            "cursor_id": 5,
        }
        [kept] = [kept.plan for key, kept in live.cache["records.plans"].items() if key[0] == "page"]
        said = ""
        for prepared in filter(None, (kept.jump, kept.prepared)):
            explained = type(prepared)("EXPLAIN " + prepared.sql, prepared.parameters)
            said += "\n".join(row[0] for row in explained.rows(connection, **late)) + "\n"
    return said


@pytest.mark.parametrize("desc", [False, True])
@pytest.mark.parametrize("path", ["amount", "stage", "name", "created_at"])
def test_a_sorted_page_comes_out_of_the_index_in_both_directions(database, big, path, desc) -> None:
    index = order.sort_index(big["table"], path)
    for more in ({}, {"offset": 30_000}):
        said = plans(database, big, sort=[{"field": path, "desc": desc}], **more)
        assert index.name in said and "Seq Scan on f_" not in said, said


def test_the_next_page_begins_inside_the_index(database, big) -> None:
    with database.connect() as connection:
        sort = [{"field": "amount", "desc": True}]
        cursor = query(connection, big["live"], "big", ENGINE, Query(sort=sort)).next_cursor
    said = plans(database, big, sort=sort, cursor=cursor)
    assert "Index Cond: ((c_" in said and "ROW(" in said and "Seq Scan on f_" not in said, said


def test_a_filter_that_nothing_meets_reads_the_table_instead_of_the_whole_index(database, big) -> None:
    sort = [{"field": "amount"}]
    nothing = plans(database, big, sort=sort, where={"field": "region", "op": "eq", "value": "nowhere"})
    assert "Seq Scan on f_" in nothing and order.sort_index(big["table"], "amount").name not in nothing, (
        nothing
    )
    plenty = plans(database, big, sort=sort, where={"field": "region", "op": "eq", "value": "R3"})
    assert order.sort_index(big["table"], "amount").name in plenty, plenty


def test_a_sort_without_an_index_gives_the_same_order(database, big) -> None:
    with database.connect() as connection:
        first = query(connection, big["live"], "big", ENGINE, Query(sort=[{"field": "closed_on"}], limit=3))
        rest = query(
            connection,
            big["live"],
            "big",
            ENGINE,
            Query(sort=[{"field": "closed_on"}], limit=3, cursor=first.next_cursor),
        )
    days = [str(one.values["closed_on"]) for one in first.records + rest.records]
    assert days == ["2026-01-01"] * 6 and len({one.id for one in first.records + rest.records}) == 6


def test_jumps_and_counts_reach_the_empties_at_the_end(database, big) -> None:
    sort = [{"field": "amount"}]
    with database.connect() as connection:
        page = query(
            connection, big["live"], "big", ENGINE, Query(sort=sort, offset=MANY - 2, limit=5, count=True)
        )
        edge = query(connection, big["live"], "big", ENGINE, Query(sort=sort, offset=MANY - 601, limit=4))
    assert page.total == MANY + 1 and not page.estimated
    assert [one.values.get("amount") for one in page.records] == [None] * 3
    assert [one.values.get("amount") is None for one in edge.records] == [False, False, True, True]


def test_an_estimate_says_that_it_is_one_only_above_100_000(database, big) -> None:
    with database.connect() as connection:
        assert count(connection, big["live"], "big", ENGINE, Query(count="estimate")) == (MANY + 1, False)
        connection.exec_driver_sql(
            f"UPDATE pg_class SET reltuples = 5000000 WHERE oid = '{big['table'].stored.qualified()}'::regclass"
        )
        total, estimated = count(connection, big["live"], "big", ENGINE, Query(count="estimate"))
        connection.exec_driver_sql(f"ANALYZE {big['table'].stored.qualified()}")
    assert estimated and total > 100_000


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1" + "+1" * 100_000, "SELECT " + ",".join(["1"] * 2000)],
    ids=["deep", "wide"],
)
def test_a_statement_that_is_too_much_for_the_database_is_refused_in_words(
    database: Database, sql: str
) -> None:
    with database.connect() as connection, pytest.raises(Invalid) as refused:
        Prepared(sql, {}).rows(connection)
    assert refused.value.faults[0].code == "too_complex"
