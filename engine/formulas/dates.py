"""Excel's 1900 date serials and what is computed with them, the 29th of February 1900 included."""

import calendar
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from engine.formulas import numbers
from engine.formulas.values import NUM, Failed

_EPOCH = date(1899, 12, 30)
_EARLY = date(1900, 3, 1)
LAST_SERIAL = 2958465
SECONDS = Decimal(86400)
MIDNIGHT = time(0)


def serial(day: date) -> int:
    """The day's number: 1 for 1900-01-01; from 1900-03-01 on one more, for the day that Excel made up."""
    return (day - _EPOCH).days - (day < _EARLY)


def serial_number(moment: date | datetime | time) -> Decimal:
    """A date, moment or time of day as a number of days."""
    if isinstance(moment, datetime):
        return numbers.add(Decimal(serial(moment.date())), day_share(moment.time()))
    if isinstance(moment, date):
        return Decimal(serial(moment))
    return day_share(moment)


def day_share(clock: time) -> Decimal:
    """The part of the day that has passed."""
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    if clock.microsecond:
        return numbers.divide(Decimal(seconds) + Decimal(clock.microsecond) / 1000000, SECONDS)
    return numbers.divide(Decimal(seconds), SECONDS)


def day_parts(number: Decimal) -> tuple[int, int, int]:
    """Year, month and day of a serial, also of 0 (1900-01-00) and 60 (1900-02-29)."""
    day = int(numbers.floor(number))
    if day == 60:
        return 1900, 2, 29
    if day == 0:
        return 1900, 1, 0
    found = from_serial(number)
    return found.year, found.month, found.day


def from_serial(number: Decimal) -> date:
    """The date of a serial; #NUM! where there is none."""
    day = numbers.floor(number)
    if day < 1 or day > LAST_SERIAL:
        raise Failed(NUM)
    days = int(day)
    if days == 60:
        raise Failed(NUM)
    return _EPOCH + timedelta(days=days + (days < 60))


def moment_of(number: Decimal) -> datetime:
    """The moment of a serial, to the second."""
    day = numbers.floor(number)
    seconds = seconds_of(number)
    return datetime.combine(from_serial(day), MIDNIGHT) + timedelta(seconds=seconds)


def seconds_of(number: Decimal) -> int:
    """The seconds since midnight of a serial, rounded (86,400 where the next day begins)."""
    share = numbers.subtract(number, numbers.floor(number))
    return int(numbers.round_places(numbers.multiply(share, SECONDS), 0))


def clock_of(number: Decimal) -> time:
    """The time of day of a serial."""
    return clock_from_seconds(max(0, seconds_of(number)))


def clock_from_seconds(seconds: int) -> time:
    """The time of day so many seconds after midnight."""
    seconds %= 86400
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def make_date(year: int, month: int, day: int) -> date | Decimal:
    """DATE: months and days may overflow, years below 1900 are counted from it; #NUM! outside 1900 to 9999.

    1900-02-29 exists as a number only.
    """
    number = first_of_month(year, month) + day - 1
    if number < 0 or number > LAST_SERIAL:
        raise Failed(NUM)
    return Decimal(number) if number in (0, 60) else from_serial(Decimal(number))


def first_of_month(year: int, month: int) -> int:
    """The serial of the first day of a month that may lie outside 1 to 12."""
    if 0 <= year < 1900:
        year += 1900
    months = year * 12 + month - 1
    if not 1900 * 12 - 12 <= months < 10000 * 12:
        raise Failed(NUM)
    return serial(date(months // 12, months % 12 + 1, 1))


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months away, at most the month's last."""
    year, month = month_at(day, months)
    return date(year, month, min(day.day, days_in_month(year, month)))


def month_end(day: date, months: int) -> date:
    """The last day of the month so many months away."""
    year, month = month_at(day, months)
    return date(year, month, days_in_month(year, month))


def month_at(day: date, months: int) -> tuple[int, int]:
    """Year and month so many months away; #NUM! outside 1900 to 9999."""
    count = day.year * 12 + day.month - 1 + months
    if not 1900 * 12 <= count < 10000 * 12:
        raise Failed(NUM)
    return count // 12, count % 12 + 1


def days_in_month(year: int, month: int) -> int:
    """How many days the month really has."""
    return calendar.monthrange(year, month)[1]
