"""Many changes in one call: all or none, or each for itself."""

from typing import Any

from tests.api.caller import Caller


def total(boss: Caller, customers: str) -> int:
    return int(boss.ok("POST", f"{customers}/query", {"count": True, "limit": 1})["total"])


def test_all_are_done_in_order_and_answered_by_index(boss: Caller, customers: str, name: str) -> None:
    known = boss.ok("POST", customers, {"values": {"name": f"{name}0"}})
    sent: dict[str, Any] = {"operations": [
        {"op": "create", "values": {"name": name, "amount": 1}},
        {"op": "update", "id": known["id"], "version": 1, "values": {"amount": 5}},
        {"op": "create", "values": {"name": f"{name}2"}},
    ]}  # fmt: skip
    first, second, third = boss.ok("POST", f"{customers}/batch", sent)["results"]
    assert second == {"id": known["id"], "version": 2}
    assert first["version"] == third["version"] == 1 and third["id"] > first["id"] > known["id"]
    gone = boss.ok("POST", f"{customers}/batch", {"operations": [{"op": "delete", "id": third["id"]}]})
    assert gone["results"][0]["id"] == third["id"]
    assert boss("GET", f"{customers}/{third['id']}").status_code == 404
    assert boss.ok("POST", f"{customers}/batch", {"operations": []}) == {"results": []}


def test_all_or_none_with_every_fault_at_its_place(boss: Caller, customers: str, name: str) -> None:
    before = total(boss, customers)
    sent = {"operations": [
        {"op": "create", "values": {"name": name}},
        {"op": "create", "values": {"amount": "x", "name": f"{name}1"}},
        {"op": "create", "values": {"nope": 1, "name": f"{name}2"}},
        {"op": "fly"}, 5, {"op": "create", "values": None}, {"op": "create", "values": {"name": name}, "when": 1},
        {"op": "update", "id": "1"}, {"op": "delete", "id": True}, {"op": "update", "id": 1, "version": "1"},
    ]}  # fmt: skip
    assert boss.refused("POST", f"{customers}/batch", sent) == {
        "/operations/1/values/amount": "not_a_number",
        "/operations/2/values/nope": "unknown_field",
        "/operations/3/op": "unknown_operation",
        "/operations/4": "wrong_type",
        "/operations/5/values": "wrong_type",
        "/operations/6/when": "unknown_property",
        "/operations/7/id": "wrong_type",
        "/operations/8/id": "wrong_type",
        "/operations/9/version": "wrong_type",
    }
    assert total(boss, customers) == before
    lost = {"operations": [{"op": "create", "values": {"name": name}}, {"op": "delete", "id": 999_999_999}]}
    answer = boss("POST", f"{customers}/batch", lost)
    assert answer.status_code == 404 and answer.json["operation"] == 1
    for number in (2**63, 2**64, 10**30, 0, -1):
        for op in ("update", "delete"):
            strange = {"operations": [{"op": op, "id": number, "values": {}}]}
            assert boss("POST", f"{customers}/batch", strange).status_code == 404
    twice = {"operations": [{"op": "create", "values": {"name": name}}] * 2}
    assert boss.refused("POST", f"{customers}/batch", twice) == {"/operations/1/values/name": "not_unique"}
    assert total(boss, customers) == before


def test_each_for_itself_when_it_is_not_atomic(boss: Caller, customers: str, name: str) -> None:
    known = boss.ok("POST", customers, {"values": {"name": f"{name}0"}})["id"]
    boss.ok("PATCH", f"{customers}/{known}", {"values": {"amount": 1}})
    sent = {"atomic": False, "operations": [
        {"op": "create", "values": {"name": name}}, {"op": "create", "values": {"name": name}},
        {"op": "delete", "id": 999_999_999}, {"op": "update", "id": known, "version": 1, "values": {"amount": 2}},
    ]}  # fmt: skip
    made, repeated, lost, stale = boss.ok("POST", f"{customers}/batch", sent)["results"]
    assert made["version"] == 1
    assert (repeated["status"], repeated["errors"][0]["pointer"]) == (422, "/operations/1/values/name")
    assert lost["status"] == 404
    assert (stale["status"], stale["theirs"]["values"]["amount"], stale["mine"]["values"]) == (
        412,
        "1",
        {"amount": 2},
    )


def test_a_batch_has_limits_and_a_shape(boss: Caller, customers: str) -> None:
    many = boss("POST", f"{customers}/batch", {"operations": [{"op": "delete", "id": 1}] * 1001})
    assert many.status_code == 413
    for sent, place in (({}, "/operations"), ({"operations": {}}, "/operations"),
                        ({"operations": [], "atomic": 1}, "/atomic"), ({"ops": []}, "/ops")):  # fmt: skip
        assert place in boss.refused("POST", f"{customers}/batch", sent)
