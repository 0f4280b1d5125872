"""A record on its own pages: what is read, what is filled, what it works out to while one types."""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.fields.references import NO_ACCESS, Ref
from engine.platform.errors import Fault, Forbidden, NotFound
from engine.platform.files import FileStore
from engine.platform.i18n import current_language
from engine.records.reading.directory import ViewersDirectory, directory_for
from engine.records.reading.file_reading import readable_file
from engine.records.reading.query import Record, readable_fields
from engine.records.reading.rights import Rights
from engine.records.reading.visible import access_for
from engine.records.storage.form_traits import traits
from engine.records.writing import preview
from engine.web.record import form_rules, posted, rendering
from engine.web.record.form_rules import Ruling
from engine.web.record.rendering import Control, Section

_store = FileStore(Path())
"""Only the rows of files are needed here, never their contents."""


@dataclass(frozen=True)
class WorkedOut:
    """What goes back to a form under way: computed outputs, values that a choice filled in, faults."""

    outputs: Mapping[str, str]
    facts: Mapping[str, Any]
    at: int

    @property
    def told(self) -> str:
        """The facts as the form's script takes them."""
        return json.dumps({"at": self.at, **self.facts})


class Columns(TypedDict):
    """Columns of subforms by how much of them somebody may see and change."""

    unseen: set[str]
    fixed_columns: set[str]


def for_new(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, given: Mapping[str, Any]
) -> list[Section]:
    """An empty form with its defaults and what the address gives (`?customer=12`)."""
    found = preview.preview(connection, live, form.key, viewer, given, new=True, typed=list(given))
    drawn = _sections(connection, live, form, viewer, {"owner": viewer.member_id, **found.values})
    for control in (one for section in drawn for one in section.controls):
        if control.field.type == "subform" and not control.rows and not control.readonly:
            control.rows = rendering.first_rows(control)
    form_rules.mark(drawn, Ruling(found.states, found.ruled))
    return drawn


def for_record(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, record: Record
) -> list[Section]:
    """A record to be changed."""
    drawn = rendering.sections(
        form,
        {**record.values, "owner": record.owner},
        readable=[field.key for field in readable_fields(live, form.key, viewer)],
        editable=editable(live, form, viewer, record),
        time_zone=viewer.time_zone,
        **_columns(live, form, viewer, "update"),
    )
    form_rules.mark(drawn, ruling_of(connection, live, form, viewer, record))
    return drawn


def to_read(
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    record: Record,
    ruling: Ruling,
    buttons: Collection[str] = (),
) -> list[Section]:
    """A record to be read; empty fields stay, so that a record always looks the same, but what its rules hide does not."""
    drawn = rendering.sections(
        form,
        {**record.values, "owner": record.owner},
        readable=[field.key for field in readable_fields(live, form.key, viewer)],
        editable=(),
        time_zone=viewer.time_zone,
        buttons=buttons,
        **_columns(live, form, viewer, "update"),
    )
    form_rules.mark(drawn, ruling)
    return form_rules.shown(drawn)


def ruling_of(connection: Connection, live: LiveApp, form: Form, viewer: Viewer, record: Record) -> Ruling:
    """What the rules say of a record as it is."""
    return Ruling(*preview.states_of(connection, live, form.key, viewer, record.id))


def _columns(live: LiveApp, form: Form, viewer: Viewer, operation: str) -> "Columns":
    """The subforms' columns that are hidden from this person, and those that may only be read."""
    access, rights = access_for(live, form, viewer), Rights(grants(live, viewer, form.key, operation))
    children = [child for field in form.fields for child in field.children]
    return {
        "unseen": {child.path for child in children if not access.always(child.path)},
        "fixed_columns": {child.path for child in children if not rights.opens(child)},
    }


def refused(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    record: Record | None,
    values: Mapping[str, Any],
    sent: MultiDict[str, str],
    faults: Sequence[Fault],
    warnings: Sequence[Fault] = (),
    untouched: Collection[str] = (),
    rows: Mapping[str, Sequence[str | None]] | None = None,
) -> list[Section]:
    """The form once more, as it was filled, with each fault and reminder at its place.

    `untouched` are fields that are shown as the record has them, whatever was sent;
    `rows` tells what the page called the rows among the values, where they are others than were sent.
    """
    by_hand = posted.typed(sent)
    names = posted.redrawn(form, sent, by_hand or (), rows)
    found = preview.preview(
        connection,
        live,
        form.key,
        viewer,
        values,
        record_id=record.id if record else None,
        typed=None if record else posted.typed(sent),
        typed_in_rows=None if by_hand is None else [*names.values()],
    )
    shown = {**(record.values if record else {}), **found.values}
    texts = posted.texts(sent)
    typed = {
        now: texts[name]
        for name, now in posted.redrawn(form, sent, texts, rows).items()
        if name.partition(".")[0] not in untouched and (not rows or _of_one(values, now))
    }
    drawn = _sections(connection, live, form, viewer, shown, faults, warnings, typed, record)
    form_rules.mark(drawn, Ruling(found.states, found.ruled))
    return drawn


def _of_one(values: Mapping[str, Any], name: str) -> bool:
    """Whether an input shows what is to be written: in a row, the columns that were left to the other do not."""
    key, *rest = name.split(".")
    if len(rest) != 2:
        return True
    found = values.get(key) or ()
    return int(rest[0]) < len(found) and rest[1] in found[int(rest[0])]


def worked_out(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    values: Mapping[str, Any],
    sent: MultiDict[str, str],
) -> WorkedOut:
    """What a half-filled form works out to, by input name."""
    changed = [name for name in (sent.get("_changed") or "").split(" ") if name]
    by_hand = posted.typed(sent)
    found = preview.preview(
        connection,
        live,
        form.key,
        viewer,
        values,
        record_id=sent.get("_record", type=int) or None,
        chosen=form_rules.by_position(form, sent, sent.get("_chosen") or ""),
        changed=form_rules.changed_places(form, sent, changed),
        makers=form_rules.makers(form, sent, every_row=True),
        typed=None if sent.get("_record") else by_hand,
        typed_in_rows=None if by_hand is None else form_rules.changed_places(form, sent, by_hand),
    )
    outputs: dict[str, str] = {}
    for field in form.fields:
        if _is_output(field) and field.key in found.values:
            outputs[field.key] = _shown(field, found.values.get(field.key), viewer)
        elif field.children:
            numbers = posted.row_numbers(field, sent)
            for number, row in zip(numbers, found.values.get(field.key) or (), strict=False):
                for child in field.children:
                    if child.kind.computed and child.key in row.values:
                        shown = _shown(child, row.values.get(child.key), viewer)
                        outputs[f"{field.key}.{number}.{child.key}"] = shown
    directory = directory_for(connection, live, viewer)
    facts = form_rules.facts(
        form,
        found,
        sent,
        changed,
        {field.key for field in readable_fields(live, form.key, viewer)},
        lambda field, value: rendering.input_value(field, named(directory, field, value), viewer.time_zone),
    )
    copied = _filled(connection, live, form, viewer, found.copied, sent)
    facts["values"] = {**copied, **facts.get("values", {})}
    in_rows = (form_rules.input_name(form, place, sent) for place in found.defaults)
    facts["defaults"] = sorted({*in_rows, *(one.key for one in traits(form).formula_defaults)} & set(copied))
    return WorkedOut(outputs, {name: one for name, one in facts.items() if one}, sent.get("_at", 0, type=int))


def _filled(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    copied: Mapping[str, Any],
    sent: MultiDict[str, str],
) -> dict[str, Any]:
    """What a choice copied, by the name of the input it goes into and as that input takes it."""
    directory = directory_for(connection, live, viewer)
    found: dict[str, Any] = {}
    for path, value in copied.items():
        key, _, rest = path.partition(".")
        field = form.field(key)
        if field is not None and rest:
            field = field.child(rest.partition(".")[2])
        if field is not None:
            found[form_rules.input_name(form, path, sent)] = rendering.input_value(
                field, named(directory, field, value), viewer.time_zone
            )
    return found


def facts(form: Form, record: Record, viewer: Viewer) -> list[Control]:
    """The key facts that the form's layout names, as far as they may be read."""
    found = []
    for key in (form.document.get("layout") or {}).get("facts", ()):
        fact = form.field(key)
        if fact is not None and (fact.system or key in record.values):
            found.append(Control(fact, key, record.value(key), readonly=True, time_zone=viewer.time_zone))
    return found


def elsewhere(sections: Sequence[Section], faults: Sequence[Fault]) -> list[str]:
    """What is said about fields that the page does not show, so that no fault goes unseen."""
    shown = {control.field.key for section in sections for control in section.controls}
    return [
        str(one.message)
        for one in faults
        if one.pointer.removeprefix("/values/").lstrip("/").split("/")[0] not in shown
    ]


def editable(live: LiveApp, form: Form, viewer: Viewer, record: Record | None) -> set[str]:
    """The keys of the fields that this person may change (in this record)."""
    if record is not None:
        return set(record.editable)
    found = grants(live, viewer, form.key, "create")
    return {
        field.key
        for field in (*form.fields, SYSTEM_FIELDS["owner"])
        if any(grant.fields.get(field.key, "edit") == "edit" for grant in found)
    }


def _sections(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    values: Mapping[str, Any],
    faults: Sequence[Fault] = (),
    warnings: Sequence[Fault] = (),
    typed: Mapping[str, str] | None = None,
    record: Record | None = None,
) -> list[Section]:
    readable = [field.key for field in readable_fields(live, form.key, viewer)]
    if record is None:
        readable = [key for key in readable if not _of_kept_records(form.field(key))]
    known = {**values, "owner": values.get("owner", record.owner if record else None)}
    return rendering.sections(
        form,
        titled(connection, live, form, viewer, known),
        readable=readable,
        editable=editable(live, form, viewer, record),
        faults=faults,
        warnings=warnings,
        typed=typed,
        time_zone=viewer.time_zone,
        **_columns(live, form, viewer, "update" if record else "create"),
    )


def _of_kept_records(field: Field | None) -> bool:
    """Whether a field tells something only about a record that is there already, such as a sum of what links to it."""
    return field is not None and (field.type == "rollup" or field.live and not field.get("via"))


def _is_output(field: Field) -> bool:
    """Whether a form under way shows the field as worked out for what it holds now."""
    return field.kind.computed and (field.kind.stored or bool(field.get("via")))


def _shown(field: Field, value: Any, viewer: Viewer) -> str:
    if isinstance(value, RowValues):
        return ""
    return field.kind.shown(value, field, current_language(), viewer.time_zone)


def titled(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Values that were read from a form, with the titles of the people and records that they name."""
    directory = directory_for(connection, live, viewer)
    found = {}
    for key, value in values.items():
        field = form.field(key)
        if field is None:
            continue
        if field.children:
            found[key] = [
                RowValues(
                    row.id,
                    {
                        k: named(directory, child, v)
                        for k, v in row.values.items()
                        if (child := field.child(k))
                    },
                )
                for row in value or ()
            ]
        else:
            found[key] = named(directory, field, value)
    return found


def named(directory: ViewersDirectory, field: Field, value: Any) -> Any:
    """A value with the titles of what it names, as far as they may be seen."""
    kind = getattr(field.kind, "refers_to", None)
    if field.kind.holds_files:
        return _files(directory, value)
    if value is None or kind is None:
        return value
    several = value if isinstance(value, list) else [value]
    target = field.get("form") if kind == "record" else None
    ids = [one for one in several if isinstance(one, int)]
    known = directory.titles(kind, ids, target)
    refs = [Ref(one, known.get(one, NO_ACCESS)) if isinstance(one, int) else one for one in several]
    return refs if isinstance(value, list) else refs[0]


def _files(directory: ViewersDirectory, value: Any) -> Any:
    """Files with their names: those that were just uploaded are known by their ids alone."""
    found = []
    for one in value or ():
        if isinstance(one, Mapping):
            found.append(one)
            continue
        if isinstance(directory.viewer, Viewer):
            with suppress(NotFound, Forbidden):
                found.append(readable_file(directory.connection, _store, directory.viewer, str(one)).json())
    return found
