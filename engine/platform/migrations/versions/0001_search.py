"""The function that cuts text into the pieces that a search looks for."""

from alembic import op

revision = "0001_search"
down_revision = None
branch_labels = ("search",)
depends_on = None


def upgrade() -> None:
    """Make the function."""
    op.execute(
        """
        CREATE FUNCTION jianflow.search_grams(said text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT array_to_tsvector(array_remove(
                string_to_array(regexp_replace(s, '(..)', '\\1 ', 'g'), ' ')
                || string_to_array(regexp_replace(substr(s, 2), '(..)', '\\1 ', 'g'), ' ')
                || right(s, 1),
                ''
            ))
            FROM (
                SELECT translate(lower(normalize(left(said, 40000), NFKC) COLLATE "C"), E' \\t\\n\\r', '') AS s
            ) AS evened
        $$
        """
    )
