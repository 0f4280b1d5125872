"""Departments: a tree with heads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from engine.access import audit, people
from engine.access.bodies import LARGEST_ID, UNSET, Unset, known, optional_id, text
from engine.access.tables import department, member, member_department
from engine.platform import clock
from engine.platform.errors import Conflict, Fault, Invalid, NotFound
from engine.platform.i18n import Text

NAME_LENGTH = 60
DEEPEST = 20


@dataclass(frozen=True)
class Department:
    """A department, with the one it belongs to and the member who heads it."""

    id: int
    name: str
    parent_id: int | None
    head_id: int | None


@dataclass(frozen=True)
class DepartmentValues:
    """What is to be written; what is unset stays as it is."""

    name: str | Unset = UNSET
    parent: int | Unset | None = UNSET
    head: int | Unset | None = UNSET

    @classmethod
    def read(cls, body: object) -> "DepartmentValues":
        """From what a person or program sent; raises Invalid with every fault."""
        faults: list[Fault] = []
        sent = known(body, {field.name for field in dataclass_fields(cls)}, faults)
        values: dict[str, Any] = {}
        if "name" in sent:
            label = Text("部门名称", "department name")
            values["name"] = text(sent["name"], "/name", label, faults, required=True, longest=NAME_LENGTH)
        for name in ("parent", "head"):
            if name in sent:
                values[name] = optional_id(sent[name], f"/{name}", faults)
        if faults:
            raise Invalid(Text("部门没有保存", "The department was not saved"), faults)
        return cls(**values)


def all_departments(connection: Connection) -> list[Department]:
    """Every department, in the order they were made."""
    return [_read(row) for row in connection.execute(select(department).order_by(department.c.id))]


def get(connection: Connection, department_id: int) -> Department:
    """One department."""
    known = 0 < department_id <= LARGEST_ID
    row = (
        connection.execute(select(department).where(department.c.id == department_id)).first()
        if known
        else None
    )
    if row is None:
        raise NotFound(Text("没有这个部门", "There is no such department"))
    return _read(row)


def create(connection: Connection, values: DepartmentValues, *, author: audit.Actor) -> Department:
    """Make a department."""
    if isinstance(values.name, Unset) or not values.name:
        raise Invalid.at("/name", "required", Text("请填写部门名称", "Enter the department's name"))
    parent = None if isinstance(values.parent, Unset) else values.parent
    head = None if isinstance(values.head, Unset) else values.head
    _check(connection, None, values.name, parent, head)
    made = connection.execute(
        insert(department)
        .values(name=values.name, parent_id=parent, head_id=head, created_at=clock.now())
        .returning(department.c.id)
    ).scalar_one()
    audit.note(connection, "department_created", actor=author, subject=("department", made), name=values.name)
    return Department(made, values.name, parent, head)


def change(
    connection: Connection, department_id: int, values: DepartmentValues, *, author: audit.Actor
) -> Department:
    """Rename, move or give another head."""
    # One after the other: two moves at once must not close a ring.
    connection.execute(select(func.pg_advisory_xact_lock(people.ORGANIZATION_LOCK)))
    before = get(connection, department_id)
    after = Department(
        department_id,
        before.name if isinstance(values.name, Unset) else values.name,
        before.parent_id if isinstance(values.parent, Unset) else values.parent,
        before.head_id if isinstance(values.head, Unset) else values.head,
    )
    if after == before:
        return before
    _check(connection, department_id, after.name, after.parent_id, after.head_id)
    connection.execute(
        update(department)
        .where(department.c.id == department_id)
        .values(name=after.name, parent_id=after.parent_id, head_id=after.head_id)
    )
    changed: dict[str, Any] = {
        name: [getattr(before, name), getattr(after, name)]
        for name in ("name", "parent_id", "head_id")
        if getattr(before, name) != getattr(after, name)
    }
    audit.note(
        connection, "department_changed", actor=author, subject=("department", department_id), **changed
    )
    return after


def remove(connection: Connection, department_id: int, *, author: audit.Actor) -> None:
    """Take away an empty department."""
    gone = get(connection, department_id)
    has_people = connection.execute(
        select(
            select(literal(1)).where(member.c.department_id == department_id).exists()
            | select(literal(1)).where(department.c.parent_id == department_id).exists()
            | select(literal(1)).where(member_department.c.department_id == department_id).exists()
        )
    ).scalar_one()
    if has_people:
        message = Text(
            "“{name}”里还有成员或下级部门，请先移走",
            "“{name}” still has members or sub-departments; move them first",
            name=gone.name,
        )
        raise Conflict(message, code="not_empty")
    connection.execute(delete(department).where(department.c.id == department_id))
    audit.note(
        connection, "department_removed", actor=author, subject=("department", department_id), name=gone.name
    )


def ensure_path(connection: Connection, path: Iterable[str], *, author: audit.Actor) -> int:
    """The department at the end of a path of names, made where it is missing."""
    at: int | None = None
    for name in path:
        found = connection.execute(
            select(department.c.id).where(
                func.coalesce(department.c.parent_id, 0) == (at or 0),
                func.lower(department.c.name) == name.lower(),
            )
        ).scalar()
        at = found or create(connection, DepartmentValues(name=name, parent=at), author=author).id
    if at is None:
        raise ValueError("a path has at least one name")
    return at


def named(connection: Connection, names: Iterable[str]) -> Mapping[str, list[int]]:
    """Ids by lower-case name; a name may stand in several places of the tree."""
    wanted = {name.lower() for name in names}
    found: dict[str, list[int]] = {}
    lowered = func.lower(department.c.name)
    for row in connection.execute(
        select(department.c.id, lowered.label("lowered")).where(lowered.in_(wanted)).order_by(department.c.id)
    ):
        found.setdefault(row.lowered, []).append(row.id)
    return found


def titles(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Names by id."""
    rows = connection.execute(select(department.c.id, department.c.name).where(department.c.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def _check(
    connection: Connection, own_id: int | None, name: str, parent_id: int | None, head_id: int | None
) -> None:
    faults: list[Fault] = []
    if parent_id is not None:
        faults += _parent_faults(connection, own_id, parent_id)
    if head_id is not None:
        state = connection.execute(select(member.c.state).where(member.c.id == head_id)).scalar()
        if state is None:
            faults.append(Fault("/head", "unknown_member", Text("没有这位成员", "There is no such member")))
        elif state == "left":
            faults.append(Fault("/head", "member_left", Text("这位成员已离职", "This member has left")))
    if not faults and _is_taken(connection, own_id, name, parent_id):
        message = Text("这里已有部门“{name}”", "There is a department “{name}” here already", name=name)
        faults.append(Fault("/name", "taken", message))
    if faults:
        raise Invalid(Text("部门没有保存", "The department was not saved"), faults)


def _parent_faults(connection: Connection, own_id: int | None, parent_id: int) -> list[Fault]:
    parents = {
        row.id: row.parent_id for row in connection.execute(select(department.c.id, department.c.parent_id))
    }
    if parent_id not in parents:
        return [Fault("/parent", "unknown_department", Text("没有这个部门", "There is no such department"))]
    at: int | None = parent_id
    steps = 0
    while at is not None:
        if at == own_id:
            message = Text(
                "部门不能放到自己或自己的下级里", "A department can't be moved into itself or below itself"
            )
            return [Fault("/parent", "cycle", message)]
        at, steps = parents[at], steps + 1
    if steps >= DEEPEST:
        message = Text("部门最多 {n} 级", "Departments go at most {n} levels deep", n=DEEPEST)
        return [Fault("/parent", "too_deep", message)]
    return []


def _is_taken(connection: Connection, own_id: int | None, name: str, parent_id: int | None) -> bool:
    statement = select(department.c.id).where(
        func.coalesce(department.c.parent_id, 0) == (parent_id or 0),
        func.lower(department.c.name) == name.lower(),
    )
    return any(row.id != own_id for row in connection.execute(statement))


def _read(row: Any) -> Department:
    return Department(row.id, row.name, row.parent_id, row.head_id)
