"""What becomes of the values of a field that is to change its type, looked at before anything is changed."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection, text

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.records.reading.read import several
from engine.records.reading.visible import access_for
from engine.records.storage import storage
from engine.records.storage.storage import REMOVED, UNIQUE, StoredColumn, StoredForm
from engine.records.structure import migrate
from engine.records.structure.conversion import Converter, parsing
from engine.records.writing.transaction import Transaction

BATCH = 1000
EXAMPLES = 5


@dataclass(frozen=True)
class Example:
    """A value that does not convert wholly: of which record, as it reads now, as it would read."""

    record_id: int
    title: str
    value: str
    becomes: str | None


@dataclass
class Outlook:
    """How many values there are, how many of them were looked at, and how many of those would not convert wholly.

    Only what the viewer may see is counted: how many of the others convert would tell what they are.
    """

    filled: int = 0
    looked_at: int = 0
    kept: int = 0
    examples: list[Example] = attribute(default_factory=list)
    partial: bool = False
    """Whether the time was over before all values were looked at."""
    unseen: bool = False
    """Whether there may be values that the viewer does not see."""


@dataclass(frozen=True)
class Fate:
    """What publishing does to a field's column: `kept`, `new`, `converted` from another, or `returns`."""

    what: str
    source: StoredColumn | None = None
    fallback: StoredColumn | None = None


def fate(stored: StoredForm | None, field: Field) -> Fate:
    """What would become of the field's column."""
    needs = migrate.shape(field)
    if stored is None or needs is None:
        return Fate("new")
    current = stored.find(field.key)
    if current is not None and migrate.keeps(current, field, needs):
        return Fate("kept", current)
    earlier = [
        one
        for one in stored.columns
        if one.field_key == field.key and one.state == REMOVED and one.kind != UNIQUE
    ]
    fitting = [one for one in earlier if migrate.keeps(one, field, needs) and one.field_type == field.type]
    back = fitting[-1] if fitting else None
    if current is None and back is not None and back is earlier[-1]:
        return Fate("returns", back)
    source = current or (earlier[-1] if earlier else None)
    if source is None or field.kind.computed:
        return Fate("new")
    return Fate("converted", source, back)


def filled(connection: Connection, stored: StoredForm, column: StoredColumn) -> int:
    """How many records (or rows) have a value in a column."""
    if column.kind == storage.LINKS:
        query = f"SELECT count(DISTINCT record_id) FROM {stored.schema}.{stored.link_table(column)}"
    else:
        query = f"SELECT count({column.name}) FROM {stored.qualified(column.part)}"
    return int(connection.scalar(text(query)) or 0)


def outlook(
    connection: Connection,
    live: LiveApp,
    proposed: LiveApp,
    form: Form,
    field: Field,
    found: Fate,
    viewer: Viewer | App,
    deadline: float,
) -> Outlook:
    """Convert for a while without writing; examples are of records, and values, that the viewer may see."""
    stored = storage.load(connection, live.app.id, live.app.schema).get((form.key, _subform(field)))
    source = found.source
    if stored is None or source is None:
        return Outlook()
    before = live.form(form.key)
    seen = _Seen(connection, live, before, field, viewer)
    made = Outlook(filled(connection, stored, source) if seen.whole else 0, unseen=not seen.whole)
    tx = Transaction(connection, live, App("publish"), "engine")
    old = source.as_field(field.parent)
    old.form = before
    converter = Converter(
        tx,
        tx.table(form.key),
        stored,
        field.key,
        _subform(field),
        field,
        old,
        source,
        source,
        found.fallback,
        parsing(tx),
    )
    if field.get("form") and field.get("form") not in live.forms:
        _nothing_found(converter, seen, made, deadline)  # the other form is not there yet
        return made
    wrong = _tried(converter, seen, made, deadline)
    if field.parent is None:
        made.examples = _examples(connection, live, before, field, viewer, wrong)
    return made


class _Seen:
    """Which values of a field its viewer may see, as rights are before anything is published."""

    def __init__(
        self, connection: Connection, live: LiveApp, before: Form, field: Field, viewer: Viewer | App
    ) -> None:
        self._ask = connection, live, before.key, viewer
        access, top = access_for(live, before, viewer), field.parent or field
        self._shown = not access.never(top.path) if field is top else access.always(field.path)
        self._key = top.key
        self.whole = access.whole and access.always(top.path) and access.always(field.path)

    def among(self, ids: Sequence[int]) -> list[int]:
        """The records among these in which the viewer sees the field."""
        if self.whole:
            return list(ids)
        if not self._shown:
            return []
        records = several(*self._ask, ids, [self._key])
        return [one.id for one in records if self._key in one.values]


def _tried(converter: Converter, seen: _Seen, made: Outlook, deadline: float) -> list[tuple[int, Any, Any]]:
    """Convert until all is looked at or time is over, and count; answers some of what does not convert."""
    wrong: list[tuple[int, Any, Any]] = []
    for ids in _portions(converter, seen, made, deadline):
        for row_id, value, becomes, exact in converter.values(ids):
            if value is None:
                continue
            made.looked_at += 1
            if exact is False:
                made.kept += 1
                if len(wrong) < 10 * EXAMPLES:
                    wrong.append((row_id, value, becomes))
    return wrong


def _nothing_found(converter: Converter, seen: _Seen, made: Outlook, deadline: float) -> None:
    """Count the values, none of which converts."""
    if seen.whole:
        made.looked_at = made.kept = made.filled
        return
    for ids in _portions(converter, seen, made, deadline):
        made.looked_at += converter.filled(ids)
    made.kept = made.looked_at


def _portions(converter: Converter, seen: _Seen, made: Outlook, deadline: float) -> Iterator[list[int]]:
    """The records to look at, until there are no more or time is over."""
    main, last = converter.table.stored.qualified(), 0
    while not (seen.whole and made.looked_at >= made.filled):
        if time.monotonic() >= deadline:
            made.partial = True
            break
        ids = list(
            converter.tx.connection.exec_driver_sql(
                f"SELECT id FROM {main} WHERE id > %s::bigint ORDER BY id LIMIT %s", (last, BATCH)
            ).scalars()
        )
        if not ids:
            made.looked_at = max(made.looked_at, made.filled)
            break
        last = ids[-1]
        yield seen.among(ids)
    if not seen.whole:
        made.filled = made.looked_at


def _examples(
    connection: Connection,
    live: LiveApp,
    before: Form,
    field: Field,
    viewer: Viewer | App,
    wrong: Sequence[tuple[int, Any, Any]],
) -> list[Example]:
    old = before.field(field.key)
    if old is None or not wrong:
        return []
    becomes = {row_id: made for row_id, _, made in wrong}
    found: list[Example] = []
    for record in several(connection, live, before.key, viewer, list(becomes), [old.key]):
        if record.values.get(old.key) is None or len(found) == EXAMPLES:
            continue
        made = becomes[record.id]
        found.append(
            Example(
                record.id,
                str(record.title),
                old.kind.display(record.values[old.key], old, viewer.language, viewer.time_zone),
                None if made is None else _shown(field, made, viewer),
            )
        )
    return found


def _shown(field: Field, made: Any, viewer: Viewer | App) -> str | None:
    if getattr(field.kind, "refers_to", None):
        return None  # its title may not be for this viewer
    return field.kind.display(made, field, viewer.language, viewer.time_zone)


def _subform(field: Field) -> str:
    return field.parent.key if field.parent is not None else ""
