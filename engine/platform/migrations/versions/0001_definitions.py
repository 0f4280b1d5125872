"""Apps, their definitions, drafts and versions."""

from alembic import op

revision = "0001_definitions"
down_revision = None
branch_labels = ("definitions",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(
        """
        CREATE TABLE jianflow.app (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key text NOT NULL UNIQUE,
            live_version integer NOT NULL,
            template_key text,
            template_version text,
            created_by bigint,
            created_at timestamptz NOT NULL
        );

        CREATE TABLE jianflow.definition_content (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            etag text NOT NULL,
            document json NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (app_id, etag)
        );

        CREATE TABLE jianflow.definition_live (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            kind text NOT NULL,
            key text NOT NULL,
            etag text NOT NULL,
            number integer NOT NULL,
            PRIMARY KEY (app_id, kind, key)
        );

        CREATE TABLE jianflow.definition_version (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            kind text NOT NULL,
            key text NOT NULL,
            number integer NOT NULL,
            app_version integer NOT NULL,
            etag text,
            author bigint,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (app_id, kind, key, number)
        );

        CREATE TABLE jianflow.definition_draft (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            kind text NOT NULL,
            key text NOT NULL,
            etag text,
            base_etag text,
            author bigint,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (app_id, kind, key)
        );

        CREATE TABLE jianflow.definition_installed (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            kind text NOT NULL,
            key text NOT NULL,
            etag text NOT NULL,
            PRIMARY KEY (app_id, kind, key)
        );

        CREATE TABLE jianflow.retired_key (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            kind text NOT NULL,
            key text NOT NULL,
            path text NOT NULL,
            nature text NOT NULL,
            label json,
            retired_at timestamptz NOT NULL,
            PRIMARY KEY (app_id, kind, key, path)
        );
        """
    )
