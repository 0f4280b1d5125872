"""The JSON Schemas of what the API takes and gives, beside the records of forms."""

from typing import Any

Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A component by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(properties: dict[str, Schema], *required: str) -> Schema:
    """An object with these members."""
    found: Schema = {"type": "object", "properties": properties}
    return found | ({"required": list(required)} if required else {})


def closed(properties: dict[str, Schema], *required: str) -> Schema:
    """An object that is sent: anything besides is refused."""
    return object_of(properties, *required) | {"additionalProperties": False}


def full(properties: dict[str, Schema]) -> Schema:
    """An object that is answered: always with all of its members."""
    return object_of(properties, *properties)


def list_of(items: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": items}


def rows(item: Schema) -> Schema:
    """A list, as every list but `query` answers."""
    return full({"rows": list_of(item)})


def or_null(schema: Schema) -> Schema:
    """The same, or nothing."""
    return {"anyOf": [schema, {"type": "null"}]}


STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
ANY: Schema = {}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
LABEL: Schema = {"type": ["string", "object"], "description": "A text, or one a language"}
BINARY: Schema = {"type": "string", "format": "binary"}
ID: Schema = {"anyOf": [INTEGER, OBJECT, {"type": "null"}], "description": "An id, or an object with it"}
REFERENCE = or_null(ref("reference"))
CONDITION = ref("condition")
SORT = list_of(closed({"field": STRING, "desc": BOOLEAN}, "field"))
FAULT = object_of({"pointer": STRING, "code": STRING, "message": STRING}, "pointer", "code", "message")
JOB_STATES = ["queued", "running", "succeeded", "failed", "cancelled"]

MEMBER_SENT: dict[str, Schema] = {
    "name": STRING,
    **dict.fromkeys(("account", "phone", "email", "password"), TEXT_OR_NULL),
    "department": ID,
    "also_in": list_of(ID),
    "superior": ID,
    "state": {"enum": ["active", "invited", "left"]},
    "administrator": BOOLEAN,
    "language": {"enum": ["zh-CN", "en"]},
}
DEPARTMENT_SENT: dict[str, Schema] = {"name": STRING, "parent": ID, "head": ID}
ASSIGNMENT = {"members": list_of(INTEGER), "departments": list_of(INTEGER)}
RECORD: dict[str, Schema] = {
    "id": INTEGER,
    "version": INTEGER,
    "created_at": MOMENT_OR_NULL,
    "updated_at": MOMENT_OR_NULL,
    "created_by": REFERENCE,
    "owner": REFERENCE,
    "flow_state": TEXT_OR_NULL,
}

STALE: Schema = list_of(STRING) | {
    "description": "Values that a job is still bringing up to date; left out where there are none"
}

COMPONENTS: dict[str, Schema] = {
    "problem": object_of(
        {"type": STRING, "title": STRING, "status": INTEGER, "code": STRING, "errors": list_of(FAULT)},
        "type", "title", "status", "code", "errors",
    ),
    "fault": FAULT,
    "reference": object_of({"id": {"type": ["integer", "null"]}, "title": TEXT_OR_NULL}, "id", "title"),
    "condition": {
        "description": "all, any, not, or a field with an operator and a value",
        "type": "object",
        "properties": {
            "all": list_of(ref("condition")), "any": list_of(ref("condition")), "not": ref("condition"),
            "field": STRING, "op": STRING, "value": ANY,
        },
    },
    "measure": closed(
        {
            "fn": {"enum": ["count", "sum", "avg", "min", "max", "count_distinct", "median"]},
            "field": STRING, "as": STRING, "where": CONDITION,
        },
        "fn",
    ),
    "app": full(
        {
            "key": STRING, "name": LABEL, "icon": TEXT_OR_NULL, "accent": TEXT_OR_NULL,
            "languages": list_of(STRING), "version": INTEGER,
            "template": or_null(full({"key": STRING, "version": TEXT_OR_NULL})),
            "created_at": MOMENT, "forms": list_of(STRING),
        }
    ),
    "draft": full(
        {
            "kind": STRING, "key": STRING, "removes": BOOLEAN, "etag": STRING, "author": REFERENCE,
            "updated_at": MOMENT, "changes": list_of(STRING),
        }
    ),
    "version": full(
        {
            "number": INTEGER, "app_version": INTEGER, "author": REFERENCE, "created_at": MOMENT, "etag": TEXT_OR_NULL,
            "removed": BOOLEAN, "live": BOOLEAN, "changes": list_of(STRING),
        }
    ),
    "publication": full(
        {
            "version": INTEGER, "published": list_of(full({"kind": STRING, "key": STRING})),
            "jobs": list_of(ref("job")), "warnings": list_of(STRING),
        }
    ),
    "kept_value": full({"id": INTEGER, "title": STRING, "value": STRING, "becomes": TEXT_OR_NULL}),
    "removed_field": full(
        {"path": STRING, "field": OBJECT, "removed_at": MOMENT, "until": MOMENT, "values": INTEGER}
    ),
    "foretold": full(
        {
            "kind": {
                "enum": [
                    "form_added", "form_removed", "field_added", "field_removed", "field_returns", "field_retyped",
                    "field_shown", "rule_opens", "formula_changed", "view_added", "view_removed", "view_changed", "unmet",
                ]
            },
            "form": STRING, "field": TEXT_OR_NULL, "message": STRING,
            "count": {"type": ["integer", "null"]}, "estimated": BOOLEAN,
            "examples": list_of(ref("kept_value")),
            "roles": list_of(
                full({"key": STRING, "label": STRING, "all_rows": BOOLEAN, "editable": BOOLEAN})
            ),
            "uses": list_of(full({"kind": STRING, "key": STRING, "pointer": STRING, "place": STRING})),
        }
    ),
    "job": full(
        {
            "id": {"type": "string", "format": "uuid"}, "name": STRING, "state": {"enum": JOB_STATES},
            "done": INTEGER, "total": {"type": ["integer", "null"]}, "result": {"type": ["object", "null"]},
            "errors": list_of(
                object_of(
                    {
                        "row": {"type": ["integer", "null"]}, "column": TEXT_OR_NULL, "code": STRING,
                        "message": STRING,
                    },
                    "code", "message",
                )
            ),
        }
    ),
    "file": full({"id": STRING, "name": STRING, "size": INTEGER, "type": STRING, "url": STRING}),
    "member": object_of(
        {
            "id": INTEGER, "name": STRING, "account": TEXT_OR_NULL, "phone": TEXT_OR_NULL, "email": TEXT_OR_NULL,
            "department": REFERENCE, "also_in": list_of(ref("reference")), "superior": REFERENCE,
            "state": MEMBER_SENT["state"], "administrator": BOOLEAN, "language": TEXT_OR_NULL,
        },
        "id", "name", "department", "also_in", "superior", "state", "administrator",
    ),
    "department": full({"id": INTEGER, "name": STRING, "parent": REFERENCE, "head": REFERENCE}),
    "api_key": object_of(
        {"id": INTEGER, "name": STRING, "ending": STRING, "created_at": MOMENT, "used_at": TEXT_OR_NULL},
        "id", "name", "ending", "created_at",
    ),
    "comment": full(
        {"id": INTEGER, "text": STRING, "at": MOMENT, "author": REFERENCE, "mentions": list_of(INTEGER)}
    ),
    "change": full(
        {
            "kind": STRING, "at": MOMENT_OR_NULL, "author": REFERENCE, "door": STRING, "version": INTEGER,
            "changes": list_of(full({"field": STRING, "label": STRING, "old": ANY, "new": ANY})),
        }
    ),
    "step": full(
        {
            "text": STRING, "label": STRING, "kind": STRING, "value": ANY, "readable": BOOLEAN,
            "steps": list_of(ref("step")),
        }
    ),
    "explanation": object_of(
        {"field": STRING, "value": ANY, "formula": TEXT_OR_NULL, "sentence": STRING, "tree": ref("step")},
        "field", "value", "formula",
    ),
    "operation": closed(
        {
            "op": {"enum": ["create", "update", "delete"]}, "id": INTEGER,
            "version": {"type": ["integer", "null"]}, "values": OBJECT, "draft": BOOLEAN,
        },
        "op",
    ),
    "outcome": object_of(
        {
            "id": INTEGER, "version": INTEGER, "warnings": list_of(ref("fault")), "status": INTEGER,
            "code": STRING, "message": STRING, "errors": list_of(ref("fault")),
        }
    ),
}  # fmt: skip
