"""Which records and people of an app came with it as sample data."""

from alembic import op

revision = "0001_templates"
down_revision = None
branch_labels = ("templates",)
depends_on = ("0001_definitions", "0001_access")


def upgrade() -> None:
    """Make the tables."""
    op.execute(
        """
        CREATE TABLE jianflow.sample_data (
            app_id bigint PRIMARY KEY REFERENCES jianflow.app ON DELETE CASCADE,
            import_id uuid NOT NULL,
            loaded_at timestamptz NOT NULL
        );

        CREATE TABLE jianflow.sample_member (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            PRIMARY KEY (app_id, member_id)
        );
        CREATE INDEX sample_member_other ON jianflow.sample_member (member_id);

        CREATE TABLE jianflow.sample_department (
            app_id bigint NOT NULL REFERENCES jianflow.app ON DELETE CASCADE,
            department_id bigint NOT NULL REFERENCES jianflow.department ON DELETE CASCADE,
            PRIMARY KEY (app_id, department_id)
        );
        CREATE INDEX sample_department_other ON jianflow.sample_department (department_id);
        """
    )
