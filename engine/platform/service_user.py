"""Whom PostgreSQL runs as: the present user, or an unprivileged one where the present user is root."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

NAME = "jianflow"


@dataclass(frozen=True)
class ServiceUser:
    """A user of this machine, and whether it is another than the present one."""

    uid: int
    gid: int
    differs: bool

    def own(self, path: Path) -> None:
        """Give the path to this user."""
        if self.differs:
            os.chown(path, self.uid, self.gid)

    def run(self, command: Sequence[object]) -> "subprocess.CompletedProcess[str]":
        """Run a program as this user to its end."""
        return subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            **self._as_user(),
        )

    def start(self, command: Sequence[object], log: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start a program as this user in a session of its own, so that Ctrl-C does not reach it."""
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._as_user(),
        )

    def _as_user(self) -> dict[str, Any]:
        plain = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
        given: dict[str, Any] = {"cwd": "/", "env": plain, "umask": 0o077}
        if self.differs:
            given |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return given


def service_user(folder: Path) -> ServiceUser:
    """The user for a folder: the one that owns it already, else the present one, for root `jianflow`."""
    if os.geteuid() != 0:
        return ServiceUser(os.geteuid(), os.getegid(), differs=False)
    if folder.exists() and folder.stat().st_uid != 0:
        return ServiceUser(folder.stat().st_uid, folder.stat().st_gid, differs=True)
    entry = _known(NAME) or _added() or _known("nobody")
    if entry is None:
        raise SystemExit(
            "PostgreSQL refuses to run as root and there is no other user; add one: useradd jianflow"
        )
    return ServiceUser(entry.pw_uid, entry.pw_gid, differs=True)


def let_through(user: ServiceUser, path: Path) -> None:
    """Let `user` pass the folders above `path`: the right to pass, not to look, and only where it is missing."""
    for folder in reversed(path.parents):
        if not folder.exists():
            continue
        found = folder.stat()
        passes = (
            bool(found.st_mode & stat.S_IXUSR)
            if found.st_uid == user.uid
            else bool(found.st_mode & (stat.S_IXGRP if found.st_gid == user.gid else stat.S_IXOTH))
        )
        if not passes:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def open_program(folder: Path) -> None:
    """Let everybody read and run the programs in `folder`; a strict umask at installation forbids it."""
    if (folder / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    libraries = folder.parents[0].with_name(folder.parents[0].name + ".libs")
    for root in (folder, libraries):
        for path in (root, *root.rglob("*")) if root.exists() else ():
            if path.is_symlink():
                continue
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | ((mode & 0o500) >> 6))


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _added() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME], capture_output=True
    )
    return _known(NAME)
