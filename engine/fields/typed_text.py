"""Numbers, dates, times and yes or no out of text as people type, paste and import it."""

import re
import unicodedata
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from engine.fields.base import FieldFault
from engine.platform.i18n import Text

MOST_DIGITS = 60
_CURRENCY = re.compile(r"(?i)(cny|rmb|usd|eur|hkd|jpy|gbp|us\$|hk\$|[¥￥$€£]|人民币|美元|元|块钱|块)")
_SCALES = {"万亿": 12, "亿": 8, "千万": 7, "百万": 6, "万": 4, "千": 3, "k": 3, "m": 6, "w": 4}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,4})?", re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_YES = {"是", "有", "对", "真", "√", "✓", "✔", "☑", "true", "yes", "y", "t", "1", "on", "勾选", "启用"}
_NO = {
    "否",
    "无",
    "错",
    "假",
    "×",
    "✗",
    "✘",
    "✕",
    "☐",
    "x",
    "false",
    "no",
    "n",
    "f",
    "0",
    "off",
    "未勾选",
    "停用",
}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})")
_MONTH_NAME_FIRST = re.compile(r"([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_DAY_NAME_SECOND = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3})[a-z]*\.?,?[\s-]+(\d{4})", re.IGNORECASE
)
_TIME = re.compile(
    r"(上午|下午|早上|晚上|中午|凌晨)?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*分?"
    r"(?::?(\d{1,2})(?:\.(\d{1,6}))?秒?)?\s*(am|pm)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")


def narrow(text: str) -> str:
    """Full-width letters, digits and signs made ordinary, other spaces made spaces, ends cut."""
    return unicodedata.normalize("NFKC", text.replace("−", "-")).replace("\u3000", " ").strip()


def exact(raw: object) -> Decimal | None:
    """The decimal of a JSON number or plain numeric string; None if it is none."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, float):
        raw = repr(raw)
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
        return None
    if not isinstance(raw, (str, int, Decimal)):
        return None
    try:
        value = Decimal(raw)
    except (InvalidOperation, ValueError):
        return None
    return _bounded(value)


def number(text: str, unit: str = "") -> Decimal | None:
    """The decimal of "1,234.50", "¥ 1.2万", "(300)", "5%" or "１２"; None if the text is no number."""
    said = narrow(text).replace(" ", "")
    if unit and said.endswith(narrow(unit)):
        said = said[: -len(narrow(unit))]
    negative = said.startswith("(") and said.endswith(")")
    if negative:
        said = said[1:-1]
    said = _CURRENCY.sub("", said)
    percent = said.endswith("%")
    said = said.rstrip("%")
    power = 0
    for ending, scale in _SCALES.items():
        if said.lower().endswith(ending):
            said, power = said[: -len(ending)], scale
            break
    if "," in said:
        if not _GROUPED.fullmatch(said):
            return None
        said = said.replace(",", "")
    if not _NUMBER.fullmatch(said):
        return None
    value = _bounded(Decimal(said)).scaleb(power - (2 if percent else 0))
    return -value if negative else value


def yes_or_no(text: str) -> bool | None:
    """True or False as people mark it; None if the text is neither."""
    said = narrow(text).lower()
    return True if said in _YES else False if said in _NO else None


def day(text: str, order: str | None = None) -> date | None:
    """The date of "2026-03-01", "2026/3/1", "2026年3月1日", "20260301", "3/1/2026" (by `order`), "Mar 1, 2026".

    Raises FieldFault where day and month could be exchanged and `order` is not known.
    """
    said = narrow(text)
    if found := _YEAR_FIRST.fullmatch(said) or _COMPACT.fullmatch(said):
        return _date(*found.groups())
    if found := _YEAR_LAST.fullmatch(said):
        return _by_order(said, *found.groups(), order=order)
    if found := _MONTH_NAME_FIRST.fullmatch(said):
        month, dom, year = found.groups()
        return _date(year, _MONTHS.get(month.lower(), 0), dom)
    if found := _DAY_NAME_SECOND.fullmatch(said):
        dom, month, year = found.groups()
        return _date(year, _MONTHS.get(month.lower(), 0), dom)
    return None


def instant(text: str, time_zone: str, order: str | None = None) -> datetime | None:
    """The instant of a date with or without a time, in `time_zone` unless the text says its own."""
    said = narrow(text)
    if _ISO.fullmatch(said):
        try:
            return in_utc(datetime.fromisoformat(said.upper()), time_zone)
        except ValueError:
            return None
    found = next((m for m in _TIME.finditer(said) if m.end() == len(said) and m.start() > 0), None)
    on = day(said[: found.start()].rstrip(" T,") if found else said, order)
    clock = _time(*found.groups()) if found else time()
    if on is None or clock is None:
        return None
    return in_utc(datetime.combine(on, clock), time_zone)


def time_of_day(text: str) -> time | None:
    """The time of "9:30", "09:30:15", "下午3点20", "3:20 pm", "0930"; None for anything else."""
    said = narrow(text)
    if found := re.fullmatch(r"(\d{2})(\d{2})", said):
        return _time(None, found[1], found[2], None, None, None)
    matched = _TIME.fullmatch(said)
    return _time(*matched.groups()) if matched else None


def in_utc(moment: datetime, time_zone: str) -> datetime | None:
    """`moment` in UTC, taken to be in `time_zone` if it has none; None beyond the calendar."""
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(time_zone))
        return moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        return None


def _bounded(value: Decimal) -> Decimal:
    if not value.is_finite() or value and abs(value.adjusted()) >= MOST_DIGITS:
        raise FieldFault("out_of_range", Text("这个数太大或太小", "This number is too large or too small"))
    return value


def _by_order(said: str, first: str, second: str, year: str, *, order: str | None) -> date | None:
    if len(year) == 2:
        if order == "ymd":
            return _date("20" + first, second, year)
        if order is None:
            return None
        year = ("20" if int(year) < 50 else "19") + year
    if order == "dmy":
        return _date(year, second, first)
    if order == "mdy":
        return _date(year, first, second)
    as_month_first, as_day_first = _date(year, first, second), _date(year, second, first)
    if as_month_first and as_day_first and as_month_first != as_day_first:
        raise FieldFault(
            "ambiguous_date",
            Text(
                "“{said}”可能是 {one}，也可能是 {other}，请写成 年-月-日",
                "“{said}” may be {one} or {other}; please write year-month-day",
                said=said,
                one=as_month_first.isoformat(),
                other=as_day_first.isoformat(),
            ),
        )
    return as_month_first or as_day_first


def _date(year: str | int, month: str | int, dom: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(dom))
    except ValueError:
        return None


def _time(
    part: str | None,
    hour: str,
    minute: str | None,
    second: str | None,
    fraction: str | None,
    half: str | None,
) -> time | None:
    hours = int(hour)
    late = part in ("下午", "晚上") or part == "中午" and hours < 11 or (half or "").lower() == "pm"
    early = part in ("凌晨", "上午", "早上") or (half or "").lower() == "am"
    if late and hours < 12:
        hours += 12
    elif early and hours == 12:
        hours = 0
    try:
        return time(hours, int(minute or 0), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return None
