"""Columns of a list: which fields may be one, how they look, which of them a view shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.definitions import list_views
from engine.fields.form import SYSTEM_FIELDS, Field
from engine.platform.i18n import Text, current_language, label_text
from engine.records.writing.incoming import WRITABLE_SYSTEM

SYSTEM_COLUMNS = ("owner", "created_at", "created_by", "updated_at", "updated_by")
CHOICES = ("select", "multi_select", "checkboxes", "radio")
REFERENCES = ("members", "links", "departments")
CURRENCIES = {
    "CNY": Text("元", "CNY"),
    "USD": Text("美元", "USD"),
    "EUR": Text("欧元", "EUR"),
    "GBP": Text("英镑", "GBP"),
    "JPY": Text("日元", "JPY"),
    "HKD": Text("港元", "HKD"),
    "TWD": Text("新台币", "TWD"),
}
ALIGN = {"start": "left", "end": "right", "center": "center"}
NARROW = {
    "switch": 80,
    "date": 112,
    "percent": 104,
    "number": 110,
    "money": 130,
    "rating": 100,
    "select": 120,
    "radio": 120,
    "datetime": 150,
}


def possible(readable: Sequence[Field]) -> list[Field]:
    """The fields that may be columns, in the form's order, then the system's own."""
    own = [field for field in readable if not (field.system or field.kind.layout_only or _is_table(field))]
    return own + [SYSTEM_FIELDS[key] for key in SYSTEM_COLUMNS]


def shown_keys(view: Mapping[str, Any], fields: Sequence[Field]) -> list[str]:
    """The keys of the columns that a view shows, in its order."""
    known = {field.key for field in fields}
    if view.get("columns"):
        return [key for key in map(column_key, view["columns"]) if key in known]
    return [field.key for field in fields if not field.system and not field.get("hidden")]


def column_key(column: Any) -> str:
    """The field of a view's column, written as a key or as an object."""
    key: str = column if isinstance(column, str) else column["field"]
    return key


def widths(view: Mapping[str, Any]) -> dict[str, int]:
    """The widths that a view states, in pixels, by field."""
    stated = [one for one in view.get("columns") or () if not isinstance(one, str)]
    return {one["field"]: one["width"] for one in stated if one.get("width")}


def column(
    field: Field,
    *,
    editable: bool,
    hidden: bool,
    width: int | None,
    title: bool = False,
    function: str | None = None,
    by_record: bool = False,
) -> dict[str, Any]:
    """A column as the grid takes it."""
    kind, basis = field.kind, field.value_field
    document: dict[str, Any] = {
        "key": field.key,
        "label": field.name(),
        "type": basis.type,
        "align": ALIGN[basis.kind.align],
        "width": width or (220 if title else max(NARROW.get(basis.type, 140), _room(heading(field)))),
        "hidden": hidden,
        "editable": editable and _typed(field),
        "sortable": kind.sortable,
        "filterable": bool(kind.operators),
        "operators": list(kind.operators),
        "multiple": kind.multiple,
    }
    if unit(basis):
        document["unit"] = unit(basis)
    if basis.type in CHOICES and not basis.get("options_from"):
        document["options"] = options(basis)
        if basis.get("others"):
            document["others"] = True
    if by_record:
        document["by_record"] = True  # what may be chosen is asked for with the record
    document["summary"] = function or summary(field) or "none"
    document["summaries"] = list(list_views.functions(field)) if not kind.multiple else []
    document["groupable"] = kind.groupable and not kind.multiple and not basis.get("masked")
    document["dated"] = basis.type in ("date", "datetime")
    return document


def _typed(field: Field) -> bool:
    """Whether a person may write the field's values at all, by typing or choosing them."""
    if field.system:
        return field.key in WRITABLE_SYSTEM
    return not field.kind.computed and field.kind.typed and not field.value_field.get("masked")


def _room(label: str) -> int:
    """Pixels that a heading needs beside the sign of its sort."""
    return min(220, 44 + sum(13 if ord(letter) > 0x2E80 else 8 for letter in label))


def summary(field: Field) -> str | None:
    """What stands below the column: its sum, for a share its average, unless the field says otherwise."""
    said: str | None = field.get("summary")
    basis = field.value_field
    if field.system or said == "none" or "sum" not in basis.kind.summary_functions:
        return None
    return said or ("avg" if basis.type == "percent" else "sum")


def unit(basis: Field) -> str:
    """What a column of figures is counted in; it stands in the heading, so that the cells hold bare figures."""
    if basis.type == "money":
        currency = basis.get("currency", "CNY")
        return f"{CURRENCIES.get(currency, currency)}{basis.kind.per(basis)}"  # type: ignore[attr-defined]
    return label_text(basis.get("unit"))


def heading(field: Field) -> str:
    """A column's heading, with its unit."""
    counted_in = unit(field.value_field)
    if not counted_in:
        return field.name()
    if current_language() == "en":
        return f"{field.name()} ({counted_in})"
    return f"{field.name()}（{counted_in}）"


def bare(field: Field, value: Any, time_zone: str) -> str:
    """A value as people read it below a heading that names the unit."""
    basis = field.value_field
    shown = field.kind.shown(value, field, current_language(), time_zone)
    if basis.type == "money":
        per = basis.kind.per(basis, current_language())  # type: ignore[attr-defined]
        return shown.replace(basis.kind.sign(basis), "", 1).removesuffix(per)  # type: ignore[attr-defined]
    counted_in = unit(basis)
    return shown.removesuffix(f" {counted_in}") if counted_in else shown


def figure(basis: Field, function: str, value: Any, time_zone: str) -> str:
    """A total as people read it."""
    return f"{int(value):,}" if function == "count" else bare(basis, value, time_zone)


def short(figure: str) -> str:
    """A figure without the zeros behind its point, for cards."""
    whole, point, decimals = figure.partition(".")
    return whole if point and not decimals.strip("0") else figure


def options(field: Field) -> list[dict[str, Any]]:
    """The options of a choice, labelled in the reader's language."""
    return [
        {"value": value, "label": _label(field, value), "color": _color(field, value)}
        for value in field.options
    ]


def cell(field: Field, value: Any, time_zone: str) -> dict[str, Any] | None:
    """A value as the grid takes it: raw `v`, text `t`, and what it is drawn with."""
    if value is None or value == []:
        return None
    basis = field.value_field
    raw = field.kind.to_json(value, field)
    if isinstance(raw, dict) and "error" in raw:
        return {"v": None, "t": raw["error"], "error": raw["error"]}
    found: dict[str, Any] = {"v": raw, "t": bare(field, value, time_zone)}
    if basis.get("masked"):
        found["v"] = found["t"]
    if basis.type in CHOICES and isinstance(value, list):
        found["items"] = [{"t": _label(basis, one), "color": _color(basis, one)} for one in value]
    elif basis.type in CHOICES:
        found["color"] = _color(basis, value)
    elif basis.type in REFERENCES:
        found["items"] = [{"t": str(getattr(one, "title", one))} for one in value]
    return found


def _label(field: Field, value: Any) -> str:
    return label_text(field.options.get(value, {}).get("label")) or str(value)


def _color(field: Field, value: Any) -> str:
    color: str = field.options.get(value, {}).get("color", "grey")
    return color


def _is_table(field: Field) -> bool:
    return field.type == "subform" or (field.type == "lookup" and not field.get("via"))
