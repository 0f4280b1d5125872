"""Sort orders, and the cursors that say where a page ended."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy import ColumnElement, exc

from engine.fields.form import Field
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.reading.rowset import RowOnlyField
from engine.records.reading.scope import AppScope
from engine.records.storage import order

MOST_KEYS = 8


@dataclass(frozen=True)
class Key:
    """One thing that is sorted by."""

    column: ColumnElement[Any]
    desc: bool
    nullable: bool
    path: str

    def rising(self) -> list[ColumnElement[Any]]:
        """The ORDER BY elements: empties last in both directions."""
        ordered = self.column.desc() if self.desc else self.column.asc()
        return [self.column.is_(None), ordered] if self.nullable else [ordered]


@dataclass(frozen=True)
class Cursor:
    """Where a page ended: the values of the last record's sort keys, and its id."""

    values: tuple[Any, ...]
    id: int

    def write(self, sort: Sequence[Mapping[str, Any]]) -> str:
        """The cursor as one opaque word."""
        document = [_shape(sort), [_encode(one) for one in self.values], self.id]
        return base64.urlsafe_b64encode(orjson.dumps(document)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: Sequence[Mapping[str, Any]]) -> "Cursor":
        """The cursor of a word; refuses one that does not belong to this sort."""
        try:
            shape, values, record_id = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if shape != _shape(sort) or len(values) != max(len(sort), 0) or not isinstance(record_id, int):
                raise ValueError
            return cls(tuple(_decode(one) for one in values), record_id)
        except (ValueError, TypeError, KeyError, binascii.Error, ArithmeticError):
            raise _bad_cursor() from None

    @property
    def empty(self) -> tuple[bool, ...]:
        """Which of the values are empty: statements differ by that."""
        return tuple(one is None for one in self.values)


@contextmanager
def reading_behind(cursor: Cursor | None) -> Iterator[None]:
    """Refuses a cursor whose values are no values of what is sorted by: it was made by hand."""
    try:
        yield
    except (exc.DBAPIError, UnicodeError) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        if cursor is None or not isinstance(
            cause, (psycopg.DataError, psycopg.ProgrammingError, UnicodeError)
        ):
            raise
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    return Invalid.at(
        "/cursor",
        "bad_cursor",
        Text("这个翻页位置不属于这个查询", "This cursor does not belong to this query"),
    )


def keys_of(scope: AppScope, sort: Sequence[Mapping[str, Any]]) -> list[Key]:
    """What the rows of a scope are sorted by; refuses what cannot be."""
    faults: list[Fault] = []
    keys: list[Key] = []
    for number, one in enumerate(sort):
        path = one.get("field")
        key = _key(scope, path if isinstance(path, str) else "", bool(one.get("desc")))
        if isinstance(key, Key):
            keys.append(key)
        else:
            faults.append(Fault(f"/sort/{number}/field", *key))
    if faults:
        raise Invalid(Text("不能这样排序", "It cannot be sorted like that"), faults)
    return keys


def _key(scope: AppScope, path: str, desc: bool) -> Key | tuple[str, Text]:
    rows = scope.rows
    if path == "title" and rows.form.field(path) is None:
        masks = scope._title_masks(rows)
        return Key(sa.case((sa.and_(*masks), rows.title_key)) if masks else rows.title_key, desc, True, path)
    steps = scope.resolve(path) if path else None
    if not steps:
        return "unknown_field", Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100])
    last = steps[-1]
    try:
        sortable = last.value_field.kind.sortable and not any(
            step.kind.multiple or step.type == "subform" for step in steps
        )
        column = _column(scope, steps) if sortable else None
    except (RowOnlyField, KeyError):
        column = None
    if column is None:
        return "not_sortable", Text("不能按“{name}”排序", "It cannot be sorted by “{name}”", name=last.name())
    return Key(column, desc, path not in order.NEVER_EMPTY, path)


def _column(scope: AppScope, steps: Sequence[Field]) -> ColumnElement[Any]:
    rows, last, masks = scope.place(steps)
    if getattr(last.kind, "refers_to", None):
        target = rows.to(last)
        masks = masks + scope._row_masks(target) + scope._title_masks(target)
        column = target.title_key
    else:
        column = order.sort_key(last, rows.value(last).value, rows.sort_key(last))
    return sa.case((sa.and_(*masks), column)) if masks else column


def after(keys: Sequence[Key], row_id: ColumnElement[Any], cursor: Cursor, desc: bool) -> ColumnElement[bool]:
    """What comes behind the cursor; its values are parameters, so that the statement serves every cursor."""
    identity = sa.bindparam("cursor_id", type_=sa.BigInteger())
    behind = row_id < identity if desc else row_id > identity
    for number in range(len(keys) - 1, -1, -1):
        key, empty = keys[number], cursor.values[number] is None
        if empty:
            behind = sa.and_(key.column.is_(None), behind)
            continue
        value = sa.bindparam(f"cursor_{number}", type_=key.column.type)
        beyond = key.column < value if key.desc else key.column > value
        behind = sa.or_(beyond, sa.and_(key.column == value, behind))
        if key.nullable:
            behind = sa.or_(behind, key.column.is_(None))
    return behind


def within(key: Key, row_id: ColumnElement[Any], desc: bool) -> ColumnElement[bool]:
    """What comes behind the cursor among the rows that are not empty in the only key: one range of its index."""
    left = sa.tuple_(key.column, row_id)
    right = sa.tuple_(
        sa.bindparam("cursor_0", type_=key.column.type), sa.bindparam("cursor_id", type_=sa.BigInteger())
    )
    return left < right if desc else left > right  # type: ignore[no-any-return]


def _shape(sort: Sequence[Mapping[str, Any]]) -> str:
    return ",".join(f"{'-' if one.get('desc') else ''}{one.get('field')}" for one in sort)


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"n": format(value, "f")}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return value


def _decode(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, text)] = value.items()
    readers: dict[str, Callable[[str], Any]] = {
        "n": Decimal,
        "t": datetime.fromisoformat,
        "d": date.fromisoformat,
    }
    return readers[kind](text)
