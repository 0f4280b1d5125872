"""Random rules: those that go round in a circle are refused, the others do to a record what an independent model says."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.definitions import rule_circles
from engine.definitions.model import App, LiveApp
from engine.platform import clock
from engine.records.writing.rules.settling import settle
from engine.records.writing.transaction import Transaction
from tests.records.making import ENGINE, field, form

KEYS = ["a", "b", "c", "d", "e"]
VALUES = st.sampled_from([None, 0, 1, 2])
LEAF = st.builds(
    lambda key, op, value: {"field": key, "op": op, **({} if op == "empty" else {"value": value})},
    st.sampled_from(KEYS),
    st.sampled_from(["eq", "gt", "empty"]),
    st.sampled_from([0, 1]),
)
WHEN = st.one_of(
    LEAF,
    st.lists(LEAF, min_size=1, max_size=2).map(lambda parts: {"all": parts}),
    st.lists(LEAF, min_size=1, max_size=2).map(lambda parts: {"any": parts}),
    LEAF.map(lambda part: {"not": part}),
)
PATHS = st.lists(st.sampled_from(KEYS), min_size=1, max_size=2, unique=True)
RULE = st.fixed_dictionaries(
    {"kind": st.just("display"), "when": WHEN},
    optional={
        "show": PATHS,
        "hide": PATHS,
        "require": PATHS,
        "lock": PATHS,
        "empty_when_hidden": st.booleans(),
    },
)
RULES = st.lists(RULE, min_size=1, max_size=4).map(
    lambda found: [{"key": f"r{number}", **one} for number, one in enumerate(found)]
)
RECORD = st.fixed_dictionaries(dict.fromkeys(KEYS, VALUES))


def app_with(rules: list[dict[str, Any]]) -> LiveApp:
    document = form("thing", *(field(key, "number") for key in KEYS), rules=rules)
    return LiveApp(
        App(1, "x", "x", 1, None, None, clock.now()),
        1,
        {"forms": {"thing": document}, "app": {"app": {}}},
        {},
    )


def edges(rules: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """What is shown or hidden by what, by hand."""
    return {
        (read, written)
        for rule in rules
        for read in fields(rule["when"])
        for written in (*rule.get("show", ()), *rule.get("hide", ()))
    }


def fields(where: dict[str, Any]) -> set[str]:
    if "field" in where:
        return {where["field"]}
    parts = where.get("all") or where.get("any") or [where["not"]]
    return {one for part in parts for one in fields(part)}


def goes_round(found: set[tuple[str, str]]) -> bool:
    reached = set(found)
    while more := {(a, d) for a, b in reached for c, d in reached if b == c} - reached:
        reached |= more
    return any(a == b for a, b in reached)


def holds(where: dict[str, Any], record: dict[str, Any]) -> bool:
    if "all" in where:
        return all(holds(part, record) for part in where["all"])
    if "any" in where:
        return any(holds(part, record) for part in where["any"])
    if "not" in where:
        return not holds(where["not"], record)
    value = record[where["field"]]
    if where["op"] == "empty":
        return value is None
    return value is not None and (value == where["value"] if where["op"] == "eq" else value > where["value"])


def modelled(
    rules: list[dict[str, Any]], record: dict[str, Any]
) -> tuple[dict[str, Any], set[str], set[str], set[str]]:
    """Emptying until nothing changes would depend on the order; so each field waits for those that decide about it."""
    record, hidden, waiting = dict(record), set(), set(KEYS)
    found = edges(rules)
    while waiting:
        key = next(one for one in sorted(waiting) if not any(a in waiting for a, b in found if b == one))
        waiting.discard(key)
        showing = [rule for rule in rules if key in rule.get("show", ())]
        blame = [rule for rule in rules if key in rule.get("hide", ()) and holds(rule["when"], record)]
        if showing and not any(holds(rule["when"], record) for rule in showing):
            blame += showing
        if blame:
            hidden.add(key)
            if any(rule.get("empty_when_hidden") for rule in blame):
                record[key] = None
    required, locked = (
        {key for rule in rules if holds(rule["when"], record) for key in rule.get(role, ())}
        for role in ("require", "lock")
    )
    return record, hidden, required, locked


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(rules=RULES, record=RECORD)
def test_no_circle_is_accepted_and_the_rest_follows_the_model(
    rules: list[dict[str, Any]], record: dict[str, Any]
) -> None:
    app = app_with(rules)
    found = app.form("thing")
    refused = list(rule_circles.check(found, app))
    assert bool(refused) is goes_round(edges(rules))
    for fault in refused:
        assert fault.code == "cycle" and fault.pointer.startswith("/rules/")
    if refused:
        return
    values = dict(record)
    tx = Transaction(None, app, ENGINE, "page")  # type: ignore[arg-type]
    states = settle(tx, found, values, {})
    expected, hidden, required, locked = modelled(rules, record)
    assert values == expected
    assert (states.hidden, states.required, states.locked) == (hidden, required, locked)
