"""`make run` killed with -9 in the middle of writes: what was acknowledged is there, and nothing twice."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping

import httpx
import pytest

from tests.start.product import Product, Running, copied, sign_up

WRITERS = 4
CUSTOMERS = "/api/v1/apps/crm/forms/customer/records"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


@pytest.fixture(scope="module")
def headers(product: Product) -> Mapping[str, str]:
    return sign_up(product, template="crm")


class Writer(threading.Thread):
    """Somebody who enters customers one after the other and notes which were acknowledged."""

    def __init__(self, address: str, headers: Mapping[str, str], name: str) -> None:
        super().__init__(daemon=True)
        self.api = httpx.Client(base_url=address, headers=headers, timeout=5)
        self.prefix = name
        self.acknowledged: dict[str, int] = {}
        self.unanswered: list[str] = []

    def run(self) -> None:
        for number in range(100_000):
            name = f"{self.prefix}-{number}"
            try:
                answer = send(self.api, name)
            except httpx.HTTPError:
                self.unanswered.append(name)
                return
            if answer.status_code == 201:
                self.acknowledged[name] = answer.json()["id"]
            elif answer.status_code >= 500:
                self.unanswered.append(name)
                return


def send(api: httpx.Client, name: str) -> httpx.Response:
    return api.post(CUSTOMERS, json={"values": {"name": name}}, headers={"Idempotency-Key": name})


def kill_in_writes(
    running: Running, headers: Mapping[str, str], name: str, kill: str
) -> tuple[dict[str, int], list[str]]:
    """Let several write, kill in the middle, and answer what was acknowledged and what was left open."""
    writers = [Writer(running.address, headers, f"{name}-{number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    end = time.monotonic() + 30
    while not all(writer.acknowledged for writer in writers) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(random.uniform(0.05, 0.8))
    running.kill_supervisor() if kill == "serve" else running.kill_make()
    for writer in writers:
        writer.join(20)
    return (
        {name: record for writer in writers for name, record in writer.acknowledged.items()},
        [name for writer in writers for name in writer.unanswered],
    )


def kill_again_and_again(product: Product, headers: Mapping[str, str], times: int) -> None:
    running = product.make_run()
    for number in range(times):
        known, open_ones = kill_in_writes(running, headers, f"k{number}", ("serve", "make")[number % 2])
        assert known, "nothing was written before the kill"
        running = product.make_run()
        with httpx.Client(base_url=running.address, headers=headers, timeout=20) as api:
            for name in open_ones:  # whoever got no answer sends the same once more
                assert send(api, name).status_code in (201, 409)
            found = names_in(api, f"k{number}-")
        counted = Counter(name for _, name in found)
        assert {name: record for name, record in known.items() if (record, name) not in found} == {}
        assert [name for name in open_ones if counted[name] != 1] == []
        assert [name for name, count in counted.items() if count > 1] == []
    running.press_ctrl_c()


def names_in(api: httpx.Client, prefix: str) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    asked = {
        "where": {"field": "name", "op": "starts_with", "value": prefix},
        "fields": ["name"],
        "limit": 200,
    }
    cursor = None
    while True:
        answer = api.post(f"{CUSTOMERS}/query", json=asked | ({"cursor": cursor} if cursor else {}))
        page = answer.raise_for_status().json()
        found |= {(record["id"], record["values"]["name"]) for record in page["records"]}
        cursor = page["next_cursor"]
        if not cursor:
            return found


def test_killed_five_times_in_the_middle_of_writes_everything_acknowledged_is_there(
    product: Product, headers: Mapping[str, str]
) -> None:
    kill_again_and_again(product, headers, 5)


@pytest.mark.soak
def test_killed_two_hundred_times_everything_acknowledged_is_there(
    product: Product, headers: Mapping[str, str]
) -> None:
    kill_again_and_again(product, headers, 200)
