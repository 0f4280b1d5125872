"""Members: who they are, where they belong, whom they report to, and what becomes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exc, func, insert, or_, select, update

from engine.access import audit, passwords, phones
from engine.access.bodies import LARGEST_ID, UNSET, Unset
from engine.access.member_values import MemberValues
from engine.access.renaming import renamed
from engine.access.tables import (
    api_key,
    department,
    invitation,
    member,
    member_department,
    member_line,
    session,
)
from engine.platform import clock
from engine.platform.errors import Fault, Invalid, NotFound
from engine.platform.i18n import Text

SIGN_IN_NAMES = ("account", "phone", "email")
ORGANIZATION_LOCK = 0x6A666F7267
"""The advisory lock of changes to who is above whom."""


@dataclass(frozen=True)
class Member:
    """A person of the organisation. `superior_id` is the entered one; `superior` finds the one that counts."""

    id: int
    name: str
    account: str | None
    phone: str | None
    email: str | None
    department_id: int | None
    also_in: tuple[int, ...]
    superior_id: int | None
    state: str
    administrator: bool
    language: str | None
    theme: str | None
    has_password: bool

    @property
    def written_phone(self) -> str | None:
        """The phone number as one writes it here."""
        return phones.written(self.phone)


def members(
    connection: Connection,
    *,
    ids: Iterable[int] | None = None,
    department_id: int | None = None,
    below: bool = True,
    search: str | None = None,
    contacts: bool = False,
    states: Sequence[str] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Member]:
    """Members in the order they came; narrowed by department (also those who are in it besides), text or state.

    `contacts` finds by account, phone and e-mail too, which is for those who may see them.
    """
    statement = _all().order_by(member.c.id).limit(limit).offset(offset)
    for condition in _conditions(ids, department_id, below, search, contacts, states):
        statement = statement.where(condition)
    return [_read(row) for row in connection.execute(statement)]


def count(
    connection: Connection,
    *,
    department_id: int | None = None,
    below: bool = True,
    search: str | None = None,
    contacts: bool = False,
    states: Sequence[str] | None = None,
) -> int:
    """How many `members` would give without a limit."""
    statement = select(func.count()).select_from(member)
    for condition in _conditions(None, department_id, below, search, contacts, states):
        statement = statement.where(condition)
    return connection.execute(statement).scalar_one()


def count_by_department(connection: Connection) -> dict[int, int]:
    """How many members who have not left are in each department itself."""
    statement = (
        select(member.c.department_id, func.count().label("people"))
        .where(member.c.department_id.is_not(None), member.c.state != "left")
        .group_by(member.c.department_id)
    )
    return {row.department_id: row.people for row in connection.execute(statement)}


def get(connection: Connection, member_id: int) -> Member:
    """One member."""
    known = 0 < member_id <= LARGEST_ID
    row = connection.execute(_all().where(member.c.id == member_id)).first() if known else None
    if row is None:
        raise NotFound(Text("没有这位成员", "There is no such member"))
    return _read(row)


def create(connection: Connection, values: MemberValues, *, author: audit.Actor) -> Member:
    """Take somebody in: active with a password, else invited, unless a state is given."""
    if isinstance(values.name, Unset):
        raise Invalid.at("/name", "required", Text("请填写姓名", "Enter the name"))
    password = values.password if isinstance(values.password, str) else None
    state = ("active" if password else "invited") if isinstance(values.state, Unset) else values.state
    values = replace(values, state=state)
    _check(connection, None, values, state)
    now = clock.now()
    columns = {"administrator": False, **_columns(values), "created_at": now, "updated_at": now}
    made = _write(connection, insert(member).values(**columns).returning(member.c.id)).scalar_one()
    if not isinstance(values.also_in, Unset):
        _put_also_in(connection, made, values.also_in)
    audit.note(
        connection, "member_created", actor=author, subject=("member", made), name=values.name, state=state
    )
    return get(connection, made)


def change(connection: Connection, member_id: int, values: MemberValues, *, author: audit.Actor) -> Member:
    """Change what is set in `values`; who leaves or is only invited loses sessions and keys."""
    connection.execute(select(member.c.id).where(member.c.id == member_id).with_for_update(key_share=True))
    before = get(connection, member_id)
    state = before.state if isinstance(values.state, Unset) else values.state
    if before.state == "left" or not isinstance(values.superior, Unset):
        _check(connection, member_id, replace(_as_values(before), **_set_values(values)), state)
    else:
        _check(connection, member_id, values, state)
    if before.administrator and (state != "active" or values.administrator is False):
        _keep_an_administrator(connection, member_id)
    columns = _columns(values)
    if columns:
        columns["updated_at"] = clock.now()
        _write(connection, update(member).where(member.c.id == member_id).values(**columns))
    if not isinstance(values.also_in, Unset):
        _put_also_in(connection, member_id, values.also_in)
    if state != before.state and state != "active":
        _take_entries(connection, member_id)
    elif "password_hash" in columns:
        connection.execute(delete(session).where(session.c.member_id == member_id))
        connection.execute(delete(invitation).where(invitation.c.member_id == member_id))
    after = get(connection, member_id)
    changed: dict[str, Any] = {
        name: [getattr(before, name), getattr(after, name)]
        for name in Member.__dataclass_fields__
        if getattr(before, name) != getattr(after, name)
    }
    if "password_hash" in columns:
        audit.note(connection, "password_changed", actor=author, subject=("member", member_id))
    if changed:
        audit.note(connection, "member_changed", actor=author, subject=("member", member_id), **changed)
    if after.name != before.name:
        renamed(connection, member_id)
    return after


def set_password(connection: Connection, member_id: int, password: str, *, author: audit.Actor) -> None:
    """Give a member a password; every session of theirs ends."""
    change(connection, member_id, MemberValues.read({"password": password}), author=author)


def forget_password(connection: Connection, member_id: int, *, author: audit.Actor) -> None:
    """Take the password away and end every session; only a new link lets the member in again."""
    connection.execute(update(member).where(member.c.id == member_id).values(password_hash=None))
    connection.execute(delete(session).where(session.c.member_id == member_id))
    audit.note(connection, "password_reset", actor=author, subject=("member", member_id))


def password_hash(connection: Connection, member_id: int) -> str | None:
    """The stored hash, to prove a password against."""
    return connection.execute(select(member.c.password_hash).where(member.c.id == member_id)).scalar()


def superior(connection: Connection, member_id: int) -> int | None:
    """Whom a member reports to: the one entered, else the nearest head above who is not oneself."""
    statement = select(member_line.c.superior_id).where(member_line.c.member_id == member_id)
    return connection.execute(statement).scalar()


def superiors_of(connection: Connection, ids: Iterable[int]) -> dict[int, int]:
    """Whom each of these members reports to, as far as there is anybody."""
    statement = select(member_line).where(
        member_line.c.member_id.in_(set(ids)), member_line.c.superior_id.is_not(None)
    )
    return {row.member_id: row.superior_id for row in connection.execute(statement)}


def superiors(connection: Connection, member_id: int) -> list[int]:
    """Everybody above, nearest first; each once."""
    lines = {row.member_id: row.superior_id for row in connection.execute(select(member_line))}
    found: list[int] = []
    at = lines.get(member_id)
    while at is not None and at != member_id and at not in found:
        found.append(at)
        at = lines.get(at)
    return found


def by_sign_in_name(connection: Connection, typed: str) -> int | None:
    """The member who signs in with this account, phone number or e-mail."""
    typed = typed.strip()
    lowered = typed.lower()
    choices: list[ColumnElement[bool]] = [
        func.lower(member.c.account) == lowered,
        func.lower(member.c.email) == lowered,
    ]
    phone = phones.normalized(typed)
    if phone:
        choices.append(member.c.phone == phone)
    statement = (
        select(member.c.id)
        .where(or_(*choices), member.c.state != "left")
        .order_by((func.lower(member.c.account) == lowered).desc().nulls_last(), member.c.id)
        .limit(1)
    )
    return connection.execute(statement).scalar()


def taken(connection: Connection, contacts: Iterable[str]) -> set[str]:
    """Of stored phone numbers and e-mails those, in lower case, with which somebody signs in."""
    wanted = {contact.lower() for contact in contacts}
    columns = (func.lower(member.c.account), func.lower(member.c.email), member.c.phone)
    statement = select(*columns).where(member.c.state != "left", or_(*(one.in_(wanted) for one in columns)))
    return wanted & {name for row in connection.execute(statement) for name in row}


def named(connection: Connection, names: Iterable[str]) -> dict[str, list[int]]:
    """Ids by lower-case name, those who left last; names may repeat."""
    lowered = func.lower(member.c.name)
    statement = (
        select(member.c.id, lowered.label("lowered"))
        .where(lowered.in_({name.strip().lower() for name in names}))
        .order_by(member.c.state == "left", member.c.id)
    )
    found: dict[str, list[int]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.lowered, []).append(row.id)
    return found


def titles(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Names by id."""
    rows = connection.execute(select(member.c.id, member.c.name).where(member.c.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def _all() -> Any:
    also = (
        select(func.array_agg(member_department.c.department_id))
        .where(member_department.c.member_id == member.c.id)
        .scalar_subquery()
    )
    return select(member, also.label("also_in"))


def _read(row: Any) -> Member:
    return Member(
        row.id,
        row.name,
        row.account,
        row.phone,
        row.email,
        row.department_id,
        tuple(sorted(row.also_in or ())),
        row.superior_id,
        row.state,
        row.administrator,
        row.language,
        row.theme,
        row.password_hash is not None,
    )


def _conditions(
    ids: Iterable[int] | None,
    department_id: int | None,
    below: bool,
    search: str | None,
    contacts: bool,
    states: Sequence[str] | None,
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if ids is not None:
        found.append(member.c.id.in_(set(ids)))
    if states:
        found.append(member.c.state.in_(states))
    if search and search.strip():
        part = search.strip()
        phone = "".join(sign for sign in part if sign.isdigit())
        texts = (member.c.name, *((member.c.account, member.c.email) if contacts else ()))
        hits = [column.icontains(part, autoescape=True) for column in texts]
        if phone and contacts:
            hits.append(member.c.phone.contains(phone))
        found.append(or_(*hits))
    if department_id is not None:
        places = select(department.c.id).where(department.c.id == department_id)
        if below:
            tree = places.cte("tree", recursive=True)
            tree = tree.union(select(department.c.id).join(tree, department.c.parent_id == tree.c.id))
            places = select(tree.c.id)
        besides = select(member_department.c.member_id).where(member_department.c.department_id.in_(places))
        found.append(or_(member.c.department_id.in_(places), member.c.id.in_(besides)))
    return found


def _set_values(values: MemberValues) -> dict[str, Any]:
    return {name: value for name, value in vars(values).items() if value is not UNSET}


def _as_values(known: Member) -> MemberValues:
    return MemberValues(
        account=known.account,
        phone=known.phone,
        email=known.email,
        department=known.department_id,
        superior=known.superior_id,
        also_in=known.also_in,
    )


def _columns(values: MemberValues) -> dict[str, Any]:
    named_otherwise = {"department": "department_id", "superior": "superior_id"}
    columns = _set_values(values)
    columns.pop("also_in", None)
    password = columns.pop("password", None)
    columns = {named_otherwise.get(name, name): value for name, value in columns.items()}
    if password:
        columns["password_hash"] = passwords.hashed(password)
    return columns


def _check(connection: Connection, own_id: int | None, values: MemberValues, state: str) -> None:
    faults: list[Fault] = []
    if state != "left":
        for name in SIGN_IN_NAMES:
            given = getattr(values, name)
            if given and given is not UNSET and by_sign_in_name(connection, given) not in (None, own_id):
                message = Text(
                    "“{given}”已被其他成员使用", "“{given}” is used by another member", given=given
                )
                faults.append(Fault(f"/{name}", "taken", message))
    faults += _department_faults(connection, values)
    if not isinstance(values.superior, Unset) and values.superior is not None:
        faults += _superior_faults(connection, own_id, values.superior)
    if faults:
        raise Invalid(Text("成员没有保存", "The member was not saved"), faults)


def _department_faults(connection: Connection, values: MemberValues) -> list[Fault]:
    places: list[tuple[str, int]] = []
    if not isinstance(values.department, Unset) and values.department is not None:
        places.append(("/department", values.department))
    if not isinstance(values.also_in, Unset):
        places += [(f"/also_in/{place}", one) for place, one in enumerate(values.also_in)]
    if not places:
        return []
    rows = connection.execute(select(department.c.id).where(department.c.id.in_({one for _, one in places})))
    there = {row.id for row in rows}
    message = Text("没有这个部门", "There is no such department")
    return [Fault(pointer, "unknown_department", message) for pointer, one in places if one not in there]


def _superior_faults(connection: Connection, own_id: int | None, superior_id: int) -> list[Fault]:
    # One after the other: two changes at once must not close a ring.
    connection.execute(select(func.pg_advisory_xact_lock(ORGANIZATION_LOCK)))
    if not connection.execute(select(member.c.id).where(member.c.id == superior_id)).scalar():
        return [Fault("/superior", "unknown_member", Text("没有这位成员", "There is no such member"))]
    if superior_id == own_id or own_id in superiors(connection, superior_id):
        message = Text("上级不能是自己或自己的下属", "A superior can't be oneself or somebody below")
        return [Fault("/superior", "cycle", message)]
    return []


def _keep_an_administrator(connection: Connection, leaving: int) -> None:
    statement = (
        select(member.c.id)
        .where(member.c.administrator, member.c.state == "active")
        .with_for_update(key_share=True)
    )
    if not {row.id for row in connection.execute(statement)} - {leaving}:
        message = Text("至少要有一位管理员", "There must be at least one administrator")
        raise Invalid.at("/administrator", "last_administrator", message)


def _take_entries(connection: Connection, member_id: int) -> None:
    for table in (session, api_key, invitation):
        connection.execute(delete(table).where(table.c.member_id == member_id))


def _put_also_in(connection: Connection, member_id: int, departments: Iterable[int]) -> None:
    connection.execute(delete(member_department).where(member_department.c.member_id == member_id))
    rows = [{"member_id": member_id, "department_id": one} for one in departments]
    if rows:
        connection.execute(insert(member_department), rows)


def _write(connection: Connection, statement: Any) -> Any:
    try:
        return connection.execute(statement)
    except exc.IntegrityError as error:
        # Somebody took the name between the check and the write.
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
        name = constraint.removeprefix("member_")
        if name not in SIGN_IN_NAMES:
            raise
        message = Text("已被其他成员使用", "Used by another member")
        raise Invalid.at(f"/{name}", "taken", message) from error
