"""What the API can do, described: each operation with what it takes and gives."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.api import import_mapping
from engine.api.schemas import (
    ANY,
    ASSIGNMENT,
    BINARY,
    BOOLEAN,
    CONDITION,
    DEPARTMENT_SENT,
    INTEGER,
    LABEL,
    MEMBER_SENT,
    OBJECT,
    SORT,
    STRING,
    TEXT_OR_NULL,
    Schema,
    closed,
    full,
    list_of,
    object_of,
    or_null,
    ref,
    rows,
)


@dataclass(frozen=True)
class Operation:
    """One method on one address; `match` is what `If-Match` is there: absent, optional or required."""

    method: str
    path: str
    summary: str
    tag: str
    answered: Schema | None = None
    sent: Schema | None = None
    status: int = 200
    multipart: bool = False
    media: str = "application/json"
    query: tuple[tuple[str, Schema], ...] = ()
    match: str | None = None
    unseen: bool = False
    """It may answer 204: what was written can't be read by the caller (any more)."""

    @property
    def id(self) -> str:
        """A name that no other operation has."""
        return re.sub(r"\W+", "_", f"{self.method} {self.path}").strip("_")

    @property
    def placeholders(self) -> list[str]:
        """The variable parts of the address."""
        return re.findall(r"\{(\w+)\}", self.path)


DEFINITION = "/apps/{app}/definitions/{kind}/{key}"
FORM_DEFINITION = "/apps/{app}/definitions/forms/{key}"
ROLE = "/apps/{app}/roles/{role}/members"
KEYS = "/members/{member}/api-keys"

GENERAL: tuple[Operation, ...] = (
    Operation("get", "/openapi.json", "This document", "api", OBJECT),
    Operation("get", "/apps", "Apps that one may open", "apps", rows(ref("app"))),
    Operation(
        "post", "/apps", "Make an app, blank or from a template", "apps", ref("app"),
        closed({"template": STRING, "name": LABEL, "sample_data": BOOLEAN}), 201,
    ),
    Operation("get", "/apps/{app}", "One app", "apps", ref("app")),
    Operation("delete", "/apps/{app}", "Delete an app with all its records", "apps", status=204),
    Operation("delete", "/apps/{app}/sample-data", "Remove the sample data", "apps", OBJECT),
    Operation("get", "/apps/{app}/package", "The app as a package", "apps", BINARY, media="application/zip"),
    Operation(
        "post", "/apps/install", "Install a package as a new app", "apps", ref("app"),
        object_of({"file": BINARY, "name": STRING}, "file"), 201, True,
    ),
    Operation(
        "get", DEFINITION, "A definition: the draft, else what is live", "definitions", OBJECT,
        query=(("state", {"enum": ["draft", "live"]}),),
    ),
    Operation("put", DEFINITION, "Save a draft", "definitions", OBJECT, OBJECT, match="required"),
    Operation(
        "delete", DEFINITION, "Save a draft that removes it", "definitions", status=204, match="required"
    ),
    Operation(
        "get", f"{DEFINITION}/versions", "Versions with readable differences", "definitions",
        rows(ref("version")),
    ),
    Operation(
        "post", f"{DEFINITION}/versions/{{n}}/restoration", "Draft an older version", "definitions", OBJECT,
        None, 201, match="optional",
    ),
    Operation(
        "get", f"{FORM_DEFINITION}/removed-fields", "Removed fields that can come back", "definitions",
        rows(ref("removed_field")),
    ),
    Operation(
        "post", f"{FORM_DEFINITION}/removed-fields/{{path}}/restoration", "Draft a removed field back",
        "definitions", OBJECT, None, 201,
    ),
    Operation(
        "get", f"{FORM_DEFINITION}/fields/{{path}}/kept-values", "Values that a new type left aside",
        "definitions", rows(ref("kept_value")),
    ),
    Operation(
        "post", f"{FORM_DEFINITION}/fields/{{path}}/linked-form", "Turn a text column into a form that it links to",
        "definitions", ref("job"),
        closed({"form": closed({"key": STRING, "name": LABEL}, "key"), "readers": BOOLEAN}, "form"), 202,
    ),
    Operation("get", "/apps/{app}/drafts", "Open drafts", "definitions", rows(ref("draft"))),
    Operation("delete", "/apps/{app}/drafts/{kind}/{key}", "Throw a draft away", "definitions", status=204),
    Operation(
        "post", "/apps/{app}/publish", "Publish drafts together", "definitions", ref("publication"),
        closed({"only": list_of(closed({"kind": STRING, "key": STRING}, "kind", "key"))}),
    ),
    Operation(
        "post", "/apps/{app}/publish/preview", "What publishing would do", "definitions",
        full({"changes": list_of(ref("foretold"))}),
        closed(
            {
                "only": list_of(closed({"kind": STRING, "key": STRING}, "kind", "key")),
                "documents": list_of(
                    closed({"kind": STRING, "key": STRING, "document": OBJECT}, "kind", "key", "document")
                ),
            }
        ),
    ),
    Operation("post", "/apps/{app}/imports/{job}/undo", "Take an import back", "jobs", ref("job"), None, 202),
    Operation(
        "post", "/files", "Upload a file", "files", ref("file"), object_of({"file": BINARY}, "file"), 201, True
    ),
    Operation(
        "get", "/files/{file}", "Download a file", "files", BINARY, media="application/octet-stream"
    ),
    Operation("get", "/jobs/{job}", "How far a job is", "jobs", ref("job")),
    Operation("delete", "/jobs/{job}", "Cancel a job", "jobs", ref("job")),
    Operation(
        "get", "/members", "Members", "people", rows(ref("member")),
        query=(("state", MEMBER_SENT["state"]), ("department", INTEGER), ("search", STRING)),
    ),
    Operation("post", "/members", "Take somebody in", "people", ref("member"), closed(MEMBER_SENT, "name"), 201),
    Operation("get", "/members/{member}", "One member", "people", ref("member")),
    Operation("patch", "/members/{member}", "Change a member", "people", ref("member"), closed(MEMBER_SENT)),
    Operation("get", KEYS, "A member's keys, without the keys themselves", "people", rows(ref("api_key"))),
    Operation(
        "post", KEYS, "Make a key, shown once", "people", object_of({"key": STRING}, "key"),
        closed({"name": STRING}), 201,
    ),
    Operation("delete", f"{KEYS}/{{id}}", "End a key", "people", status=204),
    Operation("get", "/departments", "Departments", "people", rows(ref("department"))),
    Operation(
        "post", "/departments", "Make a department", "people", ref("department"),
        closed(DEPARTMENT_SENT, "name"), 201,
    ),
    Operation(
        "patch", "/departments/{department}", "Change a department", "people", ref("department"),
        closed(DEPARTMENT_SENT),
    ),
    Operation(
        "delete", "/departments/{department}", "Take away an empty department", "people", status=204
    ),
    Operation("get", ROLE, "Who has a role", "people", full(ASSIGNMENT)),
    Operation("put", ROLE, "Give a role to exactly these", "people", full(ASSIGNMENT), closed(ASSIGNMENT)),
    Operation(
        "post", "/formulas/evaluate", "Try a formula", "formulas", full({"value": ANY, "type": STRING}),
        closed({"formula": STRING, "values": OBJECT, "locale": {"enum": ["zh-CN", "en"]}}, "formula"),
    ),
)  # fmt: skip

QUERY = closed(
    {
        "where": CONDITION, "sort": SORT, "fields": list_of(STRING), "search": STRING,
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000}, "cursor": STRING,
        "offset": {"type": "integer", "minimum": 0}, "count": {"enum": [True, False, "estimate"]},
    }
)  # fmt: skip
GROUP = closed({"field": STRING, "bucket": {"enum": ["day", "week", "month", "quarter", "year"]}}, "field")
AGGREGATION = closed(
    {
        "where": CONDITION, "group_by": list_of(GROUP), "measures": list_of(ref("measure")),
        "having": CONDITION, "sort": SORT, "limit": {"type": "integer", "minimum": 1, "maximum": 10_000},
    }
)  # fmt: skip
BATCH = closed({"operations": list_of(ref("operation")), "atomic": BOOLEAN}, "operations")
EXPORT = closed(
    {
        "format": {"enum": ["xlsx", "csv"]}, "where": CONDITION, "fields": list_of(STRING), "sort": SORT,
        "search": STRING,
    }
)  # fmt: skip
IMPORT = object_of(
    {
        "file": BINARY, "mapping": import_mapping.SENT, "mode": {"enum": ["create", "update", "upsert"]},
        "match_on": STRING,
    },
    "file",
)  # fmt: skip
DELETED_QUERY = (("limit", QUERY["properties"]["limit"]), ("cursor", STRING))


def record_operations(
    app: str, form: str, label: str, schema: str, may: set[str], buttons: Sequence[str] = ()
) -> Iterator[Operation]:
    """What may be done with the records of one form; `may` are the operations that the caller has grants for."""
    place = f"/apps/{app}/forms/{form}"
    base, one = f"{place}/records", f"{place}/records/{{id}}"
    record, values = ref(schema), {"values": ref(f"{schema}.values")}
    tag = f"{app} · {label}"
    page = object_of(
        {
            "records": list_of(record), "next_cursor": {"type": ["string", "null"]}, "total": INTEGER,
            "estimated": BOOLEAN,
        },
        "records", "next_cursor",
    )  # fmt: skip
    if "create" in may:
        sent = closed(values | {"draft": BOOLEAN}, "values")
        yield Operation("post", base, f"Create: {label}", tag, record, sent, 201, unseen=True)
    yield Operation("get", one, f"Read: {label}", tag, record)
    if "update" in may:
        changed = closed(values, "values")
        yield Operation("patch", one, f"Change: {label}", tag, record, changed, match="optional", unseen=True)
    if "delete" in may:
        yield Operation("delete", one, f"Delete: {label}", tag, status=204, match="optional")
        yield Operation("post", f"{one}/restoration", f"Restore: {label}", tag, record, unseen=True)
    bin_page = object_of(
        {"rows": list_of(record), "next_cursor": {"type": ["string", "null"]}}, "rows", "next_cursor"
    )
    yield Operation("get", f"{place}/deleted", f"Recycle bin: {label}", tag, bin_page, query=DELETED_QUERY)
    if may & {"create", "update", "delete"}:
        answers = full({"results": list_of(ref("outcome"))})
        yield Operation("post", f"{base}/batch", f"Many changes: {label}", tag, answers, BATCH)
    yield Operation("post", f"{base}/query", f"Query: {label}", tag, page, QUERY)
    yield Operation("post", f"{base}/aggregate", f"Totals: {label}", tag, rows(OBJECT), AGGREGATION)
    yield Operation("get", f"{one}/history", f"History: {label}", tag, rows(ref("change")))
    yield Operation("get", f"{one}/comments", f"Comments: {label}", tag, rows(ref("comment")))
    said = closed({"text": STRING}, "text")
    yield Operation("post", f"{one}/comments", f"Comment: {label}", tag, ref("comment"), said, 201)
    yield Operation(
        "get", f"{one}/explain/{{field}}", f"How a figure came about: {label}", tag, ref("explanation")
    )
    if buttons:
        pressed = full(
            {
                "record": or_null(record), "made": list_of(full({"form": STRING, "id": INTEGER})),
                "opens": or_null(full({"form": STRING, "values": OBJECT})), "address": TEXT_OR_NULL,
                "warnings": list_of(ref("fault")),
            }
        )  # fmt: skip
        does = f"Press a button ({', '.join(buttons)}): {label}"
        yield Operation("post", f"{one}/buttons/{{button}}", does, tag, pressed, match="optional")
    if "import" in may:
        yield Operation(
            "post", f"{place}/imports", f"Import: {label}", tag, ref("job"), IMPORT, 202, True,
            query=(("dry_run", BOOLEAN),),
        )  # fmt: skip
    if "export" in may:
        yield Operation("post", f"{place}/exports", f"Export: {label}", tag, ref("job"), EXPORT, 202)
