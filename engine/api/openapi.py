"""The OpenAPI 3.1 document: every resource, and each app's own forms as far as the caller may see them."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response

from engine.access.grants import allows, may_open
from engine.access.viewer import Viewer
from engine.api.authentication import viewer
from engine.api.messages import answer, database
from engine.api.operations import GENERAL, Operation, record_operations
from engine.api.schemas import COMPONENTS, ID, MOMENT, RECORD, REFERENCE, STALE, list_of, ref
from engine.definitions import live, store
from engine.definitions.model import LiveApp
from engine.fields.button import buttons
from engine.fields.form import Field, Form
from engine.records.reading.visible import Access, access_for

blueprint = Blueprint("api_openapi", __name__)


@blueprint.get("/openapi.json")
def document() -> Response:
    who = viewer()
    with database().connect() as connection:
        apps = [live.load(connection, app.key) for app in store.apps(connection)]
    return answer(openapi([app for app in apps if may_open(app, who)], who))


def openapi(apps: list[LiveApp], who: Viewer) -> dict[str, Any]:
    """The document for one caller."""
    paths: dict[str, dict[str, Any]] = {}
    schemas = dict(COMPONENTS)
    for operation in GENERAL:
        _add(paths, operation)
    for app in apps:
        for key in sorted(app.forms):
            if not allows(app, who, key, "read"):
                continue
            form = app.form(key)
            access = access_for(app, form, who)
            name = f"{app.app.key}.{key}"
            schemas[name] = _record(form, access)
            schemas[f"{name}.values"] = _written(form, access)
            may = {
                name_
                for name_ in ("create", "update", "delete", "import", "export")
                if allows(app, who, key, name_)
            }
            pressed = [one.key for one in buttons(form) if not _hidden(access, one.key)]
            for operation in record_operations(app.app.key, key, form.name(), name, may, pressed):
                _add(paths, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Jianflow",
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
            "responses": {
                "problem": {
                    "description": "A problem document (RFC 9457)",
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}
                    },
                }
            },
        },
    }


def _record(form: Form, access: Access) -> dict[str, Any]:
    values = {one.key: _described(one, access, written=False) for one in _valued(access)}
    shown = {"type": "object", "properties": values, "additionalProperties": False}
    return {
        "type": "object",
        "title": form.name(),
        "properties": {
            **RECORD,
            "stale": STALE,
            "values": shown,
            "warnings": list_of(ref("fault")),
            "deleted_at": MOMENT,
            "deleted_by": REFERENCE,
        },
        "required": [*RECORD, "values"],
        "additionalProperties": False,
    }


def _written(form: Form, access: Access) -> dict[str, Any]:
    values = {
        one.key: _described(one, access, written=True)
        for one in _valued(access)
        if one.kind.stored and not one.kind.computed
    }
    owner = {} if _hidden(access, "owner") else {"owner": ID}
    return {
        "type": "object",
        "title": form.name(),
        "properties": {**values, **owner},
        "additionalProperties": False,
    }


def _hidden(access: Access, key: str) -> bool:
    return all(grant.hides(key) for grant in access.grants)


def _described(field: Field, access: Access, *, written: bool) -> dict[str, Any]:
    described = {"title": field.name(), **field.kind.value_schema(field, written=written)}
    for child in field.children:
        if access.never(child.path):
            described["items"]["properties"].pop(child.key, None)
    return described


def _valued(access: Access) -> Iterator[Field]:
    return (one for one in access.fields() if not one.system)


def _add(paths: dict[str, dict[str, Any]], operation: Operation) -> None:
    content: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {
            str(operation.status): _answered(operation),
            **(
                {"204": {"description": "Done; the record can't be read by the caller"}}
                if operation.unseen
                else {}
            ),
            "default": {"$ref": "#/components/responses/problem"},
        },
    }
    if operation.sent is not None:
        media = "multipart/form-data" if operation.multipart else "application/json"
        needed = bool(operation.sent.get("required")) or operation.method in ("put", "patch")
        content["requestBody"] = {"required": needed, "content": {media: {"schema": operation.sent}}}
    parameters = [_in_query(name, schema) for name, schema in operation.query]
    if operation.method == "post" and operation.path not in NEVER_REPEATED:
        parameters.append(IDEMPOTENCY)
    if operation.match is not None:
        parameters.append(IF_MATCH[operation.match])
    if parameters:
        content["parameters"] = parameters
    in_path = [_in_path(name) for name in operation.placeholders]
    place = paths.setdefault(operation.path, {"parameters": in_path} if in_path else {})
    place[operation.method] = content


def _answered(operation: Operation) -> dict[str, Any]:
    if operation.answered is None:
        return {"description": "Done"}
    return {"description": "Done", "content": {operation.media: {"schema": operation.answered}}}


def _in_path(name: str) -> Mapping[str, Any]:
    kind = "integer" if name in ("id", "n", "member", "department") else "string"
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _in_query(name: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


NEVER_REPEATED = ("/members/{member}/api-keys",)
"""POSTs that know no `Idempotency-Key`: the answer holds a secret that is kept nowhere."""

IF_MATCH = {
    word: {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": {
            "optional": "The ETag that was read; a stale one answers 412 with both versions",
            "required": "The ETag that was read; required where the definition exists, and a stale one is merged",
        }[word],
        "schema": {"type": "string"},
    }
    for word in ("optional", "required")
}

IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeat with the same key within 24 hours returns the first answer",
    "schema": {"type": "string", "maxLength": 255},
}
