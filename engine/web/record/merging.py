"""Two people changed one record: what each of them changed, and what only a person can decide."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.failed import value_json
from engine.fields.form import Field, Form
from engine.platform.errors import Stale
from engine.platform.i18n import Text, current_language
from engine.records.reading.query import Record
from engine.records.writing import preview
from engine.web.record import posted, record_form, rendering
from engine.web.record.clashes import Clash, plain
from engine.web.record.row_merging import GONE, Mine, Rows

TAKE = "_take."
THEIRS = "theirs"


Names = dict[str, list[str | None]]
"""By subform, what the page calls the rows that are to be written; None for one that is not on the page."""


@dataclass(frozen=True)
class Merge:
    """What is still to be written of one's own, and where the two exclude each other."""

    values: Mapping[str, Any]
    clashes: list[Clash]
    who: str
    names: Names = attribute(default_factory=dict)


def merge(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    now: Record,
    values: Mapping[str, Any],
    stale: Stale,
    names: Names | None = None,
) -> Merge:
    """Field by field, and row by row: what one has not touched stays as the other saved it."""
    before = {one["field"]: one["base"] for one in stale.details["changed"]}
    there = {key: _ids(now.value(key)) for key in before if (field := form.field(key)) and field.children}
    sent = {key: _as_new(raw, there[key]) if key in there else raw for key, raw in values.items()}
    previewed = preview.preview(connection, live, form.key, viewer, sent, record_id=now.id)
    mine = record_form.titled(connection, live, form, viewer, previewed.values)
    unreadable = {fault.pointer.removeprefix("/values/") for fault in previewed.faults}
    owner = values.get("owner")
    kept, clashes, named = dict[str, Any](), list[Clash](), dict(names or {})
    for key, raw in values.items():
        field = form.field(key)
        if field is None or key not in before:
            kept[key] = raw
            continue
        own = int(owner) if key == "owner" and owner else previewed.values.get(key)
        said, theirs = plain(value_json(own, field)), plain(value_json(now.value(key), field))
        faulty = any(one.split("/")[0] == key for one in unreadable)
        if not faulty and said in (plain(before[key]), theirs):
            continue
        kept[key] = raw
        if field.children and isinstance(before[key], list) and len(raw or ()) == len(mine.get(key) or ()):
            called = named.get(key) or [None] * len(raw or ())
            rows = [
                Mine(name, one, read, _columns(unreadable, f"{key}/{number}/"))
                for number, (name, one, read) in enumerate(
                    zip(called, raw or (), mine.get(key) or (), strict=True)
                )
            ]
            merged = Rows(field, before[key], now.value(key) or (), rows, viewer.time_zone).merge()
            kept[key], named[key] = merged.rows, merged.names
            clashes += merged.clashes
            continue
        clashes.append(
            Clash(key, field.name(), _words(now.value(key), field, viewer), _typed(own, raw, field, viewer))
        )
    return Merge(kept, clashes, str(stale.message), named)


def chosen(form: Form, values: Mapping[str, Any], sent: MultiDict[str, str]) -> tuple[dict[str, Any], Names]:
    """The values without those for which the other's were chosen, and what the page calls the rows among them."""
    kept: dict[str, Any] = {}
    names: Names = {}
    for key, value in values.items():
        field = form.field(key)
        if sent.get(f"{TAKE}{key}") == THEIRS:
            continue
        kept[key] = value
        if field is not None and field.children:
            kept[key], names[key] = _rows_chosen(form, field, value, sent)
    return kept, names


def _rows_chosen(
    form: Form, field: Field, rows: list[dict[str, Any]], sent: MultiDict[str, str]
) -> tuple[list[dict[str, Any]], list[str | None]]:
    found: list[tuple[str | None, dict[str, Any]]] = []
    for name, row in zip(posted.kept_rows(form, field, sent), rows, strict=True):
        if sent.get(f"{TAKE}{field.key}.{name}") != THEIRS:
            found.append((name, row))
        elif "id" in row:  # left as the other saved it; else the other has deleted it
            found.append((name, {"id": row["id"]}))
    back = re.compile(re.escape(f"{TAKE}{field.key}.{GONE}") + "([0-9]{1,18})")
    for name in sent:
        if (matched := back.fullmatch(name)) and sent[name] == THEIRS:
            found.append((None, {"id": int(matched[1])}))
    return [row for _, row in found], [name for name, _ in found]


def _ids(rows: Any) -> set[int | None]:
    return {row.id for row in rows or ()}


def _as_new(rows: Any, there: set[int | None]) -> Any:
    """The rows as they can be read: one that the other has deleted is a new one."""
    return [
        {key: one for key, one in row.items() if key != "id" or one in there}
        if isinstance(row, dict)
        else row
        for row in rows or ()
    ]


def _columns(unreadable: set[str], start: str) -> frozenset[str]:
    return frozenset(one.removeprefix(start).partition("/")[0] for one in unreadable if one.startswith(start))


def _words(value: Any, field: Field, viewer: Viewer) -> str:
    if field.children:
        return str(Text("{n} 行", "{n} rows", n=len(value or ())))
    return field.kind.display(value, field, current_language(), viewer.time_zone)


def _typed(value: Any, raw: Any, field: Field, viewer: Viewer) -> str:
    if isinstance(value, list) and value and isinstance(value[0], RowValues):
        return _words(value, field, viewer)
    if getattr(field.kind, "refers_to", None) is None and value is not None:
        return rendering.typed_text(field, value, viewer.time_zone)
    return "、".join(map(str, raw)) if isinstance(raw, list) else str(raw or "")
