"""What a running product does when one of its processes dies."""

import os
import signal
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.start.product import Product, Running, copied, sign_up


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


@pytest.fixture
def running(product: Product) -> Iterator[Running]:
    yield product.make_run()
    product.kill_all()


def until(fulfilled: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_killed_web_server_or_job_process_comes_back(product: Product, running: Running) -> None:
    until(lambda: bool(product.processes("job-process")))
    for kind in ("job-process", "web-process"):
        before = product.processes(kind)
        os.kill(before[0], signal.SIGKILL)
        until(lambda kind=kind, before=before: bool(set(product.processes(kind)) - set(before)))
    until(lambda: running.get("/health") == 200)
    headers = sign_up(product)
    with httpx.Client(base_url=running.address + "/api/v1", headers=headers, timeout=20) as api:
        assert api.get("/members").json()["rows"][0]["name"] == "李静"


def test_without_its_database_it_ends_and_says_where_to_look(product: Product, running: Running) -> None:
    os.kill(product.processes("postgres\0-D")[0], signal.SIGKILL)
    running.process.wait(20)
    assert "postgres.log" in "".join(running.said)
    product.await_silence(2)
