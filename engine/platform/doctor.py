"""The doctor: looks at everything an installation stands on and says what is wrong and what helps."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from redis import Redis
from sqlalchemy import text

from engine.platform.database import Database
from engine.platform.duty import somebody_on_duty, waiting_too_long
from engine.platform.embedded import EmbeddedServer
from engine.platform.errors import ServerFault
from engine.platform.migrations import OLDEST_POSTGRESQL, is_current
from engine.platform.settings import PROJECT_FOLDER, Settings
from engine.platform.supervise import serves

LEAST_FREE_MEGABYTES = 500


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    words: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other; a thing that can't be looked at is a finding too."""
    yield Finding("Python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _assets()
    yield _data_folder(settings)
    running = serves(settings.data)
    yield Finding(
        "serve", True, "runs on this data folder" if running else "does not run on this data folder"
    )
    if settings.redis_url is not None:
        yield _looked("Redis", lambda: _redis(settings.redis_url or ""))
    if settings.database_url is not None:
        yield from _database(settings, running)
        return
    try:
        with EmbeddedServer.open(settings.data) as server:
            yield from _database(settings.on_database(server.url), running)
    except ServerFault as fault:
        yield Finding("PostgreSQL", False, str(fault))


def _database(settings: Settings, running: bool) -> Iterator[Finding]:
    database = Database(settings.database_url or "", pool_size=1, name="jianflow doctor")
    try:
        first = _looked("PostgreSQL", lambda: _version(database))
        yield first
        if first.good:
            yield _looked("tables", lambda: _tables(database))
            yield _looked("jobs", lambda: _jobs(database, expected=running or settings.redis_url is not None))
    finally:
        database.close()


def _looked(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:
        return Finding(what, False, f"can't be reached: {str(error).strip().splitlines()[0]}")


def _assets() -> Finding:
    built = (PROJECT_FOLDER / "engine" / "web" / "static" / "dist" / "manifest.json").exists()
    return Finding("pages' scripts and styles", built, "built" if built else "not built; run: make assets")


def _data_folder(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data).free // 1_000_000
    good = os.access(settings.data, os.W_OK) and free >= LEAST_FREE_MEGABYTES
    return Finding("data folder", good, f"{settings.data}, {free} MB free")


def _redis(url: str) -> Finding:
    version = Redis.from_url(url, socket_connect_timeout=5).info("server")["redis_version"]
    return Finding("Redis", True, str(version))


def _version(database: Database) -> Finding:
    with database.connect() as connection:
        version = str(connection.scalar(text("SHOW server_version")))
    good = int(version.partition(".")[0]) >= OLDEST_POSTGRESQL
    return Finding(
        "PostgreSQL", good, version if good else f"{version}; {OLDEST_POSTGRESQL} or newer is needed"
    )


def _tables(database: Database) -> Finding:
    good = is_current(database)
    return Finding(
        "tables", good, "of this version" if good else "of another version; `serve` brings them up to date"
    )


def _jobs(database: Database, *, expected: bool) -> Finding:
    with database.connect() as connection:
        on_duty = somebody_on_duty(connection)
        late = waiting_too_long(connection)
        waiting = connection.scalar(text("SELECT count(*) FROM jianflow.job WHERE state = 'queued'"))
    if expected and not on_duty:
        return Finding("jobs", False, f"{waiting} wait, and no worker runs; start one: python run.py worker")
    return Finding("jobs", not late, f"{waiting} wait" + (", some for more than a minute" if late else ""))
