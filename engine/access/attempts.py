"""How often signing in failed, and how long to wait: per account and address, per account, and per address."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, text, update

from engine.access.tables import sign_in_attempt
from engine.platform import clock
from engine.platform.errors import TooMany
from engine.platform.i18n import Text

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Counter:
    """One thing that attempts are counted by, and after how many failures it waits."""

    subject: str
    allowed: int


def counters(typed: str, address: str | None) -> tuple[Counter, ...]:
    """What an attempt counts against. Unknown accounts are counted like known ones, so that nothing shows."""
    account = sha256(typed.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]
    place = address or "-"
    return (
        Counter(f"pair:{account}:{place}", 5),
        Counter(f"account:{account}", 20),
        Counter(f"address:{place}", 50),
    )


_TIDY = text(
    """
    DELETE FROM jianflow.sign_in_attempt WHERE subject IN (
        SELECT subject FROM jianflow.sign_in_attempt WHERE last_at < :old LIMIT 1000 FOR UPDATE SKIP LOCKED)
    """
)
_OPEN = text(
    """
    INSERT INTO jianflow.sign_in_attempt (subject, failures, last_at) VALUES (:subject, 0, :now)
    ON CONFLICT (subject) DO NOTHING
    """
)
_LOCK = text(
    """
    SELECT subject, CASE WHEN last_at < :old THEN 0 ELSE failures END AS failures, locked_until
    FROM jianflow.sign_in_attempt WHERE subject = ANY(:subjects) ORDER BY subject FOR UPDATE
    """
)


def take(connection: Connection, counted: tuple[Counter, ...]) -> None:
    """Count an attempt as failed before it is judged, so that many at once gain nothing; refuses while waiting."""
    now = clock.now()
    subjects = sorted(counter.subject for counter in counted)
    connection.execute(_TIDY, {"old": now - 2 * FORGOTTEN_AFTER})
    for subject in subjects:
        connection.execute(_OPEN, {"subject": subject, "now": now})
    # Only a statement after the wait for the rows sees what those before us have counted.
    rows = {
        row.subject: row
        for row in connection.execute(_LOCK, {"subjects": subjects, "old": now - FORGOTTEN_AFTER})
    }
    ends = [
        row.locked_until for row in rows.values() if row.locked_until is not None and row.locked_until > now
    ]
    if ends:
        raise too_many(max(ends) - now)
    for counter in counted:
        failures = rows[counter.subject].failures + 1
        beyond = failures - counter.allowed
        connection.execute(
            update(sign_in_attempt)
            .where(sign_in_attempt.c.subject == counter.subject)
            .values(failures=failures, last_at=now, locked_until=now + _wait(beyond) if beyond >= 0 else None)
        )


def forgive(connection: Connection, counted: tuple[Counter, ...]) -> None:
    """The attempt was right after all: its account starts again, its address loses one failure."""
    pair, account, address = counted
    connection.execute(
        delete(sign_in_attempt).where(sign_in_attempt.c.subject.in_((pair.subject, account.subject)))
    )
    connection.execute(
        update(sign_in_attempt)
        .where(sign_in_attempt.c.subject == address.subject)
        .values(failures=sign_in_attempt.c.failures - 1, locked_until=None)
    )


def too_many(wait: timedelta) -> TooMany:
    """The refusal that says how long to wait."""
    seconds = max(1, int(wait.total_seconds() + 0.999))
    if seconds < 100:
        said = Text("{n} 秒", "{n} seconds", n=seconds)
    else:
        said = Text("{n} 分钟", "{n} minutes", n=-(-seconds // 60))
    message = Text(
        "尝试次数过多，请 {wait} 后再试", "Too many attempts; please try again in {wait}", wait=said
    )
    return TooMany(message, retry_after=seconds)


def _wait(beyond: int) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT)
