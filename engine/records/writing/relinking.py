"""Links that a deletion emptied, put back when what they named comes back: by what stands there, not by who wrote last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.records.storage import rows
from engine.records.writing import lost_links
from engine.records.writing.changes import write_changed
from engine.records.writing.old_values import Eras, eras
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction

_OWN = ("unlinked", "relinked", "deleted", "restored")
"""What the recycle bin itself writes down."""


@dataclass(frozen=True)
class Emptied:
    """The change by which a deletion took a record out of another's links, and what was deleted."""

    change: int
    record_id: int
    old: Mapping[str, Any]
    target_form: str
    target_id: int


def put_back(tx: Transaction, form: Form, emptied: Emptied, *, only_untouched: bool = False) -> int | None:
    """Name the target again wherever the place is as the deletion left it, or only the recycle bin changed it since.

    Answers the record's new version. What is not certain to be the deletion's doing stays, if `only_untouched`.
    """
    table = tx.table(form.key)
    record = rows.read(tx.connection, table, [emptied.record_id], lock=True).get(emptied.record_id)
    if record is None:
        return None
    been, story = eras(tx.connection, tx.live, form), _story(tx, form, emptied.record_id)
    values, paths = dict(record.values), set[str]()
    for key, raw in emptied.old.items():
        field = form.field(key)
        if field is None or field.system:
            continue
        place = _Place(
            emptied, field, been.read(key, raw, emptied.change), *_since(story, key, emptied, been)
        )
        if only_untouched and not place.untouched:
            continue
        for path, value in place.again(values.get(key)):
            values[key] = value
            paths.add(path)
    if not paths:
        return None
    refused, _ = unique.conflicts(tx, form, unique.fingerprints(form, values), record.id, "/values")
    if refused:
        tx.warnings += refused
        return None
    return write_changed(tx, form, record, values, paths, kind="relinked")


def regain(tx: Transaction, form: Form, record_id: int) -> int | None:
    """Name again what was taken out of this record's links and came back while the record itself was deleted."""
    found = tx.connection.execute(
        text(
            f"SELECT h.id, h.old, d.record_id AS target, f.form_key FROM {tx.live.app.schema}.history h"
            f" JOIN {tx.live.app.schema}.history d ON d.id = h.cause JOIN jianflow.form_storage f ON f.id = d.form_id"
            " WHERE h.form_id = :form AND h.record_id = :record AND h.kind = 'unlinked' ORDER BY h.id"
        ),
        {"form": tx.table(form.key).stored.id, "record": record_id},
    ).all()
    version = None
    for row in found:
        if row.form_key in tx.live.forms and lost_links.there(tx, row.form_key, {row.target}):
            emptied = Emptied(row.id, record_id, row.old, row.form_key, row.target)
            version = put_back(tx, form, emptied, only_untouched=True) or version
    return version


def _story(tx: Transaction, form: Form, record_id: int) -> Sequence[Any]:
    return tx.connection.execute(
        text(
            f"SELECT id, kind, old FROM {tx.live.app.schema}.history"
            " WHERE form_id = :form AND record_id = :record ORDER BY id"
        ),
        {"form": tx.table(form.key).stored.id, "record": record_id},
    ).all()


def _since(story: Sequence[Any], key: str, emptied: Emptied, been: Eras) -> tuple[bool, Any]:
    """Whether only the recycle bin changed the field since, and what it held before the first of those changes."""
    naming = [one for one in story if key in one.old]
    last = max((one.id for one in naming if one.kind not in _OWN), default=0)
    first = next(one for one in naming if one.id > min(last, emptied.change - 1))
    return emptied.change > last, been.read(key, first.old[key], first.id)


class _Place:
    """A field whose links the deletion emptied."""

    def __init__(self, emptied: Emptied, field: Field, old: Any, untouched: bool, first: Any) -> None:
        self.untouched = untouched
        self._field, self._old, self._first = field, old, first
        self._form, self._target = emptied.target_form, emptied.target_id

    def again(self, now: Any) -> list[tuple[str, Any]]:
        """The path that changes and the field's whole value with the target in it again."""
        if self._field.children:
            return self._in_rows(now)
        found = self._cell(self._field, now, self._old, self._first)
        return [(self._field.path, found)] if found != now else []

    def _in_rows(self, now: Any) -> list[tuple[str, Any]]:
        if not isinstance(now, list) or not isinstance(self._old, list):
            return []
        old, first = _by_id(self._old), _by_id(self._first)
        changed: list[tuple[str, Any]] = []
        for column in self._field.children:
            found = [
                RowValues(
                    row.id,
                    {
                        **row.values,
                        column.key: self._cell(
                            column,
                            row.values.get(column.key),
                            old.get(row.id, {}).get(column.key),
                            first.get(row.id, {}).get(column.key),
                        ),
                    },
                )
                for row in now
            ]
            if any(
                one.values[column.key] != row.values.get(column.key)
                for one, row in zip(found, now, strict=True)
            ):
                now = found
                changed.append((column.path, now))
        return changed

    def _cell(self, field: Field, now: Any, old: Any, first: Any) -> Any:
        if field.type not in ("link", "links") or not field.kind.stored or field.get("form") != self._form:
            return now
        if field.type == "link":
            return self._target if now is None and old == self._target else now
        if not isinstance(old, list) or self._target not in old or self._target in (now or ()):
            return now
        left = [one for one in old if one != self._target]
        if not self.untouched and (now or []) != left:
            return now
        order = first if isinstance(first, list) and self._target in first else old
        place = {one: number for number, one in enumerate(order)}
        return sorted([*(now or ()), self._target], key=lambda one: place.get(one, len(place)))


def _by_id(found: Any) -> dict[int | None, Mapping[str, Any]]:
    return {row.id: row.values for row in found} if isinstance(found, list) else {}
