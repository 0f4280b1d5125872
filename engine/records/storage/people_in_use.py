"""Whether records of any app name a member or department."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.definitions import live, store
from engine.records.storage.storage import LINKS
from engine.records.storage.tables import FormTable, form_table

FIELDS = {"member": ("member", "members"), "department": ("department", "departments")}


def named_elsewhere(
    connection: Connection, kind: str, ids: set[int], passed_over: str | None = None, *, binned: bool = True
) -> set[int]:
    """Those of `ids` that a record names, be it as its owner; the app `passed_over` does not count.

    Records in the recycle bin count too, unless `binned` is False.
    """
    found: set[int] = set()
    for app in store.apps(connection):
        if app.key == passed_over:
            continue
        opened = live.load(connection, app.key)
        for form_key in opened.forms:
            table = form_table(connection, opened, form_key)
            for column, record_id in _columns(table, kind):
                left = sorted(ids - found)
                if not left:
                    return found
                named = sa.select(column).where(column.in_(left)).distinct()
                if not binned:
                    main = table.main.alias("record")
                    named = named.join(main, main.c.id == record_id).where(main.c.deleted_at.is_(None))
                found.update(connection.scalars(named))
    return found


def _columns(table: FormTable, kind: str) -> Iterator[tuple[sa.Column[int], sa.Column[int]]]:
    """Each column that names people, with the column that says to which record its row belongs."""
    own = table.main.c.id if table.subform is None else table.main.c.record_id
    if kind == "member" and table.subform is None:
        yield table.main.c.owner, own
    for key, (field, column) in table.columns.items():
        if field.type not in FIELDS[kind]:
            continue
        if column.kind == LINKS:
            links = table.link_tables[key]
            yield links.c.target_id, links.c.record_id
        else:
            named = table.column(key)
            yield named, named.table.c.id if table.subform is None else own
    for below in table.subforms.values():
        yield from _columns(below, kind)
