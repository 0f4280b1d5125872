"""Values that may not repeat: who has them already."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.reading.naming import record_titles
from engine.records.reading.visible import access_for
from engine.records.storage import duplicates
from engine.records.storage.computed import touches
from engine.records.storage.duplicates import Unique
from engine.records.storage.order import live_rows
from engine.records.storage.rows import StoredRecord
from engine.records.storage.storage import BUILDING
from engine.records.storage.tables import FormTable
from engine.records.writing.transaction import Transaction

NEAR_UP_TO = 200_000
"""In forms with more records values are not evened out to find one that has no hash yet: it would take a second a write."""


def fingerprints(form: Form, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The hash of everything that may not repeat, by its key."""
    return {one.key: duplicates.fingerprint(one, values) for one in uniques(form)}


def uniques(form: Form) -> list[Unique]:
    """Everything in the form that may not repeat."""
    found: list[Unique] | None = form.__dict__.get("_uniques")
    if found is None:
        found = form.__dict__["_uniques"] = duplicates.uniques(form)
    return found


def conflicts(
    tx: Transaction,
    form: Form,
    prints: Mapping[str, str | None],
    own_id: int | None,
    pointer: str,
    only: Iterable[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> tuple[list[Fault], list[Fault]]:
    """Faults and reminders for values that another record has; `only` limits what is looked at by its keys.

    With the `values` themselves, records are found too that have no hash yet.
    """
    wanted = None if only is None else set(only)
    table = tx.table(form.key)
    looked = [
        (one, table.uniques[one.key].name, prints[one.key])
        for one in uniques(form)
        if prints.get(one.key) is not None
        and (wanted is None or one.key in wanted)
        and one.key in table.uniques
    ]
    if not looked:
        return [], []
    name = table.stored.qualified()
    # One statement for all of them; each looks into its own index.
    parts = [
        f"(SELECT {number} AS n, id, title, owner FROM {name} WHERE {column} = %s::uuid AND deleted_at IS NULL"
        " AND id IS DISTINCT FROM %s::bigint ORDER BY id LIMIT 1)"
        for number, (_, column, _) in enumerate(looked)
    ]
    given: list[Any] = [part for _, _, value in looked for part in (value, own_id)]
    found: list[Any] = list(tx.connection.exec_driver_sql(" UNION ALL ".join(parts), tuple(given)))
    if values is not None and not found:
        found = [
            (number, *other)
            for number, (one, _, _) in enumerate(looked)
            if half_known(table, one) and (other := _without_hash(tx, table, one, values, own_id))
        ]
    refused: list[Fault] = []
    reminded: list[Fault] = []
    for number, record_id, title, owner in found:
        unique = looked[number][0]
        (refused if unique.must else reminded).extend(
            _told(tx, form, unique, record_id, title, owner, pointer)
        )
    return refused, reminded


def look_for_repeats(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    own_id: int | None,
    pointer: str,
    faults: list[Fault],
    warnings: list[Fault],
    changed: set[str] | None = None,
) -> None:
    """Add what another record has already; `changed` limits it to what these paths concern.

    Unless the write is careful, what must not repeat is left to the unique index, once that knows all values.
    """
    looked = [
        one
        for one in uniques(form)
        if changed is None or touches((field.key for field in one.fields), changed)
    ]
    if not (tx.careful or faults):
        table = tx.table(form.key)
        looked = [one for one in looked if not one.must or half_known(table, one)]
    if not looked:
        return
    prints = fingerprints(form, values)
    refused, reminded = conflicts(tx, form, prints, own_id, pointer, {one.key for one in looked}, values)
    faults += refused
    warnings += reminded


def half_known(table: FormTable, unique: Unique) -> bool:
    """Whether the hashes of the records that were there before are still being made."""
    column = table.uniques.get(unique.key)
    return unique.must and column is not None and column.state == BUILDING


def _without_hash(
    tx: Transaction, table: FormTable, unique: Unique, values: Mapping[str, Any], own_id: int | None
) -> tuple[Any, ...] | None:
    """A record without a hash that has these values: id, title, owner. In a very large form only the very same values are
    found, so that nobody waits long; others come to light when their hashes are made."""
    keys = [field.key for field in unique.fields]
    if not all(table.has(key) for key in keys):
        return None
    main = table.main
    near = live_rows(tx.connection, tx.live, table) <= NEAR_UP_TO

    def same(field: Field) -> ColumnElement[bool]:
        column = table.column(field.key)
        value = sa.bindparam(None, values[field.key], type_=column.type)
        if not near:
            return column == value
        return duplicates.evened_sql(field, column) == duplicates.evened_sql(field, value)

    found = tx.connection.execute(
        sa.select(main.c.id, main.c.title, main.c.owner)
        .select_from(table.join(*keys))
        .where(
            main.c[table.uniques[unique.key].name].is_(None),
            main.c.deleted_at.is_(None),
            main.c.id.is_distinct_from(own_id),
            *map(same, unique.fields),
        )
        .limit(1)
    ).first()
    return None if found is None else tuple(found)


class Holders:
    """Who has the values that may not repeat, followed while many records are changed one after the other.

    `look` reads who has what the records are to get; then each is judged as if those before it were written.
    """

    def __init__(self, tx: Transaction, form: Form) -> None:
        self.tx = tx
        self.form = form
        table = tx.table(form.key)
        self._uniques = {one.key: one for one in uniques(form) if one.key in table.uniques}
        self._columns = {key: table.uniques[key].name for key in self._uniques}
        self._name = table.stored.qualified()
        self._holders: dict[tuple[str, str], dict[int, tuple[str, int | None]]] = {}
        self._written: dict[tuple[str, str], set[int]] = {}

    def look(self, prints: Iterable[Mapping[str, str | None]]) -> None:
        """Read who has these values now."""
        wanted: dict[str, set[str]] = {}
        for one in prints:
            for key, value in one.items():
                if value is not None and key in self._uniques:
                    wanted.setdefault(key, set()).add(value)
        self._holders = {}
        for key, values in wanted.items():
            column = self._columns[key]
            found = self.tx.connection.exec_driver_sql(
                f"SELECT {column}, id, title, owner FROM {self._name}"
                f" WHERE {column} = ANY(%s::uuid[]) AND deleted_at IS NULL ORDER BY id",
                (list(values),),
            )
            for value, record_id, title, owner in found:
                self._holders.setdefault((key, value.hex), {})[record_id] = title, owner
        self.written()

    def written(self) -> None:
        """What was taken so far is in the database now."""
        self._written = {place: set(known) for place, known in self._holders.items()}

    def waits(self, record_id: int, prints: Mapping[str, str | None]) -> bool:
        """Whether a record that gave such a value up has to be written before this one may take it."""
        return any(
            not self._written.get((key, value), set()) <= {*self._holders.get((key, value), ()), record_id}
            for key, value in prints.items()
            if value is not None
        )

    def conflicts(
        self, record_id: int, prints: Mapping[str, str | None], pointer: str, only: Iterable[str]
    ) -> tuple[list[Fault], list[Fault]]:
        """As `conflicts` says it."""
        refused: list[Fault] = []
        reminded: list[Fault] = []
        wanted = set(only)
        for key, one in self._uniques.items():
            value = prints.get(key)
            if key not in wanted or value is None:
                continue
            for other, (title, owner) in self._holders.get((key, value), {}).items():
                if other != record_id:
                    told = _told(self.tx, self.form, one, other, title, owner, pointer)
                    (refused if one.must else reminded).extend(told)
                    break
        return refused, reminded

    def take(
        self, record: StoredRecord, before: Mapping[str, str | None], after: Mapping[str, str | None]
    ) -> None:
        """The record gives its values from before up and has the new ones."""
        for key, value in before.items():
            if value is not None:
                self._holders.get((key, value), {}).pop(record.id, None)
        for key, value in after.items():
            if value is not None and key in self._uniques:
                self._holders.setdefault((key, value), {})[record.id] = record.title or "", record.owner


def _told(
    tx: Transaction, form: Form, unique: Unique, record_id: int, title: str, owner: int | None, pointer: str
) -> list[Fault]:
    names = Text(
        "、".join(one.name("zh-CN") for one in unique.fields),
        ", ".join(one.name("en") for one in unique.fields),
    )
    shown = duplicates.shown(form)
    seen = record_titles(tx.connection, tx.live, tx.viewer, form.key, [record_id]).get(record_id)
    details: dict[str, Any] = {"id": record_id, "title": seen} if seen else {}
    if "title" in shown or seen:
        title = title if "title" in shown else seen or ""
        owned = "owner" in shown or bool(seen) and access_for(tx.live, form, tx.viewer).always("owner")
        owner_name = tx.title("member", None, owner) if owner and owned else None
        if owner_name:
            said = Text(
                "“{title}”已有相同的{names}，负责人是{owner}",
                "“{title}” has the same {names} already; its owner is {owner}",
                title=title,
                names=names,
                owner=owner_name,
            )
        else:
            said = Text(
                "“{title}”已有相同的{names}",
                "“{title}” has the same {names} already",
                title=title,
                names=names,
            )
    else:
        said = Text("已有数据的{names}与此相同", "Another record has the same {names}", names=names)
    return [
        Fault(f"{pointer}/{field.key}", "not_unique" if unique.must else "maybe_duplicate", said, details)
        for field in unique.fields
    ]
