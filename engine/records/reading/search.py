"""Search: a table beside every app's records holds what is in their texts; each hit is confirmed on readable columns.

What it holds are pairs of characters and the last single one, so that Chinese needs no words and 王 alone finds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.access.grants import allows
from engine.access.viewer import App, Viewer
from engine.conditions.read import textual
from engine.definitions.model import App as DefinedApp
from engine.definitions.model import LiveApp
from engine.fields.failed import Failed
from engine.fields.form import Field, Form
from engine.fields.references import Ref
from engine.platform.i18n import Text
from engine.records.reading import search_places
from engine.records.reading.record import Record
from engine.records.reading.rowset import Made, RowOnlyField, masked
from engine.records.reading.scope import AppScope
from engine.records.reading.search_text import holds, is_markup, plain, tsquery, words_in, words_of
from engine.records.storage.tables import FormTable, form_table
from engine.records.storage.titles import title_fields

AT_ONCE = 5_000
AROUND = 20


def create(connection: Connection, app: DefinedApp) -> None:
    """Make an app's search table."""
    connection.exec_driver_sql(
        f"""
        CREATE TABLE {app.schema}.search (
            form_id bigint NOT NULL,
            record_id bigint NOT NULL,
            grams tsvector NOT NULL,
            PRIMARY KEY (form_id, record_id)
        );
        CREATE INDEX search_grams ON {app.schema}.search USING gin (grams);
        """
    )


def searched(form: Form) -> list[Field]:
    """The fields that a search looks into: the stored texts."""
    return [
        field
        for field in form.fields
        if field.kind.stored
        and not field.kind.multiple
        and not field.live
        and not field.children
        and not field.kind.layout_only
        and (textual(field.value_field) or is_markup(field))
    ]


def index(connection: Connection, live: LiveApp, form_key: str, record_ids: Collection[int]) -> None:
    """Put these records into the search as they are now; called in the transaction that wrote them."""
    statement = _indexing(live, form_key, form_table(connection, live, form_key))
    if statement is None:
        return
    ids = list(record_ids)
    for start in range(0, len(ids), AT_ONCE):
        connection.exec_driver_sql(statement, (ids[start : start + AT_ONCE],))


def inserting(table: FormTable) -> str | None:
    """A step for the statement that writes new records, whose rows `input` holds as (id, j by column name)."""
    names = _texts(table, lambda column: f"i.j->>'{column.name}'", "i.j->>'title'")
    if not names:
        return None
    return (
        f"searched AS (INSERT INTO {table.main.schema}.search (form_id, record_id, grams)"
        f" SELECT {table.stored.id}, i.id, jianflow.search_grams({_joined(names)}) FROM input i)"
    )


def rebuild(
    connection: Connection, live: LiveApp, form_key: str, after: int = 0, most: int = AT_ONCE
) -> int | None:
    """Put the next records behind `after` into the search anew; answers the last id, None at the end."""
    table = form_table(connection, live, form_key)
    ids = list(
        connection.scalars(
            sa.select(table.main.c.id).where(table.main.c.id > after).order_by(table.main.c.id).limit(most)
        )
    )
    if not ids:
        return None
    index(connection, live, form_key, ids)
    return ids[-1]


def _indexing(live: LiveApp, form_key: str, table: FormTable) -> str | None:
    known: dict[str, str | None] = live.cache.setdefault("records.search", {})
    if form_key not in known:
        names = _texts(table, lambda one: f"{one.table.name}.{one.name}", f"{table.main.name}.title")
        joins = "".join(
            f" LEFT JOIN {part.schema}.{part.name} ON {part.name}.id = {table.main.name}.id"
            for part in table.parts[1:]
        )
        known[form_key] = (
            None
            if not names
            else (
                f"INSERT INTO {table.main.schema}.search (form_id, record_id, grams)"
                f" SELECT {table.stored.id}, {table.main.name}.id, jianflow.search_grams({_joined(names)})"
                f" FROM {table.main.schema}.{table.main.name}{joins} WHERE {table.main.name}.id = ANY(%s::bigint[])"
                " ON CONFLICT (form_id, record_id) DO UPDATE SET grams = EXCLUDED.grams"
                " WHERE search.grams IS DISTINCT FROM EXCLUDED.grams"
            )
        )
    return known[form_key]


def _texts(table: FormTable, named: Callable[[Any], str], title: str) -> list[str]:
    """What is put into the search of a record, in SQL: short texts first, as only so much of all of them is kept."""
    fields = [field for field in searched(table.form) if table.has(field.key)]
    texts = [named(table.column(field.key)) for field in fields if not is_markup(field)]
    if _titled_apart(table.form):
        texts.append(title)
    return texts + [
        f"jianflow.markup_text({named(table.column(field.key))})" for field in fields if is_markup(field)
    ]


def _joined(names: Sequence[str]) -> str:
    """All texts one below the other; PostgreSQL takes at most 100 arguments at once."""
    pieces = [f"concat_ws(E'\\n', {', '.join(names[at : at + 90])})" for at in range(0, len(names), 90)]
    return pieces[0] if len(pieces) == 1 else _joined(pieces)


def matching(scope: AppScope, said: str) -> ColumnElement[bool]:
    """That every word of `said` stands in the record: in a text, an option, a number or the title of a linked record."""
    rows = scope.rows
    words = words_of(said)
    if not words:
        return sa.true()
    if rows.table is None:
        return sa.false()
    schema, form_id = rows.table.main.schema or "", rows.table.stored.id
    elsewhere = {word: search_places.others(scope, word) for word in words}
    bare = [word for word in words if not elsewhere[word]]
    parts: list[ColumnElement[bool]] = []
    if bare:
        parts = [
            rows.id.in_(search_places.hits(schema, form_id, *bare)),
            *(_in_texts(scope, word) for word in bare),
        ]
    for word in words:
        if elsewhere[word]:
            twin = type(scope)(rows.twin())
            confirmed = _in_texts(twin, word)
            in_texts = (
                sa.select(twin.rows.id)
                .select_from(twin.rows.source.clause())
                .where(twin.rows.id.in_(search_places.hits(schema, form_id, word)), confirmed)
            )
            # UNION, not UNION ALL: of what is known to be distinct PostgreSQL estimates well how much it is.
            parts.append(rows.id.in_(sa.union(in_texts, *elsewhere[word])))
    return sa.and_(*parts)


def _in_texts(scope: AppScope, word: str) -> ColumnElement[bool]:
    """That a word stands in a text, or in the title, of the record that may be read."""
    columns = [
        words_in(field, column)
        for field in searched(scope.rows.form)
        if (column := _column(scope, field)) is not None
    ]
    if _titled_apart(scope.rows.form):
        columns.append(masked(Made(scope.rows.title), scope._title_masks(scope.rows)).value)
    return sa.or_(sa.false(), *(holds(column, word) for column in columns))


@dataclass(frozen=True)
class Hit:
    """A record that a search over everything found."""

    form: Form
    id: int
    title: str | Text
    snippet: str
    """The place that was found, with some text around it; "" where it is the title."""


def everywhere(
    connection: Connection,
    live: LiveApp,
    viewer: Viewer | App,
    said: str,
    *,
    most: int = 20,
    each: int = 5,
    forms: Sequence[str] | None = None,
) -> list[Hit]:
    """Records of all forms that the viewer may see, for the search over everything."""
    from engine.records.reading.query import Query, query

    words = words_of(said)
    readable = [key for key in (forms or live.forms) if allows(live, viewer, key, "read")]
    if not words or not readable:
        return []
    ids = {form_table(connection, live, key).stored.id: key for key in readable}
    table = search_places.side_table(live.app.schema)
    pieces = (sa.cast(tsquery([word]), search_places.TSQUERY) for word in words)
    found = connection.scalars(
        sa.select(table.c.form_id)
        .distinct()
        .where(
            table.c.form_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.BigInteger()))),
            sa.or_(*(table.c.grams.op("@@")(piece) for piece in pieces)),
        )
    )
    hits: list[Hit] = []
    for key in search_places.forms_to_ask(live, ids, {ids[one] for one in found}, words):
        if len(hits) >= most:
            break
        form = live.form(key)
        page = query(
            connection,
            live,
            key,
            viewer,
            Query(search=said, limit=each, sort=[{"field": "updated_at", "desc": True}]),
        )
        hits += [
            Hit(form, one.id, one.title, _snippet(form, one, words, viewer.language)) for one in page.records
        ]
    return hits[:most]


def _snippet(form: Form, record: Record, words: Sequence[str], language: str) -> str:
    """The place of the first word that does not stand in the title; "" where all do."""
    title = plain(str(record.title))
    missing = [word for word in words if word not in title]
    for word in missing:
        for field in form.fields:
            text = _said(field, record.values.get(field.key), language)
            at = plain(text).find(word) if text else -1
            if at >= 0:
                start = max(0, at - AROUND)
                cut = text[start : at + 3 * AROUND].replace("\n", " ")
                return f"{field.name()}: {'…' if start else ''}{cut}"
    return ""


def _said(field: Field, value: Any, language: str) -> str:
    """A value as it reads in the list; "" for what a search does not look into."""
    if value is None or field.children or isinstance(value, Failed):
        return ""
    if isinstance(value, Ref):
        return str(value.title)
    if isinstance(value, list) and value and isinstance(value[0], Ref):
        return "、".join(str(one.title) for one in value)
    if isinstance(value, str) and not field.options:
        return field.value_field.kind.shown(value, field.value_field, language)
    return field.value_field.kind.display(value, field.value_field, language) if field.options else ""


def _column(scope: AppScope, field: Field) -> ColumnElement[Any] | None:
    if not scope._allowed((field,)):
        return None
    try:
        return scope.made((field,)).value
    except (RowOnlyField, KeyError):
        return None


def _titled_apart(form: Form) -> bool:
    """Whether the title says something that does not stand in the searched texts, such as a date or a name."""
    return not {field.key for field in searched(form)}.issuperset(title_fields(form))
