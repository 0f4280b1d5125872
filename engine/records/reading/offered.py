"""What a field offers besides options of its own: values of another form's column, people of some departments."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access import people
from engine.access.grants import allows
from engine.access.tables import member_department
from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import FieldFault
from engine.fields.form import Field
from engine.platform.i18n import Text
from engine.records.reading.bare_values import as_sent

Who = Viewer | App
Current = Callable[[str], Any]
"""Answers what the record at hand has at a path."""

OUTSIDE = Text("不在可选范围内", "This is outside of what may be chosen")


def column_values(
    connection: Connection,
    live: LiveApp,
    viewer: Who,
    field: Field,
    where: Mapping[str, Any] | None,
    limit: int | None,
) -> list[str]:
    """The different values of the column that a field's `options_from` names, as far as the viewer may read them."""
    from engine.records.reading.column_values import values

    source = field.get("options_from")
    form = live.forms.get(source["form"])
    named = form.field(source["field"]) if form else None
    if form is None or named is None or not allows(live, viewer, form.key, "read"):
        return []
    found = values(connection, live, form.key, viewer, named.key, where, None, limit)
    shown = named.value_field
    return [shown.kind.display(value, shown, "zh-CN") for value, _ in found if value is not None]


def members_in(scope: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    """That a member belongs to the departments of a scope."""
    places = departments_in(scope)
    also = sa.select(member_department.c.member_id).where(member_department.c.department_id.in_(places))
    return sa.or_(people.member.c.department_id.in_(places), people.member.c.id.in_(also))


def departments_in(scope: Mapping[str, Any]) -> sa.Select[Any]:
    """The ids of the departments of a scope, with those below them if it says so."""
    department = people.department
    named = sa.select(department.c.id).where(department.c.id.in_(scope.get("departments") or ()))
    if not scope.get("below"):
        return named
    tree = named.cte(recursive=True)
    below = sa.select(department.c.id).join(tree, department.c.parent_id == tree.c.id)
    return sa.select(tree.union(below).c.id)


def offering(where: Any, current: Current) -> Any:
    """A field's condition for a record at hand; a part that asks it for a value which is still empty is left out."""
    if not isinstance(where, Mapping):
        return where
    for kind in ("all", "any"):
        if isinstance(where.get(kind), list):
            return {kind: [part for one in where[kind] if (part := offering(one, current)) is not None]}
    if "not" in where:
        inner = offering(where["not"], current)
        return None if inner is None else {"not": inner}
    value = where.get("value")
    if isinstance(value, Mapping) and isinstance(value.get("current"), str):
        known = as_sent(current(value["current"]))
        return None if known is None or known == [] else {**where, "value": known}
    return where


def not_offered(
    connection: Connection,
    live: LiveApp,
    viewer: Who,
    field: Field,
    values: Collection[Any],
    current: Current = lambda key: None,
) -> dict[Any, FieldFault]:
    """Those of the values that the field does not offer, each with its fault; `current` knows the record at hand."""
    if field.get("options_from"):
        source, asked = field.get("options_from"), {str(one) for one in values}
        where = {"field": source["field"], "op": "in", "value": sorted(asked)}
        if (also := offering(source.get("where"), current)) is not None:
            where = {"all": [also, where]}
        known = set(column_values(connection, live, viewer, field, where, None))
        return {
            one: FieldFault(
                "unknown_option", Text("没有选项“{said}”", "There is no option “{said}”", said=one[:50])
            )
            for one in asked - known
        }
    scope = field.get("scope") or {}
    if getattr(field.kind, "refers_to", None) == "member":
        query = sa.select(people.member.c.id).where(members_in(scope))
        table = people.member
    else:
        query = sa.select(people.department.c.id).where(people.department.c.id.in_(departments_in(scope)))
        table = people.department
    ids = {int(one) for one in values}
    known_ids = set(connection.scalars(query.where(table.c.id.in_(ids))))
    return {one: FieldFault("outside_scope", OUTSIDE) for one in ids - known_ids}
