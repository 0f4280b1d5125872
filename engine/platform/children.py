"""The pipe between `serve` and its processes: what they work with comes through it, and its end ends them."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

HARD_END_SECONDS = 2.5
PIPE = 0  # read without Python's buffer: its lock would be copied into every forked process


class Child:
    """A process that `serve` started: it ends when told to, and when this process is no more."""

    def __init__(self, name: str, command: Sequence[str | Path], *, pass_fds: Sequence[int] = ()) -> None:
        self.name = name
        self.began = time.monotonic()
        self.pause = 0.2
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            pass_fds=pass_fds,
            start_new_session=True,  # Ctrl-C is for the supervisor alone, which ends all in order
        )

    def go(self, environment: Mapping[str, str]) -> None:
        """Send what it works with; until then it only loads its code."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(dict(environment)).encode() + b"\n")
            self.process.stdin.flush()

    @property
    def again_at(self) -> float:
        """When it may be started again, should it end by itself: not at once if that would only turn in circles."""
        return self.began + self.pause

    @property
    def ended(self) -> bool:
        """Whether it is no more."""
        return self.process.poll() is not None

    def ask_to_end(self) -> None:
        """Ask it to end in order."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def await_end(self, seconds: float) -> None:
        """Wait for its end; after `seconds` it is ended without being asked, with all that it started."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()


_told = threading.Event()
_sent: dict[str, str] = {}


def follow_supervisor() -> None:
    """In a child, first of all: listen to the supervisor, and end when its pipe closes.

    In order where the process has come so far that it has an order, and without it if that takes too long.
    """
    threading.Thread(target=_follow, name="supervisor's pipe", daemon=True).start()


def await_go() -> None:
    """In a child: wait for what to work with and take it into the environment."""
    _told.wait()
    os.environ.update(_sent)


def _follow() -> None:
    line = b""
    while piece := os.read(PIPE, 65536):
        line += piece
        if line.endswith(b"\n") and not _told.is_set():
            _sent.update(json.loads(line))
            _told.set()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(HARD_END_SECONDS)
    os.killpg(os.getpid(), signal.SIGKILL)
