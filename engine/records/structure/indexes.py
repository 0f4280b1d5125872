"""The indexes that every form has: owner, links, what may not repeat, each view's default sort."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from engine.definitions.model import LiveApp
from engine.platform.errors import NotFound
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.storage import order
from engine.records.storage.storage import LINKS
from engine.records.storage.tables import FormTable, form_table
from engine.records.writing.again import enqueue_again

AT_ONCE = 50_000
"""Up to so many rows an index is built in the publishing transaction; above, beside the running writes.

One that keeps values from repeating is always built there: its column is new and empty, and nothing else refuses.
"""

_GIN = frozenset({"multi_select", "checkboxes"})


@dataclass(frozen=True)
class Index:
    """An index by the name that the engine gives it."""

    name: str
    table: str
    over: str
    unique: bool = False

    def sql(self, *, beside: bool = False) -> str:
        """The statement that makes it; `beside` lets others write meanwhile."""
        kind = "UNIQUE INDEX" if self.unique else "INDEX"
        return f"CREATE {kind} {'CONCURRENTLY ' if beside else ''}IF NOT EXISTS {self.name} ON {self.table} {self.over}"


def wanted(table: FormTable) -> Iterator[Index]:
    """The indexes that a form and its subforms should have."""
    stored = table.stored
    main = stored.qualified()
    alive = "WHERE deleted_at IS NULL"
    yield Index(f"{stored.table()}_owner", main, f"(owner, id) {alive}")
    yield Index(f"{stored.table()}_bin", main, "(deleted_at) WHERE deleted_at IS NOT NULL")
    yield Index(f"{stored.table()}_import", main, "(import_id) WHERE import_id IS NOT NULL")
    for one in table.uniques.values():
        must = one.field.get("level") == "must"
        over = f"({one.name}) {alive}{f' AND {one.name} IS NOT NULL' if must else ''}"
        yield Index(f"{stored.table()}_{one.name}", main, over, unique=must)
    yield from _columns(table, alive)
    for subform in table.subforms.values():
        below = subform.stored
        yield Index(f"{below.table()}_record", below.qualified(), "(record_id, position)")
        yield from _columns(subform, "")
    sorts = {path: order.sort_index(table, path) for path in _sorted_by(table)}
    for sort in sorts.values():
        if sort is not None:
            yield Index(sort.name, f"{stored.schema}.{sort.table.name}", sort.sql)


def follow(connection: Connection, live: LiveApp, form_key: str) -> list[str]:
    """Make what is missing: at once where the form is small, else by a job, whose id is answered."""
    table = form_table(connection, live, form_key)
    todo = list(wanted(table))
    have = set(
        connection.scalars(
            text("SELECT indexname FROM pg_indexes WHERE schemaname = :schema AND indexname = ANY(:names)"),
            {"schema": table.stored.schema, "names": [one.name for one in todo]},
        )
    )
    missing = [one for one in todo if one.name not in have]
    large = bool(missing) and _large(connection, table)
    for one in missing:
        if one.unique or not large:
            connection.exec_driver_sql(one.sql().replace("%", "%%"))
    if not large or all(one.unique for one in missing):
        return []
    return [
        enqueue(connection, "records.index", {"app": live.app.key, "form": form_key}, app_key=live.app.key)
    ]


@job("records.index", unfinished=enqueue_again)
def _index(context: JobContext, payload: Mapping[str, Any]) -> dict[str, Any]:
    from engine.definitions import live as living

    with context.database.connect() as connection:
        try:
            live = living.load(connection, payload["app"])
        except NotFound:
            return {}  # the app is gone
        if payload["form"] not in live.forms:
            return {}
        table = form_table(connection, live, payload["form"])
        todo = list(wanted(table))
        for number, one in enumerate(todo):
            # One that broke off half-way stands there invalid and would count as made.
            broken = connection.scalar(
                text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"),
                {"name": f"{table.stored.schema}.{one.name}"},
            )
            if broken:
                connection.exec_driver_sql(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {table.stored.schema}.{one.name}"
                )
            connection.exec_driver_sql(one.sql(beside=True).replace("%", "%%"))
            context.progress(number + 1, len(todo))
    return {}


def _columns(table: FormTable, alive: str) -> Iterator[Index]:
    stored = table.stored
    for field, column in table.columns.values():
        name = f"{stored.table(column.part)}_{column.name}"
        if column.kind == LINKS:
            links = f"{stored.schema}.{stored.link_table(column)}"
            yield Index(f"{stored.link_table(column)}_target", links, "(target_id, record_id)")
        elif field.type == "link":
            where = f" {alive}" if column.part == 1 else ""
            yield Index(name, stored.qualified(column.part), f"({column.name}){where}")
        elif field.type in _GIN:
            yield Index(name, stored.qualified(column.part), f"USING gin ({column.name})")


def _sorted_by(table: FormTable) -> list[str]:
    found = [
        entry["field"]
        for view in table.form.views
        for entry in (view.get("sort") or ())[:1]
        if isinstance(entry, Mapping)
    ]
    return list(dict.fromkeys([*found, "created_at"]))


def _large(connection: Connection, table: FormTable) -> bool:
    counted = connection.scalar(
        text(f"SELECT count(*) FROM (SELECT 1 FROM {table.stored.qualified()} LIMIT :most) x"),
        {"most": AT_ONCE + 1},
    )
    return bool(counted and counted > AT_ONCE)
