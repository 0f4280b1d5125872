"""Departments: the tree, and its changes by an administrator."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import Connection

from engine.access import departments, people
from engine.access.departments import Department, DepartmentValues
from engine.access.grants import require_administrator
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body, database, nothing

blueprint = Blueprint("api_departments", __name__)


@blueprint.get("/departments")
def index() -> Response:
    """All departments, each with the one it belongs to."""
    with database().connect() as connection:
        return answer({"rows": _json(connection, departments.all_departments(connection))})


@blueprint.post("/departments")
@idempotent
def create() -> Response:
    """Make a department."""
    require_administrator(viewer())
    values = DepartmentValues.read(body())
    with database().begin() as connection:
        made = departments.create(connection, values, author=viewer())
        return answer(_json(connection, [made])[0], 201)


@blueprint.patch("/departments/<int:department_id>")
def change(department_id: int) -> Response:
    """Rename, move or give another head."""
    require_administrator(viewer())
    with database().begin() as connection:
        departments.get(connection, department_id)
        values = DepartmentValues.read(body())
        changed = departments.change(connection, department_id, values, author=viewer())
        return answer(_json(connection, [changed])[0])


@blueprint.delete("/departments/<int:department_id>")
def remove(department_id: int) -> Response:
    """Take away an empty department."""
    require_administrator(viewer())
    with database().begin() as connection:
        departments.remove(connection, department_id, author=viewer())
    return nothing()


def _json(connection: Connection, found: list[Department]) -> list[dict[str, Any]]:
    parents = departments.titles(connection, [one.parent_id for one in found if one.parent_id])
    heads = people.titles(connection, [one.head_id for one in found if one.head_id])
    return [
        {
            "id": one.id,
            "name": one.name,
            "parent": {"id": one.parent_id, "title": parents.get(one.parent_id)} if one.parent_id else None,
            "head": {"id": one.head_id, "title": heads.get(one.head_id)} if one.head_id else None,
        }
        for one in found
    ]
