"""Where each app's forms, columns and link tables are stored."""

from alembic import op

revision = "0001_records"
down_revision = None
branch_labels = ("records",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(
        """
        CREATE TABLE jianflow.app_storage (
            app_id bigint PRIMARY KEY,
            layout_version integer NOT NULL
        );

        CREATE TABLE jianflow.form_storage (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            app_id bigint NOT NULL,
            form_key text NOT NULL,
            field_key text NOT NULL DEFAULT '',
            parent_id bigint REFERENCES jianflow.form_storage (id) ON DELETE CASCADE,
            parts integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            removed_at timestamptz,
            UNIQUE (app_id, form_key, field_key)
        );

        CREATE TABLE jianflow.column_storage (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            form_id bigint NOT NULL REFERENCES jianflow.form_storage (id) ON DELETE CASCADE,
            field_key text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('column', 'links', 'unique')),
            part integer NOT NULL DEFAULT 1,
            field_type text NOT NULL,
            sql_type text NOT NULL,
            size integer NOT NULL,
            sorted boolean NOT NULL DEFAULT false,
            field jsonb NOT NULL DEFAULT '{}',
            state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'building', 'removed', 'dropped')),
            kept integer NOT NULL DEFAULT 0,
            removed_at timestamptz
        );
        CREATE INDEX column_storage_form ON jianflow.column_storage (form_id);
        CREATE INDEX column_storage_removed ON jianflow.column_storage (removed_at) WHERE state = 'removed';
        """
    )
