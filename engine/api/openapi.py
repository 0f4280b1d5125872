"""The OpenAPI 3.1 document: every resource, and each app's own forms as far as the caller may see them."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response

from engine.access.grants import allows, may_open
from engine.access.viewer import Viewer
from engine.api.authentication import viewer
from engine.api.messages import answer, database
from engine.api.operations import COMPONENTS, GENERAL, Operation, record_operations
from engine.definitions import live, store
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.records.query import readable_fields

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
            name = f"{app.app.key}.{key}"
            schemas[name] = _record(form, list(readable_fields(app, key, who)), name)
            schemas[f"{name}.values"] = _written(app, form, who)
            may = {
                name_
                for name_ in ("create", "update", "delete", "import", "export")
                if allows(app, who, key, name_)
            }
            for operation in record_operations(app.app.key, key, form.name(), name, may):
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


def _record(form: Form, fields: list[Field], name: str) -> dict[str, Any]:
    values = {one.key: _described(one, written=False) for one in _valued(fields)}
    return {
        "type": "object",
        "title": form.name(),
        "properties": {
            **COMPONENTS["record"]["properties"],
            "values": {"type": "object", "properties": values},
        },
        "required": ["id", "version", "values"],
    }


def _written(app: LiveApp, form: Form, who: Viewer) -> dict[str, Any]:
    readable = {one.key for one in readable_fields(app, form.key, who)}
    fields = [one for one in form.fields if one.key in readable and one.kind.stored and not one.kind.computed]
    values = {one.key: _described(one, written=True) for one in _valued(fields)}
    values["owner"] = {"anyOf": [{"type": "integer"}, {"type": "object"}, {"type": "null"}]}
    return {"type": "object", "title": form.name(), "properties": values, "additionalProperties": False}


def _described(field: Field, *, written: bool) -> dict[str, Any]:
    return {"title": field.name(), **field.kind.value_schema(field, written=written)}


def _valued(fields: list[Field]) -> Iterator[Field]:
    return (one for one in fields if not one.kind.layout_only and not one.system)


def _add(paths: dict[str, dict[str, Any]], operation: Operation) -> None:
    parameters = [_parameter(name) for name in operation.placeholders]
    content: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {
            str(operation.status): _answered(operation),
            "default": {"$ref": "#/components/responses/problem"},
        },
    }
    if operation.sent is not None:
        media = "multipart/form-data" if operation.multipart else "application/json"
        content["requestBody"] = {"required": True, "content": {media: {"schema": operation.sent}}}
    if operation.method == "post" and operation.status in (200, 201, 202):
        content["parameters"] = [IDEMPOTENCY]
    place = paths.setdefault(operation.path, {"parameters": parameters} if parameters else {})
    place[operation.method] = content


def _answered(operation: Operation) -> dict[str, Any]:
    if operation.answered is None:
        return {"description": "Done"}
    return {"description": "Done", "content": {operation.media: {"schema": operation.answered}}}


def _parameter(name: str) -> Mapping[str, Any]:
    kind = "integer" if name in ("id", "n", "member", "department") else "string"
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeat with the same key within 24 hours returns the first answer",
    "schema": {"type": "string", "maxLength": 255},
}
