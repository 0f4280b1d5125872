"""What the rules of a form say to its page: what is hidden, required, locked, offered, filled in, row by row."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.fields.form import Field, Form
from engine.records.writing.preview import Preview
from engine.records.writing.rules.page_rows import Mark, Marks
from engine.records.writing.rules.states import States
from engine.web.record import posted
from engine.web.record.rendering import Control, Section

MADE = "_made."
"""The name of the input that says which linkage made a row begins so, as in `_made.lines.n3`."""

InputValue = Callable[[Field, Any], Any]


@dataclass(frozen=True)
class Ruling:
    """What the rules say of a form at one moment; `paths` are those of which they say anything at any time."""

    states: States
    paths: frozenset[str] = frozenset()


def mark(sections: Sequence[Section], ruling: Ruling) -> None:
    """Draw each control as the rules want it; one with a fault is shown, whatever they say."""
    states = ruling.states
    for section in sections:
        section.ruled_out = section.key in states.hidden
        if section.tab is not None and section.tab.key in states.hidden:
            section.ruled_out = True
        for control in section.controls:
            _mark(control, states, None)
            for row, drawn in enumerate(control.rows):
                for cell in drawn.cells:
                    _mark(cell, states, row)


def _mark(control: Control, states: States, row: int | None) -> None:
    field = control.field
    if field.system:
        return
    control.ruled_out = states.hides(field, row) and not _faulty(control)
    control.demanded = states.requires(field, row)
    control.locked = states.locks(field, row)
    control.offered = states.only(field, row)


def _faulty(control: Control) -> bool:
    return bool(control.fault) or any(cell.fault for row in control.rows for cell in row.cells)


def shown(sections: Sequence[Section]) -> list[Section]:
    """The sections of a record to be read, without what the rules hide."""
    kept = []
    for section in sections:
        if section.ruled_out:
            continue
        section.controls = [one for one in section.controls if not one.ruled_out]
        if section.controls:
            kept.append(section)
    return kept


# -- what a form under way is told -------------------------------------------------------------------------


def facts(
    form: Form,
    found: Preview,
    sent: MultiDict[str, str],
    changed: Sequence[str],
    seen: Collection[str],
    input_value: InputValue,
) -> dict[str, Any]:
    """By the names of inputs; `seen` are the fields that this person has on the page."""
    told: dict[str, Any] = {
        "hidden": {},
        "required": {},
        "locked": {},
        "options": {},
        "values": {},
        "force": [],
    }
    for path in sorted(found.ruled):
        field = form.field(path)
        if (
            field is not None
            and (field.parent or field).key in seen
            or field is not None
            and field.kind.layout_only
        ):
            _of_field(told, form, field, found, sent)
    for place, value in found.linked.items():
        field = _field_at(form, place)
        if field is not None and (field.parent or field).key in seen:
            name = input_name(form, place, sent)
            told["values"][name] = input_value(field, value)
            told["force"].append(name)
    _withdraw(told, form, found, sent, changed)
    told["emptied"] = sorted(input_name(form, place, sent) for place in found.emptied)
    rows = {key: _rows(form, key, found, sent, input_value) for key in found.remade if key in seen}
    if rows:
        told["rows"] = rows
    return {name: value for name, value in told.items() if value}


def _of_field(
    told: dict[str, Any], form: Form, field: Field, found: Preview, sent: MultiDict[str, str]
) -> None:
    states = found.states
    rows: list[tuple[str, int | None]] = [(field.path, None)]
    if field.parent is not None:
        numbers = posted.row_numbers(field.parent, sent)
        rows += [(f"{field.parent.key}.{number}.{field.key}", row) for row, number in enumerate(numbers)]
    for name, row in rows:
        told["hidden"][name] = states.hides(field, row)
        told["required"][name] = field.required or states.requires(field, row)
        told["locked"][name] = states.locks(field, row)
        if field.options and (row is not None or field.parent is None):
            offered = states.only(field, row)
            told["options"][name] = None if offered is None else sorted(offered)


def _withdraw(
    told: dict[str, Any], form: Form, found: Preview, sent: MultiDict[str, str], changed: Sequence[str]
) -> None:
    """A choice that is no longer offered since another field has changed goes."""
    for name, offered in told["options"].items():
        if offered is None or not changed or name == changed[-1]:
            continue
        now = _value_at(form, found, sent, name)
        if isinstance(now, list) and set(now) - set(offered):
            told["values"][name] = [one for one in now if one in offered]
        elif isinstance(now, str) and now not in offered:
            told["values"][name] = None
        else:
            continue
        told["force"].append(name)
        told["again"] = True


def _value_at(form: Form, found: Preview, sent: MultiDict[str, str], name: str) -> Any:
    """What stands in the input; nothing in a row that a linkage has just made or taken away."""
    key, _, rest = name.partition(".")
    if not rest:
        return found.values.get(key)
    number, _, column = rest.partition(".")
    field = form.field(key)
    numbers = posted.row_numbers(field, sent) if field is not None and key not in found.remade else []
    rows = found.values.get(key) or ()
    at = numbers.index(number) if number in numbers else len(rows)
    return rows[at].values.get(column) if at < len(rows) else None


def _rows(
    form: Form, key: str, found: Preview, sent: MultiDict[str, str], input_value: InputValue
) -> dict[str, Any]:
    """The rows that go, by their names on the page, and those that come with who made them."""
    subform = form.field(key)
    assert subform is not None
    numbers = posted.row_numbers(subform, sent)
    makers, made_by = found.rows[key], found.remade[key]
    added = []
    for row, mark in zip(found.values.get(key) or (), makers):
        if mark is not None and mark.rule in made_by and row.id is None:
            values = {
                child.key: input_value(child, row.values[child.key])
                for child in subform.children
                if not child.kind.computed and row.values.get(child.key) is not None
            }
            added.append({"made": str(mark), "values": values})
    return {"drop": [numbers[at] for at in found.dropped[key] if at < len(numbers)], "add": added}


def makers(form: Form, sent: MultiDict[str, str], *, every_row: bool = False) -> Marks:
    """By subform, which linkage made the row at each place and of what, as far as the page says so."""
    found: dict[str, list[Mark | None]] = {}
    for field in form.fields:
        if field.children and any(name.startswith(f"{MADE}{field.key}.") for name in sent):
            numbers = posted.kept_rows(form, field, sent, every_row)
            found[field.key] = [Mark.read(sent.get(f"{MADE}{field.key}.{number}")) for number in numbers]
    return found


def changed_places(form: Form, sent: MultiDict[str, str], names: Sequence[str]) -> list[str]:
    """The inputs that were changed in their order, with the rows by their place."""
    return [place for name in names if (place := by_position(form, sent, name))]


def by_position(form: Form, sent: Mapping[str, str], name: str) -> str:
    """The name of an input with its row's place in place of what the page calls the row."""
    subform, _, rest = name.partition(".")
    number, _, column = rest.partition(".")
    field = form.field(subform)
    if field is None or not field.children:
        return name
    numbers = posted.row_numbers(field, sent)  # type: ignore[arg-type]
    return f"{subform}.{numbers.index(number)}.{column}" if number in numbers else ""


def input_name(form: Form, place: str, sent: MultiDict[str, str]) -> str:
    """The name of the input at a place: what the page calls its row in place of where that stands."""
    key, _, rest = place.partition(".")
    number, _, column = rest.partition(".")
    field = form.field(key)
    return f"{key}.{posted.row_numbers(field, sent)[int(number)]}.{column}" if field and column else place


def _field_at(form: Form, place: str) -> Field | None:
    key, _, rest = place.partition(".")
    field = form.field(key)
    return field.child(rest.partition(".")[2]) if field is not None and rest else field
