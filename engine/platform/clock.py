"""What time it is: the one clock of the product, which tests may set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_set_to: datetime | None = None


def now() -> datetime:
    """This instant, in UTC."""
    return _set_to or datetime.now(timezone.utc)


def today(time_zone: str | ZoneInfo) -> date:
    """Today's date where `time_zone` is."""
    zone = ZoneInfo(time_zone) if isinstance(time_zone, str) else time_zone
    return now().astimezone(zone).date()


class StoppedClock:
    """A clock that stands where a test puts it, for every thread of this process."""

    def set(self, instant: datetime) -> None:
        """Stand at `instant`, which must have a zone."""
        global _set_to
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        _set_to = instant.astimezone(timezone.utc)

    def advance(self, **duration: float) -> datetime:
        """Move on by `hours=…`, `days=…`; answers the new instant."""
        self.set(now() + timedelta(**duration))
        return now()


@contextmanager
def stopped(instant: datetime | None = None) -> Iterator[StoppedClock]:
    """Inside the block the clock stands; after it, it runs again."""
    global _set_to
    clock = StoppedClock()
    clock.set(instant or now())
    try:
        yield clock
    finally:
        _set_to = None
