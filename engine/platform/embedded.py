"""The embedded PostgreSQL as its users see it: shared by several processes, and stopped by the last to leave."""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from engine.platform import postgres_watcher
from engine.platform.cluster import ROLE, Cluster
from engine.platform.service_user import service_user
from engine.platform.upgrade import upgraded


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
                cluster = upgraded(Cluster(data, service_user(data / "postgres")))
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
        return bool(pid) and postgres_watcher.exists(pid)

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
