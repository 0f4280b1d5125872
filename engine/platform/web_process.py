"""The web server: gunicorn with a few processes of some threads each, on a socket that `serve` has opened."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

THREADS = 8
FREE_THREADS = 2
STAY_MILLISECONDS = 20
MOST_PROCESSES = 4
PAUSE_SECONDS = 0.0005
LONGEST_PAUSE_SECONDS = 0.005


def serve_web(application: Wsgi, file_number: int, *, after_fork: Callable[[], None]) -> None:
    """Serve until the process is told to end; `after_fork` runs in each process before its first request."""
    _Server(application, file_number, after_fork).run()


def answering_health(application: Wsgi) -> Wsgi:
    """The application with an address that says that it serves, before sessions and everything."""

    def answer(environment: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environment.get("PATH_INFO") != "/health":
            return application(environment, start_response)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
        return [b"ok\n"]

    return answer


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """A process of the web server that leaves new connections to those that have fewer.

    All processes wait on one socket, and the one that just ran wakes first: without this it took the connections
    of all eight callers, while the other processes and cores had nothing to do.

    A thread that has answered waits a moment for the same caller's next request. Handing the connection back and forth
    between it and the thread that watches all connections takes as much of the processor as the parsing.
    """

    def init_process(self) -> None:
        """Before anything is answered."""
        self.staying = 0
        self.guard = threading.Lock()
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Take a connection, the later the more there are already; it may be gone by then."""
        if self.nr_conns:
            time.sleep(min(self.nr_conns * PAUSE_SECONDS, LONGEST_PAUSE_SECONDS))
        super().accept(listener)

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow it at once on the same connection."""
        kept = super().handle(conn)
        while kept is True and self._followed(conn):
            kept = super().handle(conn)
        return kept

    def _followed(self, conn: Any) -> bool:
        """Whether the next request comes within a moment; some threads are always left for others."""
        if conn.parser.unreader.buf.getvalue():
            return True
        with self.guard:
            if not self.alive or self.staying >= THREADS - FREE_THREADS:
                return False
            self.staying += 1
        try:
            poller = select.poll()
            poller.register(conn.sock, select.POLLIN)
            return bool(poller.poll(STAY_MILLISECONDS))
        finally:
            with self.guard:
                self.staying -= 1


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, application: Wsgi, file_number: int, after_fork: Callable[[], None]) -> None:
        self.application = application
        self.file_number = file_number
        self.after_fork = after_fork
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"fd://{self.file_number}",
            "workers": min(os.cpu_count() or 1, MOST_PROCESSES),
            "worker_class": f"{__name__}.{FairWorker.__name__}",
            "threads": THREADS,
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 2,
            "keepalive": 15,
            "control_socket_disable": True,
            "loglevel": "warning",
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
            "proc_name": "jianflow web",
            "post_fork": lambda server, worker: self.after_fork(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        return self.application
