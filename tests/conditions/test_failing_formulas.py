"""A condition with a formula that fails is not true, of saved records and of values that no table holds yet."""

from typing import Any

import pytest

from engine.platform.database import Database
from engine.records.reading.query import Query, query
from engine.records.storage.rows import read
from engine.records.writing.rules.held import Held, read_condition
from engine.records.writing.transaction import Transaction
from tests.records.making import ENGINE, add, field, form, live_of, make_app, text

THING = form(
    "thing",
    text(),
    field("amount", "number"),
    field("day", "date"),
    field("rows", "subform", fields=[field("q", "number")]),
)


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    key = make_app(database, THING)
    add(database, key, "thing", name="empty")
    add(database, key, "thing", name="zero", amount="0", rows=[{"q": "1"}])
    add(database, key, "thing", name="ten", amount="10", day="2026-03-15", rows=[{"q": "1"}, {"q": None}])
    return key


def chosen(database: Database, app: str, where: dict[str, Any]) -> set[str]:
    """The names of those that the condition is true of, in SQL as in memory."""
    live = live_of(database, app)
    with database.connect() as connection:
        found = query(connection, live, "thing", ENGINE, Query(where=where, fields=["name"])).records
        tx = Transaction(connection, live, ENGINE, "page")
        every = query(connection, live, "thing", ENGINE, Query(fields=["name"])).records
        stored = read(connection, tx.table("thing"), [one.id for one in every])
        node = read_condition(live.form("thing"), where, None, ENGINE.time_zone)
        held = {one for one in stored if Held(tx, live.form("thing"), stored[one].known()).holds(node)}
        assert held == {one.id for one in found}, where
        return {str(stored[one].values["name"]) for one in held}


OPERATORS = ["eq", "ne", "gt", "gte", "lt", "lte", "in", "not_in"]


@pytest.mark.parametrize("formula", ["1/0", "9^9^9^9", 'VALUE("abc")', "amount/0", "amount + 1/0"])
@pytest.mark.parametrize("path", ["amount", "rows.q"])
def test_a_formula_that_always_fails_lets_no_record_in_by_any_operator(database, app, path, formula) -> None:
    for op in OPERATORS:
        assert chosen(database, app, {"field": path, "op": op, "value": {"formula": formula}}) == set(), op
    between = {"field": path, "op": "between", "value": [0, {"formula": formula}]}
    assert chosen(database, app, between) == set()


@pytest.mark.parametrize("op", ["eq", "ne", "contains", "not_contains", "starts_with", "in", "not_in"])
def test_a_failing_text_is_neither_equal_to_a_text_nor_different_from_it(database, app, op) -> None:
    for formula in ('REPT("x", -1)', 'IF(amount = 10, "t", REPT("x", -1))'):
        found = chosen(database, app, {"field": "name", "op": op, "value": {"formula": formula}})
        assert found <= {"ten"}


@pytest.mark.parametrize("op", ["eq", "ne", "gt", "lte"])
def test_a_failing_day_is_neither_equal_to_a_day_nor_different_from_it(database, app, op) -> None:
    assert chosen(database, app, {"field": "day", "op": op, "value": {"formula": "day - 9^9"}}) == set()


def test_a_formula_that_fails_on_some_records_still_compares_the_others(database, app) -> None:
    unequal = {"field": "amount", "op": "ne", "value": {"formula": "100 / amount"}}
    assert chosen(database, app, unequal) == set()
    less = {"field": "amount", "op": "lt", "value": {"formula": "1000 / amount"}}
    assert chosen(database, app, less) == {"ten"}


def test_what_is_not_true_because_of_an_error_has_an_opposite_that_is(database, app) -> None:
    where = {"field": "amount", "op": "gt", "value": {"formula": "1/0"}}
    assert chosen(database, app, {"not": where}) == {"empty", "zero", "ten"}


def test_a_formula_without_a_value_is_empty_not_zero(database, app) -> None:
    where = {"field": "amount", "op": "eq", "value": {"formula": "amount"}}
    assert chosen(database, app, where) == {"empty", "zero", "ten"}
    assert chosen(database, app, {"field": "name", "op": "eq", "value": {"formula": '""'}}) == set()
    later = {"field": "day", "op": "eq", "value": {"formula": "day"}}
    assert chosen(database, app, later) == {"empty", "zero", "ten"}
