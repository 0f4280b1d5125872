"""Whether anybody does jobs: of all processes that hand them on one at a time is on duty, by a lock."""

from sqlalchemy import Connection, text

from engine.platform import clock

LOCK = 7_263_541_002


def somebody_on_duty(connection: Connection) -> bool:
    """Whether a process hands jobs on now."""
    return bool(
        connection.scalar(
            text(
                """
                SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND classid::bigint = :high AND objid::bigint = :low)
                """
            ),
            {"high": LOCK >> 32, "low": LOCK & 0xFFFFFFFF},
        )
    )


def waiting_too_long(connection: Connection) -> bool:
    """Whether due jobs have waited for a minute, so that there seems to be no worker at all."""
    return bool(
        connection.scalar(
            text(
                """
                SELECT EXISTS (SELECT 1 FROM jianflow.job WHERE state = 'queued'
                    AND coalesce(run_at, created_at) < CAST(:now AS timestamptz) - interval '1 minute')
                AND NOT EXISTS (SELECT 1 FROM jianflow.job WHERE state = 'running')
                """
            ),
            {"now": clock.now()},
        )
    )
