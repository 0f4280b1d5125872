"""What all tests share: a real PostgreSQL, a real Redis, a real Chromium, and a clock that can be set."""

import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from engine.platform import clock as product_clock
from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.platform.migrations import migrate
from engine.platform.settings import Settings
from run import load_parts
from tests import machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 20_000
"""Milliseconds that a page is given to show something: a busy machine is no fault of the page."""
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the run's own, so that no test touches the one that somebody works with."""
    folder = tmp_path_factory.mktemp("data")
    for name in [name for name in os.environ if name.startswith("JIANFLOW_")]:
        del os.environ[name]
    os.environ["JIANFLOW_DATA"] = str(folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def everything_registered(data_folder: Path) -> None:
    """What registers itself is there for every test, whichever file comes first."""
    load_parts(Settings.from_environment())


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """One server for all processes of the run: the first starts it, the last stops it."""
    fast = {"fsync": "off", "shared_buffers": "256MB", "max_connections": "400"}
    with EmbeddedServer.open(ROOT / ".cache" / "tests", fast) as server:
        yield server


@pytest.fixture(scope="module")
def database_url(postgres: EmbeddedServer) -> Iterator[str]:
    """A migrated database for the tests of one file, so that no file depends on which ran before it."""
    with _fresh_database(postgres, f"file{time.monotonic_ns()}") as url:
        yield url


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Database]:
    """The file's database, shared by its tests: each test makes apps and members of its own in it."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def empty_database(postgres: EmbeddedServer) -> Iterator[Database]:
    """A migrated database for one test alone."""
    with _fresh_database(postgres, f"test{time.monotonic_ns()}") as url:
        opened = Database(url)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis for this process of the run."""
    folder = tmp_path_factory.mktemp("redis")
    port = _free_port()
    command = [
        _or_fail(machine.redis_server),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await_port(port, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; Debian's package is installed where it is missing and we are root."""
    return _or_fail(machine.chromium)


@pytest.fixture(scope="session")
def browser(chromium: str) -> "Iterator[Browser]":
    """A Chromium that tests open pages in."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS, headless=True)
        yield opened
        opened.close()


@pytest.fixture
def clock() -> Iterator[product_clock.StoppedClock]:
    """The product's clock, stopped on Monday 2 March 2026, 10:00 in Shanghai; a test may set and advance it."""
    with product_clock.stopped(datetime(2026, 3, 2, 2, 0, tzinfo=timezone.utc)) as stopped:
        yield stopped


class _fresh_database:
    """A copy of a migrated template; dropped at the end, together with what killed runs left behind."""

    def __init__(self, server: EmbeddedServer, purpose: str) -> None:
        self.server = server
        self.name = f"t{os.getpid()}_{purpose}"

    def __enter__(self) -> str:
        with self._maintenance() as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
            template = self._template(connection)
            self._drop_leftovers(connection, template)
            connection.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.server.url_of(self.name)

    def __exit__(self, *_: object) -> None:
        with self._maintenance() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _maintenance(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.server.url_of("postgres").replace("+psycopg", ""), autocommit=True)

    def _template(self, connection: "psycopg.Connection[Any]") -> str:
        name = f"template_{_revisions_hash()}"
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            building = f"building_{os.getpid()}"
            connection.execute(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{building}"')
            fresh = Database(self.server.url_of(building))
            migrate(fresh)
            fresh.close()
            connection.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
        return name

    def _drop_leftovers(self, connection: "psycopg.Connection[Any]", template: str) -> None:
        made_here = (
            r"SELECT datname FROM pg_database WHERE datname ~ '^(t[0-9]+_|building_[0-9]+|template_.{16}$)'"
        )
        for (name,) in connection.execute(made_here).fetchall():
            digits = "".join(
                part for part in name.replace("building_", "t").partition("_")[0] if part.isdigit()
            )
            alive = bool(digits) and not name.startswith("template_") and Path(f"/proc/{digits}").exists()
            if not alive and name != template:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _revisions_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / "engine" / "platform" / "migrations" / "versions").glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _or_fail(look: Callable[[], str]) -> str:
    try:
        return look()
    except machine.Missing as missing:
        pytest.fail(str(missing))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("redis-server did not start")
