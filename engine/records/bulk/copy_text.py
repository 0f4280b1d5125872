"""Columns of values as the text that COPY takes; written by columns, which is several times faster than by rows."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.platform.database import to_json

NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def column_text(values: Sequence[Any], sql_type: str) -> list[str]:
    """The values of one column, each as it stands between two tabs."""
    return _KINDS.get(sql_type.lower(), _of_text)(values)


def lines(columns: Sequence[Sequence[str]]) -> str:
    """The columns side by side as COPY's lines."""
    return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


def _of_text(values: Sequence[Any]) -> list[str]:
    # One look at the whole column tells that hardly ever anything must be escaped.
    if _SPECIAL.search("".join([value for value in values if value is not None])):
        return [NULL if value is None else value.translate(_ESCAPED) for value in values]
    return [NULL if value is None else value for value in values]


def _of_numbers(values: Sequence[Any]) -> list[str]:
    return [NULL if value is None else str(value) for value in values]


def _of_days(values: Sequence[Any]) -> list[str]:
    said = {value: NULL if value is None else value.isoformat() for value in set(values)}
    return list(map(said.__getitem__, values))


def _of_switches(values: Sequence[Any]) -> list[str]:
    return [NULL if value is None else "t" if value else "f" for value in values]


def _of_ids(values: Sequence[Any]) -> list[str]:
    return [NULL if not value else "{" + ",".join(map(str, value)) + "}" for value in values]


def _of_choices(values: Sequence[Any]) -> list[str]:
    written = [None if not value else "{" + ",".join(map(_quoted, value)) + "}" for value in values]
    return _of_text(written)


def _quoted(text: str) -> str:
    return '"' + text.translate(_QUOTED) + '"'


def _of_documents(values: Sequence[Any]) -> list[str]:
    return _of_text([None if value is None else to_json(value) for value in values])


_KINDS: Mapping[str, Callable[[Sequence[Any]], list[str]]] = {
    "numeric": _of_numbers,
    "bigint": _of_numbers,
    "integer": _of_numbers,
    "date": _of_days,
    "time": _of_days,
    "time without time zone": _of_days,
    "timestamptz": _of_days,
    "timestamp with time zone": _of_days,
    "boolean": _of_switches,
    "bigint[]": _of_ids,
    "text[]": _of_choices,
    "jsonb": _of_documents,
}
