"""What formulas may ask about the person who looks: name, department, superior, address, roles."""

import sqlalchemy as sa

from engine.access import tables as people
from engine.formulas.moment import MemberFacts, Moment
from engine.records.rowset import Statement

ASKING = frozenset({"MYDEPARTMENT", "MYDEPARTMENTNAME", "MYSUPERIOR", "MYSUPERIORNAME", "MYEMAIL", "MYPHONE", "HASROLE"})
"""Functions that need more than the person's name."""


def moment_of(statement: Statement, functions: frozenset[str] = ASKING) -> Moment:
    """When and for whom a statement with these functions is."""
    person = statement.person
    if person is None:
        return Moment(statement.moment, statement.time_zone)
    if functions.isdisjoint(ASKING) or statement.connection is None:
        return Moment(statement.moment, statement.time_zone, MemberFacts(str(person.member_id), person.name))
    return Moment(statement.moment, statement.time_zone, _facts(statement, person.member_id))


def _facts(statement: Statement, member_id: int) -> MemberFacts:
    member, department, superior = people.member, people.department, people.member.alias("superior")
    line = people.member_line
    source = (
        member.outerjoin(department, department.c.id == member.c.department_id)
        .outerjoin(line, line.c.member_id == member.c.id)
        .outerjoin(superior, superior.c.id == line.c.superior_id)
    )
    columns = (
        member.c.name, member.c.email, member.c.phone, department.c.id, department.c.name.label("department"),
        superior.c.id.label("superior_id"), superior.c.name.label("superior"),
    )
    assert statement.connection is not None
    row = statement.connection.execute(sa.select(*columns).select_from(source).where(member.c.id == member_id)).one()
    person = statement.person
    return MemberFacts(
        id=str(member_id),
        name=row.name,
        department=None if row.id is None else str(row.id),
        department_name=row.department,
        superior=None if row.superior_id is None else str(row.superior_id),
        superior_name=row.superior,
        email=row.email,
        phone=row.phone,
        roles=tuple(sorted(person.role_keys(statement.live))) if person is not None else (),
    )
