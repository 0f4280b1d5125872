"""Alembic's environment: runs the revisions on the connection that `migrate` holds."""

from alembic import context

from engine.platform.database import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=SCHEMA,
    include_schemas=True,
)
context.run_migrations()
