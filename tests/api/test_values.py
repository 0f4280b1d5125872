"""Values over the API, in and out, in the shapes of the contract."""

import io
from typing import Any

import pytest

from tests.api.caller import Caller


def made(boss: Caller, customers: str, name: str, **values: Any) -> dict[str, Any]:
    """The values of a new customer as they come back from a read."""
    record = boss.ok("POST", customers, {"values": {"name": name, **values}})
    read = boss.ok("GET", f"{customers}/{record['id']}")
    assert read["values"] == record["values"]
    found: dict[str, Any] = read["values"]
    return found


def test_whoever_sends_nothing_gets_null_and_empty_lists(boss: Caller, customers: str, name: str) -> None:
    values = made(boss, customers, f"  {name} ")
    assert values["name"] == name
    lists = ("tags", "boxes", "team", "depts", "friends", "papers", "photo", "recent")
    assert {key: values[key] for key in lists} == {key: [] for key in lists}
    for key in (
        "level",
        "amount",
        "price",
        "rate",
        "day",
        "at",
        "phone",
        "manager",
        "parent",
        "note",
        "parent_level",
    ):
        assert values[key] is None, key
    assert values["bought"] == "0.00" and values["orders"] == 0 and values["code"].startswith("KH-")
    assert "part" not in values


@pytest.mark.parametrize(
    ("key", "sent", "kept"),
    [
        ("amount", "12.50", "12.5"),
        ("amount", 0.1, "0.1"),
        ("amount", 7, "7"),
        ("price", "2080000", "2080000.00"),
        ("price", "1.005", "1.01"),
        ("rate", "0.05", "0.05"),
        ("day", "2026-03-01", "2026-03-01"),
        ("at", "2026-03-01T02:00:00Z", "2026-03-01T02:00:00Z"),
        ("at", "2026-03-01T10:00:00+08:00", "2026-03-01T02:00:00Z"),
        ("at", "2026-03-01T10:00:00", "2026-03-01T02:00:00Z"),
        ("level", "A", "A"),
        ("level", "重点", "A"),
        ("level", "Key", "A"),
        ("tags", ["甲", "y"], ["x", "y"]),
        ("boxes", ["y"], ["y"]),
        ("active", True, True),
        ("active", False, False),
        ("email", "li@example.cn", "li@example.cn"),
        ("note", "", None),
        ("note", "  a\nb ", "a\nb"),
        ("level", None, None),
        ("tags", None, []),
    ],
)  # fmt: skip
def test_what_is_sent_comes_back_in_its_shape(
    boss: Caller, customers: str, name: str, key: str, sent: Any, kept: Any
) -> None:
    assert made(boss, customers, name, **{key: sent})[key] == kept


def test_a_json_number_keeps_all_of_its_digits(boss: Caller, customers: str, name: str) -> None:
    for number in ("12345678901234567890123.4567", "0.1234567891", "9007199254740993"):
        raw = f'{{"values": {{"name": "{name}{number}", "amount": {number}}}}}'
        sent = boss("POST", customers, data=raw, content_type="application/json")
        assert sent.json["values"]["amount"] == number


def test_people_departments_and_links_are_taken_by_id_or_object_and_told_with_their_title(
    boss: Caller, customers: str, name: str
) -> None:
    me = {"id": boss.member, "title": "陈总"}
    place = boss.ok("POST", "/departments", {"name": f"部门{name}"})
    there = {"id": place["id"], "title": place["name"]}
    other = boss.ok("POST", customers, {"values": {"name": f"{name}上级", "level": "B"}})
    above = {"id": other["id"], "title": f"{name}上级"}
    values = made(
        boss, customers, name, manager=boss.member, team=[me], dept=there, depts=[place["id"]],
        parent=above, friends=[other["id"]],
    )  # fmt: skip
    told = {key: values[key] for key in ("manager", "team", "dept", "depts", "parent", "friends")}
    assert told == {
        "manager": me, "team": [me], "dept": there, "depts": [there], "parent": above, "friends": [above]
    }  # fmt: skip
    assert values["parent_level"] == "B"


def test_files_are_sent_by_id_and_told_with_where_they_are(boss: Caller, customers: str, name: str) -> None:
    kept = boss.ok("POST", "/files", data={"file": (io.BytesIO(b"%PDF-1.4"), "合同.pdf")})
    [told] = made(boss, customers, name, papers=[kept["id"]])["papers"]
    assert told == kept and told["size"] == 8 and told["type"] == "application/pdf"
    read = boss.client.get(told["url"], headers=boss.headers)
    assert read.status_code == 200 and read.data == b"%PDF-1.4"


def test_formulas_are_worked_out_and_an_error_is_a_value(boss: Caller, customers: str, name: str) -> None:
    values = made(boss, customers, name, amount="0.1", price=3)
    assert (values["double"], values["per"], values["large"]) == ("0.2", "30", False)
    values = made(boss, customers, f"{name}2", amount=0, price=3)
    assert values["per"] == {"error": "#DIV/0!"}


def test_a_subforms_rows_are_changed_kept_made_and_removed_by_id(boss: Caller, orders: str) -> None:
    made = boss.ok("POST", orders, {"values": {"code": "1", "lines": [
        {"item": "a", "qty": 2, "price": "10.50"}, {"item": "b", "qty": "3", "price": 1}]}})  # fmt: skip
    first, second = made["values"]["lines"]
    assert (first["sum"], second["sum"], made["values"]["total"]) == ("21.00", "3.00", "24.00")
    place = f"{orders}/{made['id']}"
    sent = {"lines": [{"id": second["id"], "qty": 5}, {"item": "c", "qty": 1, "price": 7}]}
    changed = boss.ok("PATCH", place, {"values": sent})["values"]
    assert [(one["item"], one["qty"], one["sum"]) for one in changed["lines"]] == [
        ("b", "5", "5.00"),
        ("c", "1", "7.00"),
    ]
    assert changed["lines"][0]["id"] == second["id"] and changed["total"] == "12.00"
    strange = {"values": {"lines": [{"id": first["id"], "qty": 1}]}}
    assert boss.refused("PATCH", place, strange) == {"/values/lines/0/id": "unknown_row"}
    assert boss.ok("PATCH", place, {"values": {"lines": []}})["values"]["lines"] == []
    assert boss.ok("GET", place)["values"]["total"] == "0.00"


@pytest.mark.parametrize(
    ("key", "sent", "code"),
    [
        ("name", None, "required"), ("name", "  ", "required"), ("name", 5, "wrong_type"),
        ("name", "x" * 501, "too_long"), ("name", "a\x00b", "control_character"),
        ("level", "重", "unknown_option"), ("level", ["A"], "wrong_type"),
        ("amount", "12,000", "not_a_number"), ("amount", "NaN", "not_a_number"), ("amount", True, "not_a_number"),
        ("amount", "1e400", "out_of_range"), ("amount", [1], "not_a_number"),
        ("day", "0000-01-01", "not_a_date"), ("day", "2026-02-30", "not_a_date"), ("day", 46000, "not_a_date"),
        ("at", "yesterday", "not_a_datetime"), ("active", "yes", "not_a_boolean"), ("active", 1, "not_a_boolean"),
        ("email", "li", "not_an_email"), ("website", "javascript:alert(1)", "not_a_url"),
        ("manager", 999999999, "unknown_member"), ("manager", "陈总", "wrong_type"),
        ("dept", 999999999, "unknown_department"), ("parent", 999999999, "unknown_record"),
        ("parent", 2**70, "unknown_record"), ("friends", [2**70], "unknown_record"),
        ("papers", ["nope"], "unknown_file"), ("code", "KH-1", "not_writable"), ("bought", 1, "not_writable"),
        ("double", 1, "not_writable"), ("id", 1, "not_writable"), ("nope", 1, "unknown_field"),
        ("part", 1, "unknown_field"), ("owner", 999999999, "unknown_member"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_its_place(
    boss: Caller, customers: str, name: str, key: str, sent: Any, code: str
) -> None:
    assert boss.refused("POST", customers, {"values": {"name": name, key: sent}}) == {f"/values/{key}": code}


def test_every_fault_is_told_at_once_and_an_option_that_was_nearly_right_is_suggested(
    boss: Caller, customers: str
) -> None:
    sent = {"values": {"level": "Kez", "amount": "x", "nope": 1}}
    assert boss.refused("POST", customers, sent) == {
        "/values/level": "unknown_option", "/values/amount": "not_a_number", "/values/nope": "unknown_field",
        "/values/name": "required",
    }  # fmt: skip
    [fault] = [
        one for one in boss("POST", customers, sent).json["errors"] if one["pointer"] == "/values/level"
    ]
    assert fault["suggestion"] == "A"


def test_a_row_sent_twice_is_refused_and_a_fault_in_a_row_names_the_row_and_its_column(
    boss: Caller, orders: str
) -> None:
    made = boss.ok("POST", orders, {"values": {"lines": [{"item": "a", "qty": 1}, {"item": "b", "qty": 2}]}})
    place, first = f"{orders}/{made['id']}", made["values"]["lines"][0]["id"]
    twice = {"values": {"lines": [{"id": first, "qty": 5}, {"id": first, "qty": 6}]}}
    assert boss.refused("PATCH", place, twice) == {"/values/lines/1/id": "repeated_row"}
    assert boss.ok("GET", place)["values"]["lines"] == made["values"]["lines"]
    wrong = {"values": {"lines": [{"id": first}, {"qty": "a"}]}}
    [fault] = boss("PATCH", place, wrong, headers={"Accept-Language": "en"}).json["errors"]
    assert fault["pointer"] == "/values/lines/1/qty"
    assert fault["message"].startswith("Lines row 2 Qty: ")
