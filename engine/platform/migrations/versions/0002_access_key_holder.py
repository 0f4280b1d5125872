"""The function that says whose an API key is; a write asks it on the way, in the message that begins it."""

from alembic import op

revision = "0002_access_key_holder"
down_revision = "0001_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function; everything it answers is NULL where nobody active holds such a key."""
    op.execute(
        """
        CREATE FUNCTION jianflow.key_holder(
            digest bytea, OUT key_id bigint, OUT member_id bigint, OUT used_at timestamptz, OUT revision bigint
        ) LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            SELECT k.id, k.member_id, k.used_at, r.revision INTO key_id, member_id, used_at, revision
                FROM jianflow.api_key k JOIN jianflow.member m ON m.id = k.member_id
                CROSS JOIN jianflow.organization_revision r
                WHERE k.key_hash = digest AND m.state = 'active';
        END $$
        """
    )
