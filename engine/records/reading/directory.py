"""Titles of, and search for, members, departments and records, as far as a viewer may see them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access import tables as people
from engine.access.grants import allows
from engine.access.viewer import App, Viewer
from engine.conditions.to_sql import fold
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.formulas.values import folded
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.reading import offered
from engine.records.reading.column_values import shown_title
from engine.records.reading.rowset import RowSet, Statement
from engine.records.reading.scope import row_condition
from engine.records.reading.search_text import even, words_of
from engine.records.reading.selection import scope_of
from engine.records.reading.visible import access_for
from engine.records.storage import titles as title_order

MOST_CHOICES = 30
_KEPT_NOWHERE = re.compile("[\x00\ud800-\udfff]")
"""Characters that PostgreSQL takes in no text: nobody's name has them, and it may not be asked for them."""


@dataclass
class ViewersDirectory:
    """The directory as one viewer sees it; what was asked once is remembered."""

    connection: Connection
    live: LiveApp | None
    viewer: Viewer | App
    found: dict[tuple[str, str | None, str], list[int]] = attribute(default_factory=dict)
    named: dict[tuple[str, str | None, int], str] = attribute(default_factory=dict)

    def titles(self, kind: str, ids: Iterable[int], form: str | None = None) -> Mapping[int, str]:
        """The titles of `ids`; an id that does not exist or may not be seen is missing."""
        wanted = list(dict.fromkeys(ids))
        missing = [one for one in wanted if (kind, form, one) not in self.named]
        if missing:
            for row_id, title in self._read(kind, form, missing):
                self.named[kind, form, row_id] = title or ""
        return {one: self.named[kind, form, one] for one in wanted if (kind, form, one) in self.named}

    def find(self, kind: str, form: str | None, text: str) -> Sequence[int]:
        """The ids whose title is `text`, letters' case aside; members also by account, for administrators by mobile and e-mail too."""
        said = text.strip()
        if _KEPT_NOWHERE.search(said):
            return []
        place = (kind, form, folded(said))
        if place not in self.found:
            self.found[place] = self._find(kind, form, said)
        return self.found[place]

    def _find(self, kind: str, form: str | None, said: str) -> list[int]:
        if kind == "member":
            return self._members(said)
        if kind == "department":
            name = fold(people.department.c.name) == folded(said)
            return list(self.connection.scalars(sa.select(people.department.c.id).where(name).limit(3)))
        rows = self._rows(form)
        if rows is None or not said:
            return []
        # The order's key is indexed where the title is sorted by; it narrows, the title itself decides.
        query = (
            sa.select(rows.id)
            .select_from(rows.source.clause())
            .where(
                *self._readable(rows),
                rows.title_key == title_order.sort_key(said),
                fold(shown_title(scope_of(rows), rows)) == folded(said),
            )
        )
        return list(self.connection.scalars(query.order_by(rows.id).limit(3)))

    def _members(self, said: str) -> list[int]:
        member = people.member
        active = sa.case((member.c.state == "active", 0), (member.c.state == "invited", 1), else_=2)
        columns = [member.c.name, member.c.account]
        if self.viewer.administrator:  # to others a number that finds somebody would tell whose it is
            columns += [member.c.phone, member.c.email]
        for column in columns:
            query = (
                sa.select(member.c.id, active.label("rank"))
                .where(fold(column) == folded(said))
                .order_by(active)
            )
            found = self.connection.execute(query.limit(50)).all()
            if found:  # of two with one name, the one who still works here is meant
                return [row.id for row in found if row.rank == found[0].rank]
        return []

    def _read(self, kind: str, form: str | None, ids: list[int]) -> Iterable[tuple[int, str | None]]:
        wanted = sa.literal(ids, sa.ARRAY(sa.BigInteger()))
        if kind in ("member", "department"):
            table = people.member if kind == "member" else people.department
            rows = self.connection.execute(
                sa.select(table.c.id, table.c.name).where(table.c.id == sa.any_(wanted))
            )
            return [(row[0], row[1]) for row in rows]
        others = self._rows(form)
        if others is None:
            return []
        title = shown_title(scope_of(others), others)
        query = (
            sa.select(others.id, title)
            .select_from(others.source.clause())
            .where(*self._readable(others), others.id == sa.any_(wanted), title.is_not(None))
        )
        return [(row[0], row[1]) for row in self.connection.execute(query)]

    def _rows(self, form: str | None) -> RowSet | None:
        if self.live is None or form is None or not allows(self.live, self.viewer, form, "read"):
            return None
        return RowSet.of(Statement(self.connection, self.live, self.viewer), self.live.form(form))

    def _readable(self, rows: RowSet) -> list[sa.ColumnElement[bool]]:
        access = rows.statement.access(rows.form)
        return [rows.present] if access.whole else [rows.present, row_condition(rows, access.grants)]


def directory_for(connection: Connection, live: LiveApp | None, viewer: Viewer | App) -> ViewersDirectory:
    """The directory as `viewer` sees it; without an app it knows members and departments only."""
    return ViewersDirectory(connection, live, viewer)


@dataclass(frozen=True)
class Choice:
    """Something that a field may be given: its id, its title, and what tells it from others of the same name."""

    id: int | str
    title: str | Text
    hint: str = ""


def choices(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    field_path: str,
    said: str = "",
    *,
    current: Mapping[str, Any] | None = None,
    limit: int = MOST_CHOICES,
) -> list[Choice]:
    """What a link, member or department field may be given, narrowed by what was typed.

    `current` has the values now in the form, for fields whose choice depends on them.
    """
    form = live.form(form_key)
    field = form.field(field_path)
    if field is None:
        raise Invalid.at(
            "/field",
            "unknown_field",
            Text("没有字段“{path}”", "There is no field “{path}”", path=field_path[:100]),
        )
    if not field.system and access_for(live, form, viewer).never(field.path):
        return []
    return choices_of(connection, live, viewer, field, said, current=current, limit=limit)


def choices_of(
    connection: Connection,
    live: LiveApp,
    viewer: Viewer | App,
    field: Field,
    said: str = "",
    *,
    current: Mapping[str, Any] | None = None,
    limit: int = MOST_CHOICES,
) -> list[Choice]:
    """The same for a field that the viewer is known to see, or that is only drafted yet."""
    if field.get("options_from"):
        return _column_choices(connection, live, viewer, field, said, current, limit)
    target = paths.target_form(field)
    if target is paths.MEMBERS:
        return _member_choices(connection, viewer, field, said, limit)
    if target is paths.DEPARTMENTS:
        return _department_choices(connection, field, said, limit)
    return (
        []
        if target is None or target.key not in live.forms
        else _record_choices(connection, live, target, viewer, field, said, current, limit)
    )


def _member_choices(
    connection: Connection, viewer: Viewer | App, field: Field, said: str, limit: int
) -> list[Choice]:
    member, department = people.member, people.department
    query = (
        sa.select(member.c.id, member.c.name, department.c.name)
        .select_from(member.outerjoin(department, department.c.id == member.c.department_id))
        .where(member.c.state != "left")
    )
    scope = field.get("scope") or {}
    if scope.get("departments"):
        query = query.where(offered.members_in(scope))
    for word in words_of(said):
        columns = [member.c.name]
        if viewer.administrator:  # to others a number that finds somebody would tell whose it is
            columns += [member.c.account, member.c.phone, member.c.email]
        query = query.where(sa.or_(*(sa.func.strpos(even(column), word) > 0 for column in columns)))
    rows = connection.execute(query.order_by(member.c.name, member.c.id).limit(limit))
    return [Choice(row[0], row[1], row[2] or "") for row in rows]


def _column_choices(
    connection: Connection,
    live: LiveApp,
    viewer: Viewer | App,
    field: Field,
    said: str,
    current: Mapping[str, Any] | None,
    limit: int,
) -> list[Choice]:
    source = field.get("options_from")
    parts = [one for one in (offered.offering(source.get("where"), (current or {}).get),) if one]
    if said.strip():
        parts.append({"field": source["field"], "op": "contains", "value": said.strip()})
    where = {"all": parts} if parts else None
    return [Choice(one, one) for one in offered.column_values(connection, live, viewer, field, where, limit)]


def _department_choices(connection: Connection, field: Field, said: str, limit: int) -> list[Choice]:
    department, above = people.department, people.department.alias("above")
    query = sa.select(department.c.id, department.c.name, above.c.name).select_from(
        department.outerjoin(above, above.c.id == department.c.parent_id)
    )
    scope = field.get("scope") or {}
    if scope.get("departments"):
        query = query.where(department.c.id.in_(offered.departments_in(scope)))
    for word in words_of(said):
        query = query.where(sa.func.strpos(even(department.c.name), word) > 0)
    rows = connection.execute(query.order_by(department.c.name, department.c.id).limit(limit))
    return [Choice(row[0], row[1], row[2] or "") for row in rows]


def _record_choices(
    connection: Connection,
    live: LiveApp,
    target: Form,
    viewer: Viewer | App,
    field: Field,
    said: str,
    current: Mapping[str, Any] | None,
    limit: int,
) -> list[Choice]:
    from engine.records.reading.query import Chosen, Query

    if not allows(live, viewer, target.key, "read"):
        return []
    where = offered.offering(field.get("where"), (current or {}).get)
    chosen = Chosen.of(Statement(connection, live, viewer), target, Query(where=where))
    rows = chosen.rows
    title = shown_title(chosen.scope, rows)
    query = (
        sa.select(rows.id, title).select_from(rows.source.clause()).where(chosen.where, title.is_not(None))
    )
    for word in words_of(said):
        query = query.where(sa.func.strpos(even(title), word) > 0)
    ordered = (rows.title_key, rows.id) if said else (rows.id.desc(),)
    return [Choice(row[0], row[1]) for row in connection.execute(query.order_by(*ordered).limit(limit))]
