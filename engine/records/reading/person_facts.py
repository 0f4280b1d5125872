"""What formulas may ask about the person who looks: name, department, superior, address, roles."""

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access import tables as people
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.formulas.moment import MemberFacts, Moment
from engine.records.reading.rowset import Statement

ASKING = frozenset(
    {"MYDEPARTMENT", "MYDEPARTMENTNAME", "MYSUPERIOR", "MYSUPERIORNAME", "MYEMAIL", "MYPHONE", "HASROLE"}
)
"""Functions that need more than the person's name."""


def moment_of(statement: Statement, functions: frozenset[str] = ASKING) -> Moment:
    """When and for whom a statement with these functions is."""
    person = statement.person
    if person is None:
        return Moment(statement.moment, statement.time_zone)
    if functions.isdisjoint(ASKING) or statement.connection is None:
        return Moment(statement.moment, statement.time_zone, MemberFacts(str(person.member_id), person.name))
    return Moment(statement.moment, statement.time_zone, facts(statement.connection, statement.live, person))


def facts(connection: Connection, live: LiveApp | None, person: Viewer) -> MemberFacts:
    """What formulas may ask about a person; roles are those in the app."""
    member, department, superior = people.member, people.department, people.member.alias("superior")
    line = people.member_line
    source = (
        member.outerjoin(department, department.c.id == member.c.department_id)
        .outerjoin(line, line.c.member_id == member.c.id)
        .outerjoin(superior, superior.c.id == line.c.superior_id)
    )
    columns = (
        member.c.name,
        member.c.email,
        member.c.phone,
        department.c.id,
        department.c.name.label("department"),
        superior.c.id.label("superior_id"),
        superior.c.name.label("superior"),
    )
    row = connection.execute(
        sa.select(*columns).select_from(source).where(member.c.id == person.member_id)
    ).one()
    return MemberFacts(
        id=str(person.member_id),
        name=row.name,
        department=None if row.id is None else str(row.id),
        department_name=row.department,
        superior=None if row.superior_id is None else str(row.superior_id),
        superior_name=row.superior,
        email=row.email,
        phone=row.phone,
        roles=() if live is None else tuple(sorted(person.role_keys(live))),
    )
