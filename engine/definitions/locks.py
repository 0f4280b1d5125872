"""The advisory locks of an app: shared for every write, exclusive for publishing."""

import hashlib

import sqlalchemy as sa
from sqlalchemy import Connection


def number(*names: str) -> int:
    """The advisory lock's number for something named so."""
    digest = hashlib.blake2b("\x00".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def app_lock(app_key: str) -> int:
    """The number of an app's lock; writes hold it shared, publishing holds it alone."""
    return number("app", app_key)


def hold(connection: Connection, lock: int) -> None:
    """Hold a lock alone until the transaction ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(lock, sa.BigInteger))))
