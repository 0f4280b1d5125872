"""How a value becomes a number, text, yes or no, date or moment, by Excel's rules; and how two compare."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

from engine.formulas import dates, numbers
from engine.formulas.reading import read_moment, read_number
from engine.formulas.values import (
    NUM,
    VALUE,
    Failed,
    FormulaError,
    OptionText,
    Scalar,
    Value,
    folded,
    option_value,
)


def to_number(value: Value, locale: str = "zh-CN") -> Decimal:
    """Blank is 0, TRUE is 1, a date its serial, text what it reads as; else #VALUE!."""
    if type(value) is Decimal:
        return value
    if value is None:
        return numbers.ZERO
    if value is True:
        return numbers.ONE
    if value is False:
        return numbers.ZERO
    if isinstance(value, str):
        found = read_number(value, locale)
        if found is None:
            raise Failed(VALUE)
        return found
    if isinstance(value, (date, time)):
        return dates.serial_number(value)
    return exact(value)


def exact(value: object) -> Decimal:
    """Whole and floating numbers of Python as decimals; an error value is raised; else #VALUE!."""
    if isinstance(value, FormulaError):
        raise Failed(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return numbers.from_float(value)
    raise Failed(VALUE)


def to_text(value: Value) -> str:
    """Blank is "", numbers as General writes them, dates as their serial, TRUE and FALSE."""
    if isinstance(value, str):
        return value
    if type(value) is Decimal:
        return numbers.number_text(value)
    if value is None:
        return ""
    if value is True:
        return "TRUE"
    if value is False:
        return "FALSE"
    if isinstance(value, (date, time)):
        return numbers.number_text(dates.serial_number(value))
    return numbers.number_text(exact(value))


def to_boolean(value: Value) -> bool:
    """Any number but 0 is TRUE, blank is FALSE, of texts only "TRUE" and "FALSE" count; else #VALUE!."""
    if value is True or value is False:
        return value
    if value is None:
        return False
    if isinstance(value, str):
        word = value.upper()
        if word in ("TRUE", "FALSE"):
            return word == "TRUE"
        raise Failed(VALUE)
    return to_number(value) != 0


def to_integer(value: Value, locale: str = "zh-CN") -> int:
    """The number without its places; #NUM! beyond what counting needs."""
    number = numbers.truncated(to_number(value, locale))
    if number.adjusted() > 17:
        raise Failed(NUM)
    return int(number)


def to_date(value: Value, locale: str = "zh-CN") -> date:
    """A date; of a moment its day, of a number the day with that serial, of text what it reads as."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        moment = read_moment(value, locale)
        if isinstance(moment, datetime):
            return moment.date()
        if isinstance(moment, date):
            return moment
    return dates.from_serial(to_number(value, locale))


def to_moment(value: Value, locale: str = "zh-CN") -> datetime:
    """A date with a time of day."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, dates.MIDNIGHT)
    if isinstance(value, str):
        moment = read_moment(value, locale)
        if isinstance(moment, datetime):
            return moment
        if isinstance(moment, date):
            return datetime.combine(moment, dates.MIDNIGHT)
    return dates.moment_of(to_number(value, locale))


def scalar(value: Value) -> Scalar:
    """A list of one is its element; an error value is raised; a longer list is #VALUE!."""
    if type(value) is list:
        if len(value) != 1:
            raise Failed(VALUE)
        value = value[0]
    if isinstance(value, FormulaError):
        raise Failed(value)
    return value  # type: ignore[return-value]


def comparable(value: Value) -> tuple[int, Decimal | str | bool]:
    """Rank and key of a value in Excel's order: numbers, then texts, then FALSE and TRUE."""
    if isinstance(value, str):
        return 1, folded(value)
    if value is True or value is False:
        return 2, value
    return 0, numbers.steady(to_number(value))


def compare(a: Value, b: Value) -> int:
    """-1, 0 or 1. A blank is 0, "" or FALSE, whatever the other side is."""
    if type(a) is Decimal and type(b) is Decimal:
        a, b = numbers.steady(a), numbers.steady(b)
        return -1 if a < b else int(a > b)
    if a is None or b is None:
        if a is None and b is None:
            return 0
        a, b = _filled(a, b), _filled(b, a)
    (rank_a, key_a), (rank_b, key_b) = comparable(a), comparable(b)
    if rank_a != rank_b:
        return -1 if rank_a < rank_b else 1
    return -1 if key_a < key_b else int(key_a > key_b)  # type: ignore[operator]


def _filled(value: Value, other: Value) -> Value:
    if value is not None:
        return value
    if isinstance(other, str):
        return ""
    return False if isinstance(other, bool) else numbers.ZERO


def equal(a: Value, b: Value) -> bool:
    """Whether two values are equal; an option also equals each of its labels."""
    if isinstance(a, OptionText):
        if isinstance(b, str) and not isinstance(b, OptionText):
            b = option_value(a.options, b)
    elif isinstance(b, OptionText) and isinstance(a, str):
        a = option_value(b.options, a)
    return compare(a, b) == 0


COMPARE: dict[str, Callable[[Value, Value], bool]] = {
    "=": equal,
    "<>": lambda a, b: not equal(a, b),
    "<": lambda a, b: compare(a, b) < 0,
    "<=": lambda a, b: compare(a, b) <= 0,
    ">": lambda a, b: compare(a, b) > 0,
    ">=": lambda a, b: compare(a, b) >= 0,
}
