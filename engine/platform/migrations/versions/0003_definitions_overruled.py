"""Where a draft keeps its own against what was made live after it was begun."""

from alembic import op

revision = "0003_definitions_overruled"
down_revision = "0002_definitions_lock_app"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column: a list of paths, each a list of keys."""
    op.execute("ALTER TABLE jianflow.definition_draft ADD COLUMN overruled jsonb NOT NULL DEFAULT '[]'")
