"""What is written in passing beside a record, such as a follow-up: the few inputs of a form that links here."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.database import Database
from engine.platform.errors import Fault
from engine.records.reading.query import Query, Record, query
from engine.records.reading.visible import access_for
from engine.records.writing import write
from engine.records.writing.rules.firing import linkages
from engine.records.writing.rules.settling import ruled
from engine.web.record import posted, record_form, related
from engine.web.record.form_writing import filled_in, write_form
from engine.web.record.rendering import Control

MOST = 5
SHORT = ("text", "select", "radio", "date", "datetime", "switch", "number", "phone")


@dataclass(frozen=True)
class Entry:
    """The form and the field of it that links to the record."""

    form: Form
    link: Field


@dataclass(frozen=True)
class Drawn:
    """An entry as a page draws it; `query` fills in the whole form in its stead."""

    form: Form
    name: str
    controls: list[Control]
    query: dict[str, Any]
    linked: bool = False
    """Whether linkages fill in while one types."""
    typed: list[str] = attribute(default_factory=list)
    """What the record gives and somebody has typed, so that no default by formula takes its place."""
    reminders: list[str] = attribute(default_factory=list)
    """What is worth a second look before it is saved."""


def of(live: LiveApp, form: Form, viewer: Viewer) -> Entry | None:
    """The form that the layout offers beside 评论, if the viewer may write there."""
    key = (form.document.get("layout") or {}).get("quick_entry")
    if not key or key not in live.forms or not grants(live, viewer, key, "create"):
        return None
    other = live.form(key)
    link = next((one for one in other.fields if one.type == "link" and one.get("form") == form.key), None)
    return Entry(other, link) if link is not None else None


def drawn(
    connection: Connection,
    live: LiveApp,
    entry: Entry,
    viewer: Viewer,
    record: Record,
    sent: MultiDict[str, str] | None = None,
    faults: Sequence[Fault] = (),
    reminders: Sequence[str] = (),
) -> Drawn:
    """What must be filled, by a rule perhaps, the first long text and what comes next, with today's defaults."""
    given = related.given(entry.form, entry.link, record)
    if sent is None:
        sections = record_form.for_new(connection, live, entry.form, viewer, given)
    else:
        values = {**posted.values(entry.form, sent), **given}
        sections = record_form.refused(connection, live, entry.form, viewer, None, values, sent, faults)
    controls = [one for part in sections for one in part.controls if one.field.key not in given]
    open_ = [one for one in controls if not one.readonly and not one.field.kind.layout_only]
    wanted = {one.field.key for one in open_ if one.required or one.fault}
    long_text = next((one.field.key for one in open_ if one.field.type == "textarea"), None)
    wanted |= {long_text} if long_text else set()
    wanted |= {one.field.key for one in open_ if one.field.key in _demanded(live, entry.form, viewer)}
    for one in open_:
        if len(wanted) < MOST and one.field.type in SHORT:
            wanted.add(one.field.key)
    chosen = [one for one in open_ if one.field.key in wanted and one.field.key != "owner"]
    linked = bool(linkages(live, entry.form))
    typed = list(dict.fromkeys([*given, *(posted.typed(sent) or () if sent is not None else ())]))
    return Drawn(entry.form, entry.form.name(), chosen, given, linked, typed, list(reminders))


def _demanded(live: LiveApp, form: Form, viewer: Viewer) -> set[str]:
    """What some rule requires at times; where it does not, the rules may hide it."""
    return {path for path in ruled(live, form, viewer.time_zone).required if "." not in path}


def save(
    database: Database,
    live: LiveApp,
    entry: Entry,
    viewer: Viewer,
    record: Record,
    sent: MultiDict[str, str],
) -> None:
    """Write the entry, linked to the record; raises Invalid with its faults, Reminded with what to look at first."""
    values = {**filled_in(entry.form, sent), **related.given(entry.form, entry.link, record)}
    key = entry.form.key
    write_form(database, live.app.key, key, viewer, sent, lambda tx: write.create(tx, key, values, text=True))


def last(
    connection: Connection, live: LiveApp, entry: Entry, viewer: Viewer, record_id: int
) -> datetime | None:
    """When the latest of them was written."""
    if access_for(live, entry.form, viewer).never("created_at"):
        return None
    asked = Query(where=related.where(entry.link, record_id), fields=(), limit=1,
                  sort=Query.read({"sort": [{"field": "created_at", "desc": True}]}).sort)  # fmt: skip
    found = query(connection, live, entry.form.key, viewer, asked).records
    return found[0].created_at if found else None
