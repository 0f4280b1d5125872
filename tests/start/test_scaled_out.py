"""Several web servers and workers on one PostgreSQL and one Redis, given by their URLs."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from engine.platform.database import Database
from tests.start.product import ROOT

API = "/api/v1"


class Installation:
    """Two web servers and two workers, each started from its own data folder, with the files shared."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "JIANFLOW_DATABASE_URL": database_url,
            "JIANFLOW_REDIS_URL": redis_url,
            "JIANFLOW_SECRET_KEY": "the same for all of them",
            "JIANFLOW_PORT": "0",
            "PYTHONUNBUFFERED": "1",
        }
        (folder / "files").mkdir()

    def command(self, name: str, machine: str) -> tuple[list[str], dict[str, str]]:
        """A command of the product as if it ran on a machine of this name."""
        data = self.folder / machine
        data.mkdir(exist_ok=True)
        if not (data / "files").exists():
            (data / "files").symlink_to(self.folder / "files")
        return [sys.executable, str(ROOT / "run.py"), *name.split()], self.environment | {
            "JIANFLOW_DATA": str(data)
        }

    def run(self, name: str, *, fails: bool = False) -> str:
        """A command to its end; answers what it printed."""
        command, environment = self.command(name, "admin")
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert (ended.returncode != 0) == fails, ended.stderr
        return ended.stdout

    def start(self, name: str, machine: str) -> "subprocess.Popen[str]":
        """A command that goes on."""
        command, environment = self.command(name, machine)
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def address_of(web: "subprocess.Popen[str]") -> str:
    assert web.stdout is not None
    for line in web.stdout:
        if found := re.search(r"open: (http://\S+)", line):
            return found[1]
    raise AssertionError("the web server did not start")


@pytest.fixture
def installation(tmp_path: Path, empty_database: Database, redis_url: str) -> Iterator[Installation]:
    made = Installation(tmp_path, empty_database.url, redis_url)
    with ExitStack() as ending:
        start = made.start

        def started(name: str, machine: str) -> "subprocess.Popen[str]":
            process = start(name, machine)
            ending.callback(process.wait, 20)
            ending.callback(process.terminate)
            return process

        made.start = started  # type: ignore[method-assign]
        yield made


def until(fulfilled: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end
        time.sleep(0.1)


def has_ended(api: httpx.Client, job_id: str) -> bool:
    return api.get(f"{API}/jobs/{job_id}").json()["state"] not in ("queued", "running")


def test_two_web_servers_and_two_workers_do_the_main_job_and_a_dead_worker_is_no_harm(
    installation: Installation,
) -> None:
    installation.run("setup --email li@example.com --password Kirsche-2026 --name 李静 --template crm")
    key = installation.run("api-key li@example.com").split()[-1]
    webs = [installation.start("serve", f"web{number}") for number in (1, 2)]
    addresses = [address_of(web) for web in webs]
    assert "no worker runs" in installation.run("doctor", fails=True)
    workers = [installation.start("worker", f"worker{number}") for number in (1, 2)]
    headers = {"Authorization": f"Bearer {key}"}
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(httpx.Client(base_url=address, headers=headers, timeout=30))
            for address in addresses
        )
        assert (
            one.post(f"{API}/apps/crm/forms/product/records", json={"values": {"name": "锤子"}}).status_code
            == 201
        )
        jobs = []
        for api in (one, two):
            rows = [f"{len(jobs)}号客户{number},{number}" for number in range(500)]
            file = ("customers.csv", "\n".join(["客户名称,员工人数", *rows]))
            answer = api.post(f"{API}/apps/crm/forms/customer/imports", files={"file": file})
            assert answer.status_code == 202, answer.text
            jobs.append(answer.json()["id"])
        os.kill(workers[0].pid, signal.SIGKILL)
        # Each looks at the job that the other one has taken in.
        for api, job_id in zip((two, one), jobs, strict=True):
            until(lambda api=api, job_id=job_id: has_ended(api, job_id))
        states = [one.get(f"{API}/jobs/{job_id}").json()["state"] for job_id in jobs]
        count = {"measures": [{"fn": "count", "as": "n"}]}
        counted = two.post(f"{API}/apps/crm/forms/customer/records/aggregate", json=count).json()["rows"][0][
            "n"
        ]
        assert counted == 500 * states.count("succeeded")
        assert set(states) <= {"succeeded", "failed"} and "succeeded" in states
