"""An older PostgreSQL's data directory, brought to the present major version after a backup."""

import shutil
import subprocess
from pathlib import Path

from engine.platform import clock, cluster
from engine.platform.cluster import ROLE, Cluster, program
from engine.platform.errors import ServerFault

BESIDE = "postgres.upgrading"
BACKUPS = "backups"


def upgraded(found: Cluster) -> Cluster:
    """The cluster of the present version in the place of `found`; the old directory and a dump of it are kept."""
    beside = found.data / BESIDE
    if found.version is None and beside.exists():
        beside.rename(found.pgdata)  # cut off between the two last steps: the new one is complete
    old = found.version
    if old is None or old == cluster.MAJOR:
        return found
    if old > cluster.MAJOR:
        raise ServerFault(
            f"{found.pgdata} was made by PostgreSQL {old}; this version of Jianflow has {cluster.MAJOR}."
        )
    if not program("postgres", old).exists() or _is_of(old) != old:
        raise ServerFault(
            f"{found.pgdata} was made by PostgreSQL {old}, which is not here any more. Bring a backup of it back with"
            " `python run.py restore`."
        )
    print(f"Bringing the database from PostgreSQL {old} to {cluster.MAJOR}; the old one is kept.", flush=True)
    shutil.rmtree(beside, ignore_errors=True)
    _carry_over(found, old)
    found.pgdata.rename(found.data / f"postgres-{old}")
    beside.rename(found.pgdata)
    return found


def _carry_over(found: Cluster, old: int) -> None:
    before = Cluster(found.data, found.user, major=old)
    after = Cluster(found.data, found.user, folder=BESIDE)
    dump = found.data / BACKUPS / f"before-postgresql-{cluster.MAJOR}-{clock.now():%Y%m%d-%H%M%S}.dump"
    dump.parent.mkdir(mode=0o700, exist_ok=True)
    before.ensure_running({})
    try:
        _run("pg_dump", "--format=custom", "--no-owner", "--file", dump, before.address())
    finally:
        before.stop()
    after.ensure_running({})
    try:
        _run("pg_restore", "--no-owner", "--exit-on-error", "--dbname", after.address(), dump)
    finally:
        after.stop()


def _run(name: str, *arguments: str | Path) -> None:
    ended = subprocess.run(
        [program(name), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if ended.returncode:
        raise ServerFault(f"The database {ROLE} could not be carried over by {name}: {ended.stderr.strip()}")


def _is_of(major: int) -> int:
    said = subprocess.run([program("postgres", major), "--version"], capture_output=True, text=True).stdout
    return int(said.split()[2].partition(".")[0])
