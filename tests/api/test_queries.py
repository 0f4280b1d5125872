"""Lists over the API: conditions, sort, cursor, offset, count, search."""

import base64
import json
from typing import Any

import pytest

from engine.platform.clock import StoppedClock
from tests.api.caller import Caller

ROWS: list[dict[str, Any]] = [
    {
        "name": "甲一",
        "level": "A",
        "tags": ["x"],
        "amount": 100,
        "price": "10.50",
        "day": "2026-03-02",
        "active": True,
    },
    {
        "name": "甲二",
        "level": "B",
        "tags": ["x", "y"],
        "amount": 20,
        "day": "2026-02-27",
        "phone": "021-5555",
    },
    {"name": "乙一", "level": "A", "amount": 0, "price": 3, "day": "2026-01-15", "note": "100%_真"},
    {"name": "乙二", "tags": ["y"], "amount": "20.0", "day": "2025-12-31", "at": "2026-03-01T16:30:00Z"},
    {"name": "丙"},
]
"""The clock stands on Monday 2 March 2026, 10:00 in Shanghai."""


@pytest.fixture(scope="module")
def ids(boss: Caller, customers: str, orders: str) -> dict[str, int]:
    """The rows above, 甲一 being over 甲二, with one order."""
    made = {row["name"]: boss.ok("POST", customers, {"values": row})["id"] for row in ROWS}
    boss.ok("PATCH", f"{customers}/{made['甲二']}", {"values": {
        "parent": made["甲一"], "friends": [made["乙一"], made["丙"]], "team": [boss.member], "manager": boss.member}})  # fmt: skip
    boss.ok("PATCH", f"{customers}/{made['丙']}", {"values": {"owner": None}})
    lines = [{"item": "锤子", "qty": 2, "price": "1.50"}, {"item": "钉", "qty": 10, "price": "0.10"}]
    boss.ok("POST", orders, {"values": {"code": "o1", "customer": made["甲一"], "lines": lines}})
    boss.ok("POST", orders, {"values": {"code": "o2", "lines": []}})
    return made


def found(boss: Caller, place: str, where: Any, key: str = "name", **more: Any) -> list[str]:
    """The names that a condition finds."""
    sent = {"where": where, "fields": [key], "count": True, **more}
    answer = boss.ok("POST", f"{place}/query", sent)
    assert answer["total"] == len(answer["records"])
    return [row["values"][key] for row in answer["records"]]


ALL = "甲一 甲二 乙一 乙二 丙"
CONDITIONS: list[tuple[Any, str]] = [
    (("level", "eq", "A"), "甲一 乙一"),
    (("level", "eq", "重点"), "甲一 乙一"),
    (("level", "ne", "A"), "甲二 乙二 丙"),
    (("level", "in", ["A", "普通"]), "甲一 甲二 乙一"),
    (("level", "not_in", ["A"]), "甲二 乙二 丙"),
    (("level", "empty"), "乙二 丙"),
    (("level", "not_empty"), "甲一 甲二 乙一"),
    (("tags", "contains_any", ["x"]), "甲一 甲二"),
    (("tags", "contains_all", ["甲", "y"]), "甲二"),
    (("tags", "contains", "y"), "甲二 乙二"),
    (("tags", "not_contains", "y"), "甲一 乙一 丙"),
    (("tags", "empty"), "乙一 丙"),
    (("amount", "eq", "20"), "甲二 乙二"),
    (("amount", "ne", 20), "甲一 乙一 丙"),
    (("amount", "gt", 20), "甲一"),
    (("amount", "gte", "20.0"), "甲一 甲二 乙二"),
    (("amount", "lt", 20), "乙一"),
    (("amount", "between", [0, 20]), "甲二 乙一 乙二"),
    (("price", "eq", 10.5), "甲一"),
    (("double", "gt", 39), "甲一 甲二 乙二"),
    (("large", "eq", True), "甲一"),
    (("bought", "eq", 4), "甲一"),
    (("orders", "gte", 1), "甲一"),
    (("name", "contains", "一"), "甲一 乙一"),
    (("name", "not_contains", "一"), "甲二 乙二 丙"),
    (("name", "starts_with", "乙"), "乙一 乙二"),
    (("name", "eq", "丙"), "丙"),
    (("note", "contains", "%_"), "乙一"),
    (("note", "contains", "%真"), ""),
    (("active", "eq", True), "甲一"),
    (("day", "eq", "2026-03-02"), "甲一"),
    (("day", "lt", "2026-02-27"), "乙一 乙二"),
    (("day", "eq", {"period": "today"}), "甲一"),
    (("day", "eq", {"period": "this_week"}), "甲一"),
    (("day", "eq", {"period": "last_week"}), "甲二"),
    (("day", "eq", {"period": "this_month"}), "甲一"),
    (("day", "eq", {"period": "last_month"}), "甲二"),
    (("day", "eq", {"period": "this_quarter"}), "甲一 甲二 乙一"),
    (("day", "eq", {"period": "this_year"}), "甲一 甲二 乙一"),
    (("day", "eq", {"period": "last_year"}), "乙二"),
    (("day", "ne", {"period": "this_year"}), "乙二 丙"),
    (("day", "lt", {"period": "this_month"}), "甲二 乙一 乙二"),
    (("day", "eq", {"period": "last_n_days", "n": 4}), "甲一 甲二"),
    (("day", "eq", {"period": "2026-W09"}), "甲二"),
    (("day", "eq", {"period": "2026-Q1"}), "甲一 甲二 乙一"),
    (("day", "eq", {"period": "2025-H2"}), "乙二"),
    (("day", "eq", {"period": "2026-01"}), "乙一"),
    (("day", "gte", {"days_ago": 3}), "甲一 甲二"),
    (("day", "between", [{"days_ago": 60}, {"days_ahead": 1}]), "甲一 甲二 乙一"),
    (("at", "eq", {"period": "today"}), "乙二"),
    (("at", "eq", "2026-03-02"), "乙二"),
    (("at", "lt", "2026-03-01T16:30:01Z"), "乙二"),
    (("parent.level", "eq", "A"), "甲二"),
    (("parent_level", "eq", "A"), "甲二"),
    (("parent.parent", "empty"), ALL),
    (("friends.name", "eq", "丙"), "甲二"),
    (("manager", "eq", {"me": True}), "甲二"),
    (("team", "contains", {"me": True}), "甲二"),
    (("owner", "empty"), "丙"),
    (("owner.name", "contains", "陈"), "甲一 甲二 乙一 乙二"),
    (("owner", "eq", {"my_reports": True}), ""),
    (("amount", "gt", {"formula": "price * 2"}), "甲一 甲二 乙二"),
    (("day", "eq", {"formula": "DATE(2026, 3, 1) + 1"}), "甲一"),
    (("day", "lt", {"formula": "TODAY() - 30"}), "乙一 乙二"),
    (("day", "lt", {"formula": "at"}), "乙二"),
    (("at", "gt", {"formula": "day + 10"}), "乙二"),
    (("at", "gt", {"formula": "TODAY()"}), "乙二"),
    (("at", "gt", {"formula": "TODAY() + 1"}), ""),
    (("name", "eq", {"formula": '"甲" & "一"'}), "甲一"),
    (("phone", "contains", {"formula": "5000 + 555"}), "甲二"),
    (("orders", "eq", {"formula": "IF(active, 1, 0)"}), ALL),
    (("orders", "lt", {"formula": "9^99"}), ALL),
    (("active", "eq", {"formula": "amount - 99"}), "甲一"),
    (("created_at", "lt", {"days_ago": 0}), ""),
    (("version", "eq", 1), "甲一 乙一 乙二"),
    (("flow_state", "empty"), ALL),
    ({"all": []}, ALL),
    ({"any": []}, ""),
    ({"not": ("level", "eq", "A")}, "甲二 乙二 丙"),
    ({"all": [("level", "eq", "A"), {"any": [("amount", "eq", 0), ("name", "eq", "丙")]}]}, "乙一"),
]  # fmt: skip


def leaf(where: Any) -> Any:
    if isinstance(where, tuple):
        return {"field": where[0], "op": where[1]} | ({"value": where[2]} if len(where) > 2 else {})
    return {
        kind: [leaf(one) for one in inner] if isinstance(inner, list) else leaf(inner)
        for kind, inner in where.items()
    }


@pytest.mark.parametrize(("where", "names"), CONDITIONS, ids=lambda value: str(value)[:60])
def test_a_condition_finds_exactly_its_records(
    boss: Caller, customers: str, ids: dict[str, int], clock: StoppedClock, where: Any, names: str
) -> None:
    assert found(boss, customers, leaf(where)) == names.split()


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        (("lines.item", "eq", "锤子"), "o1"),
        (("lines.qty", "gt", 5), "o1"),
        (("lines", "empty"), "o2"),
        (("customer", "empty"), "o2"),
        (("customer.name", "eq", "甲一"), "o1"),
        (("total", "gte", 4), "o1"),
    ],
)
def test_rows_of_subforms_and_linked_records_are_asked_too(
    boss: Caller, orders: str, ids: dict[str, int], where: Any, codes: str
) -> None:
    assert found(boss, orders, leaf(where), "code") == codes.split()


@pytest.mark.parametrize(
    ("where", "place", "code"),
    [
        ({}, "/where", "bad_condition"), ([], "/where", "wrong_type"), ({"all": {}}, "/where/all", "wrong_type"),
        ({"all": [], "any": []}, "/where", "bad_condition"), ({"foo": {}}, "/where", "bad_condition"),
        (("nope", "eq", 1), "/where/field", "unknown_field"), (("parent.nope", "eq", 1), "/where/field", "unknown_field"),
        (("part", "eq", 1), "/where/field", "unknown_field"), (("name; DROP TABLE x", "eq", 1), "/where/field", "unknown_field"),
        (("level", "like", 1), "/where/op", "unknown_operator"), (("level", "gt", "A"), "/where/op", "operator_not_applicable"),
        (("level", "eq"), "/where/value", "required"), (("level", "eq", "Z"), "/where/value", "unknown_option"),
        (("amount", "eq", "x"), "/where/value", "not_a_number"), (("amount", "between", [1]), "/where/value", "wrong_type"),
        (("amount", "gt", [1]), "/where/value", "wrong_type"), (("day", "eq", {"period": "soon"}), "/where/value", "unknown_period"),
        (("day", "eq", {"period": "2026-13"}), "/where/value", "unknown_period"),
        (("amount", "eq", {"me": True}), "/where/value", "value_not_applicable"),
        (("amount", "gt", {"formula": "name"}), "/where/value/formula", "value_not_applicable"),
        (("day", "gt", {"formula": "name"}), "/where/value/formula", "value_not_applicable"),
        (("manager", "eq", {"formula": "name"}), "/where/value/formula", "value_not_applicable"),
        (("tags", "contains", {"formula": "name"}), "/where/value/formula", "value_not_applicable"),
        (("amount", "gt", {"formula": "nope + 1"}), "/where/value/formula", "unknown_field"),
        (("amount", "gt", {"formula": "1 +"}), "/where/value/formula", "syntax"),
        ({"all": [("level", "eq", "A"), {"any": [("nope", "eq", 1)]}]}, "/where/all/1/any/0/field", "unknown_field"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_condition_is_refused_at_its_place(
    boss: Caller, customers: str, where: Any, place: str, code: str
) -> None:
    sent = where if isinstance(where, list) else leaf(where)
    assert boss.refused("POST", f"{customers}/query", {"where": sent}) == {place: code}


def test_sorting_puts_the_empty_last_in_both_directions(
    boss: Caller, customers: str, ids: dict[str, int]
) -> None:
    def sorted_by(*keys: tuple[str, bool]) -> str:
        sort = [{"field": key, "desc": desc} for key, desc in keys]
        return " ".join(found(boss, customers, {"all": []}, sort=sort))

    assert sorted_by(("amount", False)) == "乙一 甲二 乙二 甲一 丙"
    assert sorted_by(("amount", True)) == "甲一 乙二 甲二 乙一 丙"
    assert sorted_by(("level", False), ("amount", True)) == "甲一 乙一 甲二 乙二 丙"
    assert sorted_by(("name", False)) == "丙 甲二 甲一 乙二 乙一", (
        "by pinyin: bing, jia er, jia yi, yi er, yi yi"
    )
    assert sorted_by(("parent.amount", False)).startswith("甲二")


def test_a_cursor_goes_through_every_record_once(boss: Caller, customers: str, ids: dict[str, int]) -> None:
    for sort in (
        [],
        [{"field": "amount"}],
        [{"field": "amount", "desc": True}],
        [{"field": "level"}, {"field": "name"}],
    ):
        sent: dict[str, Any] = {"sort": sort, "limit": 2, "fields": ["name"]}
        seen: list[int] = []
        while True:
            page = boss.ok("POST", f"{customers}/query", sent)
            seen += [row["id"] for row in page["records"]]
            if page["next_cursor"] is None:
                break
            sent["cursor"] = page["next_cursor"]
        whole = boss.ok("POST", f"{customers}/query", {"sort": sort})["records"]
        assert seen == [row["id"] for row in whole] and len(seen) == 5
        jumped = boss.ok("POST", f"{customers}/query", {"sort": sort, "offset": 3, "limit": 2})
        assert [row["id"] for row in jumped["records"]] == seen[3:5] and jumped["next_cursor"] is None
    answer = boss.ok("POST", f"{customers}/query", {"count": "estimate"})
    assert answer["total"] == 5 and "estimated" not in answer
    assert "total" not in boss.ok("POST", f"{customers}/query", {})


def test_a_search_finds_words_within_what_one_may_read(
    boss: Caller, customers: str, ids: dict[str, int]
) -> None:
    for said, names in (
        ("甲", ["甲一", "甲二"]),
        ("甲一", ["甲一", "甲二"]),
        ("5555", ["甲二"]),
        ("%", ["乙一"]),
        ("没有", []),
    ):
        rows = boss.ok("POST", f"{customers}/query", {"search": said})["records"]
        assert [row["values"]["name"] for row in rows] == names, said


@pytest.mark.parametrize(
    ("sent", "place", "code"),
    [
        ({"limit": 0}, "/limit", "out_of_range"), ({"limit": 1001}, "/limit", "out_of_range"),
        ({"limit": "5"}, "/limit", "wrong_type"), ({"limit": True}, "/limit", "wrong_type"),
        ({"offset": -1}, "/offset", "out_of_range"), ({"offset": 2**63}, "/offset", "out_of_range"),
        ({"cursor": "x"}, "/cursor", "bad_cursor"), ({"cursor": "", "offset": 1}, "/offset", "cursor_and_offset"),
        ({"sort": "name"}, "/sort", "wrong_type"), ({"sort": ["name"]}, "/sort/0", "wrong_type"),
        ({"sort": [{"field": "nope"}]}, "/sort/0/field", "unknown_field"),
        ({"sort": [{"field": "name", "desc": 1}]}, "/sort/0", "wrong_type"),
        ({"sort": [{"field": "name"}] * 30}, "/sort", "too_many"),
        ({"fields": ["nope"]}, "/fields/0", "unknown_field"), ({"fields": [1]}, "/fields/0", "unknown_field"),
        ({"search": 1}, "/search", "wrong_type"), ({"count": "all"}, "/count", "wrong_type"),
        ({"nope": 1}, "/nope", "unknown_property"),
    ],
    ids=str,
)  # fmt: skip
def test_a_query_out_of_shape_is_refused_at_its_place(
    boss: Caller, customers: str, sent: Any, place: str, code: str
) -> None:
    assert boss.refused("POST", f"{customers}/query", sent) == {place: code}


@pytest.mark.parametrize(
    ("key", "value", "last"),
    [
        ("amount", "abc", 1), ("amount", True, 1), ("amount", [[1]], 1), ("amount", {"n": "x"}, 1),
        ("amount", {"n": "1e99999999"}, 1), ("day", "xx", 1), ("day", {"n": "1"}, 1), ("active", "q", 1),
        ("name", ["a"], 1), ("name", "\x00", 1), ("name", "\ud800", 1), ("created_at", "2", 1), ("name", "a", 2**70),
    ],
    ids=str,
)  # fmt: skip
def test_a_cursor_made_by_hand_is_refused_or_read(
    boss: Caller, customers: str, ids: dict[str, int], key: str, value: Any, last: int
) -> None:
    word = base64.urlsafe_b64encode(json.dumps([key, [value], last]).encode()).decode().rstrip("=")
    answer = boss("POST", f"{customers}/query", {"sort": [{"field": key}], "cursor": word})
    assert answer.status_code == 200 or {one["code"] for one in answer.json["errors"]} == {"bad_cursor"}


def total(boss: Caller, place: str, **sent: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = boss.ok("POST", f"{place}/aggregate", sent)["rows"]
    return rows


def test_totals_in_all_their_kinds(boss: Caller, customers: str, ids: dict[str, int]) -> None:
    measures = [
        {"fn": fn, "field": "amount", "as": fn}
        for fn in ("sum", "avg", "min", "max", "median", "count_distinct")
    ]
    won = {"fn": "count", "as": "a", "where": leaf(("level", "eq", "A"))}
    [row] = total(boss, customers, measures=[{"fn": "count", "as": "n"}, won, *measures])
    assert row == {
        "n": 5, "a": 2, "sum": "140", "avg": "35", "min": "0", "max": "100", "median": "20", "count_distinct": 3
    }  # fmt: skip
    [none] = total(
        boss, customers, where=leaf(("amount", "lt", 0)), measures=[{"fn": "count", "as": "n"}, *measures]
    )
    assert none == {
        "n": 0,
        "sum": "0",
        "avg": None,
        "min": None,
        "max": None,
        "median": None,
        "count_distinct": 0,
    }
    [failed] = total(boss, customers, measures=[{"fn": "sum", "field": "per", "as": "s"}])
    assert failed["s"] == "0.105" and failed["errors"] == {"s": 2}, (
        "3/0 and empty/empty fail, two are empty over a number"
    )
    assert total(boss, customers, measures=[]) == [{}]
    assert total(boss, customers) == [{"count": 5}]


def test_groups_by_value_bucket_and_reference(boss: Caller, customers: str, ids: dict[str, int]) -> None:
    rows = total(
        boss, customers, group_by=[{"field": "level"}], measures=[{"fn": "sum", "field": "amount", "as": "s"}]
    )
    assert rows == [{"level": "A", "s": "100"}, {"level": "B", "s": "20"}, {"level": None, "s": "20"}]
    buckets = {
        "day": "2026-01-15",
        "week": "2026-01-12",
        "month": "2026-01-01",
        "quarter": "2026-01-01",
        "year": "2026-01-01",
    }
    for bucket, first in buckets.items():
        days = [row["day"] for row in total(boss, customers, group_by=[{"field": "day", "bucket": bucket}])]
        assert first in days and days[-1] is None
    at = total(boss, customers, group_by=[{"field": "at", "bucket": "day"}], where=leaf(("at", "not_empty")))
    assert at == [{"at": "2026-03-02", "count": 1}], "16:30 UTC is the next day in Shanghai"
    parents = total(boss, customers, group_by=[{"field": "parent"}])
    assert parents == [
        {"parent": {"id": ids["甲一"], "title": "甲一"}, "count": 1},
        {"parent": None, "count": 4},
    ]
    through = total(boss, customers, group_by=[{"field": "parent.level"}])
    assert through == [{"parent.level": "A", "count": 1}, {"parent.level": None, "count": 4}]
    kept = total(
        boss, customers, group_by=[{"field": "level"}], measures=[{"fn": "count", "as": "n"}],
        having=leaf(("n", "gt", 1)), sort=[{"field": "n", "desc": True}, {"field": "level", "desc": True}], limit=1,
    )  # fmt: skip
    assert kept == [{"level": "A", "n": 2}]


def test_rows_of_a_subform_are_added_up(boss: Caller, orders: str, ids: dict[str, int]) -> None:
    rows = total(
        boss, orders, group_by=[{"field": "lines.item"}],
        measures=[{"fn": "sum", "field": "lines.sum", "as": "s"}, {"fn": "sum", "field": "lines.qty", "as": "q"}],
        where=leaf(("code", "eq", "o1")),
    )  # fmt: skip
    assert sorted(rows, key=str) == sorted(
        [{"lines.item": "锤子", "s": "3.00", "q": "2"}, {"lines.item": "钉", "s": "1.00", "q": "10"}], key=str
    )


@pytest.mark.parametrize(
    ("sent", "place", "code"),
    [
        ({"group_by": {"field": "level"}}, "/group_by", "wrong_type"), ({"group_by": ["level"]}, "/group_by", "wrong_type"),
        ({"group_by": [{"field": "nope"}]}, "/group_by/0/field", "unknown_field"),
        ({"group_by": [{"field": "level", "bucket": "day"}]}, "/group_by/0/bucket", "bad_bucket"),
        ({"group_by": [{"field": "day", "bucket": "hour"}]}, "/group_by/0/bucket", "bad_bucket"),
        ({"measures": [{"fn": "sum", "field": "name"}]}, "/measures/0/field", "not_a_number"),
        ({"measures": [{"fn": "sum"}]}, "/measures/0/field", "required"),
        ({"measures": [{"fn": "sum", "field": "friends.amount"}]}, "/measures/0/field", "not_applicable"),
        ({"measures": [{"fn": "count", "field": "team.department"}]}, "/measures/0/field", "not_applicable"),
        ({"measures": [{"fn": "mode", "field": "amount"}]}, "/measures/0/fn", "unknown_function"),
        ({"measures": [{"fn": "sum", "field": "nope"}]}, "/measures/0/field", "unknown_field"),
        ({"measures": [{"fn": "count", "as": "n"}] * 2}, "/measures", "duplicate_name"),
        ({"measures": [{"fn": "count", "as": 5}]}, "/measures/0/as", "wrong_type"),
        ({"measures": [{"fn": "count", "where": leaf(("nope", "eq", 1))}]}, "/measures/0/where/field", "unknown_field"),
        ({"having": leaf(("nope", "eq", 1))}, "/having/field", "unknown_field"),
        ({"sort": [{"field": "nope"}]}, "/sort/0/field", "unknown_field"), ({"limit": 0}, "/limit", "out_of_range"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_aggregation_is_refused_at_its_place(
    boss: Caller, customers: str, sent: Any, place: str, code: str
) -> None:
    assert boss.refused("POST", f"{customers}/aggregate", sent) == {place: code}
