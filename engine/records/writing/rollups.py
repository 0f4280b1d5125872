"""Rollups (汇总): the sums over the records that link to one, stored and kept true however many write at once.

The parents are locked in the order of (form, record) before anything is written; the sum is then taken in a new
statement, which sees everything that was committed while the lock was waited for.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Numeric,
    Select,
    Update,
    bindparam,
    cast,
    func,
    select,
    update,
)

from engine.access.viewer import App
from engine.records.reading.scope import condition
from engine.records.storage.computed import Rollup, computations, rollups_over, touches
from engine.records.storage.tables import FormTable
from engine.records.writing.transaction import Transaction

MOST = 2000
"""So many records' sums follow in the write itself; where there are more, a job brings them up to date."""


def note(
    tx: Transaction,
    form_key: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    changed: Iterable[str] | None = None,
) -> None:
    """Remember which parents' rollups depend on this change of a child."""
    changed = None if changed is None else set(changed)
    for one in rollups_over(tx.live, form_key):
        if changed is not None and not touches(one.reads, changed):
            continue
        parents = _named(before, one.via) | _named(after, one.via)
        if parents:
            tx.touched.setdefault((one.parent, one.path), set()).update(parents)


def lock(tx: Transaction) -> None:
    """Lock the parents that were noted, in the order that all writers keep."""
    by_form: dict[str, set[int]] = {}
    for (form_key, _), ids in tx.touched.items():
        if len(ids) <= MOST:
            by_form.setdefault(form_key, set()).update(ids)
    for form_key in sorted(by_form):
        fresh = sorted(by_form[form_key] - tx.locked.setdefault(form_key, set()))
        if fresh:
            name = tx.table(form_key).stored.qualified()
            tx.connection.exec_driver_sql(
                f"SELECT id FROM {name} WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE", (fresh,)
            )
            tx.locked[form_key].update(fresh)


def settle(tx: Transaction) -> None:
    """Bring every noted rollup up to date, and what depends on it, until nothing changes any more."""
    from engine.records.writing.recalculate import refresh
    from engine.records.writing.settling import settle_later

    for _ in range(50):  # publishing refuses cycles; this is for one that slipped through
        if not tx.touched:
            return
        lock(tx)
        touched, tx.touched = tx.touched, {}
        changed: dict[str, dict[int, set[str]]] = {}
        for (form_key, path), ids in touched.items():
            rollup = next((one for one in computations(tx.live, form_key).rollups if one.path == path), None)
            if rollup is not None and len(ids) > MOST:
                settle_later(tx, form_key, path, ids)
            elif rollup is not None:
                for record_id in compute(tx, rollup, ids):
                    changed.setdefault(form_key, {}).setdefault(record_id, set()).add(path)
        for form_key, by_record in changed.items():
            refresh(tx, form_key, by_record)


def compute(tx: Transaction, rollup: Rollup, ids: Iterable[int]) -> list[int]:
    """Sum up for these parents; answers those whose value changed."""
    statement = _statement(tx, rollup)
    found = tx.connection.execute(statement, {"ids": sorted(ids)})
    return list(found.scalars())


def _statement(tx: Transaction, rollup: Rollup) -> Update:
    place = ("rollup", rollup.path)
    parent = tx.table(rollup.parent)
    made = parent.statements.get(place)
    if made is None:
        made = parent.statements[place] = update_statement(tx, rollup, parent)
    return made  # type: ignore[no-any-return]


def update_statement(tx: Transaction, rollup: Rollup, parent: FormTable) -> Update:
    """`UPDATE parent SET rollup = … FROM (sums by parent)` for the parents in `:ids`."""
    ids = bindparam("ids", type_=ARRAY(BigInteger))
    wanted = select(func.unnest(ids).label("id")).subquery("wanted")
    sums = _sums(tx, rollup, ids).subquery("sums")
    column: Column[Any] = parent.column(rollup.path)
    target = parent.part_of(rollup.path)
    joined = (
        select(wanted.c.id, sums.c.value)
        .select_from(wanted.outerjoin(sums, sums.c.parent == wanted.c.id))
        .subquery()
    )
    value: ColumnElement[Any] = joined.c.value
    if rollup.function in ("count", "count_distinct", "sum"):
        value = func.coalesce(value, 0)
    value = cast(_rounded(rollup, value), column.type)
    return (
        update(target)
        .where(target.c.id == joined.c.id, column.is_distinct_from(value))
        .values({column: value})
        .returning(target.c.id)
    )


def _sums(tx: Transaction, rollup: Rollup, ids: ColumnElement[Any]) -> Select[Any]:
    child = tx.table(rollup.child)
    via, source = _places(child, rollup)
    value = _aggregate(rollup.function, source)
    statement = select(via.label("parent"), value.label("value")).select_from(_from(child, rollup))
    statement = statement.where(via == func.any(ids), child.main.c.deleted_at.is_(None)).group_by(via)
    if rollup.where:
        where = condition(tx.connection, tx.live, rollup.child, rollup.where, App("rollup"), moment=tx.moment)
        statement = statement.where(where)
    return statement


def _places(child: FormTable, rollup: Rollup) -> tuple[ColumnElement[Any], ColumnElement[Any] | None]:
    field = child.form.field(rollup.via)
    multiple = field is not None and field.kind.multiple
    via = child.link_table(rollup.via).c.target_id if multiple else child.column(rollup.via)
    return via, child.column(rollup.source) if rollup.source else None


def _from(child: FormTable, rollup: Rollup) -> Any:
    joined: Any = child.join()
    field = child.form.field(rollup.via)
    if field is not None and field.kind.multiple:
        links = child.link_table(rollup.via)
        joined = joined.join(links, links.c.record_id == child.main.c.id)
    return joined


def _aggregate(function: str, source: ColumnElement[Any] | None) -> ColumnElement[Any]:
    if function == "count" or source is None:
        return func.count()
    if function == "count_distinct":
        return func.count(source.distinct())
    made: ColumnElement[Any] = getattr(func, function)(source)  # sum, avg, min, max
    return made


def _rounded(rollup: Rollup, value: ColumnElement[Any]) -> ColumnElement[Any]:
    shown = rollup.field.value_field
    places = getattr(shown.kind, "places", lambda field: None)(shown)
    if shown.kind.value_type(shown) != "number" or rollup.function in ("count", "count_distinct"):
        return value
    return func.round(cast(value, Numeric), 10 if places is None else places)


def _named(values: Mapping[str, Any] | None, via: str) -> set[int]:
    value = values.get(via) if values else None
    if value is None:
        return set()
    return set(value) if isinstance(value, list) else {value}
