"""Jobs, stored files, notices and remembered answers."""

from alembic import op

revision = "0001_platform"
down_revision = None
branch_labels = ("platform",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute(
        """
        CREATE TABLE jianflow.job (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            payload jsonb NOT NULL DEFAULT '{}',
            state text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
            member_id bigint,
            app_key text,
            done bigint NOT NULL DEFAULT 0,
            total bigint,
            rate double precision,
            language text NOT NULL DEFAULT 'zh-CN',
            result jsonb,
            errors jsonb NOT NULL DEFAULT '[]',
            attempts integer NOT NULL DEFAULT 0,
            cancel_asked boolean NOT NULL DEFAULT false,
            run_at timestamptz,
            handed_at timestamptz,
            heartbeat_at timestamptz,
            created_at timestamptz NOT NULL,
            started_at timestamptz,
            finished_at timestamptz
        );
        CREATE INDEX job_waiting ON jianflow.job (run_at NULLS FIRST, created_at) WHERE state = 'queued';
        CREATE INDEX job_running ON jianflow.job (heartbeat_at) WHERE state = 'running';
        CREATE INDEX job_finished ON jianflow.job (finished_at) WHERE finished_at IS NOT NULL;
        CREATE INDEX job_member ON jianflow.job (member_id, created_at);

        CREATE TABLE jianflow.periodic (
            name text PRIMARY KEY,
            last_at timestamptz NOT NULL
        );

        CREATE TABLE jianflow.file (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            size bigint NOT NULL,
            type text NOT NULL,
            sha256 text NOT NULL,
            owner bigint,
            created_at timestamptz NOT NULL,
            app text,
            form text,
            record bigint,
            field text
        );
        CREATE INDEX file_sha256 ON jianflow.file (sha256);
        CREATE INDEX file_record ON jianflow.file (app, form, record) WHERE app IS NOT NULL;
        CREATE INDEX file_loose ON jianflow.file (created_at) WHERE app IS NULL;

        CREATE TABLE jianflow.notice (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            member_id bigint NOT NULL,
            text_zh text NOT NULL,
            text_en text NOT NULL,
            url text,
            created_at timestamptz NOT NULL,
            read_at timestamptz
        );
        CREATE INDEX notice_member ON jianflow.notice (member_id, id DESC);
        CREATE INDEX notice_unread ON jianflow.notice (member_id) WHERE read_at IS NULL;

        CREATE TABLE jianflow.answer (
            member_id bigint NOT NULL,
            key text NOT NULL,
            method_path text NOT NULL,
            body_sha256 text NOT NULL,
            status integer NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (member_id, key)
        );
        CREATE INDEX answer_age ON jianflow.answer (created_at);
        """
    )
