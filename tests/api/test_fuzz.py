"""Spoiled requests of every kind: always 2xx or 4xx with a place, never a failure of the server, nothing half done."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.access import api_keys, setup
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.api import hostile
from tests.api.caller import BASE, Caller
from tests.api.shop import open_shop


@pytest.fixture(scope="module")
def attacked(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Caller, str]]:
    """An organisation of its own, for what is done to it."""
    from tests.conftest import _fresh_database

    with _fresh_database(postgres, "fuzz") as url:
        database = Database(url)
        member = setup.set_up(database, "试", "陈总", "boss@x.cn", "spring rain 2026", "zh-CN")
        with database.begin() as connection:
            key = api_keys.issue(connection, member)
        app = create_app(
            Settings(data=tmp_path_factory.mktemp("fuzz"), secret_key="x" * 20, database_url=url)
        )
        boss = Caller(app.test_client(), key, member)
        place = open_shop(boss)
        boss.ok("POST", "/departments", {"name": "一部"})
        boss.ok("POST", "/members", {"name": "李", "account": "li", "password": "spring rain 2026"})
        boss.ok("PUT", f"{place}/definitions/roles/seller", hostile.ROLE)
        boss.ok("POST", f"{place}/publish")
        boss.ok("POST", f"{place}/forms/customer/records", {"values": {"name": "甲", "amount": 1}})
        boss.ok(
            "POST",
            f"{place}/forms/order/records",
            {"values": {"customer": 1, "lines": [{"qty": 1, "price": 2}]}},
        )
        yield boss, place
        app.extensions["jianflow.database"].close()
        database.close()


def examples(count: int) -> Any:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip


@examples(60)
@given(seed=st.integers(0, 2**40))
def test_spoiled_requests_never_break_the_server(attacked: tuple[Caller, str], seed: int) -> None:
    spoil(*attacked, seed)


@pytest.mark.soak
@examples(10_000)
@given(seed=st.integers(0, 2**40))
def test_very_many_spoiled_requests_never_break_the_server(attacked: tuple[Caller, str], seed: int) -> None:
    spoil(*attacked, seed)


def spoil(boss: Caller, place: str, seed: int) -> None:
    random = Random(seed)
    method, path, good = random.choice(hostile.requests(place, random))
    headers = {**boss.headers, "Content-Type": "application/json"}
    known = None
    if method == "PUT" and "/definitions/" in path:
        known = boss.client.get(BASE + path, headers=boss.headers)
        headers["If-Match"] = known.headers.get("ETag", '"none"')
    sent = hostile.spoiled(good, random) if good is not None else None
    answer = send(boss.client, method, path, sent, headers)
    told = f"seed {seed}: {method} {path} {json.dumps(sent)[:2000]}\n{answer.text[:600]}"
    assert answer.status_code < 500, told
    if answer.status_code >= 400:
        boss.check_problem(answer)
    if known is not None and answer.status_code == 200:
        published = send(boss.client, "POST", f"{place}/publish", {}, headers)
        assert published.status_code < 500, f"published: {told}\n{published.text[:600]}"
        for form in ("customer", "order"):
            listed = send(
                boss.client, "POST", f"{place}/forms/{form}/records/query", {"count": True}, headers
            )
            assert listed.status_code in (200, 404), f"listed: {told}\n{listed.text[:600]}"
        if published.status_code >= 400:
            boss.check_problem(published)
            _, kind, key = path.rsplit("/", 2)
            assert (
                boss.client.delete(f"{BASE}{place}/drafts/{kind}/{key}", headers=boss.headers).status_code
                == 204
            )


def send(client: FlaskClient, method: str, path: str, sent: Any, headers: dict[str, str]) -> Any:
    body = None if sent is None else json.dumps(sent)
    return client.open(BASE + path, method=method, data=body, headers=headers)
