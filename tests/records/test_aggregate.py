"""Adding records up: groups, buckets, measures, errors, what is left out and what is refused."""

import pytest

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.reading.aggregate import Aggregation, aggregate
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

CUSTOMER = form("customer", text(), text("industry"), title="{name}")
DEAL = form(
    "deal",
    text(),
    field("customer", "link", form="customer"),
    field("stage", "select", options=[{"value": "open"}, {"value": "won"}, {"value": "lost"}]),
    field("amount", "money"),
    field("weight", "number"),
    field("closed_on", "date"),
    field("seen_at", "datetime"),
    field("tags", "multi_select", options=[{"value": "x"}, {"value": "y"}]),
    field("helpers", "members"),
    field("ratio", "formula", formula="1 / weight", result="number", decimals=4),
    field("live", "formula", formula='IF(customer.industry = "Steel", amount, 1 / 0)', result="money"),
    field(
        "lines",
        "subform",
        fields=[
            field("product", "link", form="customer"),
            field("qty", "number"),
            field("sum", "formula", formula="qty * 2", result="money"),
        ],
    ),
    title="{name}",
)


@pytest.fixture(scope="module")
def shop(database: Database) -> dict[str, object]:
    app = make_app(database, CUSTOMER, DEAL)
    with database.begin() as connection:
        anna = person(connection, "AnnaAdds").member_id
    acme = add(database, app, "customer", name="Acme", industry="Steel")
    bolt = add(database, app, "customer", name="Bolt")
    for number, (customer, stage, amount, weight, closed, tags) in enumerate(
        [
            (acme, "won", "100.10", "1", "2026-01-31", ["x", "y"]),
            (acme, "won", "200.20", "0", "2026-02-01", ["x"]),
            (bolt, "lost", "50", "4", "2026-03-30", []),
            (bolt, "open", None, None, None, []),
            (None, "open", "1", "3", "2025-12-31", ["y"]),
        ]
    ):
        add(
            database,
            app,
            "deal",
            name=f"D{number}",
            customer=customer,
            stage=stage,
            amount=amount,
            weight=weight,
            closed_on=closed,
            tags=tags,
            helpers=[anna] if number < 2 else [],
            owner=anna,
            seen_at="2026-01-31T17:00:00Z" if number == 0 else None,
            lines=[{"product": acme, "qty": number + 1}, {"product": bolt, "qty": 1}] if number < 2 else [],
        )
    return {"app": app, "anna": anna, "acme": acme, "bolt": bolt, "live": live_of(database, app)}


def rows(database, shop, **sent):
    with database.connect() as connection:
        return aggregate(connection, shop["live"], "deal", ENGINE, Aggregation.read(sent))


def measure(fn, field=None, name=None, **more):
    return {"fn": fn, **({"field": field} if field else {}), "as": name or fn, **more}


ALL = [
    measure("count"),
    *(measure(fn, "amount") for fn in ("sum", "avg", "min", "max", "median", "count_distinct")),
]


def test_without_groups_there_is_exactly_one_row(database, shop) -> None:
    assert rows(database, shop, measures=ALL) == [
        {
            "count": 5,
            "sum": "351.30",
            "avg": "87.825",
            "min": "1.00",
            "max": "200.20",
            "median": "75.05",
            "count_distinct": 4,
        }
    ]


def test_sums_over_nothing_are_zero(database, shop) -> None:
    nothing = {"field": "name", "op": "eq", "value": "nobody"}
    assert rows(database, shop, where=nothing, measures=ALL) == [
        {"count": 0, "sum": "0", "avg": None, "min": None, "max": None, "median": None, "count_distinct": 0}
    ]
    assert rows(database, shop, where=nothing, group_by=[{"field": "stage"}], measures=ALL) == []


def test_groups_come_in_the_order_of_the_options_and_empties_last(database, shop) -> None:
    found = rows(
        database, shop, group_by=[{"field": "stage"}], measures=[measure("sum", "amount"), measure("count")]
    )
    assert found == [
        {"stage": "open", "sum": "1.00", "count": 2},
        {"stage": "won", "sum": "300.30", "count": 2},
        {"stage": "lost", "sum": "50.00", "count": 1},
    ]
    found = rows(database, shop, group_by=[{"field": "customer"}], measures=[measure("sum", "amount")])
    assert found == [
        {"customer": {"id": shop["acme"], "title": "Acme"}, "sum": "300.30"},
        {"customer": {"id": shop["bolt"], "title": "Bolt"}, "sum": "50.00"},
        {"customer": None, "sum": "1.00"},
    ]


def test_a_bucket_is_the_first_of_its_days_where_the_organisation_is(database, shop) -> None:
    def closed(bucket):
        return [
            (row["closed_on"], row["count"])
            for row in rows(
                database,
                shop,
                group_by=[{"field": "closed_on", "bucket": bucket}],
                measures=[measure("count")],
            )
        ]

    assert closed("year") == [("2025-01-01", 1), ("2026-01-01", 3), (None, 1)]
    assert closed("quarter") == [("2025-10-01", 1), ("2026-01-01", 3), (None, 1)]
    assert closed("week") == [("2025-12-29", 1), ("2026-01-26", 2), ("2026-03-30", 1), (None, 1)]
    seen = rows(
        database, shop, group_by=[{"field": "seen_at", "bucket": "month"}], measures=[measure("count")]
    )
    assert seen[0] == {"seen_at": "2026-02-01", "count": 1}  # 17:00 in UTC is the next day in Shanghai


def test_a_measure_has_a_condition_of_its_own(database, shop) -> None:
    won = {"field": "stage", "op": "eq", "value": "won"}
    found = rows(
        database,
        shop,
        group_by=[{"field": "customer.industry"}],
        measures=[
            measure("count", name="all"),
            measure("count", name="won", where=won),
            measure("sum", "amount", "won_amount", where=won),
        ],
    )
    assert found == [
        {"customer.industry": "Steel", "all": 2, "won": 2, "won_amount": "300.30"},
        {"customer.industry": None, "all": 3, "won": 0, "won_amount": "0"},
    ]


def test_having_sort_and_limit_work_on_results(database, shop) -> None:
    found = rows(
        database,
        shop,
        group_by=[{"field": "stage"}],
        measures=[measure("sum", "amount", "total")],
        having={"field": "total", "op": "gt", "value": 1},
        sort=[{"field": "total", "desc": True}],
        limit=1,
    )
    assert found == [{"stage": "won", "total": "300.30"}]


def test_totals_leave_out_errors_and_say_how_many(database, shop) -> None:
    assert rows(database, shop, measures=[measure("sum", "ratio"), measure("count")]) == [
        {"sum": "1.5833", "count": 5, "errors": {"sum": 2}}
    ]
    assert rows(database, shop, measures=[measure("sum", "live")]) == [
        {"sum": "300.30", "errors": {"sum": 3}}
    ]


def test_each_of_several_options_or_members_counts(database, shop) -> None:
    found = rows(database, shop, group_by=[{"field": "tags"}], measures=[measure("count")])
    assert found == [{"tags": "x", "count": 2}, {"tags": "y", "count": 2}, {"tags": None, "count": 2}]
    found = rows(database, shop, group_by=[{"field": "helpers"}], measures=[measure("count")])
    assert found == [
        {"helpers": {"id": shop["anna"], "title": "AnnaAdds"}, "count": 2},
        {"helpers": None, "count": 3},
    ]


def test_the_rows_of_a_subform_are_added_up_with_and_without_grouping_by_them(database, shop) -> None:
    assert rows(
        database,
        shop,
        measures=[
            measure("sum", "lines.sum"),
            measure("count", "lines.qty"),
            measure("avg", "lines.qty"),
            measure("max", "lines.qty"),
        ],
    ) == [{"sum": "10.00", "count": 4, "avg": "1.25", "max": "2"}]
    found = rows(
        database,
        shop,
        group_by=[{"field": "lines.product"}],
        measures=[
            measure("sum", "lines.sum"),
            measure("count", name="orders"),
            measure("median", "lines.qty"),
        ],
        where={"field": "lines", "op": "not_empty"},
    )
    assert found == [
        {"lines.product": {"id": shop["acme"], "title": "Acme"}, "sum": "6.00", "orders": 2, "median": "1.5"},
        {"lines.product": {"id": shop["bolt"], "title": "Bolt"}, "sum": "4.00", "orders": 2, "median": "1"},
    ]


@pytest.mark.parametrize(
    ("sent", "code", "pointer"),
    [
        ({"measures": [{"fn": "sum", "field": "name"}]}, "not_a_number", "/measures/0/field"),
        ({"measures": [{"fn": "sum", "field": "nope"}]}, "unknown_field", "/measures/0/field"),
        ({"measures": [{"fn": "mode", "field": "amount"}]}, "unknown_function", "/measures/0/fn"),
        ({"measures": [{"fn": "sum"}]}, "required", "/measures/0/field"),
        ({"measures": [{"fn": "max", "field": "customer"}]}, "not_applicable", "/measures/0/field"),
        ({"group_by": [{"field": "nope"}]}, "unknown_field", "/group_by/0/field"),
        ({"group_by": [{"field": "stage", "bucket": "month"}]}, "bad_bucket", "/group_by/0/bucket"),
        ({"group_by": [{"field": "closed_on", "bucket": "fortnight"}]}, "bad_bucket", "/group_by/0/bucket"),
        ({"having": {"field": "nope", "op": "eq", "value": 1}}, "unknown_field", "/having/field"),
        ({"sort": [{"field": "nope"}]}, "unknown_field", "/sort/0/field"),
        ({"limit": 0}, "out_of_range", "/limit"),
        ({"measures": "sum"}, "wrong_type", "/measures"),
    ],
)
def test_a_wrong_aggregation_is_refused_with_its_place(database, shop, sent, code, pointer) -> None:
    with pytest.raises(Invalid) as refused:
        rows(database, shop, **sent)
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [(code, pointer)]
