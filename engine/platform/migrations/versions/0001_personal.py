"""What belongs to one person alone: private views, and what was looked at last."""

from alembic import op

revision = "0001_personal"
down_revision = None
branch_labels = ("personal",)
depends_on = ("0001_access", "0001_definitions")


def upgrade() -> None:
    """Make the tables."""
    op.execute(
        """
        CREATE TABLE jianflow.private_view (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            form_key text NOT NULL,
            view jsonb NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX private_view_place ON jianflow.private_view (member_id, app_id, form_key);
        CREATE INDEX private_view_app ON jianflow.private_view (app_id);

        CREATE TABLE jianflow.recent_record (
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            form_key text NOT NULL,
            record_id bigint NOT NULL,
            seen_at timestamptz NOT NULL,
            PRIMARY KEY (member_id, app_id, form_key, record_id)
        );
        CREATE INDEX recent_record_last ON jianflow.recent_record (member_id, seen_at DESC);
        CREATE INDEX recent_record_app ON jianflow.recent_record (app_id);
        """
    )
