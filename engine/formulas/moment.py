"""What a formula knows besides the record: the time, the time zone and the current person."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class MemberFacts:
    """The current person as formulas see them: a member or department field is its name there, and so are these."""

    id: int | str
    name: str
    department: int | str | None = None
    department_name: str | None = None
    superior: int | str | None = None
    superior_name: str | None = None
    email: str | None = None
    phone: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """When and for whom a formula is worked out; `now` carries a zone, `time_zone` is the organisation's."""

    now: datetime
    time_zone: str = "Asia/Shanghai"
    member: MemberFacts | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return _zone(self.time_zone)

    @property
    def local(self) -> datetime:
        """Now on the organisation's clocks, without a zone."""
        return self.now.astimezone(self.zone).replace(tzinfo=None)

    def to_local(self, instant: datetime) -> datetime:
        """An instant on the organisation's clocks, without a zone; one without a zone is there already."""
        return instant if instant.tzinfo is None else instant.astimezone(self.zone).replace(tzinfo=None)

    def to_instant(self, local: datetime) -> datetime:
        """A moment on the organisation's clocks as an instant in UTC."""
        return (
            local.replace(tzinfo=self.zone).astimezone(UTC) if local.tzinfo is None else local.astimezone(UTC)
        )


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
