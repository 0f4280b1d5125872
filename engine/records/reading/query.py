"""The query gate: conditions, grants, sort and cursor become one statement; every reading of records comes here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.conditions.to_sql import to_sql
from engine.definitions.model import LiveApp
from engine.fields.form import SYSTEM_KEYS, Field, Form
from engine.platform import clock
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.reading import estimate, plan, reading, search, sorting
from engine.records.reading.column_values import values
from engine.records.reading.plan import Prepared
from engine.records.reading.read import get
from engine.records.reading.reading import Reading
from engine.records.reading.record import Record
from engine.records.reading.rowset import RowOnlyField, RowSet, Statement
from engine.records.reading.scope import AppScope, row_condition, unusable
from engine.records.reading.selection import scope_of
from engine.records.reading.sorting import Cursor, Key
from engine.records.reading.visible import Access, access_for
from engine.records.storage import order

__all__ = ["Page", "Query", "Record", "get", "ids", "query", "readable_fields", "stream", "values"]

MOST = 1000
EXACT_UP_TO = 100_000


@dataclass(frozen=True)
class Query:
    """Which records, in which order, which fields of them, and how many.

    `deleted` True reads the recycle bin. `cursor` and `offset` exclude each other.
    """

    where: Mapping[str, Any] | None = None
    sort: Sequence[Mapping[str, Any]] = ()
    fields: Sequence[str] | None = None
    search: str | None = None
    limit: int = 50
    cursor: str | None = None
    offset: int | None = None
    count: bool | Literal["estimate"] = False
    deleted: bool = False
    import_id: str | None = None
    """Only what an import created or changed."""

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> "Query":
        """The query of a JSON body; refuses what is not in shape, by place."""
        faults = list(_shape_faults(sent))
        if faults:
            raise Invalid(Text("查询有误", "The query is wrong"), faults)
        known = {name: sent[name] for name in _SHAPES if sent.get(name) is not None}
        return cls(**{**known, "deleted": False})


@dataclass(frozen=True)
class Page:
    """Some records, and where the next ones begin; `total` where it was asked for."""

    records: list[Record] = attribute(default_factory=list)
    next_cursor: str | None = None
    total: int | None = None
    estimated: bool = False


def query(connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, query: Query) -> Page:
    """The records that the viewer may read and the query asks for."""
    form = live.form(form_key)
    require(live, viewer, form_key, "read")
    if query.cursor is not None and query.offset is not None:
        raise Invalid.at(
            "/offset",
            "cursor_and_offset",
            Text("cursor 和 offset 不能一起用", "cursor and offset exclude each other"),
        )
    cursor = Cursor.read(query.cursor, query.sort) if query.cursor else None
    asked = shape(query, viewer)
    way = way_of(connection, live, form, query, estimate.few(connection, live, form, viewer, query, asked))
    key = ("page", form_key, asked, None if cursor is None else cursor.empty, query.offset is None, way)
    paged = plan.keep(live, viewer, key, lambda: _plan(connection, live, form, viewer, query, cursor, way))
    with sorting.reading_behind(cursor):
        records, next_cursor = paged.run(connection, query, cursor)
    total, estimated = None, False
    if query.count:
        total, estimated = count(connection, live, form_key, viewer, query)
    return Page(records, next_cursor, total, estimated)


def count(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, query: Query
) -> tuple[int, bool]:
    """How many records the query has in all, and whether that is an estimate."""
    form = live.form(form_key)
    require(live, viewer, form_key, "read")

    def make() -> tuple[Prepared, Mapping[str, Access], bool]:
        chosen = Chosen.of(Statement(connection, live, viewer), form, query)
        statement = sa.select(sa.func.count()).select_from(chosen.rows.source.clause()).where(chosen.where)
        return Prepared.of(statement), chosen.statement.asked, not chosen.statement.volatile

    bare = replace(query, cursor=None, offset=None, sort=(), fields=None)
    prepared = plan.keep(live, viewer, ("count", form_key, shape(bare, viewer)), make)
    if query.count == "estimate":
        guess = int(_below_aggregate(prepared.explained(connection)))
        if guess > EXACT_UP_TO:
            return guess, True
    return prepared.rows(connection)[0][0], False


def ids(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, query: Query
) -> sa.Select[Any]:
    """The ids of the records of a query, as a SELECT for statements on many records."""
    require(live, viewer, form_key, "read")
    chosen = Chosen.of(Statement(connection, live, viewer), live.form(form_key), query)
    return sa.select(chosen.rows.id).select_from(chosen.rows.source.clause()).where(chosen.where)


def stream(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, query: Query, size: int = 2000
) -> Iterator[list[Record]]:
    """All records of a query in portions, as they were at one moment; needs a transaction (`snapshot`)."""
    form = live.form(form_key)
    require(live, viewer, form_key, "read")
    statement = Statement(connection, live, viewer)
    chosen = Chosen.of(statement, form, query)
    read = Reading.of(
        chosen.rows, wanted_fields(form, access_for(live, form, viewer), query.fields), rights=False
    )
    keys = sorting.keys_of(chosen.scope, query.sort)
    selected = sa.select(*read.columns).select_from(chosen.rows.source.clause()).where(chosen.where)
    selected = selected.order_by(*ordered(keys, chosen.rows.id))
    for rows in Prepared.of(selected).stream(connection, size):
        yield read.records(connection, rows)


def readable_fields(live: LiveApp, form_key: str, viewer: Viewer | App) -> tuple[Field, ...]:
    """The fields of a form that the viewer may read in some row, in the form's order."""
    return access_for(live, live.form(form_key), viewer).fields()


@dataclass(frozen=True)
class Way:
    """How a page is found: in the order of an index, or (no index, or few records) by reading all and sorting."""

    indexed: bool
    few: bool


# -- which records -----------------------------------------------------------------------------------------


@dataclass
class Chosen:
    """The rows that a query asks for and the viewer may read."""

    statement: Statement
    rows: RowSet
    scope: AppScope
    where: ColumnElement[bool]

    @classmethod
    def of(cls, statement: Statement, form: Form, query: Query, sample: float | None = None) -> "Chosen":
        """Grants, recycle bin, condition and search together."""
        rows = RowSet.of(statement, form, sample=sample)
        access = statement.access(form)
        parts = [sa.not_(rows.present) if query.deleted else rows.present]
        if not access.whole:
            parts.append(row_condition(rows, access.grants))
        scope = scope_of(rows)
        try:
            if query.where is not None:
                parts.append(
                    to_sql(query.where, scope, statement.person, statement.moment, budget=statement.budget)
                )
            if query.search:
                parts.append(search.matching(scope, query.search))
            if query.import_id:
                parts.append(_imported(rows, query.import_id))
        except RowOnlyField as error:
            raise unusable(error.field, "/where") from None
        return cls(statement, rows, scope, sa.and_(*parts))


def _imported(rows: RowSet, import_id: str) -> ColumnElement[bool]:
    """That a record was created by an import, or changed by it."""
    table = rows.table
    if table is None:
        return sa.false()
    known = sa.cast(sa.literal(import_id), sa.Uuid())
    history = sa.table(
        "history",
        sa.column("form_id"),
        sa.column("record_id"),
        sa.column("import_id"),
        schema=table.main.schema,
    )
    changed = sa.select(history.c.record_id).where(
        history.c.import_id == known, history.c.form_id == table.stored.id
    )
    return sa.or_(rows.main.c.import_id == known, rows.id.in_(changed))


@dataclass(frozen=True)
class Paged:
    """The statement of a page, with how its rows become records."""

    prepared: Prepared
    reading: Reading
    keys: int
    jump: Prepared | None = None
    """For an offset: the first segment alone, which is quicker and nearly always enough."""

    def run(
        self, connection: Connection, query: Query, cursor: Cursor | None
    ) -> tuple[list[Record], str | None]:
        """The records of one page, and the cursor behind them if there are more."""
        late: dict[str, Any] = {"page_limit": query.limit + 1}
        if query.offset is not None:
            late["page_offset"] = query.offset
            late["page_reach"] = query.offset + query.limit + 1
        else:
            late["page_reach"] = query.limit + 1
        if cursor is not None:
            late["cursor_id"] = cursor.id
            late |= {
                f"cursor_{number}": value for number, value in enumerate(cursor.values) if value is not None
            }
        rows = self.jump.rows(connection, **late) if self.jump is not None else []
        if len(rows) <= query.limit:
            rows = self.prepared.rows(connection, **late)
        more = len(rows) > query.limit
        rows = rows[: query.limit]
        records = self.reading.records(connection, rows)
        if not more or not rows:
            return records, None
        last = rows[-1]
        values = tuple(last[len(last) - self.keys :]) if self.keys else ()
        return records, Cursor(values, records[-1].id).write(query.sort)


def _plan(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer | App,
    query: Query,
    cursor: Cursor | None,
    way: Way,
) -> tuple[Paged, Mapping[str, Access], bool]:
    statement = Statement(connection, live, viewer, few=way.few)
    chosen = Chosen.of(statement, form, query)
    keys = sorting.keys_of(chosen.scope, query.sort)
    found = Found(chosen, keys, query, cursor)
    shown = RowSet.of(statement, form, "r")
    read = Reading.of(shown, wanted_fields(form, statement.access(form), query.fields), deleted=query.deleted)

    def page(found: Any) -> Prepared:
        places = [found.c[f"x{number}"] for number in range(len(keys))]
        outer = [replace(key, column=place) for key, place in zip(keys, places, strict=True)]
        shown.source.joins.insert(0, (found, found.c.id == shown.id, False))
        selected = sa.select(*read.columns, *places).select_from(shown.source.clause())
        del shown.source.joins[0]
        return Prepared.of(selected.order_by(*ordered(outer, shown.id)))

    jump = None
    made = page(found.page(way))
    if query.offset and found.segmented(way):
        jump = page(found.first_segment())
    return Paged(made, read.bare(), len(keys), jump), statement.asked, not statement.volatile


def _backwards(keys: Sequence[Key]) -> bool:
    """Whether records with equal keys stand in falling order of their ids: as the first key does."""
    return bool(keys and keys[0].desc)


class Found:
    """The ids of a page, with what they are sorted by: found before whole rows are read."""

    def __init__(self, chosen: Chosen, keys: list[Key], query: Query, cursor: Cursor | None) -> None:
        self.keys = keys
        self.cursor = cursor
        self.where = chosen.where
        self.row_id = chosen.rows.id
        self.backwards = _backwards(keys)
        self.source = chosen.rows.source.clause()
        self.columns = [self.row_id.label("id"), *(key.column.label(f"x{n}") for n, key in enumerate(keys))]
        self.limit, self.reach = (
            sa.bindparam(name, type_=sa.BigInteger()) for name in ("page_limit", "page_reach")
        )
        self.offset = None if query.offset is None else sa.bindparam("page_offset", type_=sa.BigInteger())

    def page(self, way: Way) -> Any:
        """The page, found in that way."""
        if way.few:
            return self.sorted_after()
        return self.in_segments() if self.segmented(way) else self.at_once()

    def segmented(self, way: Way) -> bool:
        """Whether the empty ones are read apart."""
        return bool(not way.few and way.indexed and self.keys and self.keys[0].nullable)

    def at_once(self) -> Any:
        """All sorted together: by the id, by what is never empty, or where no index helps."""
        where = []
        if self.cursor is not None:
            simple = len(self.keys) == 1 and not self.keys[0].nullable
            where = [sorting.within(self.keys[0], self.row_id, self.backwards) if simple else self._behind()]
        return self._paged(self._branch(where, self.keys)).subquery("page")

    def sorted_after(self) -> Any:
        """All that match first, and only then sorted: PostgreSQL is kept from walking an index for it."""
        where = [] if self.cursor is None else [self._behind()]
        matched = sa.select(*self.columns).select_from(self.source).where(self.where, *where)
        inner = matched.offset(sa.literal_column("0")).subquery("matched")
        keys = [replace(key, column=inner.c[f"x{number}"]) for number, key in enumerate(self.keys)]
        return self._paged(sa.select(inner).order_by(*ordered(keys, inner.c.id))).subquery("page")

    def first_segment(self) -> Any:
        """Only those whose first key is not empty."""
        return self._paged(self._branch(*self._not_empty())).subquery("page")

    def in_segments(self) -> Any:
        """Not empty, then empty: both in the order of one index over (key, id)."""
        branches: list[Any] = []
        if self.cursor is None or self.cursor.values[0] is not None:
            branches.append(self._branch(*self._not_empty()).limit(self.reach))
        first, rest = self.keys[0], self.keys[1:]
        where: list[ColumnElement[bool]] = [first.column.is_(None)]
        if self.cursor is not None and self.cursor.values[0] is None:
            where.append(self._behind())
        branches.append(self._branch(where, rest).limit(self.reach))
        both = sa.union_all(*(one.subquery().select() for one in branches)).subquery("both")
        return self._paged(sa.select(both)).subquery("page")

    def _not_empty(self) -> tuple[list[ColumnElement[bool]], list[Key]]:
        first, rest = replace(self.keys[0], nullable=False), self.keys[1:]
        where: list[ColumnElement[bool]] = [first.column.is_not(None)]
        if self.cursor is not None and not rest:
            where.append(sorting.within(first, self.row_id, self.backwards))
        elif self.cursor is not None:
            edge = sa.bindparam("cursor_0", type_=first.column.type)
            where.append(first.column <= edge if first.desc else first.column >= edge)
            where.append(sorting.after([first, *rest], self.row_id, self.cursor, self.backwards))
        return where, [first, *rest]

    def _behind(self) -> ColumnElement[bool]:
        assert self.cursor is not None
        return sorting.after(self.keys, self.row_id, self.cursor, self.backwards)

    def _branch(self, where: Sequence[ColumnElement[bool]], keys: Sequence[Key]) -> sa.Select[Any]:
        selected = sa.select(*self.columns).select_from(self.source).where(self.where, *where)
        last = self.row_id.desc() if self.backwards else self.row_id.asc()
        return selected.order_by(*(one for key in keys for one in key.rising()), last)

    def _paged(self, selected: sa.Select[Any]) -> sa.Select[Any]:
        selected = selected.limit(self.limit)
        return selected if self.offset is None else selected.offset(self.offset)


def ordered(keys: Sequence[Key], row_id: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """What a statement orders by: the keys, and the id in the direction of the first."""
    last = row_id.desc() if _backwards(keys) else row_id.asc()
    return [*(one for key in keys for one in key.rising()), last]


def way_of(connection: Connection, live: LiveApp, form: Form, query: Query, few: bool) -> Way:
    """How a page of the query is found, of which few records or many are expected."""
    return Way(_indexed(connection, live, form, query), few)


def _indexed(connection: Connection, live: LiveApp, form: Form, query: Query) -> bool:
    if not query.sort:
        return True
    table = reading.form_table(connection, live, form.key)
    path = query.sort[0].get("field") if isinstance(query.sort[0], Mapping) else None
    return isinstance(path, str) and order.is_indexed(connection, live, table, path)


def wanted_fields(form: Form, access: Access, keys: Sequence[str] | None) -> list[Field]:
    """The fields to read; refuses those that may not be known."""
    if keys is None:
        return list(access.fields())
    wanted: list[Field] = []
    faults: list[Fault] = []
    for number, key in enumerate(keys):
        field = form.field(key) if isinstance(key, str) else None
        if field is not None and field.system and key in SYSTEM_KEYS:
            continue
        if field is None or field.parent is not None or field.kind.layout_only or access.never(field.path):
            faults.append(
                Fault(
                    f"/fields/{number}",
                    "unknown_field",
                    Text("没有字段“{key}”", "There is no field “{key}”", key=str(key)[:100]),
                )
            )
        elif field not in wanted:
            wanted.append(field)
    if faults:
        raise Invalid(Text("查询有误", "The query is wrong"), faults)
    return wanted


def shape(query: Query, viewer: Viewer | App) -> bytes:
    """What makes two queries the same statement today."""
    today = clock.now().astimezone(ZoneInfo(viewer.time_zone)).date()
    return plan.fingerprint(
        [query.where, query.sort, query.fields, query.search, query.deleted, query.import_id, today]
    )


def _below_aggregate(plan: Mapping[str, Any]) -> float:
    # count(*) is one row; what lies below it, before a parallel gathering, is what is counted.
    node = plan
    while node.get("Node Type") in ("Aggregate", "Gather", "Gather Merge") and node.get("Plans"):
        workers = node.get("Workers Planned")
        node = node["Plans"][0]
        if workers:
            inner = node["Plans"][0] if node.get("Node Type") == "Aggregate" and node.get("Plans") else node
            return float(inner["Plan Rows"]) * (workers + max(0.0, 1 - 0.3 * workers))
    return float(node["Plan Rows"])


_SHAPES: Mapping[str, tuple[type, ...]] = {
    "where": (Mapping,),
    "sort": (list,),
    "fields": (list,),
    "search": (str,),
    "limit": (int,),
    "cursor": (str,),
    "offset": (int,),
    "count": (bool, str),
}


def _shape_faults(sent: Mapping[str, Any]) -> Iterator[Fault]:
    for name, kinds in _SHAPES.items():
        value = sent.get(name)
        if value is not None and (
            not isinstance(value, kinds) or isinstance(value, bool) and bool not in kinds
        ):
            yield Fault(
                f"/{name}", "wrong_type", Text("“{name}”的类型不对", "“{name}” has the wrong type", name=name)
            )
    for name, least, most in (("limit", 1, MOST), ("offset", 0, 2**62)):
        value = sent.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and not least <= value <= most:
            yield Fault(
                f"/{name}",
                "out_of_range",
                Text(
                    "“{name}”要在 {least} 到 {most} 之间",
                    "“{name}” must be from {least} to {most}",
                    name=name,
                    least=least,
                    most=most,
                ),
            )
    for number, one in enumerate(sent["sort"] if isinstance(sent.get("sort"), list) else ()):
        if (
            not isinstance(one, Mapping)
            or not isinstance(one.get("field"), str)
            or set(one) - {"field", "desc"}
            or not isinstance(one.get("desc", False), bool)
        ):
            yield Fault(
                f"/sort/{number}", "wrong_type", Text("排序要写成 field 和 desc", "A sort has field and desc")
            )
    if isinstance(sent.get("sort"), list) and len(sent["sort"]) > sorting.MOST_KEYS:
        yield Fault("/sort", "too_many", Text("排序太多", "There are too many sorts"))
    if isinstance(sent.get("count"), str) and sent["count"] != "estimate":
        yield Fault("/count", "wrong_type", Text("count 是 true 或 estimate", "count is true or estimate"))
