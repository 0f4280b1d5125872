"""What the designer's page knows of the field types: the palette, and each type's properties as its schema has them."""

from functools import cache
from typing import Any

from builders.forms.returning import LINKABLE
from engine.definitions import action_kinds
from engine.fields import registry
from engine.fields.base import FieldType
from engine.fields.form import Field
from engine.fields.schema import PROPERTY_GROUPS

INPUTS = {
    "text": "text",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
}
"""How a fixed default is typed in, by what formulas see of the value."""


def described() -> dict[str, Any]:
    """Every type by name, and the sections of the properties panel."""
    return {
        "types": {name: _described(name) for name, kind in registry.all_types().items() if kind.offered},
        "actions": {one.name: _action(one) for one in action_kinds.all_kinds()},
        "groups": [{"key": key, "label": str(label)} for key, label in PROPERTY_GROUPS.items()],
    }


def _action(kind: action_kinds.ActionKind) -> dict[str, Any]:
    schema = kind.document_schema()
    return {
        "label": str(kind.label),
        "hint": str(kind.hint),
        "properties": schema["properties"],
        "required": schema["required"],
    }


def goes_inside(kind: FieldType) -> bool:
    """Whether a subform may have a column of this type."""
    return not kind.layout_only and _accepted(kind.name)


@cache
def _accepted(name: str) -> bool:
    column = {"key": "column", "type": name}
    subform = Field.read({"key": "rows", "type": "subform", "fields": [column]})
    return not any(fault.code == "not_in_subform" for fault in subform.kind.check(subform, {}))


def _described(name: str) -> dict[str, Any]:
    kind = registry.get(name)
    schema = kind.document_schema()
    return {
        "label": str(kind.label),
        "icon": kind.icon,
        "computed": kind.computed,
        "layout": kind.layout_only,
        "wide": kind.wide,
        "inside": goes_inside(kind),
        "linkable": name in LINKABLE,
        "input": _input(kind),
        "properties": schema["properties"],
        "required": schema["required"],
    }


def _input(kind: FieldType) -> str:
    """How a fixed default of this type is chosen or typed in; "" where there is none to type."""
    if kind.computed or kind.layout_only or getattr(kind, "refers_to", None):
        return ""
    if "options" in kind.schema.get("properties", {}):
        return "options" if kind.multiple else "option"
    field = Field(key="value", type=kind.name)
    return "" if kind.multiple else INPUTS.get(kind.value_type(field), "")
