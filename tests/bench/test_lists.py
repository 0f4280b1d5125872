"""Lists, jumps and totals over a million records, at `records.query` beside bare SQL, HTTP beside."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from engine.access import api_keys, people, roles
from engine.access.member_values import MemberValues
from engine.access.viewer import App, Viewer, viewer_for
from engine.definitions import live as living
from engine.platform.i18n import speaking
from engine.records.bulk.write import Row, loading
from engine.records.reading.aggregate import Aggregation, aggregate
from engine.records.reading.query import Query, query
from engine.web.lists import grouping
from engine.web.lists.listing import Asked, Listing
from tests.bench import form
from tests.bench.clients import Caller
from tests.bench.conftest import Bench
from tests.bench.report import Report, alternating

pytestmark = [pytest.mark.bench, pytest.mark.timeout(2400)]

RECORDS = 1_000_000
ROUNDS = 15
JUMP = 900_000
JUMP_SECONDS = 0.1

HITS = {"field": "status", "op": "eq", "value": "won"}
NO_HITS = {"field": "name", "op": "eq", "value": "nobody's order"}
BY_DATE = [{"field": "ordered_on", "desc": True}]

SELLER = {
    "key": "seller",
    "name": "Seller",
    "grants": {
        "order": {
            "read": {"where": {"field": "status", "op": "in", "value": ["new", "open", "won"]}},
            "fields": {"discount": "hidden", "remark": "hidden"},
        },
        "account": {"read": True},
    },
}
AUDITOR = {
    "key": "auditor",
    "name": "Auditor",
    "grants": {
        "order": {
            "read": {"where": {"field": "total", "op": "gt", "value": 20000}},
            "fields": {"name": "hidden"},
        }
    },
}


@dataclass
class Million:
    """A million orders, with the names of their table and columns for bare SQL."""

    bench: Bench
    app: str
    table: str
    account: str
    columns: Mapping[str, str]
    caller: Caller

    def ours(self, asked: Query, viewer: Viewer | App | None = None) -> Callable[[], float]:
        """Seconds of a page at the query gate."""

        def measure() -> float:
            with self.bench.database.connect() as connection:
                live = living.load(connection, self.app)
                began = time.perf_counter()
                query(connection, live, "order", viewer or self.bench.viewer, asked)
                return time.perf_counter() - began

        measure()
        return measure

    def bare(self, connection: "psycopg.Connection[Any]", sql: str) -> Callable[[], float]:
        """Seconds of a statement written by hand, its rows fetched."""
        names = {
            **self.columns,
            "account_": self.columns["account"],
            "account": self.account,
            "table": self.table,
        }
        sql = sql.format(**names)

        def measure() -> float:
            began = time.perf_counter()
            connection.execute(sql, prepare=False).fetchall()  # type: ignore[call-overload]
            return time.perf_counter() - began

        measure()
        return measure

    def http(self, path: str, body: Any) -> float:
        """Median seconds of the same over HTTP."""
        self.caller.close()
        self.caller.connect()
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            status, said = self.caller.call("POST", f"/apps/{self.app}/forms/order/records/{path}", body)
            times.append(time.perf_counter() - began)
            assert status == 200, said
        return statistics.median(times[2:])


@pytest.fixture(scope="module")
def million(bench: Bench, report: Report) -> Iterator[Million]:
    app = bench.app(form.ACCOUNT, form.order(), roles=(SELLER, AUDITOR))
    accounts = bench.accounts(app)
    began = time.monotonic()
    numbers = itertools.count(1)
    with loading(bench.database, app, "order", bench.viewer) as under_way:
        rows = form.rows(RECORDS, accounts)
        while portion := [Row(next(numbers), one) for one in itertools.islice(rows, 20_000)]:
            under_way.stage(portion)
        assert under_way.finish().created == RECORDS
    loaded = time.monotonic()
    bench.await_jobs()
    print(
        f"\nloaded {RECORDS:,} records in {loaded - began:.0f} s, indexed for search {time.monotonic() - loaded:.0f} s later"
    )
    table = bench.table(app, "order")
    with bench.raw() as connection:
        connection.execute(f"VACUUM ANALYZE {table}")  # type: ignore[call-overload]
    made = Million(
        bench,
        app,
        table,
        bench.table(app, "account"),
        bench.columns(app, "order"),
        Caller(bench.served.place, bench.key),
    )
    yield made
    made.caller.close()


@pytest.fixture(scope="module")
def plain(bench: Bench) -> "Iterator[psycopg.Connection[Any]]":
    with bench.raw() as connection:
        yield connection


COLUMNS = (
    "t.id, t.version, t.created_at, t.updated_at, t.title, t.{code}, t.{name}, t.{account_}, a.title, t.{quantity},"
    " t.{price}, t.{discount}, t.{ordered_on}, t.{status}, t.{urgent}, t.{remark}, t.{total}, t.{size}"
)


def page(
    where: str = "", order: str = "ORDER BY t.{ordered_on} DESC, t.id DESC", rest: str = "LIMIT 50"
) -> str:
    """A page as one would write it by hand: live rows, the linked title beside."""
    return (
        "SELECT "
        + COLUMNS
        + " FROM {table} t LEFT JOIN {account} a ON a.id = t.{account_} AND a.deleted_at IS NULL"
        " WHERE t.deleted_at IS NULL " + where + " " + order + " " + rest
    )


@pytest.mark.parametrize(
    ("what", "where", "bare"),
    [
        ("list 50 of 1M sorted, filter with 200,000 hits", HITS, "AND t.{status} = 'won'"),
        ("list 50 of 1M sorted, filter with none", NO_HITS, "AND t.{name} = 'nobody''s order'"),
        ("list 50 of 1M sorted, no filter", None, ""),
    ],
)
def test_first_page(
    million: Million, plain: "psycopg.Connection[Any]", report: Report, what: str, where: Any, bare: str
) -> None:
    asked = Query(where=where, sort=BY_DATE, limit=50)
    rounds = 5 if where is NO_HITS else ROUNDS
    ours, theirs = alternating(rounds, million.ours(asked), million.bare(plain, page(bare)))
    http = million.http(
        "query", {key: value for key, value in (("where", where), ("sort", BY_DATE)) if value} | {"limit": 50}
    )
    report.times(what, statistics.median(ours), statistics.median(theirs), http=http)


def test_jump_to_a_far_row(million: Million, plain: "psycopg.Connection[Any]", report: Report) -> None:
    asked = Query(sort=BY_DATE, limit=50, offset=JUMP)
    ids_first = (
        "SELECT "
        + COLUMNS
        + " FROM (SELECT id, {ordered_on} AS x FROM {table} WHERE deleted_at IS NULL AND {ordered_on}"
        " IS NOT NULL ORDER BY {ordered_on} DESC, id DESC LIMIT 50 OFFSET "
        + str(JUMP)
        + ") p JOIN {table} t ON t.id = p.id"
        " LEFT JOIN {account} a ON a.id = t.{account_} ORDER BY p.x DESC, t.id DESC"
    )
    ours, theirs = alternating(ROUNDS, million.ours(asked), million.bare(plain, ids_first))
    http = million.http("query", {"sort": BY_DATE, "limit": 50, "offset": JUMP})
    report.times(
        f"jump to row {JUMP:,} of 1M",
        statistics.median(ours),
        statistics.median(theirs),
        at_most=JUMP_SECONDS,
        http=http,
    )


def test_totals_by_group(million: Million, plain: "psycopg.Connection[Any]", report: Report) -> None:
    sent = {
        "group_by": [{"field": "status"}],
        "measures": [{"fn": "sum", "field": "total", "as": "total"}, {"fn": "count", "as": "n"}],
    }
    asked = Aggregation.read(sent)

    def ours() -> float:
        with million.bench.database.connect() as connection:
            live = living.load(connection, million.app)
            began = time.perf_counter()
            aggregate(connection, live, "order", million.bench.viewer, asked)
            return time.perf_counter() - began

    ours()
    bare = million.bare(
        plain,
        "SELECT {status}, sum({total}), count(*) FROM {table} WHERE deleted_at IS NULL GROUP BY {status}",
    )
    mine, theirs = alternating(7, ours, bare)
    report.times(
        "sum and count by group over 1M",
        statistics.median(mine),
        statistics.median(theirs),
        http=million.http("aggregate", sent),
    )


BY_STATUS = {"field": "status"}
BY_MONTH = {"field": "ordered_on", "bucket": "month"}
IN_GROUPS = (
    "SELECT {status}, date_trunc('month', {ordered_on})::date, sum({total}), count(*) FROM {table}"
    " WHERE deleted_at IS NULL GROUP BY GROUPING SETS "
)


@pytest.mark.parametrize(
    ("what", "by", "bare"),
    [
        ("list of 1M in groups, one level with subtotals", [BY_STATUS], "(({status}))"),
        (
            "list of 1M in groups, two levels with subtotals",
            [BY_STATUS, BY_MONTH],
            "(({status}), ({status}, date_trunc('month', {ordered_on})::date))",
        ),
    ],
)
def test_heads_of_groups(
    million: Million,
    plain: "psycopg.Connection[Any]",
    report: Report,
    what: str,
    by: list[dict[str, Any]],
    bare: str,
) -> None:
    def ours() -> float:
        with million.bench.database.connect() as connection, speaking("en"):
            live = living.load(connection, million.app)
            listing = Listing.open(connection, live, live.form("order"), million.bench.viewer, None)
            began = time.perf_counter()
            levels = grouping.levels_of(listing, by, [])
            grouping.grouped(connection, listing, Asked(None, [], None, None), levels, {"total": "sum"})
            return time.perf_counter() - began

    ours()
    statement = IN_GROUPS + bare
    if len(by) == 1:
        statement = statement.replace("date_trunc('month', {ordered_on})::date, ", "")
    mine, theirs = alternating(7, ours, million.bare(plain, statement))
    report.times(what, statistics.median(mine), statistics.median(theirs))


def test_first_rows_of_a_group(million: Million, plain: "psycopg.Connection[Any]", report: Report) -> None:
    inside = [
        {"field": "status", "op": "eq", "value": "won"},
        {"field": "ordered_on", "op": "eq", "value": {"period": "2024-03"}},
    ]
    asked = Query(where={"all": inside}, sort=BY_DATE, limit=50)
    of_group = "AND t.{status} = 'won' AND t.{ordered_on} >= date '2024-03-01' AND t.{ordered_on} < date '2024-04-01'"
    ours, theirs = alternating(ROUNDS, million.ours(asked), million.bare(plain, page(of_group)))
    report.times("first 50 rows of one of these groups", statistics.median(ours), statistics.median(theirs))


@pytest.mark.parametrize(
    ("what", "where", "bare"),
    [
        ("two roles with conditions and hidden fields: list 50 of 1M sorted", None, ""),
        (
            "the same with a filter on a field hidden in some rows",
            {"field": "discount", "op": "gt", "value": "0.25"},
            "AND t.{total} > 20000 AND t.{discount} > 0.25",
        ),
    ],
)
def test_list_by_grants(
    million: Million, plain: "psycopg.Connection[Any]", report: Report, what: str, where: Any, bare: str
) -> None:
    database = million.bench.database
    with database.begin() as connection:
        name = f"seller{time.monotonic_ns()}"
        member = people.create(
            connection,
            MemberValues.read({"name": name, "account": name, "password": "spring rain 2026"}),
            author=App("bench"),
        )
        app = living.load(connection, million.app)
        for role in ("seller", "auditor"):
            roles.give(connection, app, role, member.id, author=App("bench"))
        viewer = viewer_for(connection, member.id)
        key = api_keys.issue(connection, member.id)
    allowed = "AND (t.{status} IN ('new', 'open', 'won') OR t.{total} > 20000) "
    ours, theirs = alternating(
        ROUNDS,
        million.ours(Query(where=where, sort=BY_DATE, limit=50), viewer),
        million.bare(plain, page(allowed + bare)),
    )
    own = Caller(million.bench.served.place, key)
    http = Million(million.bench, million.app, million.table, million.account, million.columns, own).http(
        "query", {"sort": BY_DATE, "limit": 50} | ({"where": where} if where else {})
    )
    own.close()
    report.times(what, statistics.median(ours), statistics.median(theirs), http=http)
