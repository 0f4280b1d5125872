"""The form designer on a form of 500 fields in an app of 200 forms: what a drag costs the server, what pages cost."""

import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.bench.conftest import Bench
from tests.bench.report import Report

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

FORMS, FIELDS, ROUNDS = 200, 500, 7
ACCOUNT, PASSWORD = "li@example.com", "Kirsche-2026"
DRAG_MS, PAGE_MS = 100.0, 300.0
KINDS: list[dict[str, Any]] = [
    {"type": "text"},
    {"type": "number", "decimals": 2},
    {"type": "select", "options": [{"value": str(n), "label": f"选项 {n}"} for n in range(5)]},
    {"type": "date"},
    {"type": "money"},
    {"type": "textarea"},
    {"type": "member"},
    {"type": "switch"},
    {"type": "link", "form": "g1"},
    {"type": "formula", "result": "number"},
]


def _form(key: str, fields: int) -> dict[str, Any]:
    found = []
    for number in range(fields):
        kind = dict(KINDS[number % len(KINDS)])
        if kind["type"] == "formula":
            kind["formula"] = f"f{number - 8} * f{number - 5}"
        found.append({"key": f"f{number}", "label": f"字段 {number}", **kind})
    return {"key": key, "name": f"表 {key}", "title": "{f0}", "fields": found}


@pytest.fixture(scope="module")
def designing(bench: Bench) -> tuple[httpx.Client, str]:
    """Somebody signed in, and the address of the large form."""
    app = bench.app(_form("wide", FIELDS), *(_form(f"g{number}", 10) for number in range(FORMS - 1)))
    client = httpx.Client(base_url=bench.served.address, timeout=60, headers={"Accept": "application/json"})

    def token(path: str) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(path).text)
        assert found
        return found[1]

    client.post("/sign-in", data={"account": ACCOUNT, "password": PASSWORD, "csrf": token("/sign-in")})
    client.headers["X-CSRF-Token"] = token("/notices")
    return client, f"/a/{app}/wide"


def _milliseconds(ask: Callable[[], httpx.Response]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = ask()
        taken.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, answer.text[:300]
    return statistics.median(taken)


def test_a_drag_on_a_form_of_500_fields(designing: tuple[httpx.Client, str], report: Report) -> None:
    client, base = designing
    opened = client.get(f"{base}/design/document")
    etag, order = opened.headers["ETag"], [one["key"] for one in opened.json()["document"]["fields"]]

    def step() -> httpx.Response:
        nonlocal etag
        order.insert(3, order.pop())
        changes = [{"path": ["fields"], "order": order}]
        answer = client.patch(
            f"{base}/design/document", json={"changes": changes}, headers={"If-Match": etag}
        )
        etag = answer.headers["ETag"]
        return answer

    fresh = {"key": "fresh", "type": "formula", "formula": "f1 * f4", "label": "新字段"}
    report.value("designer, 500 fields: save a drag", _milliseconds(step), "ms", DRAG_MS)
    report.value(
        "designer, 500 fields: draw a new field",
        _milliseconds(lambda: client.post(f"{base}/design/cards", json={"fields": [fresh]})),
        "ms",
        DRAG_MS,
    )
    report.value(
        "designer, 500 fields, 200 forms: what is wrong",
        _milliseconds(lambda: client.get(f"{base}/design/faults")),
        "ms",
    )


def test_pages_of_a_form_of_500_fields(designing: tuple[httpx.Client, str], report: Report) -> None:
    client, base = designing
    for what, path, most in (("fill in", "/new", PAGE_MS), ("design", "/design", PAGE_MS)):
        taken = _milliseconds(lambda path=path: client.get(base + path, headers={"Accept": "text/html"}))  # type: ignore[misc]
        report.value(f"the page to {what} a form of 500 fields", taken, "ms", most)
