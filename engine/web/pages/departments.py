"""Departments: the tree with heads, and its changes."""

from typing import Any

from flask import Blueprint, redirect, render_template, request

from engine.access import departments
from engine.access.departments import Department, DepartmentValues
from engine.access.grants import require_administrator
from engine.platform.errors import Conflict, Invalid
from engine.web.department_tree import choices, tree
from engine.web.pages.members import member_choices
from engine.web.shell.opened import connection, database, viewer
from engine.web.shell.told import Told

blueprint = Blueprint("departments", __name__)


@blueprint.get("/departments")
def index() -> Any:
    """The whole tree."""
    return render_template(
        "pages/departments.html",
        branches=tree(connection()),
        may_change=viewer().administrator,
        saved=request.args.get("saved"),
    )


@blueprint.get("/departments/new")
def new() -> Any:
    """The empty form."""
    require_administrator(viewer())
    return _form(None, {"parent": request.args.get("parent", "")})


@blueprint.post("/departments/new")
def create() -> Any:
    """Make a department."""
    require_administrator(viewer())
    try:
        with database().begin() as writing:
            departments.create(writing, DepartmentValues.read(_sent()), author=viewer())
    except Invalid as refusal:
        return _form(None, request.form.to_dict(), Told.of(refusal)), refusal.status
    return redirect("/departments?saved=1")


@blueprint.get("/departments/<int:department_id>")
def show(department_id: int) -> Any:
    """The form of one department."""
    require_administrator(viewer())
    found = departments.get(connection(), department_id)
    return _form(found, {"name": found.name, "parent": found.parent_id, "head": found.head_id})


@blueprint.post("/departments/<int:department_id>")
def change(department_id: int) -> Any:
    """Save the form."""
    require_administrator(viewer())
    found = departments.get(connection(), department_id)
    try:
        with database().begin() as writing:
            departments.change(writing, department_id, DepartmentValues.read(_sent()), author=viewer())
    except Invalid as refusal:
        return _form(found, request.form.to_dict(), Told.of(refusal)), refusal.status
    return redirect("/departments?saved=1")


@blueprint.post("/departments/<int:department_id>/removal")
def remove(department_id: int) -> Any:
    """Take away an empty department."""
    require_administrator(viewer())
    found = departments.get(connection(), department_id)
    try:
        with database().begin() as writing:
            departments.remove(writing, department_id, author=viewer())
    except Conflict as refusal:
        values = {"name": found.name, "parent": found.parent_id, "head": found.head_id}
        return _form(found, values, Told(str(refusal.message))), refusal.status
    return redirect("/departments?saved=1")


def _sent() -> dict[str, Any]:
    return {name: request.form.get(name) or None for name in ("name", "parent", "head")}


def _form(department: Department | None, values: dict[str, Any], told: Told | None = None) -> str:
    branches = tree(connection())
    if department:
        branches = _not_below(branches, department.id)
    return render_template(
        "pages/departments_form.html",
        department=department,
        values=values,
        told=told or Told(),
        parents=choices(branches),
        people=member_choices(),
    )


def _not_below(branches: list[Any], own_id: int) -> list[Any]:
    left: list[Any] = []
    hidden = {own_id}
    for branch in branches:
        if branch.id in hidden or branch.parent_id in hidden:
            hidden.add(branch.id)
        else:
            left.append(branch)
    return left
