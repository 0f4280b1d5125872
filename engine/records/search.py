"""Search: a table beside every app's records holds what is in their texts; each hit is confirmed on readable columns.

What it holds are pairs of characters and the last single one, so that Chinese needs no words and 王 alone finds.
"""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.dialects import postgresql

from engine.access.grants import allows
from engine.access.viewer import App, Viewer
from engine.conditions.read import textual
from engine.definitions.model import App as DefinedApp
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.formulas.values import folded
from engine.platform.i18n import Text
from engine.records.rowset import RowOnlyField
from engine.records.scope import AppScope
from engine.records.tables import FormTable, form_table

MOST_WORDS = 8
AT_ONCE = 5_000
AROUND = 20

_TSQUERY = postgresql.TSQUERY()


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
        field for field in form.fields
        if field.kind.stored and not field.kind.multiple and not field.live and not field.children
        and not field.kind.layout_only and textual(field.value_field)
    ]


def index(connection: Connection, live: LiveApp, form_key: str, record_ids: Collection[int]) -> None:
    """Put these records into the search as they are now; called in the transaction that wrote them."""
    statement = _indexing(live, form_key, form_table(connection, live, form_key))
    if statement is None:
        return
    ids = list(record_ids)
    for start in range(0, len(ids), AT_ONCE):
        connection.exec_driver_sql(statement, (ids[start:start + AT_ONCE],))


def inserting(table: FormTable) -> str | None:
    """A step for the statement that writes new records, whose rows `input` holds as (id, j by column name)."""
    names = [f"i.j->>'{table.column(field.key).name}'" for field in searched(table.form) if table.has(field.key)]
    if not names:
        return None
    return (
        f"searched AS (INSERT INTO {table.main.schema}.search (form_id, record_id, grams)"
        f" SELECT {table.stored.id}, i.id, jianflow.search_grams({_joined(names)}) FROM input i)"
    )


def rebuild(connection: Connection, live: LiveApp, form_key: str, after: int = 0, most: int = AT_ONCE) -> int | None:
    """Put the next records behind `after` into the search anew; answers the last id, None at the end."""
    table = form_table(connection, live, form_key)
    ids = list(connection.scalars(
        sa.select(table.main.c.id).where(table.main.c.id > after).order_by(table.main.c.id).limit(most)
    ))
    if not ids:
        return None
    index(connection, live, form_key, ids)
    return ids[-1]


def _indexing(live: LiveApp, form_key: str, table: FormTable) -> str | None:
    known: dict[str, str | None] = live.cache.setdefault("records.search", {})
    if form_key not in known:
        columns = [table.column(field.key) for field in searched(table.form) if table.has(field.key)]
        names = [f"{column.table.name}.{column.name}" for column in columns]
        joins = "".join(
            f" JOIN {part.schema}.{part.name} ON {part.name}.id = {table.main.name}.id" for part in table.parts[1:]
        )
        known[form_key] = None if not names else (
            f"INSERT INTO {table.main.schema}.search (form_id, record_id, grams)"
            f" SELECT {table.stored.id}, {table.main.name}.id, jianflow.search_grams({_joined(names)})"
            f" FROM {table.main.schema}.{table.main.name}{joins} WHERE {table.main.name}.id = ANY(%s::bigint[])"
            " ON CONFLICT (form_id, record_id) DO UPDATE SET grams = EXCLUDED.grams"
            " WHERE search.grams IS DISTINCT FROM EXCLUDED.grams"
        )
    return known[form_key]


def _joined(names: Sequence[str]) -> str:
    """All texts one below the other; PostgreSQL takes at most 100 arguments at once."""
    pieces = [f"concat_ws(E'\\n', {', '.join(names[at:at + 90])})" for at in range(0, len(names), 90)]
    return pieces[0] if len(pieces) == 1 else _joined(pieces)


def matching(scope: AppScope, said: str) -> ColumnElement[bool]:
    """That every word of `said` stands in some text of the record that may be read."""
    rows = scope.rows
    words = words_of(said)
    columns = [column for field in searched(rows.form) if (column := _column(scope, field)) is not None]
    if not words:
        return sa.true()
    if not columns or rows.table is None:
        return sa.false()
    table = _table(rows.table.main.schema or "")
    hits = sa.select(table.c.record_id).where(
        table.c.form_id == rows.table.stored.id, table.c.grams.op("@@")(sa.cast(tsquery(words), _TSQUERY))
    )
    confirmed = [
        sa.or_(*(sa.func.strpos(even(column), sa.literal(word, sa.Text())) > 0 for column in columns)) for word in words
    ]
    return sa.and_(rows.id.in_(hits), *confirmed)


def words_of(said: str) -> list[str]:
    """The words of a search, evened out as the texts are."""
    clean = "".join(character for character in said if character >= " " and not "\ud800" <= character <= "\udfff")
    return list(dict.fromkeys(folded(unicodedata.normalize("NFKC", clean[:200])).split()))[:MOST_WORDS]


def tsquery(words: Iterable[str]) -> str:
    """The words as pieces: pairs of neighbours, a single character as the beginning of a pair."""
    pieces: list[str] = []
    for word in words:
        if len(word) == 1:
            pieces.append(f"{_quoted(word)}:*")
        pieces += [_quoted(word[at:at + 2]) for at in range(len(word) - 1)]
    return " & ".join(dict.fromkeys(pieces))


def even(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A text evened out: full-width letters narrow, ASCII in lower case."""
    return sa.func.lower(sa.collate(sa.func.normalize(column, sa.literal_column("NFKC")), "C"))


@dataclass(frozen=True)
class Hit:
    """A record that a search over everything found."""

    form: Form
    id: int
    title: str | Text
    snippet: str
    """The place that was found, with some text around it; "" where it is the title."""


def everywhere(
    connection: Connection, live: LiveApp, viewer: Viewer | App, said: str, *, most: int = 20, each: int = 5,
    forms: Sequence[str] | None = None,
) -> list[Hit]:
    """Records of all forms that the viewer may see, for the search over everything."""
    from engine.records.query import Query, query

    words = words_of(said)
    readable = [key for key in (forms or live.forms) if allows(live, viewer, key, "read")]
    if not words or not readable:
        return []
    ids = {form_table(connection, live, key).stored.id: key for key in readable}
    table = _table(live.app.schema)
    found = connection.scalars(
        sa.select(table.c.form_id).distinct().where(
            table.c.form_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.BigInteger()))),
            table.c.grams.op("@@")(sa.cast(tsquery(words), _TSQUERY)),
        )
    )
    with_hits = set(found)
    hits: list[Hit] = []
    for form_id, key in ids.items():
        if form_id in with_hits and len(hits) < most:
            form = live.form(key)
            page = query(connection, live, key, viewer, Query(
                search=said, limit=each, sort=[{"field": "updated_at", "desc": True}]))
            hits += [Hit(form, one.id, one.title, _snippet(form, one, words)) for one in page.records]
    return hits[:most]


def _snippet(form: Form, record: Any, words: Sequence[str]) -> str:
    if any(word in folded(unicodedata.normalize("NFKC", str(record.title))) for word in words):
        return ""
    for field in searched(form):
        text = record.values.get(field.key)
        if not isinstance(text, str):
            continue
        plain = folded(unicodedata.normalize("NFKC", text))
        at = next((plain.find(word) for word in words if word in plain), -1)
        if at >= 0:
            start = max(0, at - AROUND)
            cut = text[start:at + 3 * AROUND].replace("\n", " ")
            return f"{field.name()}: {'…' if start else ''}{cut}"
    return ""


def _column(scope: AppScope, field: Field) -> ColumnElement[Any] | None:
    if not scope._allowed((field,)):
        return None
    try:
        return scope.made((field,)).value
    except (RowOnlyField, KeyError):
        return None


def _table(schema: str) -> Any:
    return sa.table(
        "search", sa.column("form_id", sa.BigInteger()), sa.column("record_id", sa.BigInteger()),
        sa.column("grams", postgresql.TSVECTOR()), schema=schema,
    )


def _quoted(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"


