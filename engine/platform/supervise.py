"""`serve`: starts PostgreSQL, the web server and the job process, keeps them going, and ends them in order."""

import fcntl
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from engine.platform import addresses
from engine.platform.children import Child
from engine.platform.settings import Settings

if TYPE_CHECKING:
    from engine.platform.embedded import EmbeddedServer

FOLLOW = "JIANFLOW_FOLLOW_PARENT"
"""Set by `make run`: `serve` ends when make is no more."""

WATCH_SECONDS = 0.1
PATIENCE_SECONDS = 20.0
END_SECONDS = 5.0
QUICK_SECONDS = 10.0
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
PREDECESSOR_SECONDS = 8.0
NOTICE_SECONDS = 0.5
ENDING = "ending"


class Supervisor:
    """One running product on one data folder."""

    def __init__(self, settings: Settings, program: Path) -> None:
        self.settings = settings
        self.program = program
        self.ending = threading.Event()
        self.server: "EmbeddedServer | None" = None
        self.children: list[Child] = []
        self.failed = False
        self.file_number = -1

    def run(self) -> int:
        """Serve until told to end; answers the exit code."""
        parent = os.getppid() if os.environ.pop(FOLLOW, None) else None
        ending = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it for us
            ending.append(signal.SIGHUP)
        for number in ending:
            signal.signal(number, lambda *_: self.ending.set())
        with _FolderLock(self.settings.data) as lock:
            # A predecessor that was killed may hold the port for a few seconds more.
            patience = PREDECESSOR_SECONDS if lock.predecessor_was_killed else 0.0
            with addresses.listen(self.settings.host, self.settings.port, patience=patience) as opened:
                os.set_inheritable(opened.fileno(), False)
                try:
                    self._start(opened.fileno())
                    if self._answers(opened):
                        lock.note(addresses.local_address(opened))
                        _say_where(opened)
                        if self.settings.redis_url is None:
                            self.children.append(self._jobs())
                        self._keep_up(parent)
                finally:
                    lock.note(ENDING)
                    self._end()
        return 1 if self.failed else 0

    def _start(self, file_number: int) -> None:
        # The web process loads its code while PostgreSQL starts; it also brings the tables up to date.
        self.file_number = file_number
        web = self._loading_web()
        self.children.append(web)
        if self.settings.database_url is None:
            from engine.platform.embedded import EmbeddedServer  # only now: the web process loads meanwhile

            self.server = EmbeddedServer.open(self.settings.data)
            self.settings = self.settings.on_database(self.server.url)
        web.go(self.settings.environment())

    def _answers(self, opened: socket.socket) -> bool:
        """Wait until the web server answers; bringing the tables of a large database up to date takes its time."""
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while not self.ending.is_set():
            if addresses.await_answer(opened, 1.0):
                return True
            if time.monotonic() > patient_until:
                print("Still starting; the database may be recovering or brought up to date.", flush=True)
                patient_until += PATIENCE_SECONDS
            if self.children[0].ended:
                print("The web server does not answer; see above why.", file=sys.stderr)
                self.failed = True
                return False
        return False

    def _keep_up(self, parent: int | None) -> None:
        """Watch the processes; one that ends by itself is started again, the more often the later."""
        while not self.ending.wait(WATCH_SECONDS):
            if parent is not None and os.getppid() != parent:
                return
            if self.server is not None and not self.server.alive():
                print(f"PostgreSQL has ended by itself; its log is {self.server.log}", file=sys.stderr)
                self.failed = True
                return
            for place, child in enumerate(self.children):
                if child.ended and time.monotonic() > child.again_at:
                    self.children[place] = self._again(child)

    def _again(self, ended: Child) -> Child:
        ended.await_end(0)
        print(f"The {ended.name} process has ended by itself and is started again.", file=sys.stderr)
        fresh = self._web() if ended.name == "web" else self._jobs()
        quick = time.monotonic() - ended.began < QUICK_SECONDS
        fresh.pause = min(ended.pause * 2, LONGEST_PAUSE) if quick else FIRST_PAUSE
        return fresh

    def _end(self) -> None:
        for child in self.children:
            child.ask_to_end()
        end = time.monotonic() + END_SECONDS
        for child in self.children:
            child.await_end(max(0.1, end - time.monotonic()))
        if self.server is not None:
            self.server.close()

    def _loading_web(self) -> Child:
        """The web process before it knows its database."""
        number = self.file_number
        return Child("web", [sys.executable, self.program, "web-process", str(number)], pass_fds=[number])

    def _web(self) -> Child:
        web = self._loading_web()
        web.go(self.settings.environment())
        return web

    def _jobs(self) -> Child:
        """The job process, begun after the web answers: the tables are there, and the start is not slowed down."""
        jobs = Child("job", [sys.executable, self.program, "job-process"])
        jobs.go(self.settings.environment())
        return jobs


class _FolderLock:
    """One `serve` a data folder; the file says where it is reached, and is empty after an end in order."""

    def __init__(self, data: Path) -> None:
        self.path = data / "serve.lock"
        self.predecessor_was_killed = False
        self.file: IO[str] | None = None

    def __enter__(self) -> "_FolderLock":
        self.file = self.path.open("a+")
        began = time.monotonic()
        while not self._taken():
            where = self.path.read_text().strip()
            # A predecessor that is just ending (whose last word may be wiped out already), or about to notice
            # that it has to, is waited for.
            ending = not where or where.startswith(ENDING)
            if time.monotonic() - began > (PREDECESSOR_SECONDS if ending else NOTICE_SECONDS):
                raise SystemExit(f"Jianflow already serves this data folder: {where}")
            time.sleep(WATCH_SECONDS)
        self.predecessor_was_killed = self.path.stat().st_size > 0
        self.note("starting")
        return self

    def _taken(self) -> bool:
        assert self.file is not None
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def note(self, where: str) -> None:
        """Say where this one is reached."""
        assert self.file is not None
        self.file.truncate(0)
        self.file.write(f"{where} (process {os.getpid()})\n")
        self.file.flush()

    def __exit__(self, *_: object) -> None:
        assert self.file is not None
        self.file.truncate(0)
        self.file.close()


def serves(data: Path) -> bool:
    """Whether a `serve` runs on this data folder."""
    with (data / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _say_where(opened: socket.socket) -> None:
    office = addresses.office_address(opened)
    if office is not None:
        print(addresses.qr_code(office))
        print(f"在同一网络的电脑或手机上打开 · On computers and phones of this network open: {office}")
    print(f"简流已启动，请打开 · Jianflow is running; open: {addresses.local_address(opened)}", flush=True)
