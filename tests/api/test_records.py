"""Records over the API: versions and ETags, drafts, the recycle bin, repeats of one request."""

import threading
from typing import Any
from uuid import uuid4

from flask import Flask

from engine.platform import idempotency
from engine.platform.database import Database
from tests.api.caller import Caller


def create(boss: Caller, customers: str, name: str, **values: Any) -> int:
    return int(boss.ok("POST", customers, {"values": {"name": name, **values}})["id"])


def test_a_new_record_answers_201_with_etag_and_location(boss: Caller, customers: str, name: str) -> None:
    answer = boss("POST", customers, {"values": {"name": name}})
    assert answer.status_code == 201 and answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/api/v1{customers}/{answer.json['id']}"
    assert answer.json["owner"] == answer.json["created_by"] == {"id": boss.member, "title": "陈总"}
    read = boss("GET", f"{customers}/{answer.json['id']}")
    assert read.json == answer.json and read.headers["ETag"] == '"1"'


def test_a_change_without_if_match_applies_to_the_fields_it_names(
    boss: Caller, customers: str, name: str
) -> None:
    place = f"{customers}/{create(boss, customers, name, amount=1, day='2026-03-01')}"
    answer = boss("PATCH", place, {"values": {"amount": 2}})
    assert answer.headers["ETag"] == '"2"' and answer.json["values"]["day"] == "2026-03-01"
    again = boss("PATCH", place, {"values": {"amount": "2.0"}})
    assert again.headers["ETag"] == '"2"', "nothing changed, so nothing is a new version"


def test_the_second_to_save_gets_both_versions_and_can_merge(boss: Caller, customers: str, name: str) -> None:
    place = f"{customers}/{create(boss, customers, name, amount=1)}"
    boss.ok("PATCH", place, {"values": {"amount": 2, "day": "2026-03-01"}}, headers={"If-Match": '"1"'})
    stale = boss("PATCH", place, {"values": {"amount": 3}}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412 and stale.json["code"] == "stale"
    assert stale.json["mine"] == {"version": 1, "values": {"amount": 3}}
    assert stale.json["theirs"] == boss.ok("GET", place)
    told = {one["field"]: (one["base"], one["theirs"], one["clash"]) for one in stale.json["changed"]}
    assert told == {"amount": ("1", "2", True), "day": (None, "2026-03-01", False)}
    merged = boss("PATCH", place, {"values": {"amount": 3}}, headers={"If-Match": '"2"'})
    assert merged.status_code == 200 and merged.json["values"]["day"] == "2026-03-01"
    assert boss("DELETE", place, headers={"If-Match": '"2"'}).status_code == 412
    for strange in ("abc", '"99999999999999999999"', '"-1"', '"1.0"'):
        assert boss("PATCH", place, {"values": {}}, headers={"If-Match": strange}).status_code == 422
    assert (
        boss.refused("PATCH", place, {"values": {"amount": 1}}, status=412, headers={"If-Match": '"77"'})
        == {}
    )


def test_a_deleted_record_lies_in_the_bin_and_comes_back(
    boss: Caller, customers: str, shop: str, name: str
) -> None:
    number = create(boss, customers, name)
    place, bin_place = f"{customers}/{number}", f"{shop}/forms/customer/deleted"
    assert boss("DELETE", place).status_code == 204
    for method, sent in (("GET", None), ("DELETE", None), ("PATCH", {"values": {}})):
        assert boss(method, place, sent).status_code == 404
    [found] = [row for row in boss.ok("GET", f"{bin_place}?limit=1000")["rows"] if row["id"] == number]
    assert found["deleted_by"]["id"] == boss.member and found["deleted_at"].endswith("Z")
    page = boss.ok("GET", f"{bin_place}?limit=1")
    assert len(page["rows"]) == 1
    assert boss.refused("GET", f"{bin_place}?limit=0") == {"/limit": "out_of_range"}
    assert boss.refused("GET", f"{bin_place}?limit=many") == {"/limit": "wrong_type"}
    assert boss.refused("GET", f"{bin_place}?cursor=there") == {"/cursor": "bad_cursor"}
    create(boss, customers, name)
    clash = boss.refused("POST", f"{place}/restoration", status=409)
    assert clash == {"/values/name": "not_unique"}, "the name was given to another one meanwhile"
    boss.ok("PATCH", f"{customers}/{number + 1}", {"values": {"name": f"{name}别"}})
    back = boss("POST", f"{place}/restoration")
    assert back.status_code == 200 and back.json["values"]["name"] == name and back.headers["ETag"]
    assert boss("POST", f"{place}/restoration").status_code == 404
    assert boss.ok("GET", place)["id"] == number


def test_a_link_that_refuses_keeps_its_target(boss: Caller, customers: str, name: str) -> None:
    above = create(boss, customers, f"{name}上")
    create(boss, customers, name, parent=above)
    answer = boss("DELETE", f"{customers}/{above}")
    assert answer.status_code == 409 and answer.json["code"] == "still_used"


def test_a_repeated_name_is_refused_however_it_is_written(boss: Caller, customers: str, name: str) -> None:
    create(boss, customers, f"{name}（华东）ABC")
    assert boss.refused("POST", customers, {"values": {"name": f"{name} (华东)ａbc"}}) == {
        "/values/name": "not_unique"
    }


def test_a_rule_refuses_and_a_reminder_only_warns(boss: Caller, orders: str) -> None:
    many = {"values": {"code": "1", "lines": [{"qty": 1, "price": 1_000_001}]}}
    assert boss.refused("POST", orders, many) == {"/values/lines": "rule"}
    made = boss.ok("POST", orders, {"values": {}})
    assert [(one["pointer"], one["code"]) for one in made["warnings"]] == [("/values/code", "rule")]


def test_a_draft_may_lack_what_is_required(boss: Caller, customers: str) -> None:
    made = boss.ok("POST", customers, {"values": {"amount": 1}, "draft": True})
    assert made["flow_state"] == "draft" and made["values"]["name"] is None
    assert boss.refused("POST", customers, {"values": {}, "draft": "yes"}) == {"/draft": "wrong_type"}


def test_a_rollup_follows_at_once_and_is_no_change_of_the_record(
    boss: Caller, customers: str, orders: str, name: str
) -> None:
    number = create(boss, customers, name)
    boss.ok(
        "POST", orders, {"values": {"customer": number, "code": "o1", "lines": [{"qty": 2, "price": "1.25"}]}}
    )
    read = boss("GET", f"{customers}/{number}")
    assert (read.json["values"]["bought"], read.json["values"]["orders"]) == ("2.50", 1)
    assert read.headers["ETag"] == '"1"' and read.json["updated_at"] == read.json["created_at"]
    [row] = read.json["values"]["recent"]
    assert (row["code"], row["total"]) == ("o1", "2.50")


def test_a_repeat_with_the_same_key_answers_the_same_and_does_nothing(
    boss: Caller, customers: str, orders: str, name: str
) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    first = boss("POST", customers, {"values": {"name": name}}, headers=key)
    again = boss("POST", customers, {"values": {"name": name}}, headers=key)
    assert (again.status_code, again.data, again.headers["ETag"], again.headers["Location"]) == (
        201, first.data, '"1"', first.headers["Location"])  # fmt: skip
    for place, sent in ((customers, {"values": {"name": "x"}}), (orders, {"values": {"name": name}})):
        other = boss("POST", place, sent, headers=key)
        assert other.status_code == 422 and other.json["code"] == "idempotency_key_reused"
    asked = {"where": {"field": "name", "op": "eq", "value": name}, "count": True}
    assert boss.ok("POST", f"{customers}/query", asked)["total"] == 1


def test_a_refusal_is_repeated_too(boss: Caller, customers: str) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    answers = [boss("POST", customers, {"values": {}}, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [422, 422] and answers[0].data == answers[1].data


def test_a_repeat_after_a_crash_between_commit_and_answer_gets_the_first_answer(
    boss: Caller,
    customers: str,
    orders: str,
    database: Database,
    flask_app: Flask,
    name: str,
    monkeypatch: Any,
) -> None:
    number = create(boss, customers, f"{name}0")
    calls = [
        (customers, {"values": {"name": name}}),
        (f"{customers}/batch", {"operations": [{"op": "create", "values": {"name": f"{name}1"}}]}),
        (f"{customers}/{number}/comments", {"text": "你好"}),
        ("/members", {"name": name}),
    ]

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    for place, sent in calls:
        key = {"Idempotency-Key": uuid4().hex}
        with monkeypatch.context() as at_death:
            at_death.setattr(idempotency.Claim, "keep", die)
            at_death.setattr(idempotency.Claim, "forget", lambda self: None)
            try:
                boss("POST", place, sent, headers=key)
            except SystemExit:
                pass
            else:
                raise AssertionError("it should have died")
        before = counts(boss, customers, number)
        answer = boss("POST", place, sent, headers=key)
        assert answer.status_code in (200, 201), answer.text
        assert counts(boss, customers, number) == before, place


def counts(boss: Caller, customers: str, number: int) -> tuple[int, int, int]:
    return (
        boss.ok("POST", f"{customers}/query", {"count": True, "limit": 1})["total"],
        len(boss.ok("GET", f"{customers}/{number}/comments")["rows"]),
        len(boss.ok("GET", "/members")["rows"]),
    )


def test_one_who_repeats_while_the_first_is_at_work_is_told_so(
    boss: Caller, customers: str, database: Database, name: str
) -> None:
    key, body = uuid4().hex, b"{}"
    with idempotency.claim(database, boss.member, f"POST /api/v1{customers}", key, body):
        seen: list[int] = []
        again = threading.Thread(target=lambda: seen.append(
            boss("POST", customers, data=body, content_type="application/json",
                 headers={"Idempotency-Key": key}).status_code))  # fmt: skip
        again.start()
        again.join(20)
    assert seen == [409]


def test_two_at_once_with_the_same_name_make_one_record(boss: Caller, customers: str, name: str) -> None:
    seen: list[int] = []
    together = threading.Barrier(4)

    def send() -> None:
        together.wait(10)
        caller = Caller(boss.client.application.test_client(), boss.headers["Authorization"][7:], boss.member)
        seen.append(caller("POST", customers, {"values": {"name": name}}).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(seen) == [201, 422, 422, 422]
