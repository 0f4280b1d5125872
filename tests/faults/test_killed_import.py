"""The worker of an import is killed: the import is there as a whole or not at all, and says which."""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import psycopg
import pytest

from engine.platform.embedded import EmbeddedServer
from tests.start.product import Product, copied, sign_up

ROWS = 20_000
API = "/api/v1"
WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'jianflow.notice'::regclass"


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


def kill_workers(product: Product) -> None:
    for number in product.processes("job-process"):
        os.kill(number, signal.SIGKILL)


def ended(api: httpx.Client, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (job := look(api, job_id))["state"] in ("queued", "running"):
        assert time.monotonic() < end, job
        time.sleep(0.1)
    return job


def test_an_import_whose_worker_dies_while_it_reads_writes_nothing_and_says_so(
    product: Product, headers: Mapping[str, str]
) -> None:
    running = product.make_run()
    with httpx.Client(base_url=running.address, headers=headers, timeout=30) as api:
        job_id = begin_import(api, "R")
        end = time.monotonic() + 60
        while look(api, job_id)["state"] != "running":
            assert time.monotonic() < end
            time.sleep(0.01)
        kill_workers(product)
        job = ended(api, job_id)
        assert (job["state"], count(api, "R")) == ("failed", 0)
        assert "没有写入任何记录" in job["errors"][0]["message"]
    running.press_ctrl_c()


def test_an_import_whose_worker_dies_with_everything_written_but_the_commit_is_not_there(
    product: Product, headers: Mapping[str, str]
) -> None:
    """The notice to the importer is the last thing in the transaction; it is made to wait."""
    running = product.make_run()
    with (
        httpx.Client(base_url=running.address, headers=headers, timeout=30) as api,
        EmbeddedServer.open(product.data) as server,
    ):
        address = server.url.replace("+psycopg", "")
        with psycopg.connect(address) as holding, psycopg.connect(address, autocommit=True) as watching:
            holding.execute("LOCK TABLE jianflow.notice IN ACCESS EXCLUSIVE MODE")
            job_id = begin_import(api, "E")
            end = time.monotonic() + 90
            while not watching.execute(WAITING).fetchone():
                job = look(api, job_id)
                assert job["state"] in ("queued", "running") and time.monotonic() < end, job
                time.sleep(0.05)
            kill_workers(product)
            holding.rollback()
        job = ended(api, job_id)
        assert (job["state"], job["result"], count(api, "E")) == ("failed", None, 0)
        assert "没有写入任何记录" in job["errors"][0]["message"]
    running.press_ctrl_c()
