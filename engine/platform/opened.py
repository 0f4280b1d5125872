"""The database for one command: the configured one, or the embedded one, running or started for the moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.platform.database import Database
from engine.platform.embedded import EmbeddedServer
from engine.platform.jobs import Job, get_job
from engine.platform.migrations import migrate
from engine.platform.performing import perform, run_due
from engine.platform.settings import Settings
from engine.platform.supervise import serves


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Database, Settings]]:
    """A migrated database, and the settings that name it; where nobody serves, due jobs are done at the end."""
    if settings.database_url is not None:
        with _migrated(settings) as database:
            yield database, settings
        return
    with EmbeddedServer.open(settings.data) as server:
        found = settings.on_database(server.url)
        with _migrated(found) as database:
            yield database, found
            if not serves(settings.data):
                run_due(database, found)


def finished(database: Database, settings: Settings, job_id: str) -> Job:
    """The job, after its end: done here unless a worker was quicker."""
    perform(database, job_id, settings)
    while True:
        with database.connect() as connection:
            found = get_job(connection, job_id)
        if found.ended:
            return found
        time.sleep(0.2)


@contextmanager
def _migrated(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url or "", pool_size=4, name="jianflow command")
    try:
        migrate(database)
        yield database
    finally:
        database.close()
