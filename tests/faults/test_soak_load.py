"""Hours of everything at once: people, programs, spoiled requests, publications, imports, a worker that dies now and then.

`SOAK_MINUTES` says how long (20), `SOAK_KILLS` in test_kill_in_writes how often it is killed (200).
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.hostile import condition, spoiled
from tests.start.product import Product, copied, sign_up

MINUTES = float(os.environ.get("SOAK_MINUTES", 20))
THREADS = 6
MOST_MEMORY = 400
"""MB for each process of the product, PostgreSQL's aside, at the end of it all."""
CRM = "/api/v1/apps/crm"
CUSTOMERS, DEALS = f"{CRM}/forms/customer/records", f"{CRM}/forms/opportunity/records"

BY_STAGE = {"group_by": [{"field": "stage"}], "measures": [{"fn": "sum", "field": "amount", "as": "s"}]}
EMPTY = {"key": "x", "name": "X", "fields": []}

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


class Load:
    """What goes on, and what came of it."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self.address, self.headers = address, dict(headers)
        self.end = time.monotonic() + 60 * MINUTES
        self.statuses: Counter[str] = Counter()
        self.broken: list[str] = []
        self.slowest = 0.0
        self.guard = threading.Lock()
        self.customers: list[int] = []

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers=self.headers, timeout=60)

    def send(
        self, api: httpx.Client, method: str, path: str, sent: Any = None, **more: Any
    ) -> httpx.Response:
        """One request; whatever comes back is noted, a failure of the server with what was sent."""
        begun = time.monotonic()
        body = (
            {}
            if sent is None
            else {"content": json.dumps(sent), "headers": {"Content-Type": "application/json"}}
        )
        answer = api.request(method, path, **body, **more)  # type: ignore[arg-type]
        with self.guard:
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.statuses[f"{method} {answer.status_code}"] += 1
            if answer.status_code >= 500:
                self.broken.append(
                    f"{answer.status_code} {method} {path} {json.dumps(sent)[:800]}: {answer.text[:400]}"
                )
        return answer

    def go_on(
        self, work: Callable[[httpx.Client, random.Random], None], pause: float = 0.0
    ) -> threading.Thread:
        """Do this again and again until the time is over."""

        def run() -> None:
            dice = random.Random()
            with self.client() as api:
                while time.monotonic() < self.end and not self.broken:
                    work(api, dice)
                    time.sleep(pause * dice.random() * 2)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    # -- who is at work ---------------------------------------------------------------------------------

    def somebody(self, api: httpx.Client, dice: random.Random) -> None:
        """Enters, changes, sells, looks, deletes and takes back."""
        customer = dice.choice(self.customers)
        if dice.random() < 0.2:
            made = self.send(api, "POST", CUSTOMERS, {"values": {"name": f"客户{dice.random()}"}})
            if made.status_code == 201:
                self.customers.append(made.json()["id"])
        deal = {"name": f"单{dice.random()}", "customer": customer, "stage": dice.choice(["won", "lost"])}
        sold = self.send(api, "POST", DEALS, {"values": {**deal, "amount": dice.randint(1, 99)}})
        if sold.status_code == 201 and dice.random() < 0.5:
            place = f"{DEALS}/{sold.json()['id']}"
            self.send(
                api,
                "PATCH",
                place,
                {"values": {"amount": dice.randint(1, 99), "customer": dice.choice(self.customers)}},
            )
            if dice.random() < 0.3:
                self.send(api, "DELETE", place)
                if dice.random() < 0.5:
                    self.send(api, "POST", f"{place}/restoration")
        self.send(api, "GET", f"{CUSTOMERS}/{customer}")
        self.send(api, "POST", f"{DEALS}/query", {"search": "单0.1", "count": True, "limit": 20})
        self.send(
            api,
            "POST",
            f"{DEALS}/aggregate",
            {"group_by": [{"field": "stage"}], "measures": [{"fn": "sum", "field": "amount", "as": "s"}]},
        )

    def spoiler(self, api: httpx.Client, dice: random.Random) -> None:
        """Sends what no one should."""
        good: list[tuple[str, str, Any]] = [
            ("POST", CUSTOMERS, {"values": {"name": "n", "level": "A", "owner": 1}}),
            ("PATCH", f"{CUSTOMERS}/{dice.choice(self.customers)}", {"values": {"remark": "x", "employees": 3}}),
            ("POST", f"{DEALS}/query", {"where": condition(dice), "sort": [{"field": "amount"}], "limit": 5}),
            ("POST", f"{DEALS}/batch", {"operations": [{"op": "update", "id": 1, "values": {"amount": 1}}], "atomic": False}),
            ("POST", f"{DEALS}/aggregate", {"where": condition(dice), "group_by": [{"field": "closed_on", "bucket": "month"}]}),
            ("POST", f"{CRM}/publish/preview", {"documents": [{"kind": "forms", "key": "x", "document": EMPTY}]}),
        ]  # fmt: skip
        method, path, sent = dice.choice(good)
        self.send(api, method, path, spoiled(sent, dice))

    def importer(self, api: httpx.Client, dice: random.Random) -> None:
        """Brings a sheet in, sometimes takes it back, and exports."""
        batch = dice.random()
        lines = "\n".join(["客户名称,员工人数", *(f"进{batch}-{at},{at}" for at in range(400))])
        mapping = json.dumps({"columns": {"客户名称": "name", "员工人数": "employees"}})
        begun = api.post(
            f"{CRM}/forms/customer/imports",
            files={"file": ("c.csv", lines.encode(), "text/csv")},
            data={"mapping": mapping},
        )
        assert begun.status_code == 202, begun.text
        self.ended(api, begun.json()["id"])
        if dice.random() < 0.5:
            self.ended(
                api, self.send(api, "POST", f"{CRM}/imports/{begun.json()['id']}/undo").json().get("id")
            )
        self.ended(
            api, self.send(api, "POST", f"{CRM}/forms/customer/exports", {"format": "csv"}).json().get("id")
        )

    def ended(self, api: httpx.Client, job: str | None) -> None:
        while job and time.monotonic() < self.end + 120:
            if api.get(f"/api/v1/jobs/{job}").json()["state"] not in ("queued", "running"):
                return
            time.sleep(0.3)

    def designer(self, api: httpx.Client, dice: random.Random) -> None:
        """Publishes a formula over all records, and a change of type there and back."""
        place = f"{CRM}/definitions/forms/customer"
        current = api.get(place)
        document = current.json()
        fields = [one for one in document["fields"] if one["key"] not in ("soak_sum", "soak_text")]
        factor, kind = dice.randint(2, 9), dice.choice(["text", "number"])
        fields.append(
            {
                "key": "soak_sum",
                "type": "formula",
                "label": "S",
                "formula": f"won_amount * {factor}",
                "result": "number",
            }
        )
        fields.append({"key": "soak_text", "type": kind, "label": "T"})
        saved = api.put(
            place, json={**document, "fields": fields}, headers={"If-Match": current.headers["ETag"]}
        )
        if saved.status_code == 200:
            answer = self.send(
                api, "POST", f"{CRM}/publish", {"only": [{"kind": "forms", "key": "customer"}]}
            )
            for job in answer.json().get("jobs", []):
                self.ended(api, job["id"])


def test_everything_at_once_for_a_long_time_breaks_nothing_and_all_sums_are_true(product: Product) -> None:
    headers = sign_up(product, template="crm")
    running = product.make_run()
    load = Load(running.address, headers)
    with load.client() as api:
        load.customers = [
            api.post(CUSTOMERS, json={"values": {"name": f"首{at}"}}).raise_for_status().json()["id"]
            for at in range(20)
        ]
    threads = [load.go_on(load.somebody) for _ in range(THREADS)]
    threads += [load.go_on(load.spoiler, 0.05), load.go_on(load.importer, 2), load.go_on(load.designer, 5)]
    threads.append(load.go_on(lambda api, dice: _kill_worker(product, dice), 20))
    for thread in threads:
        thread.join(60 * MINUTES + 180)
    assert load.broken == [] and not any(thread.is_alive() for thread in threads)
    with load.client() as api:
        _jobs_are_through(api)
        _sums_are_true(api, load.customers)
    sizes = {
        number: _megabytes(number)
        for number in product.processes("run.py") + product.processes("job-process")
    }
    print(
        f"\n{sum(load.statuses.values())} requests {dict(load.statuses)}; slowest {load.slowest:.1f} s; MB {sizes}"
    )
    assert max(sizes.values()) < MOST_MEMORY
    running.press_ctrl_c()


def _kill_worker(product: Product, dice: random.Random) -> None:
    if dice.random() < 0.5:
        for number in product.processes("job-process"):
            os.kill(number, signal.SIGKILL)


def _jobs_are_through(api: httpx.Client) -> None:
    """Nothing is stale any more: the jobs of sums have ended."""
    end = time.monotonic() + 180
    while any(one.get("stale") for one in _all(api, CUSTOMERS, ["won_amount"])):
        assert time.monotonic() < end
        time.sleep(1)


def _sums_are_true(api: httpx.Client, customers: list[int]) -> None:
    asked = {
        "where": {"field": "stage", "op": "eq", "value": "won"},
        "group_by": [{"field": "customer"}],
        "measures": [{"fn": "sum", "field": "amount", "as": "sum"}],
        "limit": 10_000,
    }
    rows = api.post(f"{DEALS}/aggregate", json=asked).raise_for_status().json()["rows"]
    sums = {row["customer"]["id"]: Decimal(row["sum"] or 0) for row in rows if row["customer"]}
    for one in _all(api, CUSTOMERS, ["won_amount", "soak_sum"]):
        won = Decimal(one["values"]["won_amount"] or 0)
        assert won == sums.get(one["id"], 0), one
        derived = one["values"].get("soak_sum")
        assert derived is None or (won and Decimal(derived) % won == 0) or Decimal(derived) == 0, one


def _all(api: httpx.Client, place: str, fields: list[str]) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        asked = {"fields": fields, "limit": 1000} | ({"cursor": cursor} if cursor else {})
        page = api.post(f"{place}/query", json=asked)
        if page.status_code == 422:  # the field of the designer may not be there
            asked["fields"] = fields[:1]
            page = api.post(f"{place}/query", json=asked)
        found = page.raise_for_status().json()
        yield from found["records"]
        cursor = found["next_cursor"]
        if not cursor:
            return


def _megabytes(number: int) -> int:
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return next((int(one.split()[1]) // 1024 for one in lines if one.startswith("VmRSS")), 0)
