"""People, departments, roles, sessions, keys, invitations and the log of who did what with them."""

from alembic import op

revision = "0001_access"
down_revision = None
branch_labels = ("access",)
depends_on = None

WATCHED = {
    "organization": "",
    "member": " OF name, department_id, superior_id, state, administrator, language, theme",
    "member_department": "",
    "department": "",
    "role_member": "",
    "role_department": "",
}


def upgrade() -> None:
    """Make the tables, the line of superiors and the counter that every change of the organisation moves on."""
    op.execute(
        """
        CREATE TABLE jianflow.organization (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            name text NOT NULL,
            language text NOT NULL DEFAULT 'zh-CN',
            created_at timestamptz NOT NULL
        );

        CREATE TABLE jianflow.department (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            parent_id bigint REFERENCES jianflow.department,
            head_id bigint,
            created_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX department_name ON jianflow.department (coalesce(parent_id, 0), lower(name));
        CREATE INDEX department_parent ON jianflow.department (parent_id);
        CREATE INDEX department_head ON jianflow.department (head_id);

        CREATE TABLE jianflow.member (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            account text,
            phone text,
            email text,
            password_hash text,
            department_id bigint REFERENCES jianflow.department,
            superior_id bigint REFERENCES jianflow.member,
            state text NOT NULL CHECK (state IN ('active', 'invited', 'left')),
            administrator boolean NOT NULL DEFAULT false,
            language text,
            theme text,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX member_account ON jianflow.member (lower(account)) WHERE state <> 'left';
        CREATE UNIQUE INDEX member_phone ON jianflow.member (phone) WHERE state <> 'left';
        CREATE UNIQUE INDEX member_email ON jianflow.member (lower(email)) WHERE state <> 'left';
        CREATE INDEX member_name ON jianflow.member (lower(name));
        CREATE INDEX member_department_id ON jianflow.member (department_id);
        CREATE INDEX member_superior ON jianflow.member (superior_id);
        ALTER TABLE jianflow.department
            ADD CONSTRAINT department_head_fkey FOREIGN KEY (head_id) REFERENCES jianflow.member;

        CREATE TABLE jianflow.member_department (
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            department_id bigint NOT NULL REFERENCES jianflow.department ON DELETE CASCADE,
            PRIMARY KEY (member_id, department_id)
        );
        CREATE INDEX member_department_other ON jianflow.member_department (department_id, member_id);

        CREATE TABLE jianflow.role_member (
            app_id bigint NOT NULL,
            role text NOT NULL,
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            PRIMARY KEY (app_id, role, member_id)
        );
        CREATE INDEX role_member_other ON jianflow.role_member (member_id);

        CREATE TABLE jianflow.role_department (
            app_id bigint NOT NULL,
            role text NOT NULL,
            department_id bigint NOT NULL REFERENCES jianflow.department ON DELETE CASCADE,
            PRIMARY KEY (app_id, role, department_id)
        );
        CREATE INDEX role_department_other ON jianflow.role_department (department_id);

        CREATE TABLE jianflow.session (
            token_hash bytea PRIMARY KEY,
            former_hash bytea,
            renewed_at timestamptz,
            csrf text NOT NULL,
            rights text,
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            created_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            address text,
            agent text
        );
        CREATE INDEX session_former ON jianflow.session (former_hash) WHERE former_hash IS NOT NULL;
        CREATE INDEX session_member ON jianflow.session (member_id);
        CREATE INDEX session_expiry ON jianflow.session (expires_at);

        CREATE TABLE jianflow.sign_in_attempt (
            subject text PRIMARY KEY,
            failures integer NOT NULL,
            last_at timestamptz NOT NULL,
            locked_until timestamptz
        );
        CREATE INDEX sign_in_attempt_age ON jianflow.sign_in_attempt (last_at);

        CREATE TABLE jianflow.api_key (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            key_hash bytea NOT NULL UNIQUE,
            name text NOT NULL,
            ending text NOT NULL,
            created_at timestamptz NOT NULL,
            created_by bigint,
            used_at timestamptz
        );
        CREATE INDEX api_key_member ON jianflow.api_key (member_id);

        CREATE TABLE jianflow.invitation (
            token_hash bytea PRIMARY KEY,
            member_id bigint NOT NULL UNIQUE REFERENCES jianflow.member ON DELETE CASCADE,
            created_at timestamptz NOT NULL,
            created_by bigint,
            expires_at timestamptz NOT NULL
        );

        CREATE TABLE jianflow.audit_entry (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL,
            actor_id bigint,
            action text NOT NULL,
            subject_kind text,
            subject_id text,
            address text,
            details jsonb NOT NULL DEFAULT '{}'
        );
        CREATE INDEX audit_entry_at ON jianflow.audit_entry (at);
        CREATE INDEX audit_entry_subject ON jianflow.audit_entry (subject_kind, subject_id, id);

        CREATE INDEX audit_entry_actor ON jianflow.audit_entry (actor_id, action);

        CREATE TABLE jianflow.first_steps (
            app_id bigint NOT NULL,
            member_id bigint NOT NULL REFERENCES jianflow.member ON DELETE CASCADE,
            PRIMARY KEY (app_id, member_id)
        );

        CREATE VIEW jianflow.member_line AS
        WITH RECURSIVE up AS (
            SELECT id AS department_id, parent_id, head_id, 0 AS steps FROM jianflow.department
            UNION ALL
            SELECT up.department_id, above.parent_id, above.head_id, up.steps + 1
            FROM up JOIN jianflow.department above ON above.id = up.parent_id
        ), heads AS (
            SELECT up.department_id, up.head_id, up.steps
            FROM up JOIN jianflow.member head ON head.id = up.head_id AND head.state <> 'left'
        ), nearest AS (
            SELECT DISTINCT ON (department_id) department_id, head_id FROM heads ORDER BY department_id, steps
        ), next_one AS (
            SELECT DISTINCT ON (heads.department_id) heads.department_id, heads.head_id
            FROM heads JOIN nearest USING (department_id)
            WHERE heads.head_id <> nearest.head_id
            ORDER BY heads.department_id, heads.steps
        )
        SELECT member.id AS member_id,
               coalesce(entered.id, nullif(nearest.head_id, member.id), next_one.head_id) AS superior_id
        FROM jianflow.member member
        LEFT JOIN jianflow.member entered ON entered.id = member.superior_id AND entered.state <> 'left'
        LEFT JOIN nearest ON nearest.department_id = member.department_id
        LEFT JOIN next_one ON next_one.department_id = member.department_id;

        CREATE SEQUENCE jianflow.organization_change;
        CREATE TABLE jianflow.organization_revision (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            revision bigint NOT NULL
        );
        INSERT INTO jianflow.organization_revision (revision) VALUES (nextval('jianflow.organization_change'));
        CREATE FUNCTION jianflow.organization_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO jianflow.organization_revision (revision)
            VALUES (nextval('jianflow.organization_change'))
            ON CONFLICT (single) DO UPDATE SET revision = excluded.revision;
            RETURN NULL;
        END $$;
        """
    )
    for table, columns in WATCHED.items():
        op.execute(
            f"CREATE TRIGGER {table}_changed AFTER INSERT OR DELETE OR UPDATE{columns} ON jianflow.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION jianflow.organization_changed()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_emptied AFTER TRUNCATE ON jianflow.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION jianflow.organization_changed()"
        )
