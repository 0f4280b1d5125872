"""The product's own tables: brings them to this version's state, one process at a time."""

import re
from pathlib import Path

from sqlalchemy import Connection, text

from engine.platform.database import SCHEMA, Database
from engine.platform.errors import ServerFault

FOLDER = Path(__file__).parent
LOCK = 7_263_541_001
OLDEST_POSTGRESQL = 16
STATED = re.compile(r"^(revision|down_revision|depends_on)\b[^=\n]*= *(.+)$", re.MULTILINE)
QUOTED = re.compile(r"""["']([^"']+)["']""")


def migrate(database: Database) -> None:
    """Upgrade every package's branch to its head, in one transaction under an advisory lock."""
    with database.begin() as connection:
        _check_version(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if _is_current(connection):
            return
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        _upgrade(connection)


def is_current(database: Database) -> bool:
    """Whether the database is at this version's state."""
    with database.connect() as connection:
        return _is_current(connection)


def _check_version(connection: Connection) -> None:
    version = connection.dialect.server_version_info or (0,)
    if int(version[0]) < OLDEST_POSTGRESQL:
        found = ".".join(map(str, version))
        raise ServerFault(f"Jianflow needs PostgreSQL {OLDEST_POSTGRESQL} or newer; this server is {found}.")


def _is_current(connection: Connection) -> bool:
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"}) is None:
        return False
    applied = set(connection.scalars(text(f"SELECT version_num FROM {SCHEMA}.alembic_version")))
    return applied == _heads()


def _heads() -> set[str]:
    """The revisions that Alembic's table names when all are applied: those that no other one builds on.

    Read from the files, because Alembic itself takes a quarter of a second to load.
    """
    made: set[str] = set()
    built_on: set[str] = set()
    for file in (FOLDER / "versions").glob("*.py"):
        stated = dict(STATED.findall(file.read_text(encoding="utf-8")))
        made |= set(QUOTED.findall(stated["revision"]))
        built_on |= set(QUOTED.findall(stated["down_revision"] + stated.get("depends_on", "")))
    return made - built_on


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic reads "%" in a path as an interpolation.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")
