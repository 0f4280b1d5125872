"""The worker of an import is killed: the import is there as a whole or not at all, and says which."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.start.product import Product, copied, sign_up

ROWS = 20_000
API = "/api/v1"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


@pytest.fixture(scope="module")
def headers(product: Product) -> Mapping[str, str]:
    return sign_up(product, template="crm")


def begin_import(api: httpx.Client, batch: str) -> str:
    lines = [f"{batch}-{number},北京市朝阳区{number}号,{number}" for number in range(ROWS)]
    sheet = "\n".join(["客户名称,地址,员工人数", *lines])
    mapping = '{"columns": {"客户名称": "name", "地址": "address", "员工人数": "employees"}}'
    answer = api.post(
        f"{API}/apps/crm/forms/customer/imports",
        files={"file": ("customers.csv", sheet.encode(), "text/csv")},
        data={"mapping": mapping},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def look(api: httpx.Client, job_id: str) -> dict[str, Any]:
    return dict(api.get(f"{API}/jobs/{job_id}").raise_for_status().json())


def count(api: httpx.Client, batch: str) -> int:
    asked = {
        "where": {"field": "name", "op": "starts_with", "value": batch},
        "measures": [{"fn": "count", "as": "n"}],
    }
    answer = api.post(f"{API}/apps/crm/forms/customer/records/aggregate", json=asked).raise_for_status()
    return int(answer.json()["rows"][0]["n"])


@pytest.mark.parametrize("moment", ["reading", "at the end"])
def test_an_import_whose_worker_dies_is_there_whole_or_not_at_all_and_says_which(
    product: Product, headers: Mapping[str, str], moment: str
) -> None:
    batch = {"reading": "R", "at the end": "E"}[moment]
    running = product.make_run()
    with httpx.Client(base_url=running.address, headers=headers, timeout=30) as api:
        job_id = begin_import(api, batch)
        end = time.monotonic() + 60
        while True:
            job = look(api, job_id)
            assert time.monotonic() < end, job
            if job["state"] == "running" and (moment == "reading" or job["done"] == job["total"]):
                break
            if job["state"] not in ("queued", "running"):
                break
            time.sleep(0.01)
        for number in product.processes("job-process"):
            os.kill(number, signal.SIGKILL)
        while (job := look(api, job_id))["state"] in ("queued", "running"):
            assert time.monotonic() < end, job
            time.sleep(0.1)
        found = count(api, batch)
    running.press_ctrl_c()
    if job["state"] == "succeeded":
        assert (job["result"]["created"], found) == (ROWS, ROWS)
    else:
        assert (job["state"], found) == ("failed", 0)
        assert "没有写入任何记录" in job["errors"][0]["message"]
    if moment == "reading":
        assert job["state"] == "failed"
