"""The first records of several choices at once, such as the lanes of a board: one statement, and the gate of `query`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.conditions.budget import Budget
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.records.reading import estimate, plan, sorting
from engine.records.reading.plan import Prepared
from engine.records.reading.query import Chosen, Found, Query, Way, ordered, shape, wanted_fields, way_of
from engine.records.reading.reading import Reading
from engine.records.reading.record import Record
from engine.records.reading.rowset import RowSet, Statement
from engine.records.reading.visible import Access

AT_ONCE = 60
"""Choices in one statement; more are asked for by further ones."""


@dataclass(frozen=True)
class Part:
    """One of the choices: what it asks for beside the query, and how many records it was just found to have."""

    where: Mapping[str, Any]
    count: int


@dataclass(frozen=True)
class Parts:
    """The statement, with how its rows become records; each row ends with the number of its choice."""

    prepared: Prepared
    reading: Reading


def side_by_side(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    query: Query,
    parts: Sequence[Part],
) -> list[list[Record]]:
    """For each part the first records of the query that meet it too, at most `query.limit`."""
    form = live.form(form_key)
    require(live, viewer, form_key, "read")
    found: list[list[Record]] = [[] for _ in parts]
    for first in range(0, len(parts), AT_ONCE):
        some = parts[first : first + AT_ONCE]
        asked = [
            replace(query, where={"all": [query.where, one.where]} if query.where else one.where)
            for one in some
        ]
        ways = [
            way_of(connection, live, form, one, estimate.is_few(connection, live, form, part.count))
            for one, part in zip(asked, some, strict=True)
        ]
        made = _kept(connection, live, form, viewer, asked, ways)
        rows = made.prepared.rows(connection, page_limit=query.limit, page_reach=query.limit)
        for row, record in zip(rows, made.reading.records(connection, rows), strict=True):
            found[first + row[-1]].append(record)
    return found


def _kept(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer | App,
    queries: Sequence[Query],
    ways: Sequence[Way],
) -> Parts:
    key = ("parts", form.key, *(shape(one, viewer) for one in queries), *ways)
    return plan.keep(live, viewer, key, lambda: _plan(connection, live, form, viewer, queries, ways))


def _plan(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer | App,
    queries: Sequence[Query],
    ways: Sequence[Way],
) -> tuple[Parts, Mapping[str, Access], bool]:
    statement = Statement(connection, live, viewer)
    branches = []
    for number, (query, way) in enumerate(zip(queries, ways, strict=True)):
        statement.few, statement.budget = way.few, Budget()  # each is a question of its own
        chosen = Chosen.of(statement, form, query)
        keys = sorting.keys_of(chosen.scope, query.sort)
        page = Found(chosen, keys, query, None).page(way)
        branches.append(sa.select(sa.literal_column(str(number)).label("part"), page))
    pages = sa.union_all(*branches).subquery("pages")
    statement.few = False
    shown = RowSet.of(statement, form, "r")
    read = Reading.of(shown, wanted_fields(form, statement.access(form), queries[0].fields))
    places = [replace(key, column=pages.c[f"x{number}"]) for number, key in enumerate(keys)]
    shown.source.joins.insert(0, (pages, pages.c.id == shown.id, False))
    selected = sa.select(*read.columns, pages.c.part).select_from(shown.source.clause())
    prepared = Prepared.of(selected.order_by(pages.c.part, *ordered(places, shown.id)))
    return Parts(prepared, read.bare()), statement.asked, not statement.volatile
