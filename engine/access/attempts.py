"""How often signing in failed, and how long to wait: per account and address, per account, and per address."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, select, text, update

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


_COUNT = text(
    """
    INSERT INTO jianflow.sign_in_attempt AS a (subject, failures, last_at) VALUES (:subject, 1, :now)
    ON CONFLICT (subject) DO UPDATE
    SET failures = CASE WHEN a.last_at < :old THEN 1 ELSE a.failures + 1 END, last_at = :now,
        locked_until = CASE WHEN a.last_at < :old THEN NULL ELSE a.locked_until END
    RETURNING failures
    """
)


def take(connection: Connection, counted: tuple[Counter, ...]) -> None:
    """Count an attempt as failed before it is judged, so that many at once gain nothing; refuses while waiting."""
    now = clock.now()
    subjects = sorted(counter.subject for counter in counted)
    statement = (
        select(sign_in_attempt.c.locked_until)
        .where(sign_in_attempt.c.subject.in_(subjects))
        .order_by(sign_in_attempt.c.subject)
        .with_for_update()
    )
    ends = [until for until in connection.execute(statement).scalars() if until is not None and until > now]
    if ends:
        raise too_many(max(ends) - now)
    connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.last_at < now - 2 * FORGOTTEN_AFTER))
    for counter in sorted(counted, key=lambda one: one.subject):
        found = {"subject": counter.subject, "now": now, "old": now - FORGOTTEN_AFTER}
        failures = connection.execute(_COUNT, found).scalar_one()
        if failures >= counter.allowed:
            until = now + _wait(failures - counter.allowed)
            connection.execute(
                update(sign_in_attempt)
                .where(sign_in_attempt.c.subject == counter.subject)
                .values(locked_until=until)
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
