"""JSON Schema pieces that field types and definitions share."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.fields.base import FieldType

KEY_PATTERN = "^[a-z][a-z0-9_]{0,62}$"
COLORS = ("green", "amber", "red", "violet", "cyan", "blue", "grey")

KEY: Mapping[str, Any] = {"type": "string", "pattern": KEY_PATTERN}
PATH: Mapping[str, Any] = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,5}$"}
LABEL: Mapping[str, Any] = {
    "oneOf": [
        {"type": "string", "minLength": 1, "maxLength": 200},
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "zh-CN": {"type": "string", "maxLength": 200},
                "en": {"type": "string", "maxLength": 200},
            },
            "additionalProperties": False,
        },
    ]
}
LONG_LABEL: Mapping[str, Any] = {
    "oneOf": [
        {"type": "string", "maxLength": 20_000},
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "zh-CN": {"type": "string", "maxLength": 20_000},
                "en": {"type": "string", "maxLength": 20_000},
            },
            "additionalProperties": False,
        },
    ]
}
# What a property means is in `x-kind`; layers above check it (a condition, a formula, the key of a form or field).
CONDITION: Mapping[str, Any] = {"type": "object", "x-kind": "condition"}
FORMULA: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 8192, "x-kind": "formula"}
FORM_KEY: Mapping[str, Any] = {**KEY, "x-kind": "form"}
FIELD_KEY: Mapping[str, Any] = {**KEY, "x-kind": "field"}
FIELD_PATH: Mapping[str, Any] = {**PATH, "x-kind": "field"}
DECIMALS: Mapping[str, Any] = {"type": "integer", "minimum": 0, "maximum": 10}

OPTIONS: Mapping[str, Any] = {
    "type": "array",
    "minItems": 0,
    "maxItems": 2000,
    "items": {
        "type": "object",
        "properties": {
            "value": {"type": "string", "minLength": 1, "maxLength": 100},
            "label": LABEL,
            "color": {"enum": list(COLORS)},
        },
        "required": ["value"],
        "additionalProperties": False,
    },
}

ALIASES: Mapping[str, Any] = {
    "type": "array",
    "maxItems": 50,
    "items": {"type": "string", "minLength": 1, "maxLength": 100},
}
"""What a field is called in other systems' files; the import proposes its columns by them."""

_LAYOUT = ("key", "type", "label", "hint", "width", "hidden")


def common_properties(kind: "FieldType") -> dict[str, Any]:
    """The properties that fields of this type share with all others."""
    every = {
        "key": KEY,
        "type": {"const": kind.name},
        "label": LABEL,
        "required": {"type": "boolean"},
        "unique": {"enum": ["must", "remind"]},
        "hint": LONG_LABEL,
        "placeholder": LABEL,
        "default": {},
        "width": {"enum": ["1/4", "1/3", "1/2", "1"]},
        "summary": {"enum": ["none", *kind.summary_functions]},
        "hidden": {"type": "boolean"},
        "aliases": ALIASES,
    }
    if kind.layout_only:
        return {name: every[name] for name in _LAYOUT}
    if kind.computed:
        del every["required"], every["default"], every["placeholder"]
    return every
