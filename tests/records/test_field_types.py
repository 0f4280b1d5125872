"""Every type of field in a real table: written, read, listed in order, chosen by condition, converted."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

import run  # noqa: F401 - declares jobs and kinds
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.reading.query import Query, query
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, republish, text, values

VISIT = form(
    "visit",
    text(),
    field("stars", "rating"),
    field("at", "time", default={"now": True}),
    field("place", "address"),
    field("here", "location"),
    field("code", "barcode", unique="must"),
    field("story", "rich_text"),
    field("more", "tab"),
    field("sure", "formula", formula="stars * 20", result="number"),
    field("late", "formula", formula="at > TIME(18,0,0)", result="boolean"),
    field("hour", "formula", formula="HOUR(at)", result="number"),
    field("town", "formula", formula='LEFT(place, 3) & "!"', result="text"),
    field(
        "stops", "subform", fields=[field("at", "time"), field("stars", "rating"), field("place", "address")]
    ),
    title="{name}",
)


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    app = make_app(database, VISIT)
    for name, stars, at, place in (
        ("a", 3, "9:30", "江苏省无锡市新吴区长江路1号"),
        ("b", 5, "18:45", "北京市朝阳区建国路"),
        ("c", 1, "07:00:30", "12 Baker Street"),
    ):
        add(database, app, "visit", name=name, stars=stars, at=at, place=place, code=name.upper())
    return app


def found(database: Database, app: str, where: Any = None, sort: Any = ()) -> list[str]:
    with database.connect() as connection:
        live = live_of(database, app)
        page = query(connection, live, "visit", ENGINE, Query.read({"where": where, "sort": list(sort)}))
        return [record.values["name"] for record in page.records]


def test_what_was_written_comes_back_and_formulas_read_it(database: Database, app: str) -> None:
    made = add(
        database,
        app,
        "visit",
        name="d",
        stars="4",
        at="20:15",
        place={"province": "江苏省", "city": "无锡市", "detail": "1 号"},
        here={"lat": "31.5", "lng": "120.3", "text": "无锡"},
        story="<p>好<script>x</script></p>",
        stops=[{"at": "08:00", "stars": 2, "place": "江苏省无锡市"}],
    )
    kept = values(database, app, "visit", made)
    assert kept["stars"] == Decimal(4) and kept["at"] == dt.time(20, 15)
    assert kept["place"] == "江苏省 无锡市 1 号" and kept["here"] == "31.500000,120.300000 无锡"
    assert kept["story"] == "<p>好</p>"
    assert (kept["sure"], kept["late"], kept["hour"], kept["town"]) == (80, True, 20, "江苏省!")
    assert kept["stops"][0].values == {"at": dt.time(8), "stars": Decimal(2), "place": "江苏省 无锡市"}
    change(database, app, "visit", made, at="06:00", stars=None)
    again = values(database, app, "visit", made)
    assert (again["late"], again["hour"], again["stars"]) == (False, 6, None)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ({"field": "stars", "op": "gte", "value": 3}, ["a", "b"]),
        ({"field": "stars", "op": "between", "value": [1, 3]}, ["a", "c"]),
        ({"field": "at", "op": "lt", "value": "09:30"}, ["c"]),
        ({"field": "at", "op": "between", "value": ["09:30", "18:45"]}, ["a", "b"]),
        ({"field": "at", "op": "in", "value": ["07:00:30"]}, ["c"]),
        ({"field": "place", "op": "starts_with", "value": "江苏省"}, ["a"]),
        ({"field": "place", "op": "contains", "value": "baker"}, ["c"]),
        ({"field": "code", "op": "eq", "value": "b"}, ["b"]),
        ({"field": "story", "op": "empty"}, ["a", "b", "c"]),
    ],
)
def test_records_are_chosen_by_it(database: Database, app: str, where: Any, names: list[str]) -> None:
    assert [name for name in sorted(found(database, app, where)) if name in "abc"] == names


def test_records_are_ordered_by_it(database: Database, app: str) -> None:
    for key, names in (("stars", "cab"), ("at", "cab"), ("place", "cba")):
        order = found(
            database, app, {"field": "name", "op": "in", "value": ["a", "b", "c"]}, [{"field": key}]
        )
        assert "".join(order) == names, key


def test_faults_name_the_field_and_nothing_is_written(database: Database, app: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(database, app, "visit", name="x", stars=9, at="25:00", here="nowhere", code="A")
    assert {fault.pointer: fault.code for fault in refused.value.faults} == {
        "/values/stars": "too_large",
        "/values/at": "not_a_time",
        "/values/here": "not_a_location",
        "/values/code": "not_unique",
    }
    assert "x" not in found(database, app)


def test_a_column_becomes_another_type_with_what_it_held(database: Database) -> None:
    before = form("shop", text(), text("where"), text("mark"), text("opens"), text("said"), title="{name}")
    app = make_app(database, before)
    made = add(
        database, app, "shop", name="s", where="江苏省无锡市新吴区", mark="4", opens="9:30", said="1 < 2"
    )
    after = form(
        "shop",
        text(),
        field("where", "address"),
        field("mark", "rating"),
        field("opens", "time"),
        field("said", "rich_text"),
        title="{name}",
    )
    republish(database, app, after)
    kept = values(database, app, "shop", made)
    assert kept["where"] == "江苏省 无锡市 新吴区" and kept["mark"] == 4
    assert kept["opens"] == dt.time(9, 30) and kept["said"] == "<p>1 &lt; 2</p>"
    republish(database, app, before)
    back = values(database, app, "shop", made)
    assert (back["where"], back["mark"], back["opens"], back["said"]) == (
        "江苏省无锡市新吴区",
        "4",
        "9:30",
        "1 < 2",
    )
