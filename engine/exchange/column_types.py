"""What a column of a table holds, told from its values: dates and their order, numbers, choices, texts."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from engine.exchange.sheet import Cell, CellError

NUMBER = re.compile(r"^[-+(]?[¥$€£￥]?\s?-?\d[\d,]*(\.\d+)?\s?%?\)?$")
DATE = re.compile(r"^(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?)?$")
PHONE = re.compile(r"^(?:\+?86[- ]?)?1[3-9]\d{9}$")
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
URL = re.compile(r"^https?://\S+$", re.IGNORECASE)
YES_NO = {"是", "否", "yes", "no", "true", "false", "y", "n", "√", "×"}
BARE = re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)$", re.ASCII)
CHOICES = 12
MOSTLY = 0.9


@dataclass(frozen=True)
class ColumnContent:
    """What was found in a column.

    `type` is the field type that would hold it; `date_orders` those in which all its dates can be read, the
    likeliest first: of several a person chooses once for the column.
    """

    type: str
    filled: int
    errors: int = 0
    distinct: int = 0
    date_orders: tuple[str, ...] = ()
    samples: tuple[str, ...] = field(default=())
    percents: str = "fraction"
    """How its bare numbers are meant where they are percentages: `percent` where one of them is beyond 1."""


def look_at(cells: Iterable[Cell]) -> ColumnContent:
    """The content of a column."""
    filled = [cell for cell in cells if cell is not None]
    errors = sum(isinstance(cell, CellError) for cell in filled)
    values = [cell for cell in filled if not isinstance(cell, CellError)]
    distinct = Counter(str(value) for value in values)
    orders, share = _date_orders(values)
    kind = _kind(values, distinct, share >= MOSTLY)
    return ColumnContent(
        type=kind,
        filled=len(filled),
        errors=errors,
        distinct=len(distinct),
        date_orders=tuple(orders),
        samples=tuple(text for text, _ in distinct.most_common(3)),
        percents="percent" if any(map(beyond_one, values)) else "fraction",
    )


def beyond_one(cell: Cell) -> bool:
    """Whether a cell holds a number without a percent sign that is larger than 1."""
    if isinstance(cell, str):
        text = cell.strip().replace(",", "").replace("，", "")
        return BARE.match(text) is not None and abs(float(text)) > 1
    return isinstance(cell, float) and abs(cell) > 1


def _kind(values: Sequence[Cell], distinct: Counter[str], dated: bool) -> str:
    if not values:
        return "text"
    if all(isinstance(value, datetime) for value in values):
        timed = any((value.hour, value.minute, value.second) != (0, 0, 0) for value in values)  # type: ignore[union-attr]
        return "datetime" if timed else "date"
    if dated:
        return "datetime" if any(":" in str(value) for value in values if isinstance(value, str)) else "date"
    if all(isinstance(value, (date, datetime)) for value in values):
        return "date"
    if all(isinstance(value, bool) or str(value).lower() in YES_NO for value in values):
        return "switch"
    texts = [value.strip() if isinstance(value, str) else _plain(value) for value in values]
    for pattern, kind in ((PHONE, "phone"), (EMAIL, "email"), (URL, "url")):
        if all(pattern.match(text) for text in texts):
            return kind
    if all(isinstance(value, (int, float, Decimal)) or NUMBER.match(str(value).strip()) for value in values):
        return _numeric(values, texts)
    if any(len(text) > 500 or "\n" in text for text in texts):
        return "textarea"
    if 1 < len(distinct) <= CHOICES and len(values) >= 4 * len(distinct):
        return "select"
    return "text"


def _numeric(values: Sequence[Cell], texts: list[str]) -> str:
    if any(text.endswith("%") for text in texts):
        return "percent"
    # A leading zero or a long run of digits is a code or a card number, not an amount.
    if any(isinstance(v, str) and re.match(r"^0\d|^\d{12,}$", v.strip()) for v in values):
        return "text"
    if any(mark in text for text in texts for mark in "¥￥$€£"):
        return "money"
    return "number"


def _date_orders(values: Sequence[Cell]) -> tuple[list[str], float]:
    """The orders in which every text that looks like a date is one, and how many of all values are dates."""
    possible = {"ymd", "mdy", "dmy"}
    found = wide = 0
    for value in values:
        matched = DATE.match(value.strip()) if isinstance(value, str) else None
        if matched and len(matched[1]) == 4:
            wide += 1  # a year in front is read alike in every order, and tells nothing of the others
        elif matched:
            found += 1
            possible &= _orders_of(*(int(part) for part in matched.groups()))
    if not found + wide:
        return [], 0.0
    days = sum(isinstance(value, date) for value in values)
    share = (found + wide + days) / len(values)
    if not found:
        return ["ymd"], share
    return [order for order in ("ymd", "mdy", "dmy") if order in possible] or ["mdy", "dmy"], share


def _orders_of(first: int, second: int, third: int) -> set[str]:
    if first > 31:
        return {"ymd"}
    found = set()
    if first <= 12:
        found.add("mdy")
    if second <= 12:
        found.add("dmy")
    return found or {"ymd", "mdy", "dmy"}


def _plain(value: Cell) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
