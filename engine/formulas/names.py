"""What the fields of a form are to a formula: the protocols through which it asks for types and values."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from engine.formulas.faults import FormulaFault
from engine.formulas.numbers import MAX_EXPONENT
from engine.formulas.tree import Path
from engine.formulas.values import NUM, FormulaError, Value, ValueType
from engine.platform.i18n import Text

DEEPEST = 50
"""How deeply values may be nested: fields through fields, rows in rows."""


@dataclass(frozen=True)
class Name:
    """A field as a formula sees it.

    `options` leads from every value and every label, in lower case, to the stored value; with `others` there may be
    more than these. `places` is how many decimal places the field's numbers have at most, `whole` how many digits
    before the point, `length` how long its texts are at most: SQL rounds and checks less where it is known.
    """

    type: ValueType
    label: str = ""
    collection: bool = False
    options: Mapping[str, str] | None = None
    option_labels: Mapping[str, str] | None = None
    others: bool = False
    places: int = 10
    whole: int = 20
    length: int = 500


@runtime_checkable
class Types(Protocol):
    """Knows the fields: what a path leads to, None where there is no such field (or it may not be known)."""

    def resolve(self, path: Path) -> Name | None:
        """The field at the end of `path`."""
        ...


class Values(Protocol):
    """Knows the values of one record; with a method `resolve` as in `Types`, options answer to their labels."""

    def value(
        self, path: Path
    ) -> Decimal | str | bool | date | datetime | time | None | list[Any] | FormulaError:
        """The value at the end of `path`; KeyError where there is no such field."""
        ...


class JsonValues:
    """Values as they come in JSON: objects for linked records, lists of objects for subforms.

    A text in the form of an ISO date or moment is one; every other text stays text, "5" too. Only in rows, where
    functions such as SUM pass texts over, a text that is an exact decimal is a number: so the API writes numbers.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def value(self, path: Path) -> Value:
        """Numbers become exact decimals; a column of a list of rows becomes a list."""
        if ".".join(path) in self.values:
            return _from_json(self.values[".".join(path)])
        found: Any = self.values
        in_rows = False
        for step in path:
            in_rows = in_rows or isinstance(found, list)
            found = _step(found, step)
        made = _from_json(found)
        return [_counted(one) for one in made] if in_rows and isinstance(made, list) else made

    def misshapen(self, path: Path) -> tuple[str | int, ...] | None:
        """Where `path` leads to an object that stands for no value, or to lists nested too deeply: its keys and row
        numbers; None if nowhere."""
        whole = ".".join(path)
        if whole in self.values:
            return _misshapen(self.values[whole], (), (whole,))
        return _misshapen(self.values, path, ())

    def names(self) -> Iterable[str]:
        """The keys that may be used, for suggestions."""
        return self.values.keys()


def _step(found: Any, step: str) -> Any:
    if found is None:
        return None
    if isinstance(found, list):
        return [_step(row, step) for row in found]
    if not isinstance(found, Mapping):
        raise KeyError(step)
    if step in found:
        return found[step]
    raise KeyError(step)


def _misshapen(value: Any, path: Path, place: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if len(place) > DEEPEST:
        return place
    if isinstance(value, list):
        below = (_misshapen(one, path, (*place, number)) for number, one in enumerate(value))
        return next((one for one in below if one is not None), None)
    if not isinstance(value, Mapping):
        return None
    if path:
        return _misshapen(value.get(path[0]), path[1:], (*place, path[0]))
    return place if value and _SHAPES.isdisjoint(value) else None


def _counted(value: Any) -> Any:
    """A text that is an exact decimal as the number that it writes."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        return value
    return Decimal(value)


def _from_json(value: Any) -> Value:
    if isinstance(value, list):
        return [_from_json(item) for item in value]  # type: ignore[misc]
    if isinstance(value, Mapping):
        if isinstance(value.get("error"), str):
            return FormulaError(value["error"])
        return str(value["title"]) if value.get("title") is not None else None
    if isinstance(value, str):
        return _iso(value) if len(value) >= 10 and value[4] == "-" else value
    if isinstance(value, bool) or value is None or isinstance(value, (Decimal, date, time)):
        return value
    number = Decimal(str(value))
    if not number.is_finite() or number.adjusted() > MAX_EXPONENT:
        return NUM
    return number


def _iso(text: str) -> Value:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    return text


_SHAPES = frozenset({"error", "id", "title", "text", "name"})
"""What an object has at least one of where it stands for a value: an error, a reference, a file, a place."""
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,307})(\.\d{1,40})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def unknown_field(path: Path, start: int, length: int, known: Iterable[str] = ()) -> FormulaFault:
    """The fault for a field that does not exist, or may not be known."""
    name = ".".join(path)
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    message = (
        Text(
            "没有字段“{name}”。是不是“{meant}”？",
            "There is no field “{name}”. Did you mean “{meant}”?",
            name=name,
            meant=close[0],
        )
        if close
        else Text("没有字段“{name}”。", "There is no field “{name}”.", name=name)
    )
    return FormulaFault("unknown_field", message, start, length, suggestion=close[0] if close else None)
