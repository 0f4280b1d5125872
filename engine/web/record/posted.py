"""A filled-in form as it was posted: raw values by field, rows of subforms put together again."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.fields.form import Field, Form
from engine.records.writing import row_defaults

ROW = re.compile(r"^(?P<subform>[a-z][a-z0-9_]*)\.(?P<number>[A-Za-z0-9]+)\.(?P<column>[a-z][a-z0-9_]*)$")


def values(
    form: Form,
    posted: MultiDict[str, str],
    editable: Iterable[str] | None = None,
    *,
    every_row: bool = False,
) -> dict[str, Any]:
    """The raw values of the fields that the page showed as inputs.

    A page names each of its fields in `_field`, so that an unticked box is told from one that was not there.
    New rows of subforms that nobody has touched are left out, unless `every_row` is asked for.
    """
    shown = set(posted.getlist("_field"))
    allowed = shown if editable is None else shown & set(editable)
    found: dict[str, Any] = {}
    for field in form.fields:
        if field.key not in allowed or field.kind.computed or field.kind.layout_only:
            continue
        found[field.key] = (
            _rows(form, field, posted, every_row)
            if field.type == "subform"
            else _value(field, field.key, posted)
        )
    if "owner" in allowed:
        found["owner"] = _id(posted.get("owner"))
    return found


def typed(posted: MultiDict[str, str]) -> list[str] | None:
    """The inputs that somebody has typed into, as the page's script says; None where there was none to say it."""
    said = posted.get("_typed")
    return None if said is None else said.split()


def given(form: Form, address: MultiDict[str, str]) -> dict[str, Any]:
    """What an address such as `?customer=12&stage=offer` fills a new form with."""
    found = {}
    for name in address:
        field = form.field(name)
        if field is not None and not field.children and not field.kind.computed:
            found[name] = _value(field, name, address)
    return found


def texts(posted: MultiDict[str, str]) -> dict[str, str]:
    """What was typed, by input name, to be shown again when it is refused."""
    return {name: posted[name] for name in posted if not name.startswith("_") and name != "csrf"}


def row_numbers(subform: Field, posted: MultiDict[str, str]) -> list[str]:
    """What the page called the rows of a subform, in their order."""
    numbers: dict[str, None] = {}
    for name in posted:
        matched = ROW.match(name)
        if matched and matched["subform"] == subform.key and matched["number"] != "NEW":
            numbers[matched["number"]] = None
    return list(numbers)


def _value(field: Field, name: str, posted: MultiDict[str, str]) -> Any:
    if field.type == "switch":
        return name in posted and posted[name] not in ("", "0", "false")
    named = getattr(field.kind, "refers_to", None) is not None
    if field.kind.multiple:
        return [_id(one) if named else one for one in posted.getlist(name) if one != ""]
    return _id(posted.get(name)) if named else posted.get(name) or None


def _id(text: str | None) -> int | str | None:
    """What a picker sends: an id, which must not be taken for a title that somebody typed."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else text or None


def kept_rows(form: Form, subform: Field, posted: MultiDict[str, str], every_row: bool = False) -> list[str]:
    """What the page called the rows that count: new ones that nobody has touched do not, unless every row is asked for."""
    return [number for number, _ in _named_rows(form, subform, posted, every_row)]


def redrawn(
    form: Form,
    posted: MultiDict[str, str],
    names: Iterable[str],
    rows: Mapping[str, Sequence[str | None]] | None = None,
) -> dict[str, str]:
    """By the name of an input, its name when the page is drawn again: rows are called by their place then.

    `rows` tells by subform what the page called the rows that are drawn, where they are others than were sent.
    """
    drawn = rows or {}
    places = {
        f"{field.key}.{number}": f"{field.key}.{place}"
        for field in form.fields
        if field.children
        for place, number in enumerate(
            drawn[field.key] if field.key in drawn else kept_rows(form, field, posted)
        )
    }
    found = {}
    for name in names:
        row, dot, column = name.rpartition(".")
        if not dot:
            found[name] = name
        elif row in places:
            found[name] = f"{places[row]}.{column}"
    return found


def _rows(form: Form, subform: Field, posted: MultiDict[str, str], every_row: bool) -> list[dict[str, Any]]:
    return [row for _, row in _named_rows(form, subform, posted, every_row)]


def _named_rows(
    form: Form, subform: Field, posted: MultiDict[str, str], every_row: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    cells = {
        *posted,
        *posted.getlist("_cell"),
    }  # what is unticked, or has nothing chosen, is posted by no name
    waiting, by_hand = row_defaults.followed(form, subform), typed(posted)
    for number in row_numbers(subform, posted):
        prefix = f"{subform.key}.{number}."
        row = {
            child.key: _value(child, prefix + child.key, posted)
            for child in subform.children
            if not child.kind.computed and prefix + child.key in cells
        }
        identity = _id(posted.get(prefix + "id"))
        if not identity and not every_row and by_hand is not None:
            for child in waiting:
                if prefix + child.key not in by_hand:
                    row.pop(child.key, None)  # it stands there only because it is the default
        if identity:
            row["id"] = identity
        elif not every_row and not any(value not in (None, "", [], False) for value in row.values()):
            continue
        yield number, row
