"""The tables of people, departments, roles and sessions, as SQLAlchemy knows them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from engine.platform.database import SCHEMA

metadata = MetaData(schema=SCHEMA)

_instant = DateTime(timezone=True)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


organization = Table(
    "organization",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", _instant, nullable=False),
)
revision = Table(
    "organization_revision",
    metadata,
    Column("single", Boolean, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
member = Table(
    "member",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("account", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("password_hash", Text),
    Column("department_id", BigInteger),
    Column("superior_id", BigInteger),
    Column("state", Text, nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("language", Text),
    Column("theme", Text),
    Column("created_at", _instant, nullable=False),
    Column("updated_at", _instant, nullable=False),
)
member_department = Table(
    "member_department",
    metadata,
    Column("member_id", BigInteger, primary_key=True),
    Column("department_id", BigInteger, primary_key=True),
)
member_line = Table(
    "member_line",
    metadata,
    Column("member_id", BigInteger, primary_key=True),
    Column("superior_id", BigInteger),
)
"""A view: everybody's superior, entered or found by the departments' heads."""

department = Table(
    "department",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("parent_id", BigInteger),
    Column("head_id", BigInteger),
    Column("created_at", _instant, nullable=False),
)
role_member = Table(
    "role_member",
    metadata,
    Column("app_id", BigInteger, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("member_id", BigInteger, primary_key=True),
)
role_department = Table(
    "role_department",
    metadata,
    Column("app_id", BigInteger, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("department_id", BigInteger, primary_key=True),
)
session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("former_hash", LargeBinary),
    Column("renewed_at", _instant),
    Column("csrf", Text, nullable=False),
    Column("rights", Text),
    Column("member_id", BigInteger, nullable=False),
    Column("created_at", _instant, nullable=False),
    Column("seen_at", _instant, nullable=False),
    Column("expires_at", _instant, nullable=False),
    Column("address", Text),
    Column("agent", Text),
)
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", _instant, nullable=False),
    Column("locked_until", _instant),
)
api_key = Table(
    "api_key",
    metadata,
    _id(),
    Column("member_id", BigInteger, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("ending", Text, nullable=False),
    Column("created_at", _instant, nullable=False),
    Column("created_by", BigInteger),
    Column("used_at", _instant),
)
invitation = Table(
    "invitation",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("member_id", BigInteger, nullable=False),
    Column("created_at", _instant, nullable=False),
    Column("created_by", BigInteger),
    Column("expires_at", _instant, nullable=False),
)
audit_entry = Table(
    "audit_entry",
    metadata,
    _id(),
    Column("at", _instant, nullable=False),
    Column("actor_id", BigInteger),
    Column("action", Text, nullable=False),
    Column("subject_kind", Text),
    Column("subject_id", Text),
    Column("address", Text),
    Column("details", JSONB, nullable=False),
)
first_steps = Table(
    "first_steps",
    metadata,
    Column("app_id", BigInteger, primary_key=True),
    Column("member_id", BigInteger, primary_key=True),
)
