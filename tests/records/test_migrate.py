"""Tables follow definitions, and keep what people have entered."""

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text as sql

from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound
from engine.platform.performing import run_due
from engine.records.reading.query import Query, query
from engine.records.writing import write
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    republish,
    stored,
    text,
    values,
)


def kept(database: Database, app: str, key: str) -> int:
    with database.connect() as connection:
        return connection.execute(
            sql(
                "SELECT kept FROM jianflow.column_storage c JOIN jianflow.form_storage f ON f.id = c.form_id"
                " WHERE f.app_id = :app AND c.field_key = :key AND c.state = 'removed' ORDER BY c.id DESC"
            ),
            {"app": live_of(database, app).app.id, "key": key},
        ).scalar_one()


def test_a_form_with_500_filled_text_fields_works(database: Database) -> None:
    app = make_app(database, form("wide", *(text(f"t{number}") for number in range(500))))
    sent = {f"t{number}": f"第{number}个字段，" + "字" * 60 for number in range(500)}
    made = add(database, app, "wide", **sent)
    assert values(database, app, "wide", made) == sent
    change(database, app, "wide", made, t0="新", t499="也新")
    assert values(database, app, "wide", made) == {**sent, "t0": "新", "t499": "也新"}
    with database.connect() as connection:
        longest = {f"t{number}": "长" * 500 for number in range(500)}
    full = add(database, app, "wide", **longest)
    assert values(database, app, "wide", full) == longest
    assert connection is not None


def test_a_field_added_is_empty_and_can_be_filled(database: Database) -> None:
    app = make_app(database, form("a", text()))
    made = add(database, app, "a", name="甲")
    republish(
        database,
        app,
        form(
            "a",
            text(),
            field("amount", "money"),
            field("mates", "members"),
            field("lines", "subform", fields=[text("x")]),
        ),
    )
    assert values(database, app, "a", made) == {"name": "甲", "amount": None, "mates": None, "lines": None}
    change(database, app, "a", made, amount=5, lines=[{"x": "1"}])
    assert values(database, app, "a", made)["amount"] == 5


def test_a_removed_field_comes_back_with_its_values(database: Database) -> None:
    whole = form(
        "a",
        text(),
        field("n", "number"),
        field("mates", "members"),
        field("lines", "subform", fields=[text("x"), text("y")]),
    )
    app = make_app(database, whole)
    made = add(database, app, "a", name="甲", n=5, lines=[{"x": "1", "y": "2"}])
    republish(database, app, form("a", text()))
    with pytest.raises(Invalid):
        change(database, app, "a", made, n=6)
    republish(database, app, whole)
    now = values(database, app, "a", made)
    assert now["n"] == 5 and [dict(row.values) for row in now["lines"]] == [{"x": "1", "y": "2"}]


@pytest.mark.parametrize(
    "old, new, sent, expected",
    [
        (
            field("f", "text"),
            field("f", "number"),
            ["12", "1,234.5", "zwölf"],
            [Decimal(12), Decimal("1234.5"), None],
        ),
        (field("f", "number"), field("f", "text"), [12, "0.5", None], ["12", "0.5", None]),
        (
            field("f", "text"),
            field("f", "date"),
            ["2026-03-01", "2026/3/2", "bald"],
            [date(2026, 3, 1), date(2026, 3, 2), None],
        ),
        (
            field("f", "date"),
            field("f", "datetime"),
            ["2026-03-01"],
            [datetime(2026, 2, 28, 16, tzinfo=timezone.utc)],
        ),
        (field("f", "select", options=[{"value": "a", "label": "甲"}]), field("f", "text"), ["a"], ["甲"]),
        (
            field("f", "text"),
            field("f", "select", options=[{"value": "a", "label": "甲"}]),
            ["甲", "乙"],
            ["a", None],
        ),
        (
            field("f", "select", options=[{"value": "a"}]),
            field("f", "multi_select", options=[{"value": "a"}]),
            ["a"],
            [["a"]],
        ),
        (
            field("f", "multi_select", options=[{"value": "a"}, {"value": "b"}]),
            field("f", "text"),
            [["a", "b"]],
            ["a、b"],
        ),
        (field("f", "switch"), field("f", "text"), [True, False], ["是", "否"]),
        (field("f", "formula", formula="1+1", result="number"), field("f", "number"), [None], [Decimal(2)]),
    ],
)
def test_what_converts_is_converted(
    database: Database, old: dict, new: dict, sent: list, expected: list
) -> None:
    app = make_app(database, form("a", old))
    computed = old["type"] == "formula"
    made = [add(database, app, "a", **({} if computed else {"f": one})) for one in sent]
    republish(database, app, form("a", new))
    assert [values(database, app, "a", one)["f"] for one in made] == expected


def test_what_does_not_convert_is_counted_kept_and_comes_back(database: Database) -> None:
    app = make_app(database, form("a", field("f", "text")))
    made = [add(database, app, "a", f=one) for one in ("12", "zwölf", "1.50", None)]
    republish(database, app, form("a", field("f", "number")))
    assert [values(database, app, "a", one)["f"] for one in made] == [12, None, Decimal("1.5"), None]
    assert kept(database, app, "f") == 2  # "zwölf" and how "1.50" was written
    change(database, app, "a", made[0], f=13)
    republish(database, app, form("a", field("f", "text")))
    assert [values(database, app, "a", one)["f"] for one in made] == ["13", "zwölf", "1.50", None]


def test_the_time_of_a_moment_that_was_a_date_for_a_while_comes_back(database: Database) -> None:
    app = make_app(database, form("a", field("f", "datetime")))
    made = add(database, app, "a", f="2026-03-01T10:30:00Z")
    republish(database, app, form("a", field("f", "date")))
    assert values(database, app, "a", made)["f"] == date(2026, 3, 1)
    republish(database, app, form("a", field("f", "datetime")))
    assert values(database, app, "a", made)["f"] == datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)


def test_members_and_links_become_their_names(database: Database) -> None:
    app = make_app(database, form("c", text(), title="{name}"), form("a", field("f", "link", form="c")))
    one = add(database, app, "c", name="甲公司")
    made = add(database, app, "a", f=one)
    republish(database, app, form("a", field("f", "links", form="c")))
    assert values(database, app, "a", made)["f"] == [one]
    republish(database, app, form("a", field("f", "text")))
    assert values(database, app, "a", made)["f"] == "甲公司"
    republish(database, app, form("a", field("f", "link", form="c")))
    assert values(database, app, "a", made)["f"] == one


def test_a_formula_added_or_changed_is_worked_out_for_all_records(database: Database) -> None:
    app = make_app(database, form("a", field("n", "number")))
    made = [add(database, app, "a", n=number) for number in (0, 1, 4)]
    republish(
        database,
        app,
        form(
            "a",
            field("n", "number"),
            field("f", "formula", formula="12 / n", result="number"),
            field("g", "formula", formula="f + 1", result="number"),
        ),
    )
    assert [values(database, app, "a", one)["g"] for one in made][1:] == [13, 4]
    assert stored(database, app, "a", made[0]).errors == {"f": "#DIV/0!", "g": "#DIV/0!"}
    republish(
        database,
        app,
        form(
            "a",
            field("n", "number"),
            field("f", "formula", formula="n * 2", result="number"),
            field("g", "formula", formula="f + 1", result="number"),
        ),
    )
    assert [values(database, app, "a", one)["g"] for one in made] == [1, 3, 9]
    assert stored(database, app, "a", made[0]).errors is None


def test_a_formula_is_worked_out_anew_where_it_is_to_have_other_decimals(database: Database) -> None:
    def third(decimals: int) -> dict[str, Any]:
        return form("f", text(), field("a", "number"), field("third", "formula", formula="a / 3", decimals=decimals))  # fmt: skip

    app = make_app(database, third(2))
    one = add(database, app, "f", name="x", a=10)
    assert values(database, app, "f", one)["third"] == Decimal("3.33")
    republish(database, app, third(4))
    run_due(database)
    assert values(database, app, "f", one)["third"] == Decimal("3.3333")
    republish(database, app, third(1))
    run_due(database)
    assert values(database, app, "f", one)["third"] == Decimal("3.3")


def test_a_row_only_formula_in_a_subform_is_worked_out_too(database: Database) -> None:
    app = make_app(database, form("a", field("lines", "subform", fields=[field("n", "number")])))
    made = add(database, app, "a", lines=[{"n": 1}, {"n": 2}])
    republish(
        database,
        app,
        form(
            "a",
            field(
                "lines",
                "subform",
                fields=[field("n", "number"), field("f", "formula", formula="n * 10", result="number")],
            ),
            field("sum", "formula", formula="SUM(lines.f)", result="number"),
        ),
    )
    now = values(database, app, "a", made)
    assert [row.values["f"] for row in now["lines"]] == [10, 20] and now["sum"] == 30


def test_titles_follow_their_template(database: Database) -> None:
    app = make_app(database, form("a", text(), text("code"), title="{name}"))
    made = add(database, app, "a", name="甲", code="1")
    republish(database, app, form("a", text(), text("code"), title="{code} {name}"))
    assert stored(database, app, "a", made).title == "1 甲"


def test_every_app_has_a_schema_of_its_own_that_goes_with_it(database: Database) -> None:
    from engine.definitions import store

    app = make_app(database, form("a", text()))
    schema = live_of(database, app).app.schema
    with database.begin() as connection:
        assert connection.scalar(sql("SELECT 1 FROM pg_namespace WHERE nspname = :s"), {"s": schema}) == 1
        store.delete_app(connection, app)
        assert connection.scalar(sql("SELECT 1 FROM pg_namespace WHERE nspname = :s"), {"s": schema}) is None
    with pytest.raises(NotFound):
        write.create_one(database, app, "a", ENGINE, {})


def test_keys_never_reach_the_database_as_names(database: Database) -> None:
    app = make_app(
        database, form("select", field("table", "text"), field("from", "subform", fields=[text("user")]))
    )
    made = add(database, app, "select", table="x'; DROP TABLE y; --", **{"from": [{"user": '"'}]})
    assert values(database, app, "select", made)["table"] == "x'; DROP TABLE y; --"


def test_titles_follow_a_formula_that_they_are_made_of(database: Database) -> None:
    def thing(formula: str) -> dict[str, Any]:
        return form("thing", text(), field("code", "formula", formula=formula, result="text"), title="{code}")

    app = make_app(database, thing('"A-" & name'))
    made = add(database, app, "thing", name="1")
    republish(database, app, thing('"B-" & name'))
    assert stored(database, app, "thing", made).title == "B-1"
    live = live_of(database, app)
    with database.connect() as connection:
        assert [one.id for one in query(connection, live, "thing", ENGINE, Query(search="B-1")).records] == [
            made
        ]
