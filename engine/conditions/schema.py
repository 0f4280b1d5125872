"""The JSON Schema of a condition."""

from typing import Any

from engine.conditions.periods import PERIOD_PATTERN

COMPARING = ("eq", "ne", "gt", "gte", "lt", "lte")
LISTING = ("in", "not_in", "contains_any", "contains_all")
OPERATORS = (
    *COMPARING,
    "between",
    *LISTING,
    "contains",
    "not_contains",
    "starts_with",
    "empty",
    "not_empty",
)
MOST_LEVELS = 20
MOST_VALUES = 10_000

_DYNAMIC: list[dict[str, Any]] = [
    {
        "properties": {
            "period": {"type": "string", "pattern": PERIOD_PATTERN},
            "n": {"type": "integer", "minimum": 1, "maximum": 100_000},
        },
        "required": ["period"],
    },
    {
        "properties": {"days_ago": {"type": "integer", "minimum": 0, "maximum": 1_000_000}},
        "required": ["days_ago"],
    },
    {
        "properties": {"days_ahead": {"type": "integer", "minimum": 0, "maximum": 1_000_000}},
        "required": ["days_ahead"],
    },
    {"properties": {"me": {"const": True}}, "required": ["me"]},
    {
        "properties": {"my_department": {"const": True}, "below": {"type": "boolean"}},
        "required": ["my_department"],
    },
    {"properties": {"headed_by_me": {"const": True}}, "required": ["headed_by_me"]},
    {"properties": {"my_reports": {"const": True}}, "required": ["my_reports"]},
    {"properties": {"current": {"type": "string", "maxLength": 200}}, "required": ["current"]},
    {
        "properties": {"formula": {"type": "string", "minLength": 1, "maxLength": 8192}},
        "required": ["formula"],
    },
    {"properties": {"id": {"type": "integer"}, "title": {}}, "required": ["id"]},
]
_SINGLE: list[dict[str, Any]] = [
    {"type": ["string", "number", "boolean", "null"]},
    *({"type": "object", "additionalProperties": False, **shape} for shape in _DYNAMIC),
]

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$ref": "#/$defs/condition",
    "$defs": {
        "value": {
            "anyOf": [*_SINGLE, {"type": "array", "maxItems": MOST_VALUES, "items": {"anyOf": _SINGLE}}]
        },
        "condition": {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"all": {"type": "array", "items": {"$ref": "#/$defs/condition"}}},
                    "required": ["all"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"any": {"type": "array", "items": {"$ref": "#/$defs/condition"}}},
                    "required": ["any"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"not": {"$ref": "#/$defs/condition"}},
                    "required": ["not"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {
                        "field": {"type": "string", "maxLength": 400},
                        "op": {"enum": list(OPERATORS)},
                        "value": {"$ref": "#/$defs/value"},
                    },
                    "required": ["field", "op"],
                    "additionalProperties": False,
                },
            ]
        },
    },
}
