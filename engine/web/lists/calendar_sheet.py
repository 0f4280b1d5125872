"""The sheet of a calendar: days in weeks, what lies on them in lanes, appointments among the hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.fields.form import Field
from engine.platform.i18n import Text, current_language
from engine.web.lists.cards import Card

DAY = 24 * 60
LEAST = 30
"""Minutes that a short appointment is drawn as, so that its title can be read."""
USUAL = 60
WEEKDAYS = (
    Text("周一", "Mon"), Text("周二", "Tue"), Text("周三", "Wed"), Text("周四", "Thu"), Text("周五", "Fri"),
    Text("周六", "Sat"), Text("周日", "Sun"),
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """A record on the calendar; `begin` and `end` are where the viewer is, the days both included."""

    card: Card
    begin: datetime
    end: datetime
    timed: bool
    color: str
    movable: bool
    has_end: bool

    @property
    def first(self) -> date:
        """The day it begins."""
        return self.begin.date()

    @property
    def last(self) -> date:
        """The day it ends."""
        return max(self.end.date(), self.first)

    @property
    def days(self) -> int:
        """On how many days it lies."""
        return (self.last - self.first).days + 1

    @property
    def clock(self) -> str:
        """Its time of day; nothing for a whole day."""
        return f"{self.begin:%H:%M}" if self.timed else ""

    @property
    def stored_begin(self) -> str:
        """Its beginning as it is written back."""
        return f"{self.begin:%Y-%m-%dT%H:%M}" if self.timed else self.first.isoformat()

    @property
    def stored_end(self) -> str:
        """Its end as it is written back; empty where it has none of its own."""
        if not self.has_end:
            return ""
        return f"{self.end:%Y-%m-%dT%H:%M}" if self.timed else self.last.isoformat()


@dataclass(frozen=True)
class Bar:
    """An event in a row of days: from which column, over how many, in which lane."""

    event: Event
    column: int
    span: int
    lane: int
    goes_on: bool
    came_from: bool


@dataclass(frozen=True)
class Slot:
    """An event among the hours of a day; `place` of `beside` that lie at the same time."""

    event: Event
    minute: int
    minutes: int
    place: int
    beside: int


@dataclass(frozen=True)
class Day:
    """A day of the sheet."""

    day: date
    today: bool
    outside: bool
    hidden: int = 0
    slots: tuple[Slot, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def spoken(self) -> str:
        """The day as it is read out."""
        weekday = str(WEEKDAYS[self.day.weekday()])
        said = Text("{m} 月 {d} 日 {w}", "{w} {d} {name}", m=self.day.month, d=self.day.day, w=weekday,
                    name=MONTHS[self.day.month - 1])  # fmt: skip
        return str(said)

    @property
    def weekday(self) -> str:
        """Its name in the week."""
        return str(WEEKDAYS[self.day.weekday()])


@dataclass(frozen=True)
class Week:
    """A row of days with what lies on them."""

    days: tuple[Day, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Sheet:
    """What is on the screen; records lie on it by the field `begins`, and up to `until` where there is one."""

    scale: str
    at: date
    title: str
    before: date
    after: date
    today: date
    weeks: tuple[Week, ...]
    agenda: tuple[Day, ...]
    begins: Field
    until: Field | None
    editable: bool
    cut: bool = False
    hours: tuple[Day, ...] = ()

    @property
    def timed(self) -> bool:
        """Whether the records lie at a time of day."""
        return self.begins.value_field.type == "datetime"

    @property
    def count(self) -> int:
        """How many records are on the sheet."""
        return len({event.card.id for day in self.agenda for event in day.events})


def week(days: Sequence[date], events: Sequence[Event], lanes: int, today: date, month: int | None) -> Week:
    """The bars of one row; what finds no lane is counted on each of its days."""
    taken: list[list[bool]] = []
    bars, hidden = [], dict.fromkeys(days, 0)
    for event in events:
        if event.last < days[0] or event.first > days[-1]:
            continue
        column = (max(event.first, days[0]) - days[0]).days
        span = (min(event.last, days[-1]) - days[0]).days - column + 1
        lane = next((n for n, row in enumerate(taken) if not any(row[column : column + span])), len(taken))
        if lane == len(taken):
            taken.append([False] * len(days))
        taken[lane][column : column + span] = [True] * span
        if lane >= lanes:
            for day in days[column : column + span]:
                hidden[day] += 1
            continue
        bars.append(Bar(event, column + 1, span, lane + 1, event.last > days[-1], event.first < days[0]))
    shown = [Day(day, day == today, month is not None and day.month != month, hidden[day]) for day in days]
    return Week(tuple(shown), tuple(bars))


def hours_of(day: date, events: Sequence[Event], today: date) -> Day:
    """The appointments of one day, those at the same time side by side."""
    own = [one for one in events if one.first == day and one.days == 1]
    slots: list[Slot] = []
    cluster: list[tuple[Event, int, int, int]] = []
    ends: list[int] = []

    def close() -> None:
        slots.extend(Slot(event, at, length, place, len(ends)) for event, at, length, place in cluster)
        cluster.clear()
        ends.clear()

    for event in own:
        at = event.begin.hour * 60 + event.begin.minute
        length = int((event.end - event.begin).total_seconds() // 60) if event.has_end else USUAL
        length = min(max(length, LEAST), DAY - at)
        if ends and at >= max(ends):
            close()
        place = next((n for n, end in enumerate(ends) if end <= at), len(ends))
        if place == len(ends):
            ends.append(0)
        ends[place] = at + length
        cluster.append((event, at, length, place))
    close()
    return Day(day, day == today, False, slots=tuple(slots))


def agenda_of(day: date, events: Sequence[Event], today: date) -> Day:
    """A day with all that lies on it."""
    own = tuple(one for one in events if one.first <= day <= one.last)
    return Day(day, day == today, False, events=own)


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def range_of(at: date, scale: str) -> tuple[date, date]:
    """The days of a sheet: whole weeks around a month, a week, or one day."""
    if scale == "day":
        return at, at
    if scale == "week":
        first = at - timedelta(days=at.weekday())
        return first, first + timedelta(days=6)
    first, last = _month(at)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def agenda_range(at: date, scale: str, first: date, last: date) -> tuple[date, date]:
    """The days that are listed on a phone: of a month only its own."""
    return _month(at) if scale == "month" else (first, last)


def _month(at: date) -> tuple[date, date]:
    first = at.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def moved(at: date, scale: str, by: int) -> date:
    """A day of the sheet before (-1) or after (1)."""
    if scale == "month":
        first, last = _month(at)
        return first - timedelta(days=1) if by < 0 else last + timedelta(days=1)
    return at + timedelta(days=by * (7 if scale == "week" else 1))


def day_of(said: str | None, otherwise: date) -> date:
    """A day of the address, in a year that can be moved in both directions."""
    try:
        found = date.fromisoformat(said or "")
    except ValueError:
        return otherwise
    return found if 1000 < found.year < 9000 else otherwise


def title_of(at: date, scale: str, first: date, last: date) -> str:
    """What the sheet is called."""
    english = current_language() == "en"
    if scale == "month":
        return f"{MONTHS[at.month - 1]} {at.year}" if english else f"{at.year} 年 {at.month} 月"
    if scale == "day":
        weekday = str(WEEKDAYS[at.weekday()])
        if english:
            return f"{weekday} {at.day} {MONTHS[at.month - 1]} {at.year}"
        return f"{at.year} 年 {at.month} 月 {at.day} 日 {weekday}"
    if english:
        same = first.month == last.month
        begin = str(first.day) if same else f"{first.day} {MONTHS[first.month - 1][:3]}"
        return f"{begin} – {last.day} {MONTHS[last.month - 1][:3]} {last.year}"
    return f"{first.year} 年 {first.month} 月 {first.day} 日 – {last.month} 月 {last.day} 日"
