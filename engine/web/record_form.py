"""A record on its own pages: what is read, what is filled, what it works out to while one types."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.fields.references import NO_ACCESS, Ref
from engine.platform.errors import Fault, Stale
from engine.platform.i18n import Text, current_language, label_text
from engine.records import preview
from engine.records.directory import directory_for
from engine.records.query import Record, readable_fields
from engine.web import posted, rendering
from engine.web.rendering import Section


@dataclass(frozen=True)
class Fact:
    """One of the key facts at the head of a record."""

    label: str
    field: Field
    value: Any
    text: str


@dataclass(frozen=True)
class Step:
    """One stage of the progress strip."""

    label: str
    state: str


@dataclass(frozen=True)
class WorkedOut:
    """What goes back to a form under way: computed outputs, values that a choice filled in, faults."""

    outputs: Mapping[str, str]
    filled: Mapping[str, str]
    faults: Mapping[str, str]
    at: int


def for_new(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, given: Mapping[str, str]
) -> list[Section]:
    """An empty form with its defaults and what the address gives (`?customer=12`)."""
    found = preview.preview(connection, live, form.key, viewer, given, new=True)
    return _sections(connection, live, form, viewer, found.values, "create")


def for_record(live: LiveApp, form: Form, viewer: Viewer, record: Record) -> list[Section]:
    """A record to be changed."""
    return rendering.sections(
        form,
        record.values,
        readable=[field.key for field in readable_fields(live, form.key, viewer)],
        editable=editable(live, form, viewer, record),
        time_zone=viewer.time_zone,
    )


def to_read(live: LiveApp, form: Form, viewer: Viewer, record: Record) -> list[Section]:
    """A record to be read; empty fields stay, so that a record always looks the same."""
    return rendering.sections(
        form,
        record.values,
        readable=[field.key for field in readable_fields(live, form.key, viewer)],
        editable=(),
        time_zone=viewer.time_zone,
    )


def refused(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    record: Record | None,
    values: Mapping[str, Any],
    sent: MultiDict[str, str],
    faults: Sequence[Fault],
) -> list[Section]:
    """The form once more, as it was filled, with each fault at its place."""
    found = preview.preview(
        connection, live, form.key, viewer, values, record_id=record.id if record else None
    )
    shown = {**(record.values if record else {}), **found.values}
    operation = "update" if record else "create"
    return _sections(
        connection, live, form, viewer, shown, operation, faults, posted.texts(sent), record=record
    )


def worked_out(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    values: Mapping[str, Any],
    sent: MultiDict[str, str],
) -> WorkedOut:
    """What a half-filled form works out to, by input name."""
    found = preview.preview(
        connection,
        live,
        form.key,
        viewer,
        values,
        record_id=sent.get("_record", type=int) or None,
        chosen=sent.get("_chosen") or None,
    )
    outputs: dict[str, str] = {}
    for field in form.fields:
        if field.kind.computed and field.kind.stored:
            outputs[field.key] = _shown(field, found.values.get(field.key), viewer)
        elif field.children:
            numbers = posted.row_numbers(field, sent)
            for number, row in zip(numbers, found.values.get(field.key) or (), strict=False):
                for child in field.children:
                    if child.kind.computed:
                        shown = _shown(child, row.values.get(child.key), viewer)
                        outputs[f"{field.key}.{number}.{child.key}"] = shown
    filled = titled(connection, live, form, viewer, found.copied)
    return WorkedOut(
        outputs=outputs,
        filled={
            key: rendering.typed_text(field, value, viewer.time_zone)
            for key, value in filled.items()
            if (field := form.field(key)) is not None
        },
        faults={},
        at=sent.get("_at", 0, type=int),
    )


def headers(found: WorkedOut) -> dict[str, str]:
    """The event that sets the inputs which a choice has filled; headers are ASCII."""
    if not found.filled:
        return {}
    return {"HX-Trigger": json.dumps({"jf:set": {"at": found.at, "values": dict(found.filled)}})}


def toast(text: Text, undo: str | None = None) -> dict[str, str]:
    """The header that shows a toast."""
    return {"HX-Trigger": json.dumps({"jf:toast": {"text": str(text)} | ({"undo": undo} if undo else {})})}


def facts(form: Form, record: Record, viewer: Viewer) -> list[Fact]:
    """The key facts that the form's layout names, as far as they may be read."""
    found = []
    for key in (form.document.get("layout") or {}).get("facts", ()):
        field = form.field(key)
        if field is not None and key in record.values:
            value = record.value(key)
            found.append(Fact(field.name(), field, value, _shown(field, value, viewer)))
    return found


def steps(form: Form, record: Record) -> list[Step]:
    """The stages of the select that the layout draws as progress; empty where there is none."""
    key = (form.document.get("layout") or {}).get("progress")
    field = form.field(key) if key else None
    if field is None or field.key not in record.values:
        return []
    values = list(field.options)
    value = record.value(field.key)
    now = values.index(value) if value in values else -1
    return [
        Step(
            label_text(field.options[one].get("label")) or one,
            "now" if at == now else "done" if at < now else "",
        )
        for at, one in enumerate(values)
    ]


def differing(
    form: Form, record: Record, values: Mapping[str, Any], viewer: Viewer, stale: Stale
) -> list[dict[str, str]]:
    """What somebody else has saved meanwhile and what was typed here, field by field."""
    rows = []
    for key in values:
        field = form.field(key)
        if field is None or key not in record.values or field.children:
            continue
        theirs, mine = rendering.typed_text(field, record.value(key), viewer.time_zone), values[key]
        said = ", ".join(map(str, mine)) if isinstance(mine, list) else "" if mine is None else str(mine)
        if theirs != said:
            rows.append({"label": field.name(), "theirs": theirs, "mine": said})
    return rows


def editable(live: LiveApp, form: Form, viewer: Viewer, record: Record | None) -> set[str]:
    """The keys of the fields that this person may change (in this record)."""
    if record is not None:
        return set(record.editable)
    found = grants(live, viewer, form.key, "create")
    return {
        field.key
        for field in form.fields
        if any(grant.fields.get(field.key, "edit") == "edit" for grant in found)
    }


def _sections(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    values: Mapping[str, Any],
    operation: str,
    faults: Sequence[Fault] = (),
    typed: Mapping[str, str] | None = None,
    record: Record | None = None,
) -> list[Section]:
    return rendering.sections(
        form,
        titled(connection, live, form, viewer, values),
        readable=[field.key for field in readable_fields(live, form.key, viewer)],
        editable=editable(live, form, viewer, record),
        faults=faults,
        typed=typed,
        time_zone=viewer.time_zone,
    )


def _shown(field: Field, value: Any, viewer: Viewer) -> str:
    if isinstance(value, RowValues):
        return ""
    return field.kind.display(value, field, current_language(), viewer.time_zone)


def titled(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Values that were read from a form, with the titles of the people and records that they name."""
    directory = directory_for(connection, live, viewer)

    def named(field: Field, value: Any) -> Any:
        kind = getattr(field.kind, "refers_to", None)
        if value is None or kind is None:
            return value
        several = value if isinstance(value, list) else [value]
        target = field.get("form") if kind == "record" else None
        ids = [one for one in several if isinstance(one, int)]
        known = directory.titles(kind, ids, target)
        refs = [Ref(one, known.get(one, NO_ACCESS)) if isinstance(one, int) else one for one in several]
        return refs if isinstance(value, list) else refs[0]

    found = {}
    for key, value in values.items():
        field = form.field(key)
        if field is None:
            continue
        if field.children:
            found[key] = [
                RowValues(
                    row.id, {k: named(child, v) for k, v in row.values.items() if (child := field.child(k))}
                )
                for row in value or ()
            ]
        else:
            found[key] = named(field, value)
    return found
