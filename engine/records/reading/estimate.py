"""Whether a condition meets few records: looked up in a small sample where PostgreSQL has no statistics for it.

Text is compared without regard to case, through links and in formulas; PostgreSQL guesses for all of these. Where it
guesses "many" and there are none, it walks a whole index in vain, which takes ten times as long as reading the table.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access.viewer import App, Viewer
from engine.conditions.read import textual
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.records.reading import plan
from engine.records.reading.plan import Prepared
from engine.records.reading.rowset import Statement
from engine.records.reading.visible import Access, access_for
from engine.records.storage.order import live_rows
from engine.records.storage.tables import form_table

if TYPE_CHECKING:
    from engine.records.reading.query import Query

LARGE = 50_000
SAMPLE = 3_000
FEW = 2
GOOD_FOR = 60.0


def few(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, query: "Query", key: bytes
) -> bool:
    """Whether so few records meet the query that the table is better read as a whole than in the order of an index."""
    access = access_for(live, form, viewer)
    if (
        not query.search
        and _known(query.where, form, access)
        and all(_known(grant.where, form, None) for grant in access.grants)
    ):
        return False
    size = live_rows(connection, live, form_table(connection, live, form.key))
    if size < LARGE:
        return False
    known: dict[Any, tuple[float, bool]] = live.cache.setdefault("records.estimates", {})
    place = (form.key, key, viewer.member_id)
    at, answer = known.get(place, (-GOOD_FOR, False))
    if time.monotonic() - at > GOOD_FOR:
        if len(known) > 2000:
            known.clear()
        answer = _sampled(connection, live, form, viewer, query, key, size) < FEW
        known[place] = (time.monotonic(), answer)
    return answer


def is_few(connection: Connection, live: LiveApp, form: Form, count: int) -> bool:
    """Whether that many records are so few of a form's."""
    size = live_rows(connection, live, form_table(connection, live, form.key))
    return size >= LARGE and count * SAMPLE < FEW * size


def _sampled(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer | App,
    query: "Query",
    key: bytes,
    size: float,
) -> int:
    from engine.records.reading.query import Chosen

    share = round(min(100.0, 100 * SAMPLE / size), 4)

    def make() -> tuple[Prepared, Mapping[str, Access], bool]:
        statement = Statement(connection, live, viewer)
        chosen = Chosen.of(statement, form, replace(query, deleted=False), sample=share)
        counted = sa.select(sa.func.count()).select_from(chosen.rows.source.clause()).where(chosen.where)
        return Prepared.of(counted), statement.asked, not statement.volatile

    prepared = plan.keep(live, viewer, ("sample", form.key, key, share), make)
    return prepared.rows(connection)[0][0]  # type: ignore[no-any-return]


def _known(where: Any, form: Form, access: Access | None) -> bool:
    """Whether PostgreSQL's statistics of plain columns tell how many records meet the condition."""
    if not isinstance(where, Mapping):
        return True
    for kind in ("all", "any"):
        if isinstance(where.get(kind), list):
            return all(_known(part, form, access) for part in where[kind])
    if "not" in where:
        return _known(where["not"], form, access)
    path = where.get("field")
    field = form.field(path) if isinstance(path, str) else None
    if field is None or field.parent is not None or field.live or field.type == "lookup" or field.children:
        return False
    if field.kind.multiple and field.kind.column(field) is None:
        return False
    if where.get("op") in ("empty", "not_empty"):
        return True
    if textual(field.value_field) or access is not None and not access.always(field.path):
        return False
    value = where.get("value")
    return not any(
        isinstance(one, Mapping) and "formula" in one
        for one in (value if isinstance(value, list) else [value])
    )
