"""What a field's properties allow, end to end: written by people, programs and files, offered, shown."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

import run  # noqa: F401 - declares jobs and kinds
from engine.access import departments
from engine.access import roles as role_holders
from engine.access.departments import DepartmentValues
from engine.access.viewer import viewer_for
from engine.definitions import live as living
from engine.platform.clock import StoppedClock
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.reading import directory
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    person,
    republish,
    text,
    values,
)


def codes(act: Callable[[], Any]) -> dict[str, str]:
    """The faults of a refused write, by place."""
    with pytest.raises(Invalid) as refused:
        act()
    return {fault.pointer.removeprefix("/values/"): fault.code for fault in refused.value.faults}


CITY = form("city", text(), text("country"), title="{name}")
TRIP = form(
    "trip",
    text(),
    field("to", "select", options_from={"form": "city", "field": "name"}),
    field("via", "multi_select", options_from={"form": "city", "field": "name"}),
    field(
        "near",
        "select",
        options_from={
            "form": "city",
            "field": "name",
            "where": {"field": "country", "op": "eq", "value": {"current": "name"}},
        },
    ),
    title="{name}",
)


def test_options_may_be_what_stands_in_another_forms_column(database: Database) -> None:
    app = make_app(database, CITY, TRIP)
    for name, country in (("无锡", "中国"), ("苏州", "中国"), ("Oslo", "Norway")):
        add(database, app, "city", name=name, country=country)
    made = add(database, app, "trip", name="a", to="无锡", via=["苏州", "Oslo"])
    assert values(database, app, "trip", made)["via"] == ["苏州", "Oslo"]
    assert codes(lambda: add(database, app, "trip", name="b", to="上海", via=["Oslo", "Rome"])) == {
        "to": "unknown_option",
        "via": "unknown_option",
    }
    with database.connect() as connection:
        live = live_of(database, app)
        offered = directory.choices(connection, live, "trip", ENGINE, "to")
        assert {one.title for one in offered} == {"无锡", "苏州", "Oslo"}
        found = directory.choices(connection, live, "trip", ENGINE, "to", "os")
        assert [one.id for one in found] == ["Oslo"]
        narrowed = directory.choices(connection, live, "trip", ENGINE, "near", current={"name": "Norway"})
        assert [one.title for one in narrowed] == ["Oslo"]
    # What is gone from the column may stay in the records that have it.
    add(database, app, "city", name="Rome", country="Italy")
    change(database, app, "trip", made, name="c", to="无锡")


def test_a_column_that_is_not_there_is_no_source_of_options(database: Database) -> None:
    wrong = form(
        "trip",
        text(),
        field("to", "select", options_from={"form": "city", "field": "nothing"}),
        title="{name}",
    )
    none = form("trip", text(), field("to", "select"), title="{name}")
    for document, pointer in ((wrong, "/fields/1/options_from/field"), (none, "/fields/1/options")):
        with pytest.raises(Invalid) as refused:
            make_app(database, CITY, document)
        assert any(fault.pointer.endswith(pointer) for fault in refused.value.faults)


def test_a_member_is_chosen_from_the_departments_of_the_scope(database: Database) -> None:
    def place(connection: Connection, name: str, parent: int | None = None) -> int:
        return departments.create(
            connection, DepartmentValues.read({"name": name, "parent": parent}), author=ENGINE
        ).id

    with database.begin() as connection:
        sales = place(connection, "销售")
        east = place(connection, "华东", sales)
        other = place(connection, "财务")
        li = person(connection, "scope_li", department=east)
        wu = person(connection, "scope_wu", department=other, also_in=[sales])
        zhao = person(connection, "scope_zhao", department=other)
    narrow = {"departments": [sales], "below": True}
    app = make_app(
        database,
        form(
            "task",
            text(),
            field("who", "member", scope=narrow),
            field("all", "members", scope={"departments": [sales]}),
            field("where", "department", scope=narrow),
            title="{name}",
        ),
    )
    add(database, app, "task", name="a", who=li.member_id, all=[wu.member_id], where=east)
    assert codes(
        lambda: add(database, app, "task", name="b", who=zhao.member_id, all=[li.member_id], where=other)
    ) == {"who": "outside_scope", "all": "outside_scope", "where": "outside_scope"}
    with database.connect() as connection:
        live = live_of(database, app)
        assert {one.id for one in directory.choices(connection, live, "task", ENGINE, "who")} == {
            li.member_id,
            wu.member_id,
        }
        assert [one.id for one in directory.choices(connection, live, "task", ENGINE, "all")] == [
            wu.member_id
        ]
        assert {one.id for one in directory.choices(connection, live, "task", ENGINE, "where")} == {
            sales,
            east,
        }


def test_limits_hold_for_what_is_given_anew_and_old_values_stay(
    database: Database, clock: StoppedClock
) -> None:
    options = [{"value": one} for one in "abc"]
    plain = form(
        "visit", text(), field("on", "date"), field("tags", "checkboxes", options=options), title="{name}"
    )
    app = make_app(database, plain)
    old = add(database, app, "visit", name="old", on="2020-01-01", tags=["a"])
    bound = form(
        "visit",
        text(),
        field("on", "date", range="from_today"),
        field("tags", "checkboxes", options=options, min_count=2, max_count=2),
        field(
            "rows",
            "subform",
            fields=[field("at", "datetime", range="past")],
        ),
        title="{name}",
    )
    republish(database, app, bound)
    change(database, app, "visit", old, name="still", on="2020-01-01", tags=["a"])
    assert codes(lambda: change(database, app, "visit", old, on="2026-03-01", tags=["b"])) == {
        "on": "outside_range",
        "tags": "too_few",
    }
    change(database, app, "visit", old, on="2026-03-02", tags=["a", "b"])
    assert codes(
        lambda: add(
            database,
            app,
            "visit",
            name="x",
            tags=["a", "b", "c"],
            rows=[{"at": "2026-03-01T10:00:00+08:00"}, {"at": "2026-03-02T10:00:00+08:00"}],
        )
    ) == {"tags": "too_many", "rows/1/at": "outside_range"}


def test_a_place_lies_within_the_area_that_its_field_allows(database: Database) -> None:
    """A degree of latitude is 111.2 km: four thousandths are 445 m, five are 556 m."""
    free = form("visit", text(), field("at", "location"), title="{name}")
    app = make_app(database, free)
    far = add(database, app, "visit", name="far", at="31.600000,120.312000 老厂")
    republish(
        database, app, form("visit", text(), field("at", "location", center="31.491,120.312"), title="{name}")
    )
    add(database, app, "visit", name="a", at={"lat": "31.495", "lng": "120.312", "text": "南门"})
    assert codes(lambda: add(database, app, "visit", name="b", at="31.496,120.312")) == {"at": "outside_area"}
    change(database, app, "visit", far, name="still", at="31.600000,120.312000 老厂")
    wide = field("at", "location", center="31.491, 120.312", metres=600)
    republish(database, app, form("visit", text(), wide, title="{name}"))
    add(database, app, "visit", name="c", at="31.496,120.312")
    with pytest.raises(Invalid):
        make_app(database, form("visit", text(), field("at", "location", center="91,0"), title="{name}"))


def test_texts_keep_to_a_format_of_everyday(database: Database) -> None:
    app = make_app(
        database,
        form(
            "person",
            text(),
            field("card", "text", format="id_card"),
            field("firm", "text", format="credit_code"),
            field("plate", "text", format="plate"),
            title="{name}",
        ),
    )
    add(database, app, "person", card="11010519491231002X", firm="91350100M000100Y43", plate="苏B12345")
    assert codes(
        lambda: add(
            database, app, "person", card="110105194912310021", firm="91350100M000100Y44", plate="B12"
        )
    ) == {"card": "format", "firm": "format", "plate": "format"}


def test_defaults_are_found_when_a_record_is_made(database: Database, clock: StoppedClock) -> None:
    app = make_app(
        database,
        form(
            "note",
            text(),
            field("at", "time", default={"now": True}),
            field("on", "date", default={"today": True}),
            field("stars", "rating", default=3),
            field("place", "address", default="江苏省无锡市"),
            field("code", "serial", pattern=[{"text": "N"}, {"digits": 3, "start": 100}]),
            title="{name}",
        ),
    )
    made = values(database, app, "note", add(database, app, "note", name="a"))
    assert made["at"].isoformat() == "10:00:00" and made["on"] == date(2026, 3, 2)
    assert made["stars"] == 3 and made["place"] == "江苏省 无锡市" and made["code"] == "N100"
    assert values(database, app, "note", add(database, app, "note"))["code"] == "N101"


PRICE = form("price", text(), field("amount", "money"), field("on", "date"), title="{name}")


def _sale(**source: Any) -> dict[str, Any]:
    return form(
        "sale",
        text(),
        field("price", "money", default_from={"form": "price", "field": "amount", **source}, default=1),
        field("latest", "link", form="price", default_from={"form": "price", "field": "id"}),
        title="{name}",
    )


def test_a_default_may_come_from_a_query(database: Database) -> None:
    cheap = {"where": {"field": "name", "op": "eq", "value": "pen"}, "sort": [{"field": "amount"}]}
    app = make_app(database, PRICE, _sale(**cheap))
    first = values(database, app, "sale", add(database, app, "sale", name="a"))
    assert (first["price"], first["latest"]) == (1, None)  # nothing is found yet
    for name, amount in (("pen", 9), ("pen", 5), ("ink", 2)):
        add(database, app, "price", name=name, amount=amount)
    made = values(database, app, "sale", add(database, app, "sale", name="b"))
    assert made["price"] == 5
    assert values(database, app, "sale", add(database, app, "sale", name="c", price=7))["price"] == 7


def test_a_default_from_a_query_gives_nobody_what_they_may_not_read(database: Database) -> None:
    def role(key: str, **reads: Any) -> dict[str, Any]:
        return {"key": key, "name": key, "grants": {"sale": {"create": True, "read": True}, **reads}}

    hidden = {"read": True, "fields": {"amount": "hidden"}}
    cheap = {"read": {"where": {"field": "amount", "op": "lt", "value": 6}}}
    roles = role("reads", price={"read": True}), role("blind"), role("no_amount", price=hidden)
    app = make_app(database, PRICE, _sale(), roles=(*roles, role("reads_cheap", price=cheap)))
    add(database, app, "price", name="pen", amount=5)
    latest = add(database, app, "price", name="ink", amount=9)
    with database.begin() as connection:
        live, by_role = living.load(connection, app), {}
        for key in ("reads", "blind", "no_amount", "reads_cheap"):
            who = person(connection, f"default_{key}")
            role_holders.assign(connection, live, key, [who.member_id], [], author=ENGINE)
            by_role[key] = viewer_for(connection, who.member_id)
    made = {
        key: values(database, app, "sale", add(database, app, "sale", who, name=key))
        for key, who in by_role.items()
    }
    assert {key: one["price"] for key, one in made.items()} == {
        "reads": 9, "blind": 1, "no_amount": 1, "reads_cheap": 5,
    }  # fmt: skip
    assert made["reads"]["latest"] == made["no_amount"]["latest"] == latest
    assert made["blind"]["latest"] is None


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({"form": "nothing"}, "form"),
        ({"field": "nothing"}, "field"),
        ({"sort": [{"field": "nothing"}]}, "sort/0/field"),
        ({"where": {"field": "nothing", "op": "empty"}}, "where/field"),
        ({"where": {"field": "name", "op": "eq", "value": {"current": "name"}}}, "where"),
    ],
)
def test_a_query_that_cannot_be_asked_is_no_default(
    database: Database, source: dict[str, Any], place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_app(database, PRICE, _sale(**source))
    assert any(f"/fields/1/default_from/{place}" in fault.pointer for fault in refused.value.faults)


def test_no_pattern_of_a_designer_holds_up_a_write(database: Database) -> None:
    coded = form("coded", text(), text("code", pattern="(a+)+$"), title="{name}")
    app = make_app(database, coded)
    add(database, app, "coded", name="一", code="a" * 40)
    began = time.monotonic()
    assert codes(lambda: add(database, app, "coded", name="二", code="a" * 40 + "!")) == {"code": "pattern"}
    assert time.monotonic() - began < 2
    looking = form("coded", text(), text("code", pattern="(?=a)b"), title="{name}")
    with pytest.raises(Invalid) as refused:
        republish(database, app, looking)
    assert refused.value.faults[0].code == "bad_pattern"
