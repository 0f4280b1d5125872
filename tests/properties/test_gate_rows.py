"""Any grants together show exactly what each row allows: in lists, filters, sorts, totals and groups."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.access import grants as access
from engine.access.grants import Grant
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.platform.errors import Forbidden, Invalid
from engine.records.reading.aggregate import Aggregation, aggregate
from engine.records.reading.query import Query, query
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

NOTE = form(
    "note",
    text(),
    field("a", "number"),
    field("b", "number"),
    field("kind", "select", options=[{"value": "x"}, {"value": "y"}]),
    field("f", "formula", formula="a + b", result="number"),
    title="{name}",
)
FIELDS = ("a", "b", "f")
given_now: dict[str, tuple[Grant, ...]] = {}


@access.grant_source
def grants_of_the_test(live: Any, viewer: Any, form_key: str, operation: str) -> tuple[Grant, ...]:
    """What the running example grants; nothing to anybody else."""
    return given_now.get(f"{live.app.key}/{viewer.member_id}/{form_key}/{operation}", ())


ROW = st.fixed_dictionaries(
    {
        "a": st.one_of(st.none(), st.integers(0, 3)),
        "b": st.one_of(st.none(), st.integers(0, 3)),
        "kind": st.sampled_from(["x", "y", None]),
        "mine": st.booleans(),
    }
)
WHERES: dict[str, tuple[Any, Any]] = {
    "all": (None, lambda row: True),
    "large": ({"field": "a", "op": "gt", "value": 1}, lambda row: row["a"] is not None and row["a"] > 1),
    "mine": ({"field": "owner", "op": "eq", "value": {"me": True}}, lambda row: row["mine"]),
    "no_b": ({"field": "b", "op": "empty"}, lambda row: row["b"] is None),
    "not_x": ({"not": {"field": "kind", "op": "eq", "value": "x"}}, lambda row: row["kind"] != "x"),
}
GRANT = st.tuples(
    st.sampled_from(sorted(WHERES)),
    st.fixed_dictionaries(
        {},
        optional={"a": st.just("hidden"), "b": st.just("hidden"), "f": st.sampled_from(["hidden", "read"])},
    ),
)


@pytest.fixture(scope="module")
def world(database: Database) -> dict[str, Any]:
    app = make_app(database, NOTE)
    with database.begin() as connection:
        viewer = person(connection, "property_reader")
    with database.connect() as connection:
        viewer = viewer_for(connection, viewer.member_id)
    return {"app": app, "live": live_of(database, app), "viewer": viewer}


def shows(grant: tuple[str, dict[str, str]], key: str) -> bool:
    said = grant[1].get(key)
    if said == "hidden":
        return False
    return (
        key != "f"
        or said == "read"
        or not {"a", "b"} & {name for name, word in grant[1].items() if word == "hidden"}
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROW, min_size=3, max_size=7), grants=st.lists(GRANT, min_size=0, max_size=3))
def test_grants_add_up_row_by_row(database, world, rows, grants) -> None:
    live, viewer = world["live"], world["viewer"]
    with database.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {live.app.schema}.f_{_form_id(connection, live)}")
    ids = [
        add(
            database,
            world["app"],
            "note",
            name="n",
            a=row["a"],
            b=row["b"],
            kind=row["kind"],
            owner=viewer.member_id if row["mine"] else None,
        )
        for row in rows
    ]
    given_now[f"{world['app']}/{viewer.member_id}/note/read"] = tuple(
        Grant(WHERES[where][0], fields, "everyone") for where, fields in grants
    )
    seen: list[tuple[int, dict[str, Any]]] = []
    for row_id, row in zip(ids, rows, strict=True):
        matched = [grant for grant in grants if WHERES[grant[0]][1](row)]
        whole = {"a": row["a"], "b": row["b"], "f": (row["a"] or 0) + (row["b"] or 0)}
        if matched:
            seen.append(
                (row_id, {key: whole[key] for key in FIELDS if any(shows(grant, key) for grant in matched)})
            )
    known = {key for key in FIELDS if any(shows(grant, key) for grant in grants)}
    with database.connect() as connection:

        def ask(**asked: Any) -> list[Any]:
            return query(connection, live, "note", viewer, Query(**asked)).records

        if not grants:
            with pytest.raises(Forbidden):
                ask()
            return
        found = ask()
        assert [
            (one.id, {key: _whole(value) for key, value in one.values.items() if key in FIELDS})
            for one in found
        ] == seen
        for key in FIELDS:
            large = {"field": key, "op": "gte", "value": 1}
            if key not in known:
                for asked in ({"where": large}, {"sort": [{"field": key}]}, {"fields": [key]}):
                    with pytest.raises(Invalid):
                        ask(**asked)
                continue
            assert [one.id for one in ask(where=large)] == [
                i for i, shown in seen if (shown.get(key) or 0) >= 1
            ]
            assert [one.id for one in ask(where={"not": large})] == [
                i for i, shown in seen if (shown.get(key) or 0) < 1
            ]
            order = sorted(
                seen, key=lambda one, key=key: (one[1].get(key) is None, one[1].get(key) or 0, one[0])
            )
            assert [one.id for one in ask(sort=[{"field": key}])] == [i for i, _ in order]
            [total] = aggregate(
                connection,
                live,
                "note",
                viewer,
                Aggregation(measures=[{"fn": "sum", "field": key, "as": "s"}]),
            )
            assert Decimal(total["s"]) == sum(shown.get(key) or 0 for _, shown in seen)
            groups = aggregate(connection, live, "note", viewer, Aggregation(group_by=[{"field": key}]))
            assert {_whole(one[key]): one["count"] for one in groups} == Counter(
                shown.get(key) for _, shown in seen
            )


def _whole(value: Any) -> Any:
    return None if value is None else int(value)


def _form_id(connection: Any, live: Any) -> int:
    from engine.records.storage.tables import form_table

    return form_table(connection, live, "note").stored.id


def test_nobody_is_granted_anything_after_the_examples(database, world) -> None:
    given_now.clear()
    with database.connect() as connection, pytest.raises(Forbidden):
        query(connection, world["live"], "note", world["viewer"], Query())
    assert add(database, world["app"], "note", ENGINE, name="n")
