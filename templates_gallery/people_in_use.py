"""Whether records of any app name a member or department."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.definitions import live, store
from engine.records.storage import LINKS
from engine.records.tables import FormTable, form_table

FIELDS = {"member": ("member", "members"), "department": ("department", "departments")}


def named_elsewhere(connection: Connection, kind: str, ids: set[int], passed_over: str | None = None) -> set[int]:
    """Those of `ids` that a record names, be it as its owner; the app `passed_over` does not count."""
    found: set[int] = set()
    for app in store.apps(connection):
        if app.key == passed_over:
            continue
        opened = live.load(connection, app.key)
        for form_key in opened.forms:
            for column in _columns(form_table(connection, opened, form_key), kind):
                left = sorted(ids - found)
                if not left:
                    return found
                found.update(connection.scalars(sa.select(column).where(column.in_(left)).distinct()))
    return found


def _columns(table: FormTable, kind: str) -> Iterator[sa.Column[int]]:
    if kind == "member" and table.subform is None:
        yield table.main.c.owner
    for key, (field, column) in table.columns.items():
        if field.type in FIELDS[kind]:
            yield table.link_tables[key].c.target_id if column.kind == LINKS else table.column(key)
    for below in table.subforms.values():
        yield from _columns(below, kind)
