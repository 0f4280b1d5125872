"""One record as somebody may read it, and the small tables that it shows."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access.grants import Grant, grants, require
from engine.access.viewer import App, Viewer
from engine.conditions.periods import local_today
from engine.definitions.model import LiveApp
from engine.fields.form import Field
from engine.fields.lookup import is_table
from engine.platform import clock
from engine.platform.errors import Invalid, NotFound
from engine.platform.i18n import Text
from engine.records.reading import plan
from engine.records.reading.bare_values import filled
from engine.records.reading.plan import Prepared
from engine.records.reading.reading import Reading
from engine.records.reading.record import Record, RelatedRows
from engine.records.reading.rowset import RowSet, Statement
from engine.records.reading.scope import row_condition
from engine.records.reading.visible import Access, access_for

MAIN = "r"
"""The name of the read form's own table in the statement."""


def get(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    record_id: int,
    fields: Sequence[str] | None = None,
    *,
    deleted: bool | None = False,
    tables: bool | None = None,
) -> Record:
    """The record with the fields that the viewer may read; `NotFound` where there is none for them.

    `deleted` True looks in the recycle bin, None in both. `tables` says whether the lookups by condition are read
    too; by default they are when all fields are.
    """
    found = several(connection, live, form_key, viewer, [record_id], fields, deleted=deleted)
    if not found:
        raise NotFound(Text("没有这条数据，或您不能查看它", "There is no such record, or you may not see it"))
    record = found[0]
    if tables or tables is None and fields is None:
        put_tables(connection, live, viewer, record)
    elif fields:
        wanted = [field for key in fields if (field := record.form.field(key)) is not None]
        _put_tables(connection, live, viewer, record, wanted)
    return record


def several(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    record_ids: Collection[int],
    fields: Sequence[str] | None = None,
    *,
    deleted: bool | None = False,
) -> list[Record]:
    """Those of the records that the viewer may read, by id."""
    live.form(form_key)
    require(live, viewer, form_key, "read")
    wanted = [one for one in record_ids if 0 < one < 2**63]
    alone = len(wanted) == 1  # a prepared plan for one id takes a third of the time of one for any number
    key = ("get", form_key, None if fields is None else tuple(fields), deleted, today(viewer), alone)
    prepared, read = plan.keep(
        live, viewer, key, lambda: planned(connection, live, form_key, viewer, fields, deleted, alone=alone)
    )
    return read.records(connection, prepared.rows_by_id(connection, ids=wanted[0] if alone else wanted))


def planned(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    fields: Sequence[str] | None = None,
    deleted: bool | None = False,
    *,
    alone: bool,
) -> tuple[tuple[Prepared, Reading], Mapping[str, Access], bool]:
    """The statement that reads the rows with the given `ids` (one where it is `alone`), as `plan.keep` takes it."""
    from engine.records.reading.query import wanted_fields

    form = live.form(form_key)
    statement = Statement(connection, live, viewer, by_id=True)
    rows = RowSet.of(statement, form, MAIN)
    access = statement.access(form)
    read = Reading.of(rows, wanted_fields(form, access, fields), deleted=deleted is not False)
    wanted_id = sa.bindparam("ids", type_=sa.BigInteger() if alone else sa.ARRAY(sa.BigInteger()))
    where = [rows.id == (wanted_id if alone else sa.any_(wanted_id))]
    if deleted is not None:
        where.append(sa.not_(rows.present) if deleted else rows.there)
    if not access.whole:
        where.append(row_condition(rows, access.grants))
    query = sa.select(*read.columns).select_from(rows.source.clause()).where(*where).order_by(rows.id)
    return (Prepared.of(query), read.bare()), statement.asked, not statement.volatile


def related(
    connection: Connection, live: LiveApp, viewer: Viewer | App, record: Record, field: Field
) -> RelatedRows | None:
    """The records that a lookup by condition shows beside a record, as the viewer may read them."""
    from engine.records.reading.query import Query, query

    other = record.form.other(field.get("form"))
    if other is None or not grants(live, viewer, other.key, "read"):
        return None
    access = access_for(live, other, viewer)
    columns = tuple(key for key in field.get("fields", ()) if key == "id" or not access.never(key))
    where = filled(field.get("where"), lambda key: record.id if key == "id" else record.value(key))
    found = query(
        connection,
        live,
        other.key,
        viewer,
        Query(
            where=where,
            sort=[one for one in field.get("sort", ()) if not access.never(one["field"])],
            fields=columns,
            limit=field.get("limit", 10),
        ),
    )
    return RelatedRows(other, columns, found.records)


def matching(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    operation: str,
    record_ids: Collection[int],
) -> dict[int, tuple[Grant, ...]]:
    """For each record the grants of an operation that its row matches; records that none matches are missing."""
    given = grants(live, viewer, form_key, operation)
    if not given or not record_ids:
        return {}
    rows = RowSet.of(Statement(connection, live, viewer), live.form(form_key))
    held = [sa.func.coalesce(row_condition(rows, (grant,)), sa.false()) for grant in given]
    query = sa.select(rows.id, *held).select_from(rows.source.clause())
    query = query.where(rows.id == sa.any_(sa.literal(list(record_ids), sa.ARRAY(sa.BigInteger()))))
    found: dict[int, tuple[Grant, ...]] = {}
    for row in connection.execute(query):
        if matched := tuple(grant for grant, holds in zip(given, row[1:], strict=True) if holds):
            found[row[0]] = matched
    return found


def today(viewer: Viewer | App) -> Any:
    """The day on which conditions with periods are good."""

    return local_today(clock.now(), viewer.time_zone)


def put_tables(connection: Connection, live: LiveApp, viewer: Viewer | App, record: Record) -> None:
    """Read all the small tables that a record shows."""
    _put_tables(connection, live, viewer, record, access_for(live, record.form, viewer).fields())


def _put_tables(
    connection: Connection, live: LiveApp, viewer: Viewer | App, record: Record, fields: Sequence[Field]
) -> None:
    for field in fields:
        if field.type == "lookup" and is_table(field):
            try:
                found = related(connection, live, viewer, record, field)
            except Invalid:  # its condition names what this viewer may not know of: no table, but the record
                found = None
            if found is not None:
                record.values[field.key] = found
