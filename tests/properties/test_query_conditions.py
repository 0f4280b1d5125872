"""Conditions in SQL against an independent model in Python, on random records with empties among them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.platform import clock
from engine.platform.database import Database
from engine.records.reading.query import Query, query
from engine.records.storage.tables import form_table
from tests.records.making import ENGINE, add, field, form, live_of, make_app, text

NOW = dt.datetime(2026, 3, 15, 1, 0, tzinfo=dt.timezone.utc)
OPTIONS = ["a", "b", "c"]
TEXTS = ["", "abc", "ABC", "aé", "É", "é", "ab%", "_", "客户", "客户A", "x'y", "\\"]
DAYS = [dt.date(2026, 3, day) for day in (1, 14, 15, 16)] + [dt.date(2025, 12, 31), dt.date(2024, 2, 29)]
MOMENTS = [
    dt.datetime(2026, 3, 14, 15, 59, 59, tzinfo=dt.timezone.utc),
    dt.datetime(2026, 3, 14, 16, 0, tzinfo=dt.timezone.utc),
    dt.datetime(2026, 3, 15, 15, 59, tzinfo=dt.timezone.utc),
    dt.datetime(2026, 3, 15, 16, 0, tzinfo=dt.timezone.utc),
]
NUMBERS = ["0", "-1", "1", "1.5", "100", "1e3"]
PLACE = form(
    "place",
    text(),
    field("kind", "select", options=[{"value": one} for one in OPTIONS]),
    field("size", "number"),
    title="{name}",
)
THING = form(
    "thing",
    text("t"),
    field("n", "number"),
    field("d", "date"),
    field("m", "datetime"),
    field("b", "switch"),
    field("s", "select", options=[{"value": one} for one in OPTIONS]),
    field("l", "multi_select", options=[{"value": one} for one in OPTIONS]),
    field("p", "link", form="place"),
    field("ps", "links", form="place"),
    field("rows", "subform", fields=[field("q", "number"), field("w", "text")]),
    title="{t}",
)


def maybe(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.sampled_from(values))


RECORD = st.fixed_dictionaries(
    {
        "t": maybe(TEXTS),
        "n": maybe(NUMBERS),
        "d": maybe(DAYS),
        "m": maybe(MOMENTS),
        "b": maybe([True, False]),
        "s": maybe(OPTIONS),
        "l": st.lists(st.sampled_from(OPTIONS), unique=True),
        "p": maybe([0, 1, 2]),
        "ps": st.lists(st.sampled_from([0, 1, 2]), unique=True),
        "rows": st.lists(st.fixed_dictionaries({"q": maybe(NUMBERS), "w": maybe(TEXTS)}), max_size=2),
    }
)


def leaf(path: str, ops: list[str], value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def shaped(op: str) -> st.SearchStrategy[Any]:
        if op in ("empty", "not_empty"):
            return st.just({"field": path, "op": op})
        if op == "between":
            shape = st.lists(value, min_size=2, max_size=2)
        elif op in ("in", "not_in", "contains_any", "contains_all"):
            shape = st.lists(st.one_of(value, st.none()), max_size=3)
        else:
            shape = value if op in ("gt", "gte", "lt", "lte") else st.one_of(value, st.none())
        return shape.map(lambda found: {"field": path, "op": op, "value": found})

    return st.sampled_from(ops).flatmap(shaped)


ORDERED = ["eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", "empty", "not_empty"]
EQUAL = ["eq", "ne", "in", "not_in", "empty", "not_empty"]
SAID = ["eq", "ne", "in", "not_in", "empty", "not_empty"]
LISTED = [
    "contains",
    "not_contains",
    "contains_any",
    "contains_all",
    "in",
    "not_in",
    "eq",
    "ne",
    "empty",
    "not_empty",
]
SPANS = [
    {"period": one}
    for one in ("today", "this_week", "last_month", "this_year", "last_year", "2026-Q1", "2024")
] + [{"period": "last_n_days", "n": 15}, {"days_ago": 1}, {"days_ahead": 1}]
texts = st.sampled_from([one for one in TEXTS if one])
numbers = st.sampled_from([Decimal(one) for one in NUMBERS]).map(lambda one: format(one, "f"))
days = st.one_of(st.sampled_from(DAYS).map(lambda one: one.isoformat()), st.sampled_from(SPANS))
moments = st.one_of(days, st.sampled_from(MOMENTS).map(lambda one: one.isoformat()))
options = st.sampled_from(OPTIONS)


class FormulaFails(Exception):
    """What the model raises where a formula of a condition gives an error."""


def fails(record: dict[str, Any]) -> Any:
    raise FormulaFails


def divided(record: dict[str, Any]) -> Any:
    return 100 / record["n"] if record["n"] else fails(record)


NUMERIC = {
    "n": lambda record: record["n"],
    "n + 1": lambda record: (record["n"] or 0) + 1,
    "p.size": lambda record: at("p.size", record),
    "100 / n": divided,
    "1/0": fails,
    'VALUE("abc")': fails,
    "9^9^9^9": fails,
}
TEXTUAL = {
    "p.name": lambda record: at("p.name", record),
    '"abc"': lambda record: "abc",
    '""': lambda record: None,
    'IF(n = 1, 1/0, "abc")': lambda record: fails(record) if record["n"] == 1 else "abc",
    'REPT("x", -1)': fails,
}
DATED = {
    "d": lambda record: record["d"] and record["d"].isoformat(),
    "DATE(2026, 3, 15)": lambda record: "2026-03-15",
    "d - 9^9": fails,
    "IF(n = 1, 1/0, d)": lambda record: (
        fails(record) if record["n"] == 1 else record["d"] and record["d"].isoformat()
    ),
}
FORMULAS: dict[str, dict[str, Any]] = {
    "n": NUMERIC,
    "rows.q": NUMERIC,
    "p.size": NUMERIC,
    "t": TEXTUAL,
    "rows.w": TEXTUAL,
    "d": DATED,
    "m": DATED,
}
"""Formulas over the same record, many of which fail on some records or on all, and what they give."""


def by_formula(path: str) -> st.SearchStrategy[Any]:
    formula = st.sampled_from(sorted(FORMULAS[path])).map(lambda text: {"formula": text})
    said = path in ("t", "rows.w")

    def shaped(op: str) -> st.SearchStrategy[Any]:
        return st.lists(formula, min_size=2, max_size=2) if op == "between" else formula

    return st.sampled_from(
        ["eq", "ne", "in", "not_in", "contains", "not_contains", "starts_with"]
        if said
        else ["eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in"]
    ).flatmap(lambda op: shaped(op).map(lambda found: {"field": path, "op": op, "value": found}))


LEAF = st.one_of(
    st.sampled_from(sorted(FORMULAS)).flatmap(by_formula),
    leaf("t", SAID, texts),
    leaf("n", ORDERED, numbers),
    leaf("d", ORDERED, days),
    leaf("m", ORDERED, moments),
    st.sampled_from(["contains", "not_contains", "starts_with"]).flatmap(
        lambda op: texts.map(lambda found: {"field": "t", "op": op, "value": found})
    ),
    leaf("b", ["eq", "ne"], st.booleans()),
    leaf("s", EQUAL, options),
    leaf("l", LISTED, options),
    leaf("p.kind", EQUAL, options),
    leaf("p.size", ORDERED, numbers),
    leaf("p.name", SAID, texts),
    leaf("ps.size", ["gt", "lt", "eq", "ne", "in", "not_in", "empty", "not_empty"], numbers),
    leaf("rows.q", ["gt", "lt", "eq", "ne", "in", "not_in", "empty", "not_empty"], numbers),
    leaf("rows.w", SAID, texts),
    leaf("rows", ["empty", "not_empty"], st.none()),
)
CONDITION = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


# -- the model ---------------------------------------------------------------------------------------------


PLACES = [
    {"name": "abc", "kind": "a", "size": Decimal(1)},
    {"name": None, "kind": None, "size": None},
    {"name": "É", "kind": "c", "size": Decimal(100)},
]


def holds(where: dict[str, Any], record: dict[str, Any]) -> bool:
    if "all" in where:
        return all(holds(part, record) for part in where["all"])
    if "any" in where:
        return any(holds(part, record) for part in where["any"])
    if "not" in where:
        return not holds(where["not"], record)
    path, op = where["field"], where["op"]
    try:
        value = worked_out(where.get("value"), path, record)
    except FormulaFails:
        return False  # whatever the operator
    negative = {"ne": "eq", "not_in": "in", "not_contains": "contains", "empty": "not_empty"}
    if op in negative:
        return not holds({"field": path, "op": negative[op], "value": where.get("value")}, record)
    if path == "rows":
        return bool(record["rows"])
    if path == "l":
        return listed(op, record["l"], value)
    found = at(path, record)
    if path.split(".")[0] in ("ps", "rows"):
        if op == "eq" and where.get("value") is None:  # no row says anything
            return not any(one is not None for one in found)
        return any(compared(op, one, value, path) for one in found)
    return compared(op, found, value, path)


def worked_out(value: Any, path: str, record: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [worked_out(one, path, record) for one in value]
    if not isinstance(value, dict) or "formula" not in value:
        return value
    found = FORMULAS[path][value["formula"]](record)
    return f"{found}T00:00:00+08:00" if path == "m" and found else found


def at(path: str, record: dict[str, Any]) -> Any:
    first, _, rest = path.partition(".")
    value = record[first]
    if first == "p":
        return None if value is None else PLACES[value][rest]
    if first == "ps":
        return [PLACES[one][rest] for one in value]
    if first == "rows":
        return [row[rest] for row in value]
    return value


def listed(op: str, found: list[str], value: Any) -> bool:
    wanted = value if isinstance(value, list) else [value]
    some = [one for one in wanted if one is not None]
    if op == "not_empty":
        return bool(found)
    if op in ("contains", "contains_any", "in"):
        return any(one in found for one in some) or (None in wanted and not found)
    if op == "contains_all":
        return all(one in found for one in some)
    return set(found) == set(some)


def compared(op: str, found: Any, value: Any, path: str) -> bool:
    if op == "not_empty":
        return found is not None
    if path == "b":
        return bool(found) is bool(value)
    if op in ("contains", "starts_with"):
        low, said = lower(found or ""), lower(value or "")
        return (
            found is not None
            and value is not None
            and (said in low if op == "contains" else low.startswith(said))
        )
    wanted = [ready(one, path) for one in (value if isinstance(value, list) else [value])]
    if isinstance(found, str):
        found = lower(found)
    if op in ("eq", "in"):
        return any(same(found, one) for one in wanted)
    if found is None or any(one is None for one in wanted):
        return False
    low, high = edges(wanted[0]), edges(wanted[-1])
    here = edges(found)
    return {
        "gt": here[0] > low[1],
        "gte": here[0] >= low[0],
        "lt": here[0] < low[0],
        "lte": here[0] <= high[1],
        "between": here[0] >= low[0] and here[0] <= high[1],
    }[op]


def same(found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is None and wanted is None
    low, high = edges(wanted)
    return low <= edges(found)[0] <= high


def edges(value: Any) -> tuple[Any, Any]:
    return value if isinstance(value, tuple) else (value, value)


def ready(value: Any, path: str) -> Any:
    if value is None:
        return None
    if path in ("n", "p.size", "ps.size", "rows.q"):
        return Decimal(value)
    if path not in ("d", "m"):
        return lower(value)
    if isinstance(value, str) and len(value) > 10:
        return dt.datetime.fromisoformat(value)
    first, last = span(value)
    if path == "d":
        return first, last
    zone = dt.timezone(dt.timedelta(hours=8))
    start = dt.datetime.combine(first, dt.time(), zone)
    return start, dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone) - dt.timedelta(
        microseconds=1
    )


def span(value: Any) -> tuple[dt.date, dt.date]:
    today = dt.date(2026, 3, 15)  # a Sunday
    if isinstance(value, str):
        return (dt.date.fromisoformat(value),) * 2
    if "days_ago" in value or "days_ahead" in value:
        return (today + dt.timedelta(days=value.get("days_ahead", 0) - value.get("days_ago", 0)),) * 2
    return {
        "today": (today, today),
        "this_week": (dt.date(2026, 3, 9), today),
        "last_n_days": (dt.date(2026, 3, 1), today),
        "last_month": (dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        "this_year": (dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        "last_year": (dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
        "2026-Q1": (dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
        "2024": (dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
    }[value["period"]]


def lower(text: str) -> str:
    return "".join(chr(ord(one) + 32) if "A" <= one <= "Z" else one for one in text)


# -- the tests ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(database: Database) -> dict[str, Any]:
    app = make_app(database, PLACE, THING)
    places = [
        add(database, app, "place", name=one["name"], kind=one["kind"], size=one["size"] and str(one["size"]))
        for one in PLACES
    ]
    return {"app": app, "live": live_of(database, app), "places": places}


def sent(record: dict[str, Any], places: list[int]) -> dict[str, Any]:
    return {
        **record,
        "d": record["d"] and record["d"].isoformat(),
        "m": record["m"] and record["m"].isoformat(),
        "p": None if record["p"] is None else places[record["p"]],
        "ps": [places[one] for one in record["ps"]],
    }


def known(record: dict[str, Any]) -> dict[str, Any]:
    """The record as the model sees it: texts cut, numbers exact."""

    def number(one: Any) -> Any:
        return None if one is None else Decimal(one)

    return {
        **record,
        "t": record["t"] or None,
        "n": number(record["n"]),
        "rows": [{"q": number(row["q"]), "w": row["w"] or None} for row in record["rows"]],
    }


def empty(database: Database, world: dict[str, Any]) -> None:
    with database.begin() as connection:
        connection.execute(sa.delete(form_table(connection, world["live"], "thing").main))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    records=st.lists(RECORD, min_size=3, max_size=8), conditions=st.lists(CONDITION, min_size=30, max_size=40)
)
def test_sql_chooses_what_the_model_chooses(database, world, records, conditions) -> None:
    empty(database, world)
    ids = [add(database, world["app"], "thing", **sent(record, world["places"])) for record in records]
    models = [known(record) for record in records]
    with clock.stopped(NOW), database.connect() as connection:
        for where in conditions:
            found = [
                one.id
                for one in query(
                    connection, world["live"], "thing", ENGINE, Query(where=where, fields=[])
                ).records
            ]
            assert found == [row_id for row_id, one in zip(ids, models, strict=True) if holds(where, one)], (
                where
            )


SORTS = st.lists(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["t", "n", "d", "m", "b", "s", "p", "p.size", "created_at"]),
            "desc": st.booleans(),
        }
    ),
    max_size=3,
    unique_by=lambda one: one["field"],
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    records=st.lists(RECORD, min_size=4, max_size=9),
    sorts=st.lists(SORTS, min_size=6, max_size=6),
    size=st.integers(1, 3),
)
def test_a_chain_of_cursors_gives_each_record_exactly_once(database, world, records, sorts, size) -> None:
    empty(database, world)
    for record in records:
        add(database, world["app"], "thing", **sent(record, world["places"]))
    with database.connect() as connection:
        for sort in sorts:

            def page(sort: Any = sort, **more: Any) -> Any:
                return query(connection, world["live"], "thing", ENGINE, Query(sort=sort, fields=[], **more))

            whole = [one.id for one in page(limit=100).records]
            chained, cursor = [], None
            while True:
                found = page(limit=size, cursor=cursor)
                chained += [one.id for one in found.records]
                cursor = found.next_cursor
                if cursor is None:
                    break
            jumped = [
                one.id for at in range(0, len(records), size) for one in page(limit=size, offset=at).records
            ]
            assert len(set(whole)) == len(records) and chained == whole == jumped, sort
