"""The people of the sample data: invited members in departments, who go again when nobody else needs them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from engine.access import audit, departments, people, roles
from engine.access.audit import Actor
from engine.access.departments import DepartmentValues
from engine.access.member_values import MemberValues
from engine.definitions.model import App, LiveApp
from engine.records.storage.people_in_use import named_elsewhere
from templates_gallery.sample_sheets import SampleSheets


@dataclass(frozen=True)
class SamplePeople:
    """Ids by the names that the sheets use."""

    members: Mapping[str, int]
    departments: Mapping[str, int]


def add_people(connection: Connection, live: LiveApp, sheets: SampleSheets, *, author: Actor) -> SamplePeople:
    """Make the members and departments, or take those that another clone has made, and give them their roles."""
    # Two clones at once must not make the same people twice.
    connection.execute(text("LOCK TABLE jianflow.sample_member IN SHARE ROW EXCLUSIVE MODE"))
    places = _add_departments(connection, live.app, sheets, author)
    known = _sample_members(connection)
    ids: dict[str, int] = {}
    for row in sheets.members:
        found = known.get(row["name"])
        if found is None:
            values = MemberValues(name=row["name"], department=places[row["department"]])
            found = people.create(connection, values, author=author).id
        ids[row["name"]] = found
    _mark(connection, "member", live.app, ids.values())
    for row in sheets.departments:
        if row["head"]:
            _set_head(connection, live.app, places[row["name"]], ids[row["head"]], author)
    _give_roles(connection, live, sheets, ids, author)
    return SamplePeople(ids, places)


def _add_departments(connection: Connection, app: App, sheets: SampleSheets, author: Actor) -> dict[str, int]:
    known = {(one.parent_id, one.name.lower()): one.id for one in departments.all_departments(connection)}
    shared = set(connection.scalars(text("SELECT department_id FROM jianflow.sample_department")))
    ids: dict[str, int] = {}
    marked: list[int] = []
    for row in sheets.departments:
        parent = ids[row["parent"]] if row["parent"] else None
        found = known.get((parent, row["name"].lower()))
        if found is None:
            found = departments.create(connection, DepartmentValues(row["name"], parent), author=author).id
            marked.append(found)
        elif found in shared:
            marked.append(found)
        ids[row["name"]] = found
    _mark(connection, "department", app, marked)
    return ids


def _sample_members(connection: Connection) -> dict[str, int]:
    """Members that came with sample data and that nobody has made a real colleague since, by name."""
    statement = text(
        """
        SELECT DISTINCT m.name, m.id FROM jianflow.member m JOIN jianflow.sample_member s ON s.member_id = m.id
        WHERE m.state = 'invited' ORDER BY m.id DESC
        """
    )
    return {row.name: row.id for row in connection.execute(statement)}


def _set_head(connection: Connection, app: App, department_id: int, head: int, author: Actor) -> None:
    """Only of a department that came with the sample data: one's own keep the head they have."""
    statement = text(
        "SELECT 1 FROM jianflow.sample_department WHERE app_id = :app AND department_id = :department"
    )
    if connection.scalar(statement, {"app": app.id, "department": department_id}):
        departments.change(connection, department_id, DepartmentValues(head=head), author=author)


def _give_roles(
    connection: Connection, live: LiveApp, sheets: SampleSheets, ids: Mapping[str, int], author: Actor
) -> None:
    given = roles.assignments(connection, live.app.id)
    for role in sorted({row["role"] for row in sheets.members if row["role"]}):
        now = given.get(role, roles.Assignment())
        new = [ids[row["name"]] for row in sheets.members if row["role"] == role]
        roles.assign(connection, live, role, (*now.members, *new), now.departments, author=author)


def _mark(connection: Connection, kind: str, app: App, ids: Iterable[int]) -> None:
    rows = [{"app": app.id, "id": one} for one in ids]
    if rows:
        statement = text(f"INSERT INTO jianflow.sample_{kind} VALUES (:app, :id) ON CONFLICT DO NOTHING")
        connection.execute(statement, rows)


def remove_people(
    connection: Connection, app: App, *, author: Actor, whole_app: bool = False
) -> tuple[int, int]:
    """Take the sample people of an app away where nobody else needs them; answers how many members, departments.

    With `whole_app` the app itself goes, so that what its records name does not count.
    """
    connection.execute(text("LOCK TABLE jianflow.sample_member IN SHARE ROW EXCLUSIVE MODE"))
    members, shared = _unmark(connection, "member", app)
    places, _ = _unmark(connection, "department", app)
    roles_of = "DELETE FROM jianflow.role_member WHERE app_id = :app AND member_id = ANY(:ids)"
    connection.execute(text(roles_of), {"app": app.id, "ids": shared})
    passed_over = app.key if whole_app else None
    members -= named_elsewhere(connection, "member", members, passed_over)
    members -= set(connection.scalars(text(NEEDED_MEMBERS), {"ids": sorted(members), "app": app.id}))
    _remove_members(connection, members, author)
    places -= named_elsewhere(connection, "department", places, passed_over)
    places -= set(connection.scalars(text(NEEDED_DEPARTMENTS), {"ids": sorted(places), "app": app.id}))
    return len(members), _remove_departments(connection, places, author)


NEEDED_MEMBERS = """
    SELECT m.id FROM jianflow.member m WHERE m.id = ANY(:ids) AND (
        m.state <> 'invited' OR m.administrator OR coalesce(m.account, m.phone, m.email, m.password_hash) IS NOT NULL
        OR EXISTS (SELECT 1 FROM jianflow.invitation i WHERE i.member_id = m.id)
        OR EXISTS (SELECT 1 FROM jianflow.role_member r WHERE r.member_id = m.id AND r.app_id <> :app)
        OR EXISTS (SELECT 1 FROM jianflow.member below WHERE below.superior_id = m.id AND below.id <> ALL(:ids)))
"""
"""Those who were made real colleagues since, or whom others report to."""

NEEDED_DEPARTMENTS = """
    SELECT department_id FROM jianflow.role_department WHERE department_id = ANY(:ids) AND app_id <> :app
    UNION SELECT department_id FROM jianflow.member WHERE department_id = ANY(:ids)
    UNION SELECT department_id FROM jianflow.member_department WHERE department_id = ANY(:ids)
"""


def _unmark(connection: Connection, kind: str, app: App) -> tuple[set[int], list[int]]:
    """The people that came with this app alone, and those that another app's sample data has too."""
    mine = set(
        connection.scalars(
            text(f"DELETE FROM jianflow.sample_{kind} WHERE app_id = :app RETURNING {kind}_id"),
            {"app": app.id},
        )
    )
    others = f"SELECT DISTINCT {kind}_id FROM jianflow.sample_{kind} WHERE {kind}_id = ANY(:ids)"
    shared = set(connection.scalars(text(others), {"ids": sorted(mine)}))
    return mine - shared, sorted(shared)


def _remove_members(connection: Connection, ids: set[int], author: Actor) -> None:
    names = people.titles(connection, ids)
    going = {"ids": sorted(ids)}
    connection.execute(text("UPDATE jianflow.department SET head_id = NULL WHERE head_id = ANY(:ids)"), going)
    connection.execute(
        text("UPDATE jianflow.member SET superior_id = NULL WHERE superior_id = ANY(:ids)"), going
    )
    connection.execute(text("DELETE FROM jianflow.member WHERE id = ANY(:ids)"), going)
    for member_id, name in sorted(names.items()):
        audit.note(connection, "member_removed", actor=author, subject=("member", member_id), name=name)


def _remove_departments(connection: Connection, ids: set[int], author: Actor) -> int:
    """From the leaves up, as far as nothing else stands below."""
    removed = 0
    while True:
        parents = {one.parent_id for one in departments.all_departments(connection)}
        leaves = sorted(ids - parents)
        if not leaves:
            return removed
        for one in leaves:
            departments.remove(connection, one, author=author)
        ids -= set(leaves)
        removed += len(leaves)
