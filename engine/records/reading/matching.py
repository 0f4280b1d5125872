"""Which of several conditions hold for each of some records, for whoever looks: one statement for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.conditions.to_sql import to_sql
from engine.definitions.model import LiveApp
from engine.records.reading import plan
from engine.records.reading.plan import Prepared
from engine.records.reading.query import Chosen, Query, shape
from engine.records.reading.rowset import RowOnlyField, Statement
from engine.records.reading.scope import unusable
from engine.records.reading.visible import Access


def matching(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    ids: Sequence[int],
    conditions: Sequence[Mapping[str, Any]],
) -> dict[int, list[bool]]:
    """By record, whether each condition holds; records that the viewer may not read are missing."""
    form = live.form(form_key)
    require(live, viewer, form_key, "read")
    if not ids or not conditions:
        return {}

    def make() -> tuple[Prepared, Mapping[str, Access], bool]:
        statement = Statement(connection, live, viewer)
        chosen = Chosen.of(statement, form, Query())
        try:
            held = [
                to_sql(one, chosen.scope, statement.person, statement.moment, pointer=f"/{number}")
                for number, one in enumerate(conditions)
            ]
        except RowOnlyField as error:
            raise unusable(error.field, "") from None
        asked = chosen.rows.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger())))
        selected = (
            sa.select(chosen.rows.id, *(sa.func.coalesce(one, sa.false()) for one in held))
            .select_from(chosen.rows.source.clause())
            .where(chosen.where, asked)
        )
        return Prepared.of(selected), statement.asked, not statement.volatile

    key = ("matching", form_key, shape(Query(), viewer), plan.fingerprint(list(conditions)))
    prepared = plan.keep(live, viewer, key, make)
    return {row[0]: list(row[1:]) for row in prepared.rows(connection, ids=list(ids))}
