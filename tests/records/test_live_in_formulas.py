"""Formulas that are worked out in Python read lookups and live formulas as SQL does: in rules, defaults and explanations."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.explanation import explain
from engine.records.reading.query import get
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, republish, text, values
from tests.statements import statements

CUSTOMER = form("customer", text(), field("credit", "number"), field("parent", "link", form="customer"),
                field("above", "lookup", via="parent", field="credit"))  # fmt: skip


def order(*rules: dict[str, Any]) -> dict[str, Any]:
    return form(
        "order", text(), field("amount", "number"),
        field("customer", "link", form="customer"),
        field("limit", "lookup", via="customer", field="credit"),
        field("above", "lookup", via="customer", field="above"),
        field("left", "formula", formula="limit - amount", result="number"),
        field("double", "number", default={"formula": "limit * 2"}),
        field("lines", "subform", fields=[
            text("item"), field("customer", "link", form="customer"), field("qty", "number"),
            field("credit", "lookup", via="customer", field="credit"),
            field("room", "formula", formula="credit - qty", result="number"),
        ]),
        field("credits", "formula", formula="SUM(lines.credit)", result="number"),
        rules=list(rules),
    )  # fmt: skip


def rule(formula: str, **more: Any) -> dict[str, Any]:
    return {"key": "rule", "kind": "validation", "formula": formula, "message": "不行", **more}


def breaks(database: Database, app: str, **given: Any) -> bool:
    try:
        add(database, app, "order", name="o", **given)
    except Invalid as refused:
        assert [one.code for one in refused.faults] == ["rule"]
        return True
    return False


@pytest.mark.parametrize(
    "formula",
    [
        "amount <= limit",
        "limit >= 10",
        "left >= 0",
        "above = 7",
        "SUM(lines.credit) < 50",
        "SUM(lines.room) < 40",
    ],
)
def test_a_rule_reads_what_is_looked_up(database: Database, formula: str) -> None:
    app = make_app(database, CUSTOMER, order(rule(formula)))
    top = add(database, app, "customer", name="上", credit=7)
    good = add(database, app, "customer", name="好", credit=21, parent=top)
    poor = add(database, app, "customer", name="差", credit=3)
    few = [{"item": "a", "customer": good, "qty": 1}]
    many = [*few, {"item": "b", "customer": good, "qty": 0}, {"item": "c", "customer": good, "qty": 1}]
    assert not breaks(database, app, customer=good, amount=5, lines=few)
    assert breaks(database, app, customer=poor, amount=5, lines=many)


def test_a_rule_over_rows_reads_what_each_row_looks_up(database: Database) -> None:
    app = make_app(database, CUSTOMER, order(rule("room > 0", inside="lines")))
    good = add(database, app, "customer", name="好", credit=21)
    assert not breaks(database, app, lines=[{"item": "a", "customer": good, "qty": 20}])
    assert breaks(database, app, lines=[{"item": "a", "customer": good, "qty": 22}])


def test_a_rule_looks_again_when_the_link_changes_that_a_lookup_goes_through(database: Database) -> None:
    app = make_app(database, CUSTOMER, order(rule("left >= 0")))
    good = add(database, app, "customer", name="好", credit=21)
    poor = add(database, app, "customer", name="差", credit=3)
    made = add(database, app, "order", name="o", customer=good, amount=5)
    with pytest.raises(Invalid):
        change(database, app, "order", made, customer=poor)


def test_a_default_takes_what_is_looked_up(database: Database) -> None:
    app = make_app(database, CUSTOMER, order())
    good = add(database, app, "customer", name="好", credit=21)
    assert (
        values(database, app, "order", add(database, app, "order", name="o", customer=good))["double"] == 42
    )


def test_an_explanation_says_the_value_that_stands_beside_it(database: Database) -> None:
    app = make_app(database, CUSTOMER, order())
    good = add(database, app, "customer", name="好", credit=21)
    lines = [{"item": "a", "customer": good, "qty": 2}, {"item": "b", "customer": good, "qty": 1}]
    made = add(database, app, "order", name="o", customer=good, amount=5, lines=lines)
    with database.connect() as connection:
        live = live_of(database, app)
        shown = get(connection, live, "order", ENGINE, made).values
        told = {
            key: explain.explain(connection, live, "order", ENGINE, made, key).json()
            for key in ("credits", "left")
        }
    assert shown["credits"] == 42 and shown["left"] == 16
    assert {key: Decimal(one["tree"]["value"]) for key, one in told.items()} == {"credits": 42, "left": 16}


def test_rows_that_look_up_many_records_are_read_at_once(database: Database) -> None:
    app = make_app(database, CUSTOMER, order(rule("SUM(lines.credit) >= 0")))
    customers = [add(database, app, "customer", name=str(one), credit=one) for one in range(40)]
    with statements(database) as said:
        add(database, app, "order", name="o", lines=[{"item": "x", "customer": one} for one in customers])
    assert len(said) < 30


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    credit=st.one_of(st.none(), st.integers(-50, 50)),
    amount=st.one_of(st.none(), st.integers(-50, 50)),
    formula=st.sampled_from(["limit", "limit - amount", "left + 1", 'IF(limit="",1,2)', "SUM(lines.credit)", "SUM(lines.room)"]),
)  # fmt: skip
def test_python_and_sql_agree_over_lookups(
    database: Database, credit: int | None, amount: int | None, formula: str
) -> None:
    app = _shared(database)
    customer = add(database, app, "customer", name="c", credit=credit)
    lines = [{"item": "a", "customer": customer, "qty": amount}]
    made = add(database, app, "order", name="o", customer=customer, amount=amount, lines=lines)
    republish(
        database,
        app,
        {
            **order(),
            "fields": [*order()["fields"], field("asked", "formula", formula=formula, result="number")],
        },
    )
    with database.connect() as connection:
        live = live_of(database, app)
        by_sql = get(connection, live, "order", ENGINE, made).values["asked"]
        tree = explain.explain(connection, live, "order", ENGINE, made, "asked").json()["tree"]
    by_python = tree["value"]
    assert (Decimal(by_python) if by_python not in (None, "") else 0) == (by_sql or 0)


def _shared(database: Database) -> str:
    if database not in _APPS:
        _APPS[database] = make_app(database, CUSTOMER, order())
    return _APPS[database]


_APPS: dict[Database, str] = {}


def test_a_link_to_nothing_is_refused_at_its_field_where_a_default_reads_what_is_live_there(
    database: Database,
) -> None:
    letters = field("letters", "formula", formula="IF(TODAY() > 0, LEN(name), 0)", result="number")
    app = make_app(
        database,
        form("customer", text(), letters),
        form(
            "visit", text(), field("customer", "link", form="customer"),
            field("long", "lookup", via="customer", field="letters"),
            field("twice", "number", default={"formula": "long * 2"}),
        ),
    )  # fmt: skip
    there = add(database, app, "customer", name="一二三")
    assert values(database, app, "visit", add(database, app, "visit", customer=there))["twice"] == 6
    with pytest.raises(Invalid) as refused:
        add(database, app, "visit", customer=there + 1000)
    assert [fault.pointer for fault in refused.value.faults] == ["/values/customer"]
