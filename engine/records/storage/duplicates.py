"""What may not come twice: texts evened out, their hash, and whom a refusal may name."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.fields.base import FieldType
from engine.fields.form import Field, Form

_BETWEEN = "\0"
"""Stands in no text that is kept."""
_BRACKETS = str.maketrans(dict.fromkeys("[{<〈《「『【〔〖｢", "(") | dict.fromkeys("]}>〉》」』】〕〗｣", ")"))
_ASCII = _BRACKETS | {code: None for code in range(128) if chr(code).isspace()}


def _as_sql() -> tuple[str, str]:
    wide = [
        chr(code)
        for code in (*range(1, 128), *range(0x2000, 0x200B), *range(0xFF01, 0xFF5F), 0x85, 0xA0, 0x3000)
    ]
    signs = dict.fromkeys([*wide, *map(chr, _BRACKETS)])
    becomes = {sign: evened(sign) for sign in signs}
    kept = {sign: other for sign, other in becomes.items() if len(other) == 1 and other != sign}
    dropped = [sign for sign, other in becomes.items() if not other]
    return _literal([*kept, *dropped]), _literal(kept.values())


def _literal(signs: Iterable[str]) -> str:
    return "U&'" + "".join(f"\\{ord(sign):04X}" for sign in signs) + "'"


@dataclass(frozen=True)
class Unique:
    """One thing that may not repeat: a field, or several together."""

    key: str
    fields: tuple[Field, ...]
    level: str

    @property
    def must(self) -> bool:
        """Whether a repetition is refused; else it is only told."""
        return self.level == "must"


def uniques(form: Form) -> list[Unique]:
    """Everything in the form that may not repeat. Columns of subforms are not among them."""
    found = [Unique(one.key, (one,), one.unique) for one in form.stored() if one.unique]
    for keys in form.document.get("unique", ()):
        fields = tuple(one for one in (form.field(key) for key in keys) if one is not None)
        if fields:
            found.append(Unique("+".join(keys), fields, "must"))
    return found


def evened(text: str) -> str:
    """Text without what people do not see as a difference: width, case, spaces, the kind of brackets."""
    wide = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    return "".join(wide.casefold().translate(_BRACKETS).split())


def evened_sql(field: Field, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text in SQL without what `evened` takes away; what is no text stays as it is.

    Only rare signs that NFKC knows (such as ①) stay as they are: with them PostgreSQL would take five times as long.
    """
    if field.kind.__class__.comparable is not FieldType.comparable or field.kind.value_type(field) != "text":
        return value
    return sa.func.translate(sa.func.lower(value), sa.literal_column(_FROM), sa.literal_column(_TO))


def fingerprint(unique: Unique, values: Mapping[str, Any]) -> str | None:
    """What equal values have in common, as a uuid is written; None if one of them is empty, for then nothing is compared."""
    parts: list[str] = []
    for field in unique.fields:
        value = values.get(field.key)
        part = None if value is None else _even(field, value)
        if not part:
            return None
        parts.append(part)
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def fingerprints(unique: Unique, columns: Sequence[Sequence[Any]]) -> list[str | None]:
    """The same for many records, whose values are given by columns in the order of the fields."""
    if len(columns) == 1:
        even = _all_evened(unique.fields[0], columns[0])
        return [hashlib.blake2b(part.encode(), digest_size=16).hexdigest() if part else None for part in even]
    keys = [field.key for field in unique.fields]
    return [fingerprint(unique, dict(zip(keys, row, strict=True))) for row in zip(*columns, strict=True)]


def repeated_in_rows(subform: Field, rows: Iterable[Any]) -> list[tuple[int, Field]]:
    """The places (row number, column) in a subform whose unique column repeats a row above."""
    found: list[tuple[int, Field]] = []
    for column in subform.children:
        if not column.unique:
            continue
        seen: set[str] = set()
        for number, row in enumerate(rows):
            value = row.values.get(column.key)
            part = None if value is None else _even(column, value)
            if part and part in seen:
                found.append((number, column))
            elif part:
                seen.add(part)
    return found


_FROM, _TO = _as_sql()


def shown(form: Form) -> Sequence[str]:
    """What a refusal tells of the record that is there already, even to those who may not see it."""
    return tuple((form.document.get("duplicates") or {}).get("show", ()))


def _all_evened(field: Field, values: Sequence[Any]) -> list[str | None]:
    """Plain texts are evened out as one long text, which is several times faster."""
    if field.kind.__class__.comparable is FieldType.comparable and set(map(type, values)) == {str}:
        joined = _BETWEEN.join(values)
        if joined.isascii():
            made = joined.casefold().translate(_ASCII).split(_BETWEEN)
            if len(made) == len(values):
                return list(made)
    return [None if value is None else _even(field, value) for value in values]


def _even(field: Field, value: Any) -> str:
    value = field.kind.comparable(value)
    if isinstance(value, str):
        return evened(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return ",".join(sorted(map(str, value)))
    return str(value)
