"""Who has which role in an app: members by name, and departments with everybody in and below them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, insert, select, text

from engine.access import audit
from engine.access.tables import department, member, role_department, role_member
from engine.access.viewer import EVERYONE
from engine.definitions import locks
from engine.definitions.kinds import on_app_deleted, on_publish
from engine.definitions.model import App as DefinedApp
from engine.definitions.model import Change, LiveApp
from engine.platform.errors import Fault, Invalid, NotFound
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Assignment:
    """Who was given a role."""

    members: tuple[int, ...] = ()
    departments: tuple[int, ...] = ()


def assignment(connection: Connection, app_id: int, role: str) -> Assignment:
    """Who was given one role."""
    return assignments(connection, app_id).get(role, Assignment())


def assignments(connection: Connection, app_id: int) -> dict[str, Assignment]:
    """Who was given which role of an app."""
    members: dict[str, list[int]] = {}
    departments: dict[str, list[int]] = {}
    for row in connection.execute(
        select(role_member).where(role_member.c.app_id == app_id).order_by("member_id")
    ):
        members.setdefault(row.role, []).append(row.member_id)
    statement = select(role_department).where(role_department.c.app_id == app_id).order_by("department_id")
    for row in connection.execute(statement):
        departments.setdefault(row.role, []).append(row.department_id)
    return {
        role: Assignment(tuple(members.get(role, ())), tuple(departments.get(role, ())))
        for role in {*members, *departments}
    }


def assign(
    connection: Connection,
    live: LiveApp,
    role: str,
    members: Iterable[int],
    departments: Iterable[int],
    *,
    author: audit.Actor,
) -> Assignment:
    """Give a role to exactly these members and departments."""
    if role not in live.documents.get("roles", {}):
        raise NotFound(Text("没有角色“{role}”", "There is no role “{role}”", role=role))
    if role == EVERYONE:
        message = Text("“所有人”不需要指定成员", "“Everyone” needs no members")
        raise Invalid.at("/members", "everyone", message)
    _hold(connection, live, role)
    after = Assignment(tuple(dict.fromkeys(members)), tuple(dict.fromkeys(departments)))
    _check_known(connection, after)
    before = assignment(connection, live.app.id, role)
    for table, column, ids in (
        (role_member, "member_id", after.members),
        (role_department, "department_id", after.departments),
    ):
        _replace(connection, table, column, live.app.id, role, ids)
    if (set(before.members), set(before.departments)) != (set(after.members), set(after.departments)):
        audit.note(
            connection,
            "role_assigned",
            actor=author,
            subject=("role", f"{live.app.key}/{role}"),
            members=[before.members, after.members],
            departments=[before.departments, after.departments],
        )
    return after


def give(connection: Connection, live: LiveApp, role: str, member_id: int, *, author: audit.Actor) -> None:
    """Give a role to one more member."""
    _hold(connection, live, role)
    now = assignment(connection, live.app.id, role)
    assign(connection, live, role, (*now.members, member_id), now.departments, author=author)


HOLDERS = text(
    """
    WITH RECURSIVE places AS (
        SELECT department_id AS id FROM jianflow.role_department WHERE app_id = :app AND role = :role
        UNION SELECT d.id FROM jianflow.department d JOIN places ON d.parent_id = places.id
    )
    SELECT id FROM jianflow.member m
    WHERE state = 'active' AND (
        :everyone
        OR id IN (SELECT member_id FROM jianflow.role_member WHERE app_id = :app AND role = :role)
        OR department_id IN (SELECT id FROM places)
        OR EXISTS (SELECT 1 FROM jianflow.member_department also
                   WHERE also.member_id = m.id AND also.department_id IN (SELECT id FROM places)))
    ORDER BY id
    """
)


def holders(connection: Connection, app_id: int, role: str) -> list[int]:
    """The active members who have a role, by name or through a department."""
    found = connection.execute(HOLDERS, {"app": app_id, "role": role, "everyone": role == EVERYONE})
    return list(found.scalars())


@on_publish("roles")
def forget_role(connection: Connection, change: Change) -> None:
    """Nobody has a role that is gone."""
    if change.after is None:
        for table in (role_member, role_department):
            connection.execute(
                delete(table).where(table.c.app_id == change.app.id, table.c.role == change.key)
            )


@on_app_deleted
def forget_app(connection: Connection, app: DefinedApp) -> None:
    """Nobody has a role in an app that is gone."""
    for table in (role_member, role_department):
        connection.execute(delete(table).where(table.c.app_id == app.id))


def _hold(connection: Connection, live: LiveApp, role: str) -> None:
    """Who else gives the role waits, so that neither giving is lost."""
    locks.hold(connection, locks.number("role", live.app.key, role))


def _check_known(connection: Connection, given: Assignment) -> None:
    faults: list[Fault] = []
    people = connection.execute(select(member.c.id).where(member.c.id.in_(given.members))).scalars()
    places = connection.execute(
        select(department.c.id).where(department.c.id.in_(given.departments))
    ).scalars()
    for name, ids, there, code, message in (
        (
            "members",
            given.members,
            set(people),
            "unknown_member",
            Text("没有这位成员", "There is no such member"),
        ),
        (
            "departments",
            given.departments,
            set(places),
            "unknown_department",
            Text("没有这个部门", "There is no such department"),
        ),
    ):
        faults += [
            Fault(f"/{name}/{place}", code, message) for place, one in enumerate(ids) if one not in there
        ]
    if faults:
        raise Invalid(Text("角色成员没有保存", "The role's members were not saved"), faults)


def _replace(
    connection: Connection, table: Table, column: str, app_id: int, role: str, ids: tuple[int, ...]
) -> None:
    connection.execute(delete(table).where(table.c.app_id == app_id, table.c.role == role))
    if ids:
        connection.execute(insert(table), [{"app_id": app_id, "role": role, column: one} for one in ids])
