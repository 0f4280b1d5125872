"""Stops the embedded PostgreSQL when the process that uses it dies without a word.

Runs in a session of its own as `python -I -S postgres_watcher.py PGDATA USERS_LOCK`, with a pipe from the watched
process as its input. "done" on the pipe means that all is in order; an end without it means that the process was
killed. Only the standard library: it starts in a moment and stays small.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time

LOCK_SECONDS = 0.7
FAST_STOP_SECONDS = 3.0


def watch(pgdata: str, users_lock: str) -> None:
    """Wait for the watched process; after its death stop PostgreSQL unless somebody else uses it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    if os.read(0, 16).startswith(b"done"):
        return
    with open(users_lock, "rb") as lock:
        if _alone(lock.fileno()):
            stop(pgdata)  # else another process uses the server and has a watcher of its own


def _alone(lock: int) -> bool:
    # A dying process's pipe may close a moment before its lock is gone.
    end = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.02)
    return False


def stop(pgdata: str) -> None:
    """Stop the server: fast, and if that takes too long at once (it recovers at the next start)."""
    lines = postmaster_lines(pgdata)
    if not lines or not is_postgres(int(lines[0])):
        return
    postmaster = int(lines[0])
    with contextlib.suppress(ProcessLookupError):
        os.kill(postmaster, signal.SIGINT)
        if not _gone(postmaster, FAST_STOP_SECONDS):
            os.kill(postmaster, signal.SIGQUIT)
            _gone(postmaster, 5)
    if len(lines) > 4 and os.path.basename(lines[4]).startswith("jianflow-"):
        shutil.rmtree(lines[4], ignore_errors=True)


def postmaster_lines(pgdata: str) -> list[str]:
    """What `postmaster.pid` says: pid, folder, start, port, socket folder, address, key, state."""
    try:
        with open(os.path.join(pgdata, "postmaster.pid"), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return lines if lines and lines[0].isdigit() else []


def is_postgres(pid: int) -> bool:
    """Whether this process is a PostgreSQL: after a power cut its number may belong to anybody."""
    if not exists(pid):
        return False
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return os.path.basename(file.read().partition(b"\0")[0]).startswith(b"postgres")
    except OSError:  # not Linux
        return (
            b"postgres"
            in subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True).stdout
        )


def exists(pid: int) -> bool:
    """Whether there is a process with this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # our own child would stay a zombie
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2])
