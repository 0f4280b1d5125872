"""Which rows of subforms a linkage made."""

from alembic import op

revision = "0003_records_made_rows"
down_revision = "0002_records_removed_after"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; `form_id` is the subform's own storage."""
    op.execute(
        """
        CREATE TABLE jianflow.made_row (
            form_id bigint NOT NULL REFERENCES jianflow.form_storage (id) ON DELETE CASCADE,
            row_id bigint NOT NULL,
            rule text NOT NULL,
            PRIMARY KEY (form_id, row_id)
        )
        """
    )
