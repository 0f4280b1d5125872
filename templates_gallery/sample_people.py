"""The people of the sample data: invited members in departments, who go again when nobody else needs them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from engine.access import departments, people, roles
from engine.access.audit import Actor
from engine.access.departments import DepartmentValues
from engine.access.member_values import MemberValues
from engine.definitions.model import App, LiveApp
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
    statement = text("SELECT 1 FROM jianflow.sample_department WHERE app_id = :app AND department_id = :department")
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
