"""The JSON Schema of a form, composed of its own part and that of every field type in the registry."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from engine.definitions import action_kinds, places, rule_kinds, schema
from engine.definitions.model import Document
from engine.definitions.remembered import Remembered
from engine.definitions.schema_files import documented, read
from engine.fields import registry
from engine.fields.base import FieldType
from engine.fields.button import ButtonField
from engine.fields.schema import KEY
from engine.platform.errors import Fault
from engine.platform.i18n import Text

MOST_FIELDS = 1000
"""Fields a form may have, its subforms' columns included."""

_sound: Remembered[bool] = Remembered(20_000)
"""Types and field documents that the type's schema accepts."""


def whole() -> dict[str, Any]:
    """The schema of a form with all field types; a field's `type` says which of them holds for it."""
    document = read("form")
    types = {name: one for name, one in registry.all_types().items() if one.offered}
    document["$defs"]["field"] = {
        "type": "object",
        "required": ["key", "type"],
        "properties": {"key": KEY, "type": {"enum": list(types)}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/field_{name}"},
            }
            for name in types
        ],
    }
    for name, one in types.items():
        document["$defs"][f"field_{name}"] = _with_columns(one)
    document["properties"]["fields"]["items"] = {"$ref": "#/$defs/field"}
    _with_actions(document["$defs"], types)
    for rule in rule_kinds.all_kinds():
        document["$defs"][f"rule_{rule.name}"] = rule.document_schema()
    document["properties"]["rules"]["items"] = {
        "type": "object",
        "required": ["key", "kind"],
        "properties": {"key": KEY, "kind": {"enum": [rule.name for rule in rule_kinds.all_kinds()]}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": rule.name}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/rule_{rule.name}"},
            }
            for rule in rule_kinds.all_kinds()
        ],
    }
    return documented(document)


def _with_actions(defs: dict[str, Any], types: dict[str, FieldType]) -> None:
    """Let each action of a button be described by its kind."""
    kinds = action_kinds.all_kinds()
    for kind in kinds:
        defs[f"action_{kind.name}"] = kind.document_schema()
    for name in (name for name, one in types.items() if isinstance(one, ButtonField)):
        properties = dict(defs[f"field_{name}"]["properties"])
        properties["action"] = {
            **properties["action"],
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]},
                    "then": {"$ref": f"#/$defs/action_{kind.name}"},
                }
                for kind in kinds
            ],
        }
        defs[f"field_{name}"] = {**defs[f"field_{name}"], "properties": properties}


def faults(document: Document) -> list[Fault]:
    """What is wrong with a form's document: its frame, then each field by the schema of its type."""
    found = schema.faults(_frame(), "forms", document)
    fields = document.get("fields")
    if not isinstance(fields, list) or any(fault.code == "too_many" for fault in found):
        return found
    if _count(fields) > MOST_FIELDS:
        found.append(_too_many(document, _count(fields)))
        return found
    return [
        *found,
        *_field_faults(fields, "/fields", document),
        *action_kinds.faults(fields, document),
        *rule_kinds.faults(document.get("rules"), document),
    ]


def view_faults(view: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the shape of a view of a list, whoever keeps it; its fields and conditions are not asked."""
    found = schema.faults(_view_frame(), "forms", view, "/views/0", {"views": [view]})
    return [replace(fault, pointer=fault.pointer.removeprefix("/views/0")) for fault in found]


def _field_faults(fields: list[Any], at: str, whole_document: Document) -> list[Fault]:
    found: list[Fault] = []
    for number, field in enumerate(fields):
        pointer = f"{at}/{number}"
        name = field.get("type") if isinstance(field, dict) else None
        if not isinstance(name, str) or not registry.exists(name):
            if isinstance(field, dict) and isinstance(name, str):
                found.append(_unknown_type(whole_document, pointer, name))
            continue  # otherwise the frame has said so
        kind, columns = registry.get(name), field.get("fields")
        if _has_columns(kind) and isinstance(columns, list):
            found.extend(_column_faults(columns, f"{pointer}/fields", whole_document))
        # Of a form that is saved at every step, nearly all fields are as they were.
        known = (kind, orjson.dumps(field))
        if _sound.get(known):
            continue
        wrong = schema.faults(_validator(kind), "forms", field, pointer, whole_document)
        if not wrong:
            _sound.put(known, True)
        found.extend(wrong)
        if len(found) > schema.MOST_FAULTS:
            break
    return found


def _column_faults(columns: list[Any], at: str, whole_document: Document) -> list[Fault]:
    found = []
    for number, column in enumerate(columns):
        for part in ("key", "type"):
            if not isinstance(column, dict) or not isinstance(column.get(part), str):
                found.extend(
                    schema.faults(_column_frame(), "forms", column, f"{at}/{number}", whole_document)
                )
                break
    return [*found, *_field_faults(columns, at, whole_document)]


@cache
def _frame() -> Draft202012Validator:
    document = read("form")
    document["properties"]["fields"]["items"] = _COLUMN
    return schema.validator(document)


@cache
def _view_frame() -> Draft202012Validator:
    document = read("form")
    view = document["properties"]["views"]["items"]
    return schema.validator({**view, "required": ["kind"], "$defs": document["$defs"]})


_COLUMN = {
    "type": "object",
    "required": ["key", "type"],
    "properties": {"key": {"type": "string"}, "type": {"type": "string"}},
}


@cache
def _column_frame() -> Draft202012Validator:
    return schema.validator(_COLUMN)


@cache
def _validator(kind: FieldType) -> Draft202012Validator:
    document = kind.document_schema()
    if _has_columns(kind):
        columns = {**document["properties"]["fields"], "items": {}}  # each is checked by its own type
        document["properties"] = {**document["properties"], "fields": columns}
    return schema.validator(document)


def _has_columns(kind: FieldType) -> bool:
    """Whether the type's `fields` are fields of its own, as a subform's are."""
    fields = kind.schema.get("properties", {}).get("fields", {})
    return bool(fields.get("items", {}).get("x-kind") == "field_document")


def _with_columns(kind: FieldType) -> dict[str, Any]:
    document = kind.document_schema()
    if _has_columns(kind):
        columns = {**document["properties"]["fields"], "items": {"$ref": "#/$defs/field"}}
        document["properties"] = {**document["properties"], "fields": columns}
    return document


def _count(fields: list[Any]) -> int:
    columns = (field.get("fields") for field in fields if isinstance(field, dict))
    return len(fields) + sum(len(one) for one in columns if isinstance(one, list))


def _too_many(document: Document, count: int) -> Fault:
    return Fault(
        "/fields",
        "too_many",
        Text(
            "{form}：字段太多，共 {n} 个（含子表单的列），最多 {most} 个。",
            "{form}: too many fields: {n} with the columns of subforms, at most {most}.",
            form=places.quoted(document, "?"),
            n=count,
            most=MOST_FIELDS,
        ),
    )


def _unknown_type(document: Document, pointer: str, name: str) -> Fault:
    names = [one.name for one in registry.all_types().values() if one.offered]
    meant = schema.closest(name, names)
    what = (
        Text(
            "没有字段类型“{type}”，是不是“{meant}”？",
            "there is no field type “{type}”; is “{meant}” meant?",
            type=name[:60],
            meant=meant,
        )
        if meant
        else Text("没有字段类型“{type}”。", "there is no field type “{type}”.", type=name[:60])
    )
    at = f"{pointer}/type"
    place = places.place("forms", document, pointer)
    return Fault(at, "unknown_type", Text("{place}：{what}", "{place}: {what}", place=place, what=what))
