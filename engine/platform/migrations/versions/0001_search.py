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
            SELECT coalesce(
                array_to_tsvector(array_agg(a || CASE WHEN b <> ' ' THEN b ELSE '' END) FILTER (WHERE a <> ' ')),
                ''::tsvector
            )
            FROM (
                SELECT string_to_array(
                    regexp_replace(lower(normalize(left(said, 40000), NFKC) COLLATE "C"), '\\s', ' ', 'g'), NULL
                ) AS letters
            ) cut, unnest(letters, letters[2:] || ARRAY[' ']) AS pair(a, b)
        $$
        """
    )
