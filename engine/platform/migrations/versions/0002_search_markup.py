"""The words of texts with markup are searched; those that are there already are put into the search by jobs."""

from alembic import op

revision = "0002_search_markup"
down_revision = "0001_search"
branch_labels = None
depends_on = ("0001_definitions", "0001_platform")


def upgrade() -> None:
    """Make the function that takes the markup away (texts were cleaned when they came: four entities are left)."""
    op.execute(
        """
        CREATE FUNCTION jianflow.markup_text(said text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT replace(replace(replace(replace(
                regexp_replace(
                    regexp_replace(said, '<(br|/p|/li|/h[1-3]|/blockquote|/pre|hr)\\M[^>]*>', E'\\n', 'gi'),
                    '<[^>]*>', '', 'g'
                ),
                '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&amp;', '&')
        $$;

        INSERT INTO jianflow.job (id, name, payload, app_key, created_at)
        SELECT gen_random_uuid(), 'records.search', jsonb_build_object('app', app.key, 'form', live.key), app.key, now()
        FROM jianflow.definition_live AS live
        JOIN jianflow.app AS app ON app.id = live.app_id
        JOIN jianflow.definition_content AS content ON content.app_id = live.app_id AND content.etag = live.etag
        WHERE live.kind = 'forms' AND EXISTS (
            SELECT FROM json_array_elements(content.document -> 'fields') AS field
            WHERE field ->> 'type' = 'rich_text'
        )
        """
    )
