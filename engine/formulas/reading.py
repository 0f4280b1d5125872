"""Reads text as a number, date or time the way a sheet does when it needs a number."""

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from engine.formulas import dates, numbers

# The first two patterns are also compiled to SQL (`to_sql`), so they keep to what both regular expressions know.
NUMBER = r"^[+-]?[¥￥$]?[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?([.][0-9]*)?([eE][+-]?[0-9]{1,3})?%?$"
ISO_DATE = r"^[0-9]{4}([-/.][0-9]{1,2}[-/.][0-9]{1,2}|年[0-9]{1,2}月[0-9]{1,2}日)$"

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH_WORD = "|".join(
    sorted({m for name in _MONTHS for m in (name, name[:3])} | {"sept"}, key=len, reverse=True)
)

_number = re.compile(NUMBER)
_iso = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)$")
_year_month = re.compile(r"(\d{4})(?:[-/](\d{1,2})|年(\d{1,2})月)$")
_month_first = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4}|\d{2})$")
_month_day = re.compile(r"(\d{1,2})(?:[-/](\d{1,2})|月(\d{1,2})日)$")
_day_word = re.compile(rf"(\d{{1,2}})[- ]({_MONTH_WORD})(?:[- ](\d{{4}}|\d{{2}}))?$")
_word_day = re.compile(rf"({_MONTH_WORD}) (\d{{1,2}})(?:, ?(\d{{4}}))?$")
_clock = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)? ?(am|pm|a|p|上午|下午)?$")
_chinese_clock = re.compile(r"(上午|下午)?(\d{1,2})[时点](?:(\d{1,2})分)?(?:(\d{1,2})秒)?$")
_plain_hour = re.compile(r"(\d{1,2}) ?(am|pm)$")


def read_number(text: str, locale: str = "zh-CN", today: date | None = None) -> Decimal | None:
    """The number that the text stands for (`1,234.5`, `5%`, `(20)`, a date as its serial), or None."""
    if len(text) > 255:
        return None
    text = text.strip(" \u3000\u00a0\t\r\n")
    found = _plain_number(text, locale)
    if found is not None:
        return found
    moment = read_moment(text, locale, today)
    return None if moment is None else dates.serial_number(moment)


def _plain_number(text: str, locale: str) -> Decimal | None:
    negative = len(text) > 2 and text[0] == "(" and text[-1] == ")" and text[1] not in "+-"
    if negative:
        text = text[1:-1]
    if not _number.match(text) or not any(c.isdigit() for c in text):
        return None
    if ("$" in text and locale != "en") or (locale == "en" and ("¥" in text or "￥" in text)):
        return None
    share = text.endswith("%")
    bare = text.rstrip("%").translate(_DROPPED)
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return None
    if number and number.adjusted() > numbers.MAX_EXPONENT:
        return None
    if share:
        number = number / numbers.HUNDRED if len(bare) < 25 else numbers.divide(number, numbers.HUNDRED)
    return number.copy_negate() if negative else number


_DROPPED = str.maketrans("", "", ",¥￥$")


def read_moment(text: str, locale: str = "zh-CN", today: date | None = None) -> date | datetime | time | None:
    """The date, moment or time of day that the text stands for, or None."""
    text = text.strip(" \u3000\u00a0\t\r\n").lower()
    if not text or len(text) > 40 or not any(c.isdigit() for c in text):
        return None
    whole = _read_day(text, locale, today)
    if whole is not None:
        return whole
    clock = _read_clock(text)
    if clock is not None:
        return clock
    for cut in _cuts(text):
        day = _read_day(text[:cut].rstrip(), locale, today)
        clock = _read_clock(text[cut:].lstrip(" t")) if day else None
        if day and clock is not None:
            return datetime.combine(day, clock)
    return None


def _cuts(text: str) -> list[int]:
    return [i for i, c in enumerate(text) if c in " t日" and i][:4] + [
        i + 1 for i, c in enumerate(text) if c == "日"
    ][:1]


def _read_day(text: str, locale: str, today: date | None) -> date | None:
    year_now = today.year if today else date.today().year
    if m := _iso.match(text):
        return _day(m[1], m[3] or m[5], m[4] or m[6])
    if m := _year_month.match(text):
        return _day(m[1], m[2] or m[3], "1")
    if m := _month_first.match(text):
        if len(m[4]) == 4 or locale == "en":
            return _day(m[4], m[1], m[3])
        return _day(m[1], m[3], m[4])
    if m := _month_day.match(text):
        return _day(str(year_now), m[1], m[2] or m[3])
    if m := _day_word.match(text):
        return _day(m[3] or str(year_now), _month(m[2]), m[1])
    if m := _word_day.match(text):
        return _day(m[3] or str(year_now), _month(m[1]), m[2])
    return None


def _month(word: str) -> str:
    return str(next(i for i, name in enumerate(_MONTHS, 1) if name[:3] == word[:3]))


def _day(year: str, month: str, day: str) -> date | None:
    count = int(year)
    if len(year) <= 2:
        count += 2000 if count < 30 else 1900
    if not 1900 <= count <= 9999:
        return None
    try:
        return date(count, int(month), int(day))
    except ValueError:
        return None


def _read_clock(text: str) -> time | None:
    if m := _clock.match(text):
        half, hour = m[5] or "", int(m[1])
        minute, second = int(m[2]), int(m[3] or 0)
        micro = int((m[4] or "0").ljust(6, "0"))
    elif m := _chinese_clock.match(text):
        half, hour = m[1] or "", int(m[2])
        minute, second, micro = int(m[3] or 0), int(m[4] or 0), 0
    elif m := _plain_hour.match(text):
        half, hour, minute, second, micro = m[2], int(m[1]), 0, 0, 0
    else:
        return None
    if half:
        if not 0 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in ("pm", "p", "下午") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second, micro)
