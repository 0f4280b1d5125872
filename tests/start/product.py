"""A copy of the product in a folder of its own, started and ended as a person would do it."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STRANGE = "带 空格 的 文件夹 with spaces"
LENGTH = 150
UP_SECONDS = 60.0


@dataclass
class Product:
    """One copy; `user` is whom its processes run as, None for the present one."""

    folder: Path
    user: pwd.struct_passwd | None = None
    data: Path = field(init=False)

    def __post_init__(self) -> None:
        self.data = self.folder / "var"

    def make_run(self, **variables: str) -> "Running":
        """Start it with `make run`."""
        return Running(
            self, self._start(["make", "run", "PORT=0", *[f"{n}={v}" for n, v in variables.items()]])
        )

    def run(self, *arguments: str, succeeds: bool | None = True) -> str:
        """A sub-command of run.py to its end; answers what it printed, errors included."""
        process = self._start([".venv/bin/python", "run.py", *arguments])
        said, _ = process.communicate(timeout=120)
        assert succeeds is None or (process.returncode == 0) == succeeds, said
        return said

    def alive(self) -> list[str]:
        """The command lines of all processes that belong to this copy."""
        found = []
        for number in self.processes():
            with contextlib.suppress(OSError):
                found.append(
                    Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
        return found

    def await_silence(self, seconds: float) -> None:
        """Nothing of this copy may run any more after so many seconds."""
        end = time.monotonic() + seconds
        while alive := self.alive():
            assert time.monotonic() < end, alive
            time.sleep(0.05)

    def kill_all(self) -> None:
        """End what a failed test has left running."""
        for number in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def processes(self, kind: str = "") -> list[int]:
        """The ids of this copy's processes whose command line has `kind` in it, the oldest first."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (process / "cmdline").read_bytes().decode(errors="replace")
                folder = os.readlink(process / "cwd")
                if kind in line and (str(self.folder) in line or folder.startswith(str(self.folder))):
                    found.append(int(process.name))
        return sorted(found)

    def _start(self, command: list[str]) -> "subprocess.Popen[str]":
        given = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
        as_user = {}
        if self.user is not None:
            as_user = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
            given |= {"HOME": str(self.folder)}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=given | {"PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **as_user,
        )


_NOT_PASSED_ON = ("JIANFLOW_", "MAKE", "MFLAGS")
"""The run's own settings, and what a make above the tests would have this one say and do."""


class Running:
    """A started product."""

    def __init__(self, product: Product, process: "subprocess.Popen[str]") -> None:
        self.product = product
        self.process = process
        self.said: list[str] = []
        self.began = time.monotonic()
        self.address = ""
        self._up = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._up.wait(UP_SECONDS), self.said
        assert self.address, self.said
        self.seconds = time.monotonic() - self.began

    def get(self, path: str = "/") -> int:
        """The status of a page."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def supervisor(self) -> int:
        """The process id of `run.py serve`, make's child."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def press_ctrl_c(self) -> None:
        """What a terminal does: the signal goes to everybody in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(15)

    def kill_supervisor(self) -> None:
        """kill -9 on `serve`."""
        os.kill(self.supervisor(), signal.SIGKILL)
        self.process.wait(15)

    def kill_make(self) -> None:
        """kill -9 on `make run`."""
        self.process.kill()
        self.process.wait(15)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"open: (http://127\.0\.0\.1:\d+)", line):
                self.address = found[1]
                self._up.set()
        self._up.set()


@contextlib.contextmanager
def copied(*, user: pwd.struct_passwd | None = None) -> Iterator[Product]:
    """A copy in a folder whose path has spaces, Chinese characters and 150 characters; all is ready in it."""
    root = Path(tempfile.mkdtemp(prefix="jf-start-"))
    root.chmod(0o755)
    name = STRANGE + "·" * (LENGTH - len(str(root)) - len(STRANGE) - 1)
    folder = root / name
    assert len(str(folder)) == LENGTH
    product = Product(folder, user)
    try:
        _copy_files(folder)
        _copy_environment(folder, for_everybody=user is not None)
        if user is not None:
            for path in (root, folder):
                os.chown(path, user.pw_uid, user.pw_gid)
        yield product
    finally:
        product.kill_all()
        shutil.rmtree(root, ignore_errors=True)


def _copy_files(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in listed.split("\0"):
        if name and not name.startswith(("tests/", "docs/")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    built = Path("engine/web/static/dist")
    shutil.copytree(ROOT / built, folder / built)
    (folder / "node_modules").mkdir()
    for mark in ("node_modules/ready", str(built / "manifest.json")):
        (folder / mark).touch()


def _copy_environment(folder: Path, *, for_everybody: bool) -> None:
    source, target = ROOT / ".venv", folder / ".venv"
    if for_everybody:
        # Our own Python may stand where only its owner gets to; the system's is there for everybody.
        python = everybodys_python()
        assert python is not None
        subprocess.run([python, "-m", "venv", "--without-pip", target], check=True)
        packages = next((source / "lib").glob("python3*")) / "site-packages"
        own = next((target / "lib").glob("python3*")) / "site-packages"
        (own / "jianflow.pth").write_text(f"{packages}\n")
    else:
        linked = subprocess.run(["cp", "-a", "--link", f"{source}/.", target], capture_output=True)
        if linked.returncode:  # another file system
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, symlinks=True)
    (target / "ready").touch()


def everybodys_python() -> str | None:
    """A Python of this one's version that every user of the machine may run."""
    name = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return name if Path(name).exists() else None


def sign_up(product: Product, **more: str) -> Mapping[str, str]:
    """An organisation with an administrator; answers the headers that carry the administrator's key."""
    product.run(
        "setup", "--email", "li@example.com", "--password", "Kirsche-2026", "--name", "李静", *_options(more)
    )
    key = product.run("api-key", "li@example.com").split()[-1]
    return {"Authorization": f"Bearer {key}"}


def _options(more: Mapping[str, str]) -> list[str]:
    return [part for name, value in more.items() for part in (f"--{name}", value)]
