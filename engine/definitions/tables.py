"""The tables of apps and their definitions, in the product's own schema."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.platform.database import SCHEMA

metadata = sa.MetaData(schema=SCHEMA)

# Documents are `json`, not `jsonb`: the order in which a person wrote an object's parts is kept.
document_type = sa.JSON(none_as_null=True)
moment_type = sa.DateTime(timezone=True)

app = sa.Table(
    "app",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("live_version", sa.Integer, nullable=False),
    sa.Column("template_key", sa.Text),
    sa.Column("template_version", sa.Text),
    sa.Column("created_by", sa.BigInteger),
    sa.Column("created_at", moment_type, nullable=False),
)

content = sa.Table(
    "definition_content",
    metadata,
    sa.Column("app_id", sa.BigInteger, primary_key=True),
    sa.Column("etag", sa.Text, primary_key=True),
    sa.Column("document", document_type, nullable=False),
    sa.Column("created_at", moment_type, nullable=False),
)
"""Every state a definition was ever saved in, once; drafts, versions and live definitions name it by etag."""

live = sa.Table(
    "definition_live",
    metadata,
    sa.Column("app_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
)

version = sa.Table(
    "definition_version",
    metadata,
    sa.Column("app_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("app_version", sa.Integer, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("author", sa.BigInteger),
    sa.Column("created_at", moment_type, nullable=False),
)
"""What was published when; without an etag the version removed the definition."""

draft = sa.Table(
    "definition_draft",
    metadata,
    sa.Column("app_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("etag", sa.Text),
    sa.Column("base_etag", sa.Text),
    sa.Column("author", sa.BigInteger),
    sa.Column("created_at", moment_type, nullable=False),
    sa.Column("updated_at", moment_type, nullable=False),
    sa.Column("overruled", JSONB, nullable=False, server_default="[]"),
)
"""What is saved but not published; without an etag the draft removes the definition."""

installed = sa.Table(
    "definition_installed",
    metadata,
    sa.Column("app_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("etag", sa.Text, nullable=False),
)
"""The definitions as the template brought them, the base for taking over a newer one."""

retired = sa.Table(
    "retired_key",
    metadata,
    sa.Column("app_id", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("nature", sa.Text, nullable=False),
    sa.Column("label", document_type),
    sa.Column("retired_at", moment_type, nullable=False),
)
"""Keys that were live once and are not now; one may come back only as what it was (`nature`)."""
