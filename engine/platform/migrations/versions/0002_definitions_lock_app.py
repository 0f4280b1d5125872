"""The function with which every write begins: it takes the app's lock and reads the version that is live then."""

from alembic import op

revision = "0002_definitions_lock_app"
down_revision = "0001_definitions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function. Being volatile, each of its statements sees the state of its own moment."""
    op.execute(
        """
        CREATE FUNCTION jianflow.lock_app(
            lock bigint, wanted text, OUT id bigint, OUT key text, OUT live_version integer, OUT template_key text,
            OUT template_version text, OUT created_at timestamptz
        ) LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared(lock);
            SELECT a.id, a.key, a.live_version, a.template_key, a.template_version, a.created_at
                INTO id, key, live_version, template_key, template_version, created_at
                FROM jianflow.app a WHERE a.key = wanted;
        END $$
        """
    )
