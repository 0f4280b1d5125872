"""Spans of days such as this month, last 7 days or 2017-Q4, where the organisation is."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.platform.i18n import Text

_UNITS = {
    "week": ("周", "week"),
    "month": ("月", "month"),
    "quarter": ("季度", "quarter"),
    "half": ("半年", "half-year"),
    "year": ("年", "year"),
}
_WHICH = {"last": (-1, "上", "last"), "this": (0, "本", "this"), "next": (1, "下", "next")}
_DAYS = {
    "yesterday": (-1, "昨天", "yesterday"),
    "today": (0, "今天", "today"),
    "tomorrow": (1, "明天", "tomorrow"),
}
_FIXED = re.compile(r"(\d{4})(?:-(?:H([12])|Q([1-4])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?")

PERIOD_PATTERN = (
    r"^(yesterday|today|tomorrow|(last|this|next)_(week|month|quarter|half|year)|(last|next)_n_days"
    r"|[0-9]{4}(-(H[12]|Q[1-4]|W[0-9]{2}|[0-9]{2}(-[0-9]{2})?))?)$"
)


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: date
    last: date


def span(name: str, today: date, n: int | None = None) -> Span | None:
    """The days of a period; None if there is no such period (or it lies beyond the calendar)."""
    try:
        if name in _DAYS:
            day = today + timedelta(days=_DAYS[name][0])
            return Span(day, day)
        if name == "last_n_days" and n:
            return Span(today - timedelta(days=n - 1), today)
        if name == "next_n_days" and n:
            return Span(today, today + timedelta(days=n - 1))
        which, _, unit = name.partition("_")
        if which in _WHICH and unit in _UNITS:
            return containing(today, unit, _WHICH[which][0])
        return fixed(name)
    except (ValueError, OverflowError):
        return None


def containing(day: date, unit: str, moved: int = 0) -> Span:
    """The week, month, quarter, half or year that holds `day`, or one `moved` units away; weeks start on Monday."""
    if unit == "week":
        first = day - timedelta(days=day.weekday()) + timedelta(weeks=moved)
        return Span(first, first + timedelta(days=6))
    months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[unit]
    number = day.year * 12 + (day.month - 1) // months * months + moved * months
    after = number + months
    return Span(date(number // 12, number % 12 + 1, 1), _before(after))


def fixed(name: str) -> Span | None:
    """The days of `2017`, `2017-H2`, `2017-Q4`, `2017-10`, `2017-W40` or `2017-10-01`."""
    found = _FIXED.fullmatch(name)
    if not found:
        return None
    year, half, quarter, week, month, day = found.groups()
    if week:
        first = date.fromisocalendar(int(year), int(week), 1)
        return Span(first, first + timedelta(days=6))
    if day:
        only = date(int(year), int(month), int(day))
        return Span(only, only)
    if half:
        return containing(date(int(year), int(half) * 6, 1), "half")
    if quarter:
        return containing(date(int(year), int(quarter) * 3, 1), "quarter")
    if month:
        return containing(date(int(year), int(month), 1), "month")
    return containing(date(int(year), 1, 1), "year")


def words(name: str, n: int | None = None) -> Text:
    """What people call a period."""
    if name in _DAYS:
        return Text(*_DAYS[name][1:])
    if name == "last_n_days":
        return Text("最近 {n} 天", "the last {n} days", n=n or 0)
    if name == "next_n_days":
        return Text("今后 {n} 天", "the next {n} days", n=n or 0)
    which, _, unit = name.partition("_")
    if which in _WHICH and unit in _UNITS:
        zh = {"year": {"last": "去年", "this": "今年", "next": "明年"}}.get(unit, {}).get(which)
        return Text(zh or _WHICH[which][1] + _UNITS[unit][0], f"{_WHICH[which][2]} {_UNITS[unit][1]}")
    return Text(name, name)


def local_today(moment: datetime, time_zone: str) -> date:
    """The day that it is in `time_zone`."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def day_start(day: date, time_zone: str) -> datetime:
    """The instant at which a day begins in `time_zone`."""
    return datetime.combine(day, time(), ZoneInfo(time_zone))


def _before(months: int) -> date:
    if months >= 10_000 * 12:
        return date(9999, 12, 31)
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)
