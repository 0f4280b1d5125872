"""The schema files of this package, with the pieces that all definitions share."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import conditions
from engine.fields.schema import CONDITION, FIELD_KEY, FIELD_PATH, FORM_KEY, FORMULA, KEY, LABEL

SHARED = {
    "key": KEY,
    "label": LABEL,
    "condition": CONDITION,
    "formula": FORMULA,
    "form_key": FORM_KEY,
    "field_key": FIELD_KEY,
    "field_path": FIELD_PATH,
    "icon": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"},
}
"""What the schema files name as `#/$defs/…`; fields know it already."""

_FOLDER = Path(__file__).parent / "schemas"


def read(name: str) -> dict[str, Any]:
    """A schema file of this package with the shared pieces in its `$defs`."""
    document: dict[str, Any] = json.loads((_FOLDER / f"{name}.schema.json").read_text("utf-8"))
    document["$defs"] = {**SHARED, **document.get("$defs", {})}
    return document


def documented(document: dict[str, Any]) -> dict[str, Any]:
    """The same schema with conditions written out, as documentation and editors want it."""
    found: dict[str, Any] = _with_conditions(document)
    found["$defs"] = {**found["$defs"], **conditions.SCHEMA["$defs"]}
    return found


def _with_conditions(part: Any) -> Any:
    if isinstance(part, Mapping):
        if part.get("x-kind") == "condition":
            annotations = {name: piece for name, piece in part.items() if name.startswith("x-")}
            return {"$ref": "#/$defs/condition", **annotations}
        return {name: _with_conditions(inner) for name, inner in part.items()}
    if isinstance(part, (list, tuple)):
        return [_with_conditions(inner) for inner in part]
    return part
