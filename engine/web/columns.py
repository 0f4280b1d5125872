"""Columns of a list: which fields may be one, how they look, which of them a view shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.platform.i18n import current_language, label_text

SYSTEM_COLUMNS = ("owner", "created_at", "created_by", "updated_at", "updated_by")
PEOPLE = ("member", "members")
CHOICES = ("select", "multi_select", "checkboxes", "radio")
NARROW = {
    "switch": 80,
    "date": 112,
    "percent": 80,
    "number": 110,
    "money": 130,
    "rating": 100,
    "datetime": 150,
}


def possible(form: Form, readable: Sequence[str]) -> list[Field]:
    """The fields that may be columns, in the form's order, then the system's own."""
    allowed = set(readable)
    own = [
        field
        for field in form.fields
        if field.key in allowed and not field.kind.layout_only and not _is_table(field)
    ]
    return own + [SYSTEM_FIELDS[key] for key in SYSTEM_COLUMNS]


def shown_keys(form: Form, view: Mapping[str, Any], fields: Sequence[Field]) -> list[str]:
    """The keys of the columns that a view shows; a field that was added since is at the end."""
    known = {field.key for field in fields}
    if view.get("columns"):
        return [key for key in (column_key(one) for one in view["columns"]) if key in known]
    return [field.key for field in fields if not field.system and not field.get("hidden")]


def column_key(column: Any) -> str:
    """The field of a view's column, written as a key or as an object."""
    return column if isinstance(column, str) else column["field"]


def widths(view: Mapping[str, Any]) -> dict[str, int]:
    """The widths that a view states, in pixels, by field."""
    return {
        one["field"]: one["width"]
        for one in view.get("columns") or ()
        if not isinstance(one, str) and one.get("width")
    }


def column(
    field: Field, *, editable: bool, shown: bool, width: int | None, title: bool = False
) -> dict[str, Any]:
    """A column as the grid takes it."""
    kind = field.kind
    basis = field.value_field if hasattr(field, "value_field") else field
    document: dict[str, Any] = {
        "key": field.key,
        "label": heading(field),
        "type": basis.type,
        "align": kind.align,
        "width": width or (220 if title else NARROW.get(basis.type, 140)),
        "shown": shown,
        "editable": editable
        and not kind.computed
        and field.type not in ("file", "image", "signature", "subform"),
        "sortable": kind.sortable,
        "filterable": bool(kind.operators),
        "operators": list(kind.operators),
        "multiple": kind.multiple,
    }
    if basis.type in CHOICES:
        document["options"] = options(basis)
    summary = field.get("summary") or (
        "sum" if kind.align == "end" and "sum" in kind.summary_functions else None
    )
    if summary and summary != "none" and basis.type != "percent":
        document["summary"] = summary
    elif basis.type == "percent" and field.get("summary") != "none":
        document["summary"] = field.get("summary") or "avg"
    return document


def heading(field: Field) -> str:
    """A column's heading, with its unit."""
    unit = label_text(field.get("unit"))
    return (
        f"{field.name()}（{unit}）"
        if unit and current_language() != "en"
        else f"{field.name()} ({unit})"
        if unit
        else field.name()
    )


def options(field: Field) -> list[dict[str, Any]]:
    """The options of a choice, labelled in the reader's language."""
    return [
        {
            "value": value,
            "label": label_text(option.get("label")) or value,
            "color": option.get("color", "grey"),
        }
        for value, option in field.options.items()
    ]


def cell(field: Field, value: Any, time_zone: str) -> dict[str, Any] | None:
    """A value as the grid takes it: raw `v`, text `t`, and what it is drawn with."""
    if value is None or value == []:
        return None
    basis = field.value_field if hasattr(field, "value_field") else field
    text = field.kind.display(value, field, current_language(), time_zone)
    raw = field.kind.to_json(value, field)
    if isinstance(raw, dict) and "error" in raw:
        return {"v": None, "t": raw["error"], "error": raw["error"]}
    found: dict[str, Any] = {"v": raw, "t": text}
    if basis.type in CHOICES:
        values = value if isinstance(value, list) else [value]
        found["badges"] = [_badge(basis, one) for one in values]
    elif basis.type in PEOPLE:
        people = value if isinstance(value, list) else [value]
        found["people"] = [str(getattr(person, "title", person)) for person in people]
    return found


def _badge(field: Field, value: Any) -> dict[str, str]:
    option = field.options.get(value, {})
    return {"t": label_text(option.get("label")) or str(value), "color": option.get("color", "grey")}


def _is_table(field: Field) -> bool:
    return field.type == "subform" or (field.type == "lookup" and not field.get("via"))
