"""`make run` killed with -9 in the middle of writes: what was acknowledged is there, nothing twice, all of it whole."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

import httpx
import pytest

from tests.start.product import Product, Running, copied, sign_up

WRITERS = 4
CUSTOMERS = "/api/v1/apps/crm/forms/customer/records"
OPPORTUNITIES = "/api/v1/apps/crm/forms/opportunity/records"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


@pytest.fixture(scope="module")
def headers(product: Product) -> Mapping[str, str]:
    return sign_up(product, template="crm")


class Writer(threading.Thread):
    """Somebody who enters customers one after the other, changes each, and sells to one that all share."""

    def __init__(self, address: str, headers: Mapping[str, str], name: str, shared: int) -> None:
        super().__init__(daemon=True)
        self.api = httpx.Client(base_url=address, headers=headers, timeout=5)
        self.prefix, self.shared = name, shared
        self.acknowledged: dict[str, int] = {}
        self.changed: list[int] = []
        self.unanswered: list[str] = []
        self.unsold: list[tuple[str, int]] = []

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
            try:
                record = self.acknowledged[name]
                if change(self.api, record).status_code == 200:
                    self.changed.append(record)
                self.unsold = [(name, self.shared)]
                if sell(self.api, *self.unsold[0]).status_code == 201:
                    self.unsold = []
            except (httpx.HTTPError, KeyError):
                return


def send(api: httpx.Client, name: str) -> httpx.Response:
    return api.post(CUSTOMERS, json={"values": {"name": name}}, headers={"Idempotency-Key": name})


def change(api: httpx.Client, record: int) -> httpx.Response:
    return api.patch(f"{CUSTOMERS}/{record}", json={"values": {"remark": "改过"}})


def sell(api: httpx.Client, name: str, customer: int) -> httpx.Response:
    sent = {"name": f"卖{name}", "customer": customer, "stage": "won", "amount": 7}
    return api.post(OPPORTUNITIES, json={"values": sent}, headers={"Idempotency-Key": f"sold {name}"})


def kill_in_writes(running: Running, headers: Mapping[str, str], name: str, kill: str) -> list[Writer]:
    """Let several write, kill in the middle, and answer what each of them knows."""
    with httpx.Client(base_url=running.address, headers=headers, timeout=20) as api:
        shared = send(api, f"{name}-shared").json()["id"]
    writers = [Writer(running.address, headers, f"{name}-{number}", shared) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    end = time.monotonic() + 30
    while not all(writer.changed for writer in writers) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(random.uniform(0.05, 0.8))
    running.kill_supervisor() if kill == "serve" else running.kill_make()
    for writer in writers:
        writer.join(20)
    return writers


def kill_again_and_again(product: Product, headers: Mapping[str, str], times: int) -> None:
    running = product.make_run()
    for number in range(times):
        writers = kill_in_writes(running, headers, f"k{number}", ("serve", "make")[number % 2])
        known = {name: record for writer in writers for name, record in writer.acknowledged.items()}
        open_ones = [name for writer in writers for name in writer.unanswered]
        assert known, "nothing was written before the kill"
        running = product.make_run()
        with httpx.Client(base_url=running.address, headers=headers, timeout=20) as api:
            for name in open_ones:  # whoever got no answer sends the same once more
                answer = send(api, name)
                assert answer.status_code == 201, answer.text
            for writer in writers:
                for sold in writer.unsold:
                    assert sell(api, *sold).status_code == 201
            found = names_in(api, f"k{number}-")
            what_hangs_on_them_is_whole(api, writers)
        counted = Counter(name for _, name in found)
        assert {name: record for name, record in known.items() if (record, name) not in found} == {}
        assert [name for name in open_ones if counted[name] != 1] == []
        assert [name for name, count in counted.items() if count > 1] == []
    running.press_ctrl_c()


def what_hangs_on_them_is_whole(api: httpx.Client, writers: list[Writer]) -> None:
    """Sums, history and search say the same as the records."""
    shared = writers[0].shared
    asked = {
        "where": {"field": "customer", "op": "eq", "value": shared},
        "measures": [{"fn": "sum", "field": "amount", "as": "sum"}, {"fn": "count", "as": "count"}],
    }
    [row] = api.post(f"{OPPORTUNITIES}/aggregate", json=asked).raise_for_status().json()["rows"]
    customer = api.get(f"{CUSTOMERS}/{shared}").raise_for_status().json()["values"]
    assert Decimal(customer["won_amount"] or 0) == Decimal(row["sum"] or 0) == 7 * row["count"]
    sold = sum(len(writer.changed) for writer in writers)
    assert sold - len(writers) <= row["count"] <= sold + len(writers)
    for writer in writers:
        for record in writer.changed[-2:]:
            assert api.get(f"{CUSTOMERS}/{record}").json()["values"]["remark"] == "改过"
            told = api.get(f"{CUSTOMERS}/{record}/history").raise_for_status().json()["rows"]
            assert "remark" in {change["field"] for one in told for change in one["changes"]}
        for name, record in list(writer.acknowledged.items())[-2:]:
            hits = api.post(f"{CUSTOMERS}/query", json={"search": name, "fields": ["name"]}).json()["records"]
            assert record in {hit["id"] for hit in hits}, f"{name} is there, but no search finds it"


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
    kill_again_and_again(product, headers, int(os.environ.get("SOAK_KILLS", 200)))
