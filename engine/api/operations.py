"""What the API can do, described: each operation with what it takes and gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method on one address."""

    method: str
    path: str
    summary: str
    tag: str
    answered: Schema | None = None
    sent: Schema | None = None
    status: int = 200
    multipart: bool = False
    media: str = "application/json"

    @property
    def id(self) -> str:
        """A name that no other operation has."""
        return re.sub(r"\W+", "_", f"{self.method} {self.path}").strip("_")

    @property
    def placeholders(self) -> list[str]:
        """The variable parts of the address."""
        return re.findall(r"\{(\w+)\}", self.path)


def ref(name: str) -> Schema:
    """A component by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def rows(item: Schema) -> Schema:
    """A list, as every list but `query` answers."""
    return _object({"rows": {"type": "array", "items": item}}, "rows")


def _object(properties: dict[str, Schema], *required: str) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    return found | ({"required": list(required)} if required else {})


STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
OBJECT: Schema = {"type": "object"}
CONDITION = ref("condition")
SORT: Schema = {"type": "array", "items": _object({"field": STRING, "desc": {"type": "boolean"}}, "field")}

COMPONENTS: dict[str, Schema] = {
    "problem": _object(
        {
            "type": STRING,
            "title": STRING,
            "status": INTEGER,
            "code": STRING,
            "errors": {
                "type": "array",
                "items": _object(
                    {"pointer": STRING, "code": STRING, "message": STRING}, "pointer", "code", "message"
                ),
            },
        },
        "title",
        "status",
        "code",
        "errors",
    ),
    "reference": _object({"id": {"type": ["integer", "null"]}, "title": STRING}, "id", "title"),
    "record": _object(
        {
            "id": INTEGER,
            "version": INTEGER,
            "created_at": {"type": "string", "format": "date-time"},
            "updated_at": {"type": "string", "format": "date-time"},
            "created_by": {"anyOf": [{"$ref": "#/components/schemas/reference"}, {"type": "null"}]},
            "owner": {"anyOf": [{"$ref": "#/components/schemas/reference"}, {"type": "null"}]},
            "flow_state": {"type": ["string", "null"]},
            "values": OBJECT,
        },
        "id",
        "version",
        "values",
    ),
    "condition": {
        "description": "all, any, not, or a field with an operator and a value",
        "type": "object",
        "properties": {
            "all": {"type": "array", "items": {"$ref": "#/components/schemas/condition"}},
            "any": {"type": "array", "items": {"$ref": "#/components/schemas/condition"}},
            "not": {"$ref": "#/components/schemas/condition"},
            "field": STRING,
            "op": STRING,
            "value": {},
        },
    },
    "job": _object(
        {
            "id": {"type": "string", "format": "uuid"},
            "name": STRING,
            "state": {"enum": ["queued", "running", "succeeded", "failed", "cancelled"]},
            "done": INTEGER,
            "total": {"type": ["integer", "null"]},
            "result": {"type": ["object", "null"]},
            "errors": {"type": "array", "items": OBJECT},
        },
        "id",
        "state",
        "done",
        "total",
        "result",
        "errors",
    ),
    "file": _object(
        {"id": STRING, "name": STRING, "size": INTEGER, "type": STRING, "url": STRING}, "id", "name"
    ),
}

MEMBER = _object(
    {
        name: STRING if name in ("name", "account", "phone", "email", "password", "state") else INTEGER
        for name in ("name", "account", "phone", "email", "password", "department", "superior", "state")
    }
)
DEPARTMENT = _object({"name": STRING, "parent": INTEGER, "head": INTEGER}, "name")
DEFINITION = "/apps/{app}/definitions/{kind}/{key}"

GENERAL: tuple[Operation, ...] = (
    Operation("get", "/apps", "Apps that one may open", "apps", rows(OBJECT)),
    Operation(
        "post", "/apps", "Make an app, blank or from a template", "apps", OBJECT,
        _object({"template": STRING, "name": STRING, "sample_data": {"type": "boolean"}}), 201,
    ),
    Operation("get", "/apps/{app}", "One app", "apps", OBJECT),
    Operation("delete", "/apps/{app}", "Delete an app with all its records", "apps", status=204),
    Operation("delete", "/apps/{app}/sample-data", "Remove the sample data", "apps", status=204),
    Operation("get", "/apps/{app}/package", "The app as a package", "apps", STRING, media="application/zip"),
    Operation(
        "post", "/apps/install", "Install a package as a new app", "apps", OBJECT,
        _object({"file": {"type": "string", "format": "binary"}, "name": STRING}, "file"), 201, True,
    ),
    Operation("get", DEFINITION, "A definition: the draft, else what is live", "definitions", OBJECT),
    Operation("put", DEFINITION, "Save a draft", "definitions", OBJECT, OBJECT),
    Operation("delete", DEFINITION, "Save a draft that removes it", "definitions", status=204),
    Operation("get", f"{DEFINITION}/versions", "Versions with readable differences", "definitions", rows(OBJECT)),
    Operation("post", f"{DEFINITION}/versions/{{n}}/restoration", "Draft an older version", "definitions", OBJECT, None, 201),
    Operation("get", "/apps/{app}/drafts", "Open drafts", "definitions", rows(OBJECT)),
    Operation("delete", "/apps/{app}/drafts/{kind}/{key}", "Throw a draft away", "definitions", status=204),
    Operation(
        "post", "/apps/{app}/publish", "Publish drafts together", "definitions", OBJECT,
        _object({"only": {"type": "array", "items": _object({"kind": STRING, "key": STRING}, "kind", "key")}}),
    ),
    Operation("post", "/apps/{app}/imports/{job}/undo", "Take an import back", "jobs", ref("job"), None, 202),
    Operation(
        "post", "/files", "Upload a file", "files", ref("file"),
        _object({"file": {"type": "string", "format": "binary"}}, "file"), 201, True,
    ),
    Operation("get", "/files/{file}", "Download a file", "files", STRING, media="application/octet-stream"),
    Operation("get", "/jobs/{job}", "How far a job is", "jobs", ref("job")),
    Operation("delete", "/jobs/{job}", "Cancel a job", "jobs", ref("job")),
    Operation("get", "/members", "Members", "people", rows(OBJECT)),
    Operation("post", "/members", "Take somebody in", "people", OBJECT, MEMBER, 201),
    Operation("patch", "/members/{member}", "Change a member", "people", OBJECT, MEMBER),
    Operation("post", "/members/{member}/api-keys", "Make a key, shown once", "people", _object({"key": STRING}, "key"), None, 201),
    Operation("get", "/departments", "Departments", "people", rows(OBJECT)),
    Operation("post", "/departments", "Make a department", "people", OBJECT, DEPARTMENT, 201),
    Operation("patch", "/departments/{department}", "Change a department", "people", OBJECT, OBJECT),
    Operation(
        "put", "/apps/{app}/roles/{role}/members", "Who has a role", "people", OBJECT,
        _object({"members": {"type": "array", "items": INTEGER}, "departments": {"type": "array", "items": INTEGER}}),
    ),
    Operation(
        "post", "/formulas/evaluate", "Try a formula", "formulas", _object({"value": {}, "type": STRING}, "value", "type"),
        _object({"formula": STRING, "values": OBJECT, "locale": {"enum": ["zh-CN", "en"]}}, "formula"),
    ),
)  # fmt: skip


def record_operations(app: str, form: str, label: str, schema: str, may: set[str]) -> Iterator[Operation]:
    """What may be done with the records of one form; `may` are the operations that the caller has grants for."""
    base = f"/apps/{app}/forms/{form}/records"
    record, values = ref(schema), _object({"values": ref(f"{schema}.values")}, "values")
    one = f"{base}/{{id}}"
    tag = f"{app} · {label}"
    if "create" in may:
        draft = _object({"values": ref(f"{schema}.values"), "draft": {"type": "boolean"}}, "values")
        yield Operation("post", base, f"Create: {label}", tag, record, draft, 201)
    yield Operation("get", one, f"Read: {label}", tag, record)
    if "update" in may:
        yield Operation("patch", one, f"Change: {label}", tag, record, values)
    if "delete" in may:
        yield Operation("delete", one, f"Delete: {label}", tag, status=204)
        yield Operation(
            "get", f"/apps/{app}/forms/{form}/deleted", f"Recycle bin: {label}", tag, rows(record)
        )
        yield Operation("post", f"{one}/restoration", f"Restore: {label}", tag, record)
    if may & {"create", "update", "delete"}:
        operations = {
            "type": "array",
            "items": _object({"op": {"enum": ["create", "update", "delete"]}}, "op"),
        }
        batch = _object({"operations": operations, "atomic": {"type": "boolean"}}, "operations")
        yield Operation("post", f"{base}/batch", f"Many changes: {label}", tag, OBJECT, batch)
    query = _object(
        {
            "where": CONDITION, "sort": SORT, "fields": {"type": "array", "items": STRING}, "search": STRING,
            "limit": INTEGER, "cursor": STRING, "offset": INTEGER, "count": {"enum": [True, False, "estimate"]},
        }
    )  # fmt: skip
    page = _object(
        {
            "records": {"type": "array", "items": record}, "next_cursor": {"type": ["string", "null"]},
            "total": INTEGER, "estimated": {"type": "boolean"},
        },
        "records",
    )  # fmt: skip
    yield Operation("post", f"{base}/query", f"Query: {label}", tag, page, query)
    grouping = {"type": "array", "items": _object({"field": STRING, "bucket": STRING}, "field")}
    aggregation = _object(
        {"where": CONDITION, "group_by": grouping, "measures": {"type": "array", "items": OBJECT},
         "having": CONDITION, "sort": SORT, "limit": INTEGER}
    )  # fmt: skip
    yield Operation("post", f"{base}/aggregate", f"Totals: {label}", tag, rows(OBJECT), aggregation)
    yield Operation("get", f"{one}/history", f"History: {label}", tag, rows(OBJECT))
    yield Operation("get", f"{one}/comments", f"Comments: {label}", tag, rows(OBJECT))
    yield Operation(
        "post", f"{one}/comments", f"Comment: {label}", tag, OBJECT, _object({"text": STRING}, "text"), 201
    )
    yield Operation("get", f"{one}/explain/{{field}}", f"How a figure came about: {label}", tag, OBJECT)
    if "import" in may:
        upload = _object(
            {
                "file": {"type": "string", "format": "binary"},
                "mapping": STRING,
                "mode": STRING,
                "match_on": STRING,
            },
            "file",
        )
        yield Operation(
            "post",
            f"/apps/{app}/forms/{form}/imports",
            f"Import: {label}",
            tag,
            ref("job"),
            upload,
            202,
            True,
        )
    if "export" in may:
        export = _object(
            {
                "format": {"enum": ["xlsx", "csv"]},
                "where": CONDITION,
                "fields": {"type": "array", "items": STRING},
                "sort": SORT,
            }
        )
        yield Operation(
            "post", f"/apps/{app}/forms/{form}/exports", f"Export: {label}", tag, ref("job"), export, 202
        )
