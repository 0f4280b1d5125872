"""After which change a column was set aside, so that its values come back where nobody has changed them since."""

from alembic import op

revision = "0002_records_removed_after"
down_revision = "0001_records"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE jianflow.column_storage ADD COLUMN removed_after bigint NOT NULL DEFAULT 0")
