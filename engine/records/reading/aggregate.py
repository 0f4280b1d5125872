"""Totals: records added up and counted by groups, over what the viewer may read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.conditions.to_sql import to_sql
from engine.definitions.model import LiveApp
from engine.fields.failed import value_json
from engine.fields.form import Field, Form
from engine.fields.number import plain
from engine.fields.references import NO_ACCESS, Ref
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.reading import measures, plan
from engine.records.reading.column_values import grouping, shown_title
from engine.records.reading.measures import Measure
from engine.records.reading.plan import Prepared, Row
from engine.records.reading.query import Chosen, Query, shape
from engine.records.reading.rowset import RowOnlyField, RowSet, Statement
from engine.records.reading.scope import unusable
from engine.records.reading.visible import Access

MOST_ROWS = 10_000
MOST_MEASURES = 50
BUCKETS = ("day", "week", "month", "quarter", "year")
ERRORS = "errors"
"""The key of a row under which it says, by measure, how many records were left out because a formula failed."""


@dataclass(frozen=True)
class Aggregation:
    """Which records, by which groups, and what of each group."""

    where: Mapping[str, Any] | None = None
    group_by: Sequence[Mapping[str, Any]] = ()
    measures: Sequence[Mapping[str, Any]] = ({"fn": "count", "as": "count"},)
    having: Mapping[str, Any] | None = None
    sort: Sequence[Mapping[str, Any]] = ()
    limit: int = MOST_ROWS
    search: str | None = None
    import_id: str | None = None

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> "Aggregation":
        """The aggregation of a JSON body; refuses what is not in shape, by place."""
        faults = list(_shape_faults(sent))
        if faults:
            raise Invalid(Text("汇总有误", "The aggregation is wrong"), faults)
        names = ("where", "group_by", "measures", "having", "sort", "limit", "search")
        return cls(**{name: sent[name] for name in names if sent.get(name) is not None})


@dataclass(frozen=True)
class Group:
    """What records are grouped by: its name in the answer, and what its values are."""

    name: str
    field: Field
    bucket: str | None
    column: ColumnElement[Any]
    target: Form | None


@dataclass(frozen=True)
class Answer:
    """The statement of an aggregation, and how its rows are told."""

    prepared: Prepared
    groups: tuple[tuple[str, Field, bool, bool], ...]
    measures: tuple[tuple[str, Measure], ...]
    failures: tuple[str, ...]

    def rows(self, connection: Connection) -> list[dict[str, Any]]:
        """The rows with Python values: references as `Ref`, amounts as decimals."""
        return [self._row(row) for row in self.prepared.rows(connection)]

    def _row(self, row: Row) -> dict[str, Any]:
        told: dict[str, Any] = {}
        at = 0
        for name, _, refers, _ in self.groups:
            if refers:
                value, title = row[at], row[at + 1]
                told[name] = None if value is None else Ref(value, title if title is not None else NO_ACCESS)
                at += 2
            else:
                told[name] = row[at]
                at += 1
        for name, measure in self.measures:
            told[name] = measure.told(row[at])
            at += 1
        failed = {name: count for name, count in zip(self.failures, row[at:], strict=True) if count}
        if failed:
            told[ERRORS] = failed
        return told


def aggregate(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, aggregation: Aggregation
) -> list[dict[str, Any]]:
    """The totals as programs get them: group fields and measures by name, without `group_by` exactly one row."""
    answer = _answer(connection, live, form_key, viewer, aggregation)
    kinds = {name: (field, bucket) for name, field, _, bucket in answer.groups}
    return [
        {name: _json(value, *kinds[name]) if name in kinds else value for name, value in row.items()}
        for row in answer.rows(connection)
    ]


def totals(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, aggregation: Aggregation
) -> list[dict[str, Any]]:
    """The same with groups as Python values, for pages that show them."""
    return _answer(connection, live, form_key, viewer, aggregation).rows(connection)


def _answer(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, aggregation: Aggregation
) -> Answer:
    form = live.form(form_key)
    require(live, viewer, form_key, "read")
    chosen = Query(where=aggregation.where, search=aggregation.search, import_id=aggregation.import_id)
    rest = [
        aggregation.group_by,
        aggregation.measures,
        aggregation.having,
        aggregation.sort,
        aggregation.limit,
    ]
    key = ("aggregate", form_key, shape(chosen, viewer), plan.fingerprint(rest))
    return plan.keep(live, viewer, key, lambda: _plan(connection, live, form, viewer, aggregation))


def _plan(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, aggregation: Aggregation
) -> tuple[Answer, Mapping[str, Access], bool]:
    statement = Statement(connection, live, viewer)
    chosen = Chosen.of(
        statement,
        form,
        Query(where=aggregation.where, search=aggregation.search, import_id=aggregation.import_id),
    )
    faults: list[Fault] = []
    expanded = measures.expanded_subform(chosen, aggregation.group_by)
    groups = [
        group
        for number, raw in enumerate(aggregation.group_by)
        if (group := _group(chosen, raw, f"/group_by/{number}", faults, expanded)) is not None
    ]
    made = [
        figure
        for number, raw in enumerate(aggregation.measures)
        if (figure := measures.measure(chosen, raw, f"/measures/{number}", faults, expanded)) is not None
    ]
    names = [one.name for one in groups] + [one.name for one in made]
    for name in {name for name in names if names.count(name) > 1 or name == ERRORS}:
        faults.append(
            Fault(
                "/measures",
                "duplicate_name",
                Text("结果里有两个“{name}”", "Two results are called “{name}”", name=name),
            )
        )
    if faults:
        raise Invalid(Text("汇总有误", "The aggregation is wrong"), faults)
    failing = [one for one in made if one.failed is not None]
    inner = (
        sa.select(
            *(one.column.label(f"g{number}") for number, one in enumerate(groups)),
            *(one.column.label(f"m{number}") for number, one in enumerate(made)),
            *(one.failed.label(f"e{number}") for number, one in enumerate(failing)),  # type: ignore[union-attr]
        )
        .select_from(chosen.rows.source.clause())
        .where(chosen.where)
    )
    if not (groups or made):
        inner = _one_row(inner)
    if groups:
        inner = inner.group_by(*(sa.literal_column(str(number + 1)) for number in range(len(groups))))
    counted = inner.subquery("counted")
    selected = _outer(statement, chosen, counted, groups, made, failing, aggregation)
    answer = Answer(
        Prepared.of(selected),
        tuple((one.name, one.field, one.target is not None, one.bucket is not None) for one in groups),
        tuple((one.name, one.bare()) for one in made),
        tuple(one.name for one in failing),
    )
    return answer, statement.asked, not statement.volatile


def _one_row(inner: sa.Select[Any]) -> sa.Select[Any]:
    """Nothing is asked of the records: still exactly one row."""
    return sa.select(sa.func.count().label("nothing")).select_from(inner.subquery("all"))


def _outer(
    statement: Statement,
    chosen: Chosen,
    counted: Any,
    groups: Sequence[Group],
    made: Sequence[Measure],
    failing: Sequence[Measure],
    aggregation: Aggregation,
) -> sa.Select[Any]:
    """The groups with their titles, sorted and cut."""
    columns: list[ColumnElement[Any]] = []
    orders: dict[str, ColumnElement[Any]] = {}
    source: Any = counted
    for number, group in enumerate(groups):
        value = counted.c[f"g{number}"]
        columns.append(value)
        orders[group.name] = value
        if group.target is not None:
            others = chosen.rows.others(group.target)
            title = shown_title(chosen.scope, others)
            source = source.outerjoin(others.source.clause(), sa.and_(others.id == value, others.present))
            columns.append(title)
            orders[group.name] = title
        elif group.field.options and not group.bucket:
            orders[group.name] = _option_order(group.field, value)
    for number, one in enumerate(made):
        columns.append(counted.c[f"m{number}"])
        orders[one.name] = counted.c[f"m{number}"]
    columns += [counted.c[f"e{number}"] for number in range(len(failing))]
    query = sa.select(*columns).select_from(source)
    if aggregation.having is not None:
        scope = measures.ResultScope(
            statement.time_zone,
            {one.name: (one.field, counted.c[f"g{number}"]) for number, one in enumerate(groups)}
            | {one.name: (one.result, counted.c[f"m{number}"]) for number, one in enumerate(made)},
        )
        query = query.where(
            to_sql(aggregation.having, scope, statement.person, statement.moment, pointer="/having")
        )
    rising: list[ColumnElement[Any]] = []
    for number, raw in enumerate(aggregation.sort):
        column = orders.get(str(raw.get("field")))
        if column is None:
            raise Invalid.at(
                f"/sort/{number}/field",
                "unknown_field",
                Text("没有结果“{name}”", "There is no result “{name}”", name=str(raw.get("field"))[:100]),
            )
        rising.append(column.desc().nulls_last() if raw.get("desc") else column.asc().nulls_last())
    rising += [orders[one.name].asc().nulls_last() for one in groups]
    return query.order_by(*rising).limit(aggregation.limit)


def _option_order(field: Field, value: ColumnElement[Any]) -> ColumnElement[Any]:
    places = {option: number for number, option in enumerate(field.options)}
    if not places:
        return value
    removed = sa.case((value.is_not(None), len(places)))  # an option that is no more; empty stays empty
    return sa.case(places, value=value, else_=removed)


def _group(
    chosen: Chosen, raw: Mapping[str, Any], pointer: str, faults: list[Fault], expanded: RowSet | None
) -> Group | None:
    path, bucket = str(raw.get("field")), raw.get("bucket")
    scope, steps = measures.place(chosen, path, expanded)
    if steps is None or steps[-1].kind.layout_only or steps[-1].type == "subform":
        faults.append(
            Fault(
                f"{pointer}/field",
                "unknown_field",
                Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100]),
            )
        )
        return None
    field = steps[-1].value_field
    dated = field.kind.value_type(field) in ("date", "datetime")
    if bucket is not None and (bucket not in BUCKETS or not dated):
        faults.append(
            Fault(
                f"{pointer}/bucket",
                "bad_bucket",
                Text(
                    "“{name}”不能按“{bucket}”分段",
                    "“{name}” cannot be grouped by “{bucket}”",
                    name=field.name(),
                    bucket=str(bucket)[:30],
                ),
            )
        )
        return None
    try:
        column, target = grouping(scope, steps)
    except (RowOnlyField, KeyError):
        faults.extend(unusable(steps[-1], f"{pointer}/field").faults)
        return None
    if bucket is not None:
        if field.kind.value_type(field) == "datetime":
            column = sa.func.timezone(chosen.statement.time_zone, column)
        column = sa.cast(sa.func.date_trunc(sa.literal_column(f"'{bucket}'"), column), sa.Date())
    return Group(path, field, bucket, column, target)


def _json(value: Any, field: Field, bucketed: bool) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Ref):
        return value.json()
    if bucketed:
        return value.isoformat()
    if isinstance(value, Decimal) and not getattr(field.kind, "places", None):
        return format(plain(value), "f")
    return value_json(value, field)


_LISTS = {"group_by": 8, "measures": MOST_MEASURES, "sort": 8}


def _shape_faults(sent: Mapping[str, Any]) -> Iterator[Fault]:
    for name, most in _LISTS.items():
        value = sent.get(name)
        if value is None:
            continue
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            yield Fault(
                f"/{name}",
                "wrong_type",
                Text("“{name}”要是一列对象", "“{name}” is a list of objects", name=name),
            )
        elif len(value) > most:
            yield Fault(
                f"/{name}", "too_many", Text("“{name}”太多", "There are too many “{name}”", name=name)
            )
    for name in ("where", "having"):
        if sent.get(name) is not None and not isinstance(sent[name], Mapping):
            yield Fault(f"/{name}", "wrong_type", Text("条件要是一个对象", "A condition is an object"))
    if sent.get("search") is not None and not isinstance(sent["search"], str):
        yield Fault("/search", "wrong_type", Text("搜索要是文字", "A search is text"))
    limit = sent.get("limit")
    if limit is not None and (
        isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS
    ):
        yield Fault(
            "/limit",
            "out_of_range",
            Text("limit 要在 1 到 {most} 之间", "limit must be from 1 to {most}", most=MOST_ROWS),
        )
