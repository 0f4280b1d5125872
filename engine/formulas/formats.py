"""Excel's number formats as TEXT has them: digits and places, percent, exponents, dates and times, sections, text."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.formulas import dates, numbers
from engine.formulas.values import VALUE, Failed

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?)|(?P<escaped>[\\!].)|(?P<fill>[_*].)|(?P<elapsed>\[(?:h+|m+|s+)\])|(?P<bracket>\[[^\]]*\])
      |(?P<half>am/pm|a/p|上午/下午)|(?P<general>general|g/通用格式)|(?P<exponent>e[+-])
      |(?P<day>y+|m+|d+|h+|s+(?:\.0+)?|a{3,4}|b+|e+)|(?P<digit>[0#?.,%])|(?P<text>@)|(?P<slash>/)|(?P<plain>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
CHINESE_DAYS = "一二三四五六日"


@dataclass(frozen=True)
class Token:
    """One piece of a format."""

    kind: str
    text: str


@dataclass(frozen=True)
class Section:
    """One of up to four parts of a format, with the condition in its brackets if it has one."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None
    digits: str = ""

    @property
    def dated(self) -> bool:
        """Whether it shows a date or time."""
        return any(t.kind in ("day", "elapsed", "half") for t in self.tokens)


@lru_cache(maxsize=512)
def read_format(pattern: str) -> tuple[Section, ...]:
    """The sections of a format."""
    if len(pattern) > 255:
        raise Failed(VALUE)
    sections: list[list[Token]] = [[]]
    for found in _TOKEN.finditer(pattern):
        kind, text = found.lastgroup or "plain", found.group()
        if kind == "plain" and text == ";":
            sections.append([])
        elif kind == "quoted":
            sections[-1].append(Token("plain", text[1:].removesuffix('"')))
        elif kind == "escaped":
            sections[-1].append(Token("plain", text[1:]))
        elif kind == "fill":
            sections[-1].append(Token("plain", " " if text[0] == "_" else ""))
        else:
            sections[-1].append(
                Token(kind, text.lower() if kind in ("day", "elapsed", "half", "general") else text)
            )
    if len(sections) > 4:
        raise Failed(VALUE)
    return tuple(_section(tokens) for tokens in sections)


def _section(tokens: list[Token]) -> Section:
    condition, digits, kept = None, "", []
    for token in tokens:
        if token.kind != "bracket":
            kept.append(token)
            continue
        inner = token.text[1:-1]
        if found := re.fullmatch(r"(<>|<=|>=|=|<|>)\s*(-?[0-9.]+)", inner):
            condition = found[1], Decimal(found[2])
        elif inner.lower() in ("dbnum1", "dbnum2"):
            digits = inner.lower()
        elif inner.startswith("$"):
            kept.append(Token("plain", inner[1:].split("-")[0]))
    return Section(tuple(kept), condition, digits)


def format_value(value: Any, pattern: str) -> str:
    """TEXT: the value written in the format."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    sections = read_format(pattern)
    if isinstance(value, str):
        return _format_text(value, sections)
    moment = value if isinstance(value, (date, time)) else None
    number = dates.serial_number(value) if isinstance(value, (date, time)) else value
    section, sign = _choose(number, sections)
    if section.dated:
        return _format_moment(number, moment, section)
    return sign + _format_number(number.copy_abs(), section)


def _format_text(text: str, sections: tuple[Section, ...]) -> str:
    chosen = (
        sections[3]
        if len(sections) == 4
        else next((s for s in sections if any(t.kind == "text" for t in s.tokens)), None)
    )
    if chosen is None:
        return text
    return "".join(text if t.kind == "text" else t.text for t in chosen.tokens)


def _choose(number: Decimal, sections: tuple[Section, ...]) -> tuple[Section, str]:
    """The section for a number, and the sign that is written before it."""
    minus = "-" if number < 0 else ""
    if any(s.condition for s in sections):
        for section in sections:
            if section.condition is None or _holds(number, *section.condition):
                return section, minus if section.condition is None or section is sections[0] else ""
        return sections[-1], minus
    if len(sections) == 1 or (number > 0) or (number == 0 and len(sections) == 2):
        return sections[0], minus if not sections[0].dated else ""
    return (sections[1], "") if number < 0 else (sections[2], "")


def _holds(number: Decimal, symbol: str, limit: Decimal) -> bool:
    return {
        "=": number == limit, "<>": number != limit, "<": number < limit,
        "<=": number <= limit, ">": number > limit, ">=": number >= limit,
    }[symbol]  # fmt: skip


# --- numbers -----------------------------------------------------------------------------------------------------------


def _format_number(number: Decimal, section: Section) -> str:
    tokens = section.tokens
    if any(t.kind == "general" for t in tokens) or section.digits and not tokens:
        written = numbers.number_text(number)
        if section.digits:
            written = _chinese_digits(written, section.digits)
        return "".join(written if t.kind == "general" else t.text for t in tokens) if tokens else written
    if any(t.kind == "text" for t in tokens) and not any(t.kind == "digit" for t in tokens):
        return "".join(numbers.number_text(number) if t.kind == "text" else t.text for t in tokens)
    if any(t.kind == "exponent" for t in tokens):
        return _format_exponent(number, tokens)
    marks = [t.text for t in tokens if t.kind == "digit"]
    if not any(m in "0#?" for m in marks):
        return "".join(t.text for t in tokens)
    for _ in range(marks.count("%")):
        number = numbers.multiply(number, numbers.HUNDRED)
    whole_marks, fraction_marks = _split(marks)
    if _is_fraction(tokens):
        raise Failed(VALUE)
    thousands, scaled = _commas(whole_marks)
    for _ in range(scaled + _commas(fraction_marks)[1]):
        number = numbers.divide(number, Decimal(1000))
    places = sum(m in "0#?" for m in fraction_marks)
    number = numbers.round_places(numbers.steady(number), places)
    whole, _, fraction = format(number, "f").partition(".")
    fraction = fraction.ljust(places, "0")[:places]
    slots = [m for m in whole_marks if m in "0#?"]
    body = _whole(whole, slots, thousands)
    written = _place(tokens, body, _fraction(fraction, fraction_marks), "." in marks, bool(thousands))
    return _chinese_digits(written, section.digits) if section.digits else written


def _split(marks: list[str]) -> tuple[list[str], list[str]]:
    marks = [m for m in marks if m != "%"]
    if "." not in marks:
        return marks, []
    at = marks.index(".")
    return marks[:at], marks[at + 1 :]


def _commas(marks: list[str]) -> tuple[bool, int]:
    """Whether thousands are separated, and by how many thousands the number is divided."""
    scaled = 0
    while marks and marks[-1] == ",":
        marks.pop()
        scaled += 1
    return "," in marks, scaled


def _is_fraction(tokens: tuple[Token, ...]) -> bool:
    """Whether digits stand on both sides of a stroke, as in `# ?/?`."""
    kinds = [t.kind for t in tokens if t.kind in ("digit", "slash")]
    return "slash" in kinds[1:-1] and kinds[0] == kinds[-1] == "digit"


def _whole(whole: str, slots: list[str], thousands: bool) -> list[str]:
    """The digits before the point, one text a slot, from the left; what overflows goes into the first."""
    least = sum(m == "0" for m in slots)
    whole = whole.lstrip("0")
    first_zero = next((i for i, m in enumerate(slots) if m == "0"), len(slots))
    whole = whole.rjust(len(slots) - first_zero if least else 0, "0")
    digits = [whole[i] for i in range(len(whole))]
    if thousands:
        digits = [
            d + ("," if (len(digits) - i) % 3 == 1 and i < len(digits) - 1 else "")
            for i, d in enumerate(digits)
        ]
    made: list[str] = []
    for i in range(len(slots)):
        at = len(digits) - len(slots) + i
        if i == 0 and at > 0:
            made.append("".join(digits[: at + 1]))
        elif at >= 0:
            made.append(digits[at])
        else:
            made.append(" " if slots[i] == "?" else "")
    return made


def _fraction(fraction: str, marks: list[str]) -> list[str]:
    slots = [m for m in marks if m in "0#?"]
    made = list(fraction)
    for at in range(len(slots) - 1, -1, -1):
        if slots[at] == "0" or made[at] != "0":
            break
        made[at] = " " if slots[at] == "?" else ""
    return made


def _place(
    tokens: tuple[Token, ...], whole: list[str], fraction: list[str], pointed: bool, thousands: bool
) -> str:
    out: list[str] = []
    after = False
    if not whole and pointed:
        whole = []
    w, f = iter(whole), iter(fraction)
    for token in tokens:
        if token.kind == "digit":
            if token.text == ".":
                out.append("." if not after else "")
                after = True
            elif token.text == "%":
                out.append("%")
            elif token.text != ",":
                out.append(next(f if after else w, ""))
        elif token.kind == "day" or token.kind == "plain":
            out.append(token.text)
        else:
            out.append("" if token.kind == "text" else token.text)
    return "".join(out)


def _format_exponent(number: Decimal, tokens: tuple[Token, ...]) -> str:
    at = next(i for i, t in enumerate(tokens) if t.kind == "exponent")
    marks = [t.text for t in tokens[:at] if t.kind == "digit"]
    whole_marks, fraction_marks = _split(marks)
    places = sum(m in "0#?" for m in fraction_marks)
    width = max(1, sum(m in "0#?" for m in whole_marks))
    exponent = 0
    if number:
        exponent = (number.adjusted() // width) * width if width > 1 else number.adjusted()
    mantissa = numbers.round_places(number.scaleb(-exponent, numbers.EXACT), places)
    if mantissa >= Decimal(10) ** width:
        exponent += width
        mantissa = numbers.round_places(number.scaleb(-exponent, numbers.EXACT), places)
    digits = sum(t.kind == "digit" and t.text in "0#?" for t in tokens[at + 1 :])
    sign = "-" if exponent < 0 else ("+" if tokens[at].text.endswith("+") else "")
    letter = tokens[at].text[0]
    return f"{format(mantissa, 'f')}{letter}{sign}{str(abs(exponent)).rjust(digits, '0')}"


_SMALL = {"dbnum1": "〇一二三四五六七八九", "dbnum2": "零壹贰叁肆伍陆柒捌玖"}
_UNITS = {"dbnum1": ("", "十", "百", "千"), "dbnum2": ("", "拾", "佰", "仟")}


def _chinese_digits(written: str, style: str) -> str:
    whole, point, fraction = written.partition(".")
    if not whole.isdigit():
        return written.translate({ord(str(i)): c for i, c in enumerate(_SMALL[style])})
    made = chinese_number(int(whole), style)
    return made + (
        point + fraction.translate({ord(str(i)): c for i, c in enumerate(_SMALL[style])}) if point else ""
    )


def chinese_number(number: int, style: str) -> str:
    """A whole number in Chinese numerals with their units: 壹佰贰拾叁 (`dbnum2`), 一百二十三 (`dbnum1`)."""
    digits, units = _SMALL[style], _UNITS[style]
    if number == 0:
        return digits[0]
    groups: list[int] = []
    while number:
        number, low = divmod(number, 10000)
        groups.append(low)
    made, gap = "", False
    for at in range(len(groups) - 1, -1, -1):
        group = groups[at]
        if not group:
            gap = bool(made)
            continue
        if made and (gap or group < 1000):
            made += digits[0]
        made += _four(group, digits, units) + ("", "万", "亿", "万亿", "亿亿")[min(at, 4)]
        gap = False
    return made


def _four(group: int, digits: str, units: tuple[str, ...]) -> str:
    made, gap = "", False
    for at in (3, 2, 1, 0):
        digit = group // 10**at % 10
        if digit:
            made += (digits[0] if gap and made else "") + digits[digit] + units[at]
            gap = False
        else:
            gap = True
    return made


# --- dates -------------------------------------------------------------------------------------------------------------


def _format_moment(number: Decimal, moment: Any, section: Section) -> str:
    if number < 0 and moment is None:
        raise Failed(VALUE)
    if isinstance(moment, (datetime, date)) and not isinstance(moment, time):
        year, month, day = moment.year, moment.month, moment.day
        weekday = moment.weekday()
        seconds = (
            0 if not isinstance(moment, datetime) else moment.hour * 3600 + moment.minute * 60 + moment.second
        )
    else:
        seconds = dates.seconds_of(number)
        whole = numbers.floor(number)
        if seconds == 86400:
            seconds, whole = 0, numbers.add(whole, numbers.ONE)
        if whole > dates.LAST_SERIAL:
            raise Failed(VALUE)
        year, month, day = dates.day_parts(whole)
        weekday = (int(whole) + 5) % 7
    half = any(t.kind == "half" for t in section.tokens)
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    shown_hour = (hour % 12 or 12) if half else hour
    out: list[str] = []
    for at, token in enumerate(section.tokens):
        if token.kind == "half":
            out.append(_half(token.text, hour))
        elif token.kind == "elapsed":
            out.append(_elapsed(token.text, number))
        elif token.kind != "day":
            out.append(token.text)
        else:
            if token.text[0] == "m":
                minutes = _is_minute(section.tokens, at)
                piece = _padded(minute, token.text) if minutes else _month(month, token.text)
            else:
                piece = _day_piece(token.text, year, day, weekday, shown_hour, second)
            out.append(_chinese_piece(piece, token.text[0], section.digits) if section.digits else piece)
    return "".join(out)


def _chinese_piece(piece: str, kind: str, style: str) -> str:
    """A part of a date in Chinese numerals: a year digit by digit, else as one says it, 十五 and not 一十五."""
    if not piece.isdigit():
        return piece
    if kind in "yeb" or len(piece) > 1 and piece[0] == "0":
        return piece.translate({ord(str(i)): c for i, c in enumerate(_SMALL[style])})
    said = chinese_number(int(piece), style)
    return said[1:] if style == "dbnum1" and 10 <= int(piece) < 20 else said


def _is_minute(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether an `m` means minutes: after hours, or before seconds."""
    before = next((t for t in reversed(tokens[:at]) if t.kind in ("day", "elapsed")), None)
    after = next((t for t in tokens[at + 1 :] if t.kind in ("day", "elapsed")), None)
    return len(tokens[at].text) <= 2 and (
        (before is not None and "h" in before.text)
        or (after is not None and after.text.lstrip("[")[0] == "s")
    )


def _half(text: str, hour: int) -> str:
    if text == "上午/下午":
        return "上午" if hour < 12 else "下午"
    return ("AM" if hour < 12 else "PM") if text == "am/pm" else ("A" if hour < 12 else "P")


def _elapsed(text: str, number: Decimal) -> str:
    seconds = int(numbers.round_places(numbers.multiply(number, dates.SECONDS), 0))
    unit = {"h": 3600, "m": 60, "s": 1}[text[1]]
    return str(seconds // unit).rjust(len(text) - 2, "0")


def _padded(number: int, text: str) -> str:
    return str(number).rjust(2 if len(text) > 1 else 1, "0")


def _month(month: int, text: str) -> str:
    if len(text) <= 2:
        return _padded(month, text)
    name = MONTHS[month - 1]
    return name[:3] if len(text) == 3 else name if len(text) == 4 else name[0]


def _day_piece(text: str, year: int, day: int, weekday: int, hour: int, second: int) -> str:
    kind = text[0]
    if kind in "yeb":
        return str(year).rjust(4, "0") if len(text) > 2 or kind == "e" else f"{year % 100:02d}"
    if kind == "d":
        if len(text) <= 2:
            return _padded(day, text)
        return WEEKDAYS[weekday][:3] if len(text) == 3 else WEEKDAYS[weekday]
    if kind == "a":
        return ("星期" if len(text) == 4 else "") + CHINESE_DAYS[weekday]
    if kind == "h":
        return _padded(hour, text)
    whole, _, places = text.partition(".")
    return _padded(second, whole) + ("." + places if places else "")
