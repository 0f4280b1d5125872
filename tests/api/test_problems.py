"""Whatever goes wrong is a problem document with a documented code, 4xx, and its place."""

from typing import Any

import pytest

from tests.api.caller import BASE, Caller
from tests.api.conftest import Hire


def test_without_a_key_that_holds_nothing_is_told(boss: Caller) -> None:
    for headers in ({}, {"Authorization": "Basic x"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer jf_nope"},
                    {"Authorization": "Bearer \xff"}, {"Authorization": f"Bearer {'x' * 5000}"}):  # fmt: skip
        for path in ("/apps", "/nowhere", "", "/apps/x/forms/y/records/1"):
            answer = boss.client.get(f"{BASE}{path}", headers=headers)
            boss.check_problem(answer)
            assert answer.status_code == 401 and answer.json["code"] == "not_signed_in"
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        for method, path in (("POST", "/apps/x/forms/y/records"), ("PATCH", "/apps/x/forms/y/records/1"), ("POST", "/members"),
                             ("DELETE", "/apps/x/forms/y/records/1"), ("POST", "/apps/x/forms/y/records/query")):  # fmt: skip
            for raw in (b"{", b"[]", b'{"values": {}}'):
                sent = {**headers, "If-Match": "nonsense", "Content-Type": "application/json"}
                assert (
                    boss.client.open(BASE + path, method=method, data=raw, headers=sent).status_code == 401
                ), path


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404), ("GET", "/", 404), ("GET", "/nowhere", 404), ("GET", "/apps/nowhere", 404),
        ("GET", "/apps/%00", 404), ("GET", "/apps/a%27b/forms/x/records/1", 404),
        ("PUT", "/apps", 405), ("DELETE", "/members", 405), ("PATCH", "/formulas/evaluate", 405),
        ("GET", f"/members/{2**63}", 404), ("PATCH", f"/members/{2**63}", 404), ("GET", f"/members/{2**63 - 1}", 404),
        ("GET", f"/members/{'9' * 5000}", 404), ("GET", "/members/-1", 404), ("GET", "/members/1.5", 404),
        ("GET", "/jobs/%00", 404), ("GET", "/files/..%2F..%2Fetc%2Fpasswd", 404),
        ("GET", "/members?department=x", 200), ("GET", "/members?state=gone", 422),
        ("GET", "/members?search=%00", 400), ("GET", "/members?search=%ED%A0%80", 200),
    ],
)  # fmt: skip
def test_addresses_methods_and_numbers_that_are_none(
    boss: Caller, method: str, path: str, status: int
) -> None:
    answer = boss(method, path)
    assert answer.status_code == status, answer.text
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "tail", ["", "/query", "/aggregate", "/batch", "/1/history", "/1/comments", "/1/explain/x", "/1"]
)
def test_a_form_or_record_that_is_not_there_is_404_for_every_call(boss: Caller, shop: str, tail: str) -> None:
    for place in (
        f"{shop}/forms/nowhere/records",
        "/apps/nowhere/forms/customer/records",
        f"{shop}/forms/%00/records",
    ):
        method = "POST" if tail in ("", "/query", "/aggregate", "/batch") else "GET"
        answer = boss(method, place + tail, {"nowhere": 1} if method == "POST" else None)
        assert answer.status_code == 404 and answer.json["code"] == "not_found", answer.text
    for number in (999_999_999, 2**63 - 1, 2**63, 10**30):
        assert boss("GET", f"{shop}/forms/customer/records/{number}").status_code == 404


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b'{"a":\n 1,,}', 2, 4), (b"{", 1, 2), (b"nonsense", 1, 1), (b'{"values": {"name": "\\ud800"}}', 1, None),
        (b'{"values": {"amount": NaN}}', 1, None), (b'{"values": {"amount": 1e400}}', 1, None), (b"\xff\xfe", 1, None),
        (b"[" * 100_000, 1, None), (b'{"a":' * 5000 + b"1" + b"}" * 5000, 1, None), (b'{"a": "\x01"}', 1, None),
        (b"1" * 5000, None, None), (b'{"values": {"amount": ' + b"1" * 6000 + b"}}", None, None),
    ],
)  # fmt: skip
def test_malformed_json_is_400_with_line_and_column(
    boss: Caller, customers: str, raw: bytes, line: int | None, column: int | None
) -> None:
    for path in (customers, f"{customers}/query", "/formulas/evaluate", "/members", f"{customers}/batch"):
        answer = boss("POST", path, data=raw, content_type="application/json")
        assert answer.status_code in ((400,) if line else (400, 422)), answer.text
        if line:
            assert answer.json["code"] == "malformed_json" and answer.json["line"] == line
            assert column is None or answer.json["column"] == column


def test_another_media_type_is_415_and_what_curl_says_is_let_pass(
    boss: Caller, customers: str, name: str
) -> None:
    raw = f'{{"values": {{"name": "{name}"}}}}'
    for kind in ("text/xml", "text/plain", "multipart/form-data; boundary=x", "application/x-yaml"):
        answer = boss("POST", customers, data=raw, content_type=kind)
        assert answer.status_code == 415 and answer.json["code"] == "unsupported_media_type"
    answer = boss("POST", customers, data="a=1", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415
    for number, kind in enumerate(
        ("application/x-www-form-urlencoded", "application/vnd.x+json", "application/json; charset=utf-8")
    ):
        assert (
            boss("POST", customers, data=raw.replace(name, f"{name}{number}"), content_type=kind).status_code
            == 201
        )


def test_too_much_is_413(boss: Caller, customers: str) -> None:
    raw = b'{"search": "' + b"x" * (33 * 1024 * 1024) + b'"}'
    assert boss("POST", f"{customers}/query", data=raw, content_type="application/json").status_code == 413
    told = {"CONTENT_LENGTH": str(10**12)}
    answer = boss(
        "POST", f"{customers}/query", data=b"{}", content_type="application/json", environ_overrides=told
    )
    assert answer.status_code == 413


def test_bodies_that_are_no_objects_and_unknown_properties(boss: Caller, customers: str) -> None:
    for sent in ([], "x", 5, True, [1]):
        assert boss.refused("POST", customers, sent) == {"": "wrong_type"}
    assert boss.refused("POST", customers, {"values": []}) == {"/values": "wrong_type"}
    assert boss.refused("POST", customers, {"values": {}, "a/b": 1}) == {"/a~1b": "unknown_property"}
    assert boss.refused("POST", customers, {}) == {"/values": "required"}


def test_who_may_not_is_told_so_before_what_is_wrong(
    boss: Caller, shop: str, customers: str, hire: Hire
) -> None:
    colleague = hire()
    calls: list[tuple[str, str]] = [
        ("POST", customers), ("PATCH", f"{customers}/1"), ("POST", f"{customers}/query"), ("POST", f"{customers}/aggregate"),
        ("POST", f"{customers}/batch"), ("POST", f"{customers}/1/comments"), ("POST", f"{shop}/forms/customer/exports"),
        ("POST", f"{shop}/forms/customer/imports"), ("POST", "/apps"), ("POST", "/members"), ("POST", "/departments"),
        ("POST", "/apps/install"),
    ]  # fmt: skip
    for method, path in calls:
        for sent in ({"nowhere": 1}, []):
            assert colleague(method, path, sent).status_code in (403, 404), path
        assert colleague(method, path, data=b"{", content_type="application/json").status_code in (
            403,
            404,
        ), path


def test_the_language_follows_the_caller(boss: Caller, customers: str) -> None:
    said: dict[str, Any] = {}
    for language in ("zh-CN", "en", "en-GB,en;q=0.9", "de"):
        answer = boss("POST", customers, {"values": {"nope": 1}}, headers={"Accept-Language": language})
        said[language] = answer.json["errors"][0]["message"]
    assert said["zh-CN"].startswith("没有字段") and said["en"].startswith("There is no field")
    assert said["en-GB,en;q=0.9"] == said["en"]


def test_answers_are_no_pages_and_not_kept_by_caches(boss: Caller) -> None:
    answer = boss("GET", "/apps")
    assert (
        answer.headers["Cache-Control"] == "no-store"
        and answer.headers["X-Content-Type-Options"] == "nosniff"
    )
    assert "Set-Cookie" not in answer.headers
