"""What a browser may send by mistake or malice to the addresses of a list: a plain 4xx that names the place."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from engine.platform.embedded import EmbeddedServer
from tests.journeys.sales import PASSWORD, Sales, sales


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser_like(office: Sales) -> Iterator[Any]:

    with httpx.Client(base_url=office.url, follow_redirects=False) as client:

        def token() -> str:
            page = client.get("/sign-in" if "session" not in client.cookies else "/notices").text
            found = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert found
            return found[1]

        client.post("/sign-in", data={"account": "chenchen", "password": PASSWORD, "csrf": token()})
        client.headers["X-CSRF-Token"] = token()
        client.headers["Accept"] = "application/json"
        yield client


BODIES: list[Any] = [
    None,
    [],
    "text",
    {"offset": "many"},
    {"offset": -1},
    {"offset": 10**30},
    {"limit": True},
    {"sort": "amount"},
    {"sort": [7]},
    {"search": {"a": 1}},
    {"where": "stage"},
    {"where": {"field": "nothing", "op": "eq", "value": 1}},
    {"changes": [7]},
    {"changes": [{"values": {"amount": "1"}}]},
    {"changes": [{"id": 10**30, "values": {}}]},
    {"changes": [{"id": 1, "values": []}]},
    {"ids": ["1"]},
    {"all": True, "except": 5},
    {"columns": [5]},
    {"columns": [{"key": "name", "width": "wide"}], "name": "x"},
]


@pytest.mark.parametrize(
    "address", ["rows", "totals", "values", "cells", "deletion", "selection", "selection/preview"]
)
def test_no_body_brings_the_list_down(browser_like: Any, office: Sales, address: str) -> None:
    for sent in BODIES:
        answer = browser_like.post(f"{office.deals}/grid/{address}", json=sent)
        assert answer.status_code < 500, (sent, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["message"], sent


def test_no_body_brings_saving_a_view_down(browser_like: Any, office: Sales) -> None:
    for sent in BODIES:
        answer = browser_like.post(f"{office.deals}/views", json=sent)
        assert answer.status_code < 500, (sent, answer.text)


@pytest.mark.parametrize(
    "query",
    [
        "where=%7B",
        "where=5",
        "where=%5B%5D",
        "sort=-",
        "sort=nothing",
        "view=nothing",
        "import=x",
        "offset=-3",
        "offset=x",
    ],
)
@pytest.mark.parametrize("path", ["", "/cards", "/board", "/board/sums", "/board/lane"])
def test_an_address_that_somebody_shortened_still_answers(
    browser_like: Any, office: Sales, path: str, query: str
) -> None:
    answer = browser_like.get(f"{office.deals}{path}?view=board&{query}")
    assert answer.status_code < 500, answer.text[:500]


def test_a_form_that_is_sent_broken_is_refused_in_words(browser_like: Any, office: Sales) -> None:
    csrf = browser_like.headers["X-CSRF-Token"]
    for extra in (
        {"_field": "amount", "amount": "9" * 5000},
        {"_field": "lines", "lines.0.id": "x", "lines.0.quantity": "1"},
        {"_field": "customer", "customer": str(10**18)},
        {"_field": "name", "name": "x" * 100_000},
        {"_field": "owner", "owner": "nobody"},
        {"_version": "x", "_at": "y", "_record": "z"},
    ):
        for path in ("/new", "/compute"):
            answer = browser_like.post(f"{office.deals}{path}", data={"csrf": csrf, **extra})
            assert answer.status_code < 500, (path, extra, answer.text[:500])
