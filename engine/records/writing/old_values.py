"""Old values of the history, read as what their field was when they were written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, text

from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.failed import Failed, Formerly
from engine.fields.form import Field, Form

_CACHED = "records.eras"


class Eras:
    """By field, what it was up to which change; a field that has another type by now does not read its old values."""

    def __init__(self, form: Form, ended: Mapping[str, Sequence[tuple[int, Field]]]) -> None:
        self._form = form
        self._ended = ended

    def read(self, key: str, raw: Any, change: int) -> Any:
        """The value from before this change as its field has it; `Formerly` where the field is another by now."""
        field = self._form.field(key)
        return None if field is None or raw is None else self._value(field, raw, change)

    def _value(self, field: Field, raw: Any, change: int) -> Any:
        then = next((one for last, one in self._ended.get(field.path, ()) if change <= last), field)
        if raw is None:
            return None
        if isinstance(raw, dict) and set(raw) == {"error"}:
            return Failed(raw["error"])
        if not _alike(then, field):
            found = stored_value(raw, then)
            return Formerly(then, found) if found is not UNREADABLE else as_text(field, raw)
        if field.children and isinstance(raw, list) and all(isinstance(row, dict) for row in raw):
            return [
                RowValues(
                    row.get("id"),
                    {
                        one.key: self._value(one, row[one.key], change)
                        for one in field.children
                        if one.key in row
                    },
                )
                for row in raw
            ]
        found = stored_value(raw, field)
        return as_text(field, raw) if found is UNREADABLE else found


def eras(connection: Connection, live: LiveApp, form: Form) -> Eras:
    """What the fields of a form have been; read once a version, for only a publication makes a field another."""
    found: Eras | None = live.cache.get((_CACHED, form.key))
    if found is None:
        ended: dict[str, list[tuple[int, Field]]] = {}
        rows = connection.execute(_ENDED, {"app": live.app.id, "form": form.key})
        for subform, document, last in rows:
            parent = form.field(subform) if subform else None
            field = Field.read(document, parent=parent, form=form)
            ended.setdefault(f"{subform}.{field.key}" if subform else field.key, []).append((last, field))
        found = live.cache[_CACHED, form.key] = Eras(form, ended)
    return found


_ENDED = text(
    "SELECT f.field_key, c.field, c.removed_after FROM jianflow.column_storage c"
    " JOIN jianflow.form_storage f ON f.id = c.form_id WHERE f.app_id = :app AND f.form_key = :form"
    " AND c.state IN ('removed', 'dropped') AND c.kind <> 'unique' ORDER BY c.removed_after, c.id"
)


def _alike(then: Field, now: Field) -> bool:
    """Whether what the one kept is what the other keeps."""
    if then is now:
        return True
    if then.type == now.type:
        return not getattr(now.kind, "refers_to", None) or then.get("form") == now.get("form")
    return any(then.type in group and now.type in group for group in _KEPT_ALIKE)


_KEPT_ALIKE = ({"text", "textarea", "phone", "email", "url"}, {"number", "money", "percent"})

UNREADABLE = object()
"""That a value is none of the field's."""


def has_former(value: Any) -> bool:
    """Whether the value, or a cell of its rows, is of a type that its field had before."""
    if isinstance(value, list):
        return any(
            isinstance(cell, Formerly)
            for row in value
            if isinstance(row, RowValues)
            for cell in row.values.values()
        )
    return isinstance(value, Formerly)


def as_text(field: Field, raw: Any) -> Formerly:
    """What the history holds in plain words, where it is not known any more what the field was."""
    plain = Field.read({"key": field.key, "type": "text", "label": field.label}, parent=field.parent)
    return Formerly(plain, "、".join(_words(raw)))


def _words(raw: Any) -> Iterator[str]:
    if isinstance(raw, (list, tuple)):
        for one in raw:
            yield from _words(one)
    elif isinstance(raw, Mapping):
        for key, one in raw.items():
            if key != "id":
                yield from _words(one)
    elif raw is not None:
        yield str(raw)


def stored_value(raw: Any, field: Field) -> Any:
    """A value of the history as the field has it, the way back from how it is kept; UNREADABLE if it is none of its."""
    if field.children:
        return UNREADABLE
    try:
        return _read(raw, field.value_field)
    except (ValueError, TypeError, InvalidOperation):
        return UNREADABLE


def _read(raw: Any, shown: Field) -> Any:
    kind = shown.kind.value_type(shown)
    if kind in _READING:
        return _READING[kind](raw)
    if kind == "any":
        return raw
    if getattr(shown.kind, "refers_to", None):
        fits = isinstance(raw, list) and all(map(_id, raw)) if shown.kind.multiple else _id(raw)
    elif kind.endswith("[]"):
        fits = isinstance(raw, list) and all(isinstance(one, str) for one in raw)
    else:
        fits = isinstance(raw, str)
    return raw if fits else UNREADABLE


def _id(raw: Any) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool)


def _number(raw: Any) -> Any:
    if not isinstance(raw, (str, int, float)) or isinstance(raw, bool):
        return UNREADABLE
    found = Decimal(str(raw))
    return found if found.is_finite() else UNREADABLE


def _moment(raw: Any) -> datetime:
    moment = datetime.fromisoformat(raw)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


_READING: Mapping[str, Any] = {
    "number": _number,
    "boolean": lambda raw: raw if isinstance(raw, bool) else UNREADABLE,
    "date": date.fromisoformat,
    "datetime": _moment,
    "time": time.fromisoformat,
}
