"""The product's own tables: brings them to this version's state, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from engine.platform.database import SCHEMA, Database

FOLDER = Path(__file__).parent
LOCK = 7_263_541_001


def migrate(database: Database) -> None:
    """Upgrade every package's branch to its head, in one transaction under an advisory lock."""
    with database.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if _is_current(connection):
            return
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")


def is_current(database: Database) -> bool:
    """Whether the database is at this version's state."""
    with database.connect() as connection:
        return _is_current(connection)


def _is_current(connection: Connection) -> bool:
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"}) is None:
        return False
    applied = set(connection.scalars(text(f"SELECT version_num FROM {SCHEMA}.alembic_version")))
    return applied == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> Config:
    config = Config()
    # Alembic reads "%" in a path as an interpolation.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
