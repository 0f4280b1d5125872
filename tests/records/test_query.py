"""Reading records: conditions, paging, sorting, links, lookups, live formulas, exports."""

from datetime import datetime, timezone

import pytest

from engine.access import departments, people, roles
from engine.access.member_values import MemberValues
from engine.access.viewer import viewer_for
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound
from engine.records.explanation.explain import explain
from engine.records.reading.query import Query, get, query, stream, values
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

OPTIONS = [
    {"value": "open", "label": {"zh-CN": "进行中", "en": "Open"}},
    {"value": "won", "label": "赢单"},
    {"value": "lost", "label": "输单"},
]

CUSTOMER = form(
    "customer",
    text(),
    field("level", "select", options=[{"value": "A"}, {"value": "B"}]),
    text("industry"),
    field("manager", "member"),
    field(
        "won",
        "rollup",
        form="deal",
        via="customer",
        fn="sum",
        field="amount",
        where={"field": "stage", "op": "eq", "value": "won"},
    ),
    title="{name}",
)
DEAL = form(
    "deal",
    text(),
    field("customer", "link", form="customer"),
    field("stage", "select", options=OPTIONS),
    field("amount", "money"),
    field("closed_on", "date"),
    field("tags", "multi_select", options=[{"value": "x"}, {"value": "y"}]),
    field("helpers", "members"),
    field("others", "links", form="customer"),
    field("seen_at", "datetime"),
    field("trade", "lookup", via="customer", field="industry"),
    field("person", "lookup", via="customer", field="manager"),
    field("label", "formula", formula='customer.level & "-" & name', result="text"),
    field("double", "formula", formula="amount * 2", result="money"),
    field("ratio", "formula", formula="1 / amount", result="number", decimals=4),
    field(
        "lines",
        "subform",
        fields=[
            field("product", "link", form="customer"),
            field("qty", "number"),
            field("price", "money"),
            field("sum", "formula", formula="qty * price", result="money"),
        ],
    ),
    field("total", "formula", formula="SUM(lines.sum)", result="money"),
    field(
        "recent",
        "lookup",
        form="deal",
        where={"field": "customer", "op": "eq", "value": {"current": "customer"}},
        fields=["name", "amount"],
        sort=[{"field": "amount", "desc": True}],
        limit=3,
    ),
    title="{name}",
)


@pytest.fixture(scope="module")
def shop(database: Database) -> dict[str, object]:
    """An app with two customers and four deals."""
    app = make_app(database, CUSTOMER, DEAL)
    with database.begin() as connection:
        anna = person(connection, "AnnaShop").member_id
    acme = add(database, app, "customer", name="Acme", level="A", industry="Steel", manager=anna)
    bolt = add(database, app, "customer", name="Bolt", level="B")
    add(
        database,
        app,
        "deal",
        name="Alpha",
        customer=acme,
        stage="won",
        amount="100",
        closed_on="2026-03-01",
        tags=["x", "y"],
        helpers=[anna],
        others=[acme, bolt],
        seen_at="2026-03-01T02:00:00Z",
        owner=anna,
        lines=[{"product": acme, "qty": 2, "price": "3.5"}, {"product": bolt, "qty": 1, "price": "4"}],
    )
    add(
        database,
        app,
        "deal",
        name="beta",
        customer=bolt,
        stage="lost",
        amount="50",
        closed_on="2026-04-01",
        tags=["x"],
    )
    add(database, app, "deal", name="Gamma", stage="open", amount="0")
    add(database, app, "deal", name="Delta", customer=acme, stage="won", amount="300", closed_on="2026-12-31")
    return {"app": app, "anna": anna, "acme": acme, "bolt": bolt, "live": live_of(database, app)}


def names(database, shop, where=None, **more) -> list[str]:
    with database.connect() as connection:
        page = query(connection, shop["live"], "deal", ENGINE, Query(where=where, **more))
    return [record.values["name"] for record in page.records]


def leaf(path: str, op: str, value=None) -> dict:
    return {"field": path, "op": op} | ({} if op in ("empty", "not_empty") else {"value": value})


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (leaf("stage", "eq", "赢单"), "Alpha Delta"),
        (leaf("stage", "ne", "won"), "beta Gamma"),
        (leaf("name", "eq", "ALPHA"), "Alpha"),
        (leaf("name", "contains", "ET"), "beta"),
        (leaf("name", "not_contains", "ta"), "Alpha Gamma"),
        (leaf("name", "starts_with", "de"), "Delta"),
        (leaf("amount", "gte", "100"), "Alpha Delta"),
        (leaf("amount", "between", [50, 100]), "Alpha beta"),
        (leaf("closed_on", "eq", {"period": "2026-Q1"}), "Alpha"),
        (leaf("closed_on", "ne", {"period": "2026-Q1"}), "beta Gamma Delta"),
        (leaf("closed_on", "empty"), "Gamma"),
        (leaf("seen_at", "eq", "2026-03-01"), "Alpha"),
        (leaf("customer.level", "eq", "A"), "Alpha Delta"),
        (leaf("customer.level", "ne", "A"), "beta Gamma"),
        (leaf("customer.manager.name", "eq", "annashop"), "Alpha Delta"),
        (leaf("trade", "eq", "steel"), "Alpha Delta"),
        (leaf("trade", "empty"), "beta Gamma"),
        (leaf("tags", "contains", "y"), "Alpha"),
        (leaf("tags", "contains_all", ["x", "y"]), "Alpha"),
        (leaf("tags", "contains_any", ["x", "y"]), "Alpha beta"),
        (leaf("tags", "not_contains", "y"), "beta Gamma Delta"),
        (leaf("helpers", "empty"), "beta Gamma Delta"),
        (leaf("others.name", "eq", "bolt"), "Alpha"),
        (leaf("lines.qty", "gt", 1), "Alpha"),
        (leaf("lines.product.name", "eq", "Bolt"), "Alpha"),
        (leaf("lines", "empty"), "beta Gamma Delta"),
        (leaf("total", "eq", 11), "Alpha"),
        (leaf("label", "eq", "a-alpha"), "Alpha"),
        (leaf("double", "gt", {"formula": "amount + 100"}), "Delta"),
        ({"not": leaf("amount", "gt", 60)}, "beta Gamma"),
        ({"any": [leaf("name", "eq", "beta"), leaf("amount", "eq", 0)]}, "beta Gamma"),
        ({"all": []}, "Alpha beta Gamma Delta"),
        ({"any": []}, ""),
    ],
)
def test_a_condition_chooses_exactly_the_records_it_says(database, shop, where, found) -> None:
    assert sorted(names(database, shop, where)) == sorted(found.split())


@pytest.mark.parametrize(
    ("where", "code", "pointer"),
    [
        (leaf("nothing", "eq", 1), "unknown_field", "/where/field"),
        (leaf("amount", "eq", "many"), "not_a_number", "/where/value"),
        ({"all": [leaf("stage", "in", ["won", "wonn"])]}, "unknown_option", "/where/all/0/value/1"),
        (leaf("amount", "contains", "1"), "operator_not_applicable", "/where/op"),
        (leaf("amount", "like", "1"), "unknown_operator", "/where/op"),
        (leaf("closed_on", "eq", {"period": "someday"}), "unknown_period", "/where/value"),
        ({"all": [], "any": []}, "bad_condition", "/where"),
        (leaf("amount", "gt", {"me": True}), "value_not_applicable", "/where/value"),
        (leaf("amount", "gt", {"formula": "amont"}), "unknown_field", "/where/value/formula"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_place(database, shop, where, code, pointer) -> None:
    with pytest.raises(Invalid) as refused:
        names(database, shop, where)
    assert [(fault.code, fault.pointer) for fault in refused.value.faults] == [(code, pointer)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([{"field": "amount"}], "Gamma beta Alpha Delta"),
        ([{"field": "amount", "desc": True}], "Delta Alpha beta Gamma"),
        ([{"field": "closed_on"}], "Alpha beta Delta Gamma"),
        ([{"field": "closed_on", "desc": True}], "Delta beta Alpha Gamma"),
        ([{"field": "stage"}, {"field": "name"}], "Gamma Alpha Delta beta"),
        ([{"field": "customer"}, {"field": "amount"}], "Alpha Delta beta Gamma"),
        ([{"field": "trade"}, {"field": "name"}], "Alpha Delta beta Gamma"),
        ([{"field": "name"}], "Alpha beta Delta Gamma"),
        ([{"field": "label", "desc": True}], "beta Delta Alpha Gamma"),
    ],
)
def test_empties_come_last_in_both_directions(database, shop, sort, expected) -> None:
    assert " ".join(names(database, shop, sort=sort)) == expected
    paged, cursor = [], None
    while True:
        with database.connect() as connection:
            page = query(connection, shop["live"], "deal", ENGINE, Query(sort=sort, limit=1, cursor=cursor))
        paged += [record.values["name"] for record in page.records]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert " ".join(paged) == expected
    jumped = [
        name for offset in range(4) for name in names(database, shop, sort=sort, limit=1, offset=offset)
    ]
    assert " ".join(jumped) == expected


def test_a_record_comes_in_the_shape_of_the_contract(database, shop) -> None:
    with database.connect() as connection:
        page = query(
            connection, shop["live"], "deal", ENGINE, Query(where=leaf("name", "eq", "Alpha"), count=True)
        )
        record = get(connection, shop["live"], "deal", ENGINE, page.records[0].id).json()
    assert page.total == 1
    acme, bolt = {"id": shop["acme"], "title": "Acme"}, {"id": shop["bolt"], "title": "Bolt"}
    anna = {"id": shop["anna"], "title": "AnnaShop"}
    shown = record["values"]
    rows = shown.pop("lines")
    assert [(row["product"], row["qty"], row["price"], row["sum"]) for row in rows] == [
        (acme, "2", "3.50", "7.00"),
        (bolt, "1", "4.00", "4.00"),
    ]
    assert all(isinstance(row["id"], int) for row in rows)
    recent = shown.pop("recent")
    assert [(row["name"], row["amount"]) for row in recent] == [("Delta", "300.00"), ("Alpha", "100.00")]
    assert shown == {
        "name": "Alpha",
        "customer": acme,
        "stage": "won",
        "amount": "100.00",
        "closed_on": "2026-03-01",
        "tags": ["x", "y"],
        "helpers": [anna],
        "others": [acme, bolt],
        "seen_at": "2026-03-01T02:00:00Z",
        "trade": "Steel",
        "person": anna,
        "label": "A-Alpha",
        "double": "200.00",
        "ratio": "0.0100",
        "total": "11.00",
    }
    assert record["owner"] == anna and record["version"] == 1 and record["flow_state"] is None


def test_a_formula_that_failed_says_its_error(database, shop) -> None:
    with database.connect() as connection:
        [record] = query(
            connection, shop["live"], "deal", ENGINE, Query(where=leaf("name", "eq", "Gamma"))
        ).records
    assert record.json()["values"]["ratio"] == {"error": "#DIV/0!"}
    assert record.json()["values"]["customer"] is None and record.json()["values"]["tags"] == []


def test_a_rollup_is_read_as_it_is_kept(database, shop) -> None:
    with database.connect() as connection:
        record = get(connection, shop["live"], "customer", ENGINE, shop["acme"])
    assert record.json()["values"]["won"] == "400.00"


def test_a_record_that_is_not_there_is_not_found(database, shop) -> None:
    with database.connect() as connection, pytest.raises(NotFound):
        get(connection, shop["live"], "deal", ENGINE, 10**12)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": "5"}, "/limit"),
        ({"limit": 5000}, "/limit"),
        ({"sort": "name"}, "/sort"),
        ({"sort": [{"field": 5}]}, "/sort/0"),
        ({"where": []}, "/where"),
        ({"count": "exact"}, "/count"),
        ({"offset": -1}, "/offset"),
    ],
)
def test_a_query_out_of_shape_is_refused_with_its_place(sent, pointer) -> None:
    with pytest.raises(Invalid) as refused:
        Query.read(sent)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_unknown_fields_sorts_and_cursors_are_refused(database, shop) -> None:
    for bad, pointer in (
        (Query(fields=["nope"]), "/fields/0"),
        (Query(sort=[{"field": "tags"}]), "/sort/0/field"),
        (Query(sort=[{"field": "nope"}]), "/sort/0/field"),
        (Query(cursor="xx"), "/cursor"),
    ):
        with database.connect() as connection, pytest.raises(Invalid) as refused:
            query(connection, shop["live"], "deal", ENGINE, bad)
        assert refused.value.faults[0].pointer == pointer


def test_an_export_reads_everything_in_portions(database, shop) -> None:
    with database.snapshot() as connection:
        portions = list(
            stream(connection, shop["live"], "deal", ENGINE, Query(sort=[{"field": "name"}]), size=3)
        )
    assert [len(portion) for portion in portions] == [3, 1]
    assert [one.values["name"] for portion in portions for one in portion] == [
        "Alpha",
        "beta",
        "Delta",
        "Gamma",
    ]
    assert portions[0][0].values["lines"][0].values["qty"] == 2


def test_the_values_of_a_column_come_with_their_counts(database, shop) -> None:
    with database.connect() as connection:
        assert values(connection, shop["live"], "deal", ENGINE, "stage") == [
            ("won", 2),
            ("lost", 1),
            ("open", 1),
        ]
        found = values(connection, shop["live"], "deal", ENGINE, "customer")
        assert [(None if one is None else one.title, n) for one, n in found] == [
            ("Acme", 2),
            ("Bolt", 1),
            (None, 1),
        ]
        assert values(connection, shop["live"], "deal", ENGINE, "tags") == [("x", 2), (None, 2), ("y", 1)]
        assert [
            one.title for one, _ in values(connection, shop["live"], "deal", ENGINE, "customer", search="ac")
        ] == ["Acme"]


@pytest.mark.parametrize("said", ["赢", "closed w"])
def test_an_option_is_found_among_the_values_by_its_label_in_either_language(database, said: str) -> None:
    stages = [
        {"value": "won", "label": {"zh-CN": "赢单", "en": "Closed won"}},
        {"value": "open", "label": {"zh-CN": "进行中", "en": "Under way"}},
    ]
    app = make_app(database, form("deal", field("stage", "select", options=stages)))
    for stage in ("won", "open"):
        add(database, app, "deal", stage=stage)
    with database.connect() as connection:
        found = values(connection, live_of(database, app), "deal", ENGINE, "stage", search=said)
    assert found == [("won", 1)]


def test_an_explanation_shows_each_step_with_its_value(database, shop) -> None:
    with database.connect() as connection:
        [record] = query(
            connection, shop["live"], "deal", ENGINE, Query(where=leaf("name", "eq", "Alpha"))
        ).records
        told = explain(connection, shop["live"], "deal", ENGINE, record.id, "double").json()
        live = explain(connection, shop["live"], "deal", ENGINE, record.id, "label").json()
    assert (told["value"], told["formula"], told["tree"]["value"]) == ("200.00", "amount * 2", "200")
    assert [(one["text"], one["value"]) for one in told["tree"]["steps"]] == [("amount", "100"), ("2", "2")]
    assert live["tree"]["value"] == "A-Alpha"


ROOM = form("room", text(), title="{name}")
VISIT = form(
    "visit",
    text(),
    field("room", "link", form="room"),
    field("rooms", "links", form="room"),
    field("on", "date"),
    field("n", "number"),
    field("proper", "formula", formula="UPPER(room.name & name)", result="text"),
    field("days", "formula", formula="TODAY() - on", result="number"),
    field("joined", "formula", formula="COUNTA(rooms.name)", result="number"),
    field("who", "formula", formula="owner & created_by", result="text"),
    field("again", "formula", formula="days + 1", result="number"),
    field(
        "lines",
        "subform",
        fields=[
            field("room", "link", form="room"),
            field("name", "lookup", via="room", field="name"),
            field("said", "formula", formula="room.name & name", result="text"),
        ],
    ),
    title="{name}",
)


def test_live_formulas_follow_what_they_read(database) -> None:
    app = make_app(database, ROOM, VISIT)
    live = live_of(database, app)
    red, blue = (add(database, app, "room", name=name) for name in ("red", "blue"))
    first = add(
        database,
        app,
        "visit",
        name=" one",
        room=red,
        rooms=[red, blue],
        on="2026-03-01",
        n=7,
        lines=[{"room": blue}],
    )
    second = add(database, app, "visit", name="two")
    with clock.stopped(datetime(2026, 3, 11, 3, tzinfo=timezone.utc)), database.connect() as connection:
        one = get(connection, live, "visit", ENGINE, first).json()["values"]
        two = get(connection, live, "visit", ENGINE, second).json()["values"]
        late = Query(where=leaf("days", "eq", 10), sort=[{"field": "again"}])
        assert [found.id for found in query(connection, live, "visit", ENGINE, late).records] == [first]
    assert (one["proper"], one["days"], one["joined"], one["again"]) == ("REDONE", "10", "2", "11")
    assert (two["proper"], two["joined"]) == ("TWO", "0")
    assert one["lines"][0]["name"] == "blue" and one["lines"][0]["said"] == "blueblue"
    with clock.stopped(datetime(2026, 3, 12, 3, tzinfo=timezone.utc)), database.connect() as connection:
        assert get(connection, live, "visit", ENGINE, first).json()["values"]["days"] == "11"


def test_formulas_about_the_person_are_worked_out_for_each_reader(database) -> None:
    own = form(
        "desk",
        text(),
        field("mine", "formula", formula="owner = ME()", result="boolean"),
        field("post", "formula", formula='IF(HASROLE("reader"), MYEMAIL(), MYDEPARTMENT())', result="text"),
        field(
            "chain", "formula", formula='MYDEPARTMENT() & ">" & MYSUPERIOR() & ">" & MYPHONE()', result="text"
        ),
        title="{name}",
    )
    role = {"key": "reader", "name": "Reader", "grants": {"desk": {"read": True}}}
    app = make_app(database, own, roles=(role,))
    live = live_of(database, app)
    with database.begin() as connection:
        first, second = (person(connection, f"desk_{n}", email=f"{n}@example.com").member_id for n in "ab")
        west = departments.create(
            connection, departments.DepartmentValues(name="西部桌", head=first), author=ENGINE
        )
        people.change(
            connection,
            second,
            MemberValues.read({"department": west.id, "phone": "13522223333"}),
            author=ENGINE,
        )
        for one in (first, second):
            roles.give(connection, live, "reader", one, author=ENGINE)
    add(database, app, "desk", name="d", owner=first)
    with database.connect() as connection:
        told = [
            query(connection, live, "desk", viewer_for(connection, one), Query()).records[0].values
            for one in (first, second)
        ]
        mine = Query(where=leaf("mine", "eq", True))
        assert [
            len(query(connection, live, "desk", viewer_for(connection, one), mine).records)
            for one in (first, second)
        ] == [1, 0]
    assert [(one["mine"], one["post"]) for one in told] == [(True, "a@example.com"), (False, "b@example.com")]
    assert [one["chain"] for one in told] == [">>", "西部桌>desk_a>+8613522223333"]
