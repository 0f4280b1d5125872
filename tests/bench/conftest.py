"""What the benches share: a served product with data of its own, its database, and the one table of figures."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from engine.access import api_keys
from engine.access.setup import set_up
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import store
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.platform.settings import Settings
from engine.records.bulk.write import Row, loading
from run import load_parts
from tests.bench import form
from tests.bench.report import Report

ROOT = Path(__file__).resolve().parents[2]


class Served:
    """`run.py serve` on a data folder, as users start it."""

    def __init__(self, data: Path) -> None:
        began = time.monotonic()
        given = {name: value for name, value in os.environ.items() if not name.startswith("JIANFLOW_")}
        self.process = subprocess.Popen(
            [str(ROOT / ".venv/bin/python"), str(ROOT / "run.py"), "serve"],
            cwd=ROOT,
            env=given | {"JIANFLOW_DATA": str(data), "JIANFLOW_PORT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = ""
        for line in self.process.stdout:
            if found := re.search(r"open: (http://127\.0\.0\.1:\d+)", line):
                self.address = found[1]
                break
        assert self.address, "the product did not start"
        self.seconds = time.monotonic() - began

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.address)
        return parts.hostname or "", parts.port or 0

    def web_processes(self, *, proportional: bool = False) -> dict[int, int]:
        """The bytes in memory of the processes that serve pages; `proportional` shares out what they have in common."""
        file, name = ("smaps_rollup", "Pss") if proportional else ("status", "VmRSS")
        found: dict[int, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes()
                if b"web-process" in line and _below(int(folder.name), self.process.pid):
                    size = re.search(rf"^{name}:\s+(\d+)", (folder / file).read_text(), re.MULTILINE)
                    found[int(folder.name)] = 1024 * int(size[1]) if size else 0
            except OSError:
                continue
        return found

    def stop(self) -> None:
        """What Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


@dataclass
class Bench:
    """The served product with its database, an administrator and an API key."""

    served: Served
    database: Database
    viewer: Viewer
    key: str

    def raw(self) -> "psycopg.Connection[Any]":
        """A connection that knows nothing of the product."""
        return psycopg.connect(self.database.url.replace("+psycopg", ""), autocommit=True)

    def accounts(self, app: str) -> list[int]:
        """Accounts for the orders to link to; answers their ids."""
        with loading(self.database, app, "account", self.viewer) as under_way:
            under_way.stage(
                Row(number, {"name": f"客户 {number:05d}"}) for number in range(1, form.ACCOUNTS + 1)
            )
            assert under_way.finish().created == form.ACCOUNTS
        with self.raw() as connection:
            name = self.table(app, "account")
            return [one[0] for one in connection.execute(f"SELECT id FROM {name} ORDER BY id")]  # type: ignore[call-overload]

    def app(self, *forms: dict[str, Any], roles: tuple[dict[str, Any], ...] = ()) -> str:
        """An app with these forms live; answers its key."""
        documents: dict[tuple[str, str], dict[str, Any]] = {("app", "app"): {"name": "Bench"}}
        documents |= {("forms", one["key"]): one for one in forms}
        documents |= {("roles", one["key"]): one for one in roles}
        with self.database.begin() as connection:
            made, _ = store.create_with(connection, documents, author=self.viewer.member_id)
        return made.key

    def table(self, app: str, form_key: str) -> str:
        """The name of a form's table."""
        with self.database.connect() as connection:
            row = connection.exec_driver_sql(
                "SELECT a.id, f.id FROM jianflow.form_storage f JOIN jianflow.app a ON a.id = f.app_id"
                " WHERE a.key = %s AND f.form_key = %s AND f.field_key = ''",
                (app, form_key),
            ).one()
        return f"app_{row[0]}.f_{row[1]}"

    def columns(self, app: str, form_key: str) -> dict[str, str]:
        """The columns' names by field key."""
        with self.database.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT c.field_key, 'c_' || c.id FROM jianflow.column_storage c"
                " JOIN jianflow.form_storage f ON f.id = c.form_id JOIN jianflow.app a ON a.id = f.app_id"
                " WHERE a.key = %s AND f.form_key = %s AND c.kind = 'column'",
                (app, form_key),
            )
            return {row[0]: row[1] for row in rows}

    def await_jobs(self) -> None:
        """Until nothing waits or works in the background."""
        with self.raw() as connection:
            while connection.execute(
                "SELECT 1 FROM jianflow.job WHERE state IN ('queued', 'running') AND run_at IS NULL LIMIT 1"
            ).fetchone():
                time.sleep(0.5)


@pytest.fixture(scope="session")
def report() -> Iterator[Report]:
    """The figures of this run; printed as one table at the end."""
    made = Report()
    yield made
    print(f"\n\n{made}\n")


@pytest.fixture(scope="session")
def bench_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the measured product; BENCH_DATA names one to be used again."""
    kept = os.environ.get("BENCH_DATA")
    return Path(kept) if kept else tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="session")
def cold(bench_folder: Path) -> float:
    """Seconds of the very first start on the folder, in which PostgreSQL's files are made."""
    first = Served(bench_folder)
    first.stop()
    return first.seconds


@pytest.fixture(scope="session")
def bench(bench_folder: Path, cold: float) -> Iterator[Bench]:
    """The product, served; fsync is on, as it is for users."""
    served = Served(bench_folder)
    load_parts(Settings.from_environment({"JIANFLOW_DATA": str(bench_folder)}))
    with EmbeddedServer.open(bench_folder) as server:
        database = Database(server.url)
        with database.connect() as connection:
            there = connection.exec_driver_sql("SELECT count(*) FROM jianflow.organization").scalar()
        if not there:
            set_up(database, "Bench", "Li Jing", "li@example.com", "Kirsche-2026", "en")
        with database.begin() as connection:
            member = connection.exec_driver_sql("SELECT min(id) FROM jianflow.member").scalar_one()
            viewer = viewer_for(connection, member)
            key = api_keys.issue(connection, member)
        yield Bench(served, database, viewer, key)
        database.close()
    served.stop()


def _below(process: int, ancestor: int) -> bool:
    while process > 1:
        if process == ancestor:
            return True
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False
