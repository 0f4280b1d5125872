"""The transaction of a write: the app as it is live, who acts by which door, and what follows at its end."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection, text

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import ParseContext
from engine.fields.form import Field, Form
from engine.formulas.moment import MemberFacts, Moment
from engine.formulas.tree import Formula
from engine.platform import clock
from engine.platform.errors import Fault, NotFound, Refusal
from engine.records.reading.person_facts import ASKING, facts
from engine.records.reading.read import get
from engine.records.reading.record import Record
from engine.records.storage import persist, rows
from engine.records.storage.rows import StoredRecord
from engine.records.storage.storage import PRESENT
from engine.records.storage.tables import FormTable, form_table

if TYPE_CHECKING:
    from engine.records.writing.rules.page_rows import Marks


@dataclass(frozen=True)
class Event:
    """What happened to one record: `created`, `updated`, `deleted` or `restored`; `changed` are the paths."""

    kind: str
    form: str
    record_id: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    changed: frozenset[str]


Subscriber = Callable[["Transaction", Event], None]
"""Called in the transaction of a write, so that what it writes stands or falls with it."""

_subscribers: list[tuple[Callable[[LiveApp, str], bool], Subscriber]] = []


def subscribe(listens: Callable[[LiveApp, str], bool], subscriber: Subscriber) -> None:
    """Have `subscriber` called for each event of the forms that `listens(live, form_key)` says."""
    if all(known is not subscriber for _, known in _subscribers):
        _subscribers.append((listens, subscriber))


def listened(live: LiveApp, form_key: str) -> bool:
    """Whether anybody listens to what happens to the form's records."""
    return any(listens(live, form_key) for listens, _ in _subscribers)


class LookAgain(Exception):
    """What was trusted did not hold; the write is done once more, with every check made beforehand."""


@dataclass(eq=False)
class Transaction:
    """One write under way. `door` is by what it came: api, page, import, flow, …"""

    connection: Connection
    live: LiveApp
    viewer: Viewer | App
    door: str
    careful: bool = False
    """Look for repeated values and missing links first; else the statement that writes is trusted to find them."""
    moment: datetime = attribute(default_factory=clock.now)
    import_id: UUID | None = None
    live_form: bool = False
    """Whether the one who writes saw a form in which linkages have filled in already what they fill in."""
    rows_made: dict[tuple[str, int], dict[str, list[str | None]]] = attribute(default_factory=dict)
    """By record and subform, the linkage that made the row at each place; None for a row that a person made."""
    made_on_page: dict[str, "Marks"] = attribute(default_factory=dict)
    """By form, which rows of the record that is to be saved next linkages made on its page."""
    warnings: list[Fault] = attribute(default_factory=list)
    touched: dict[tuple[str, str], set[int]] = attribute(default_factory=dict)
    """Parents whose rollups have to follow, by (form, rollup field)."""
    locked: dict[str, set[int]] = attribute(default_factory=dict)
    to_index: dict[str, set[int]] = attribute(default_factory=dict)
    files: dict[str, Any] = attribute(default_factory=dict)
    """By the id of a loose file, the record that is to get it."""
    shown: dict[tuple[str, int], Callable[[], Record]] = attribute(default_factory=dict)
    """New records that were read by the statement that wrote them."""
    _records: dict[tuple[str, int], StoredRecord | None] = attribute(default_factory=dict)
    _titles: dict[tuple[str, str | None, int], str | None] = attribute(default_factory=dict)

    def table(self, form_key: str) -> FormTable:
        """The tables of a form."""
        return form_table(self.connection, self.live, form_key)

    @property
    def language(self) -> str:
        """The language in which titles are kept: the app's first."""
        return self.live.languages[0]

    @cached_property
    def formula_moment(self) -> Moment:
        """When, where and for whom formulas are worked out."""
        person = self.viewer if isinstance(self.viewer, Viewer) else None
        member = None if person is None else MemberFacts(str(person.member_id), person.name)
        return Moment(self.moment, self.viewer.time_zone, member)

    @cached_property
    def _whole_moment(self) -> Moment:
        if not isinstance(self.viewer, Viewer):
            return self.formula_moment
        return replace(self.formula_moment, member=facts(self.connection, self.live, self.viewer))

    def moment_of(self, formula: Formula) -> Moment:
        """The moment for one formula: what it asks about the person is read only where it asks."""
        return self.formula_moment if ASKING.isdisjoint(formula.functions) else self._whole_moment

    def parsing(self, *, text: bool = False, date_order: str | None = None) -> ParseContext:
        """How the values of this write are read."""
        directory = None
        if text:
            from engine.records.reading.directory import ViewersDirectory

            directory = ViewersDirectory(self.connection, self.live, self.viewer)
        return ParseContext(self.viewer.language, self.viewer.time_zone, directory, text, date_order)

    def changes(self, event: Event) -> None:
        """Tell those who listen."""
        for listens, subscriber in _subscribers:
            if listens(self.live, event.form):
                subscriber(self, event)

    def listened(self, form_key: str) -> bool:
        """Whether anybody listens to what happens to the form's records."""
        return listened(self.live, form_key)

    def forget(self, form_key: str, record_ids: Iterable[int]) -> None:
        """What was read of these records is old now."""
        for record_id in record_ids:
            self._records.pop((form_key, record_id), None)
            self._titles.pop(("record", form_key, record_id), None)
            self.shown.pop((form_key, record_id), None)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """For what can be refused without the rest: then the database, and what is known of it, are as before it.

        The locks that were taken in it are given back, too.
        """
        kept = [
            {key: set(ids) for key, ids in one.items()} for one in (self.locked, self.touched, self.to_index)
        ]
        files, warnings = dict(self.files), list(self.warnings)
        try:
            with self.connection.begin_nested():
                yield
        except Refusal:
            self.locked, self.touched, self.to_index = kept  # type: ignore[assignment]
            self.files, self.warnings = files, warnings
            self.forget_all()
            raise

    def forget_all(self) -> None:
        """What was read may be old now, of whatever form it is."""
        self._records.clear()
        self._titles.clear()

    # -- what formulas ask of the outside --------------------------------------------------------------

    def record_value(self, form: Form, record_id: int, field: Field) -> Any:
        """The value of a field of another record, with the app's rights."""
        if field.live:
            try:
                shown = get(
                    self.connection, self.live, form.key, App("formula"), record_id, fields=[field.key]
                )
            except NotFound:  # whoever names it hears of it where it is named
                return None
            return shown.values.get(field.key)
        record = self.record(form.key, record_id)
        return record.known().get(field.key) if record else None

    def record(self, form_key: str, record_id: int) -> StoredRecord | None:
        """Another record, read once in this transaction."""
        place = (form_key, record_id)
        if place not in self._records:
            found = rows.read(self.connection, self.table(form_key), [record_id])
            self._records[place] = found.get(record_id)
        return self._records[place]

    def read_records(self, form_key: str, record_ids: Iterable[int]) -> None:
        """Read other records at once that will be asked for one by one."""
        missing = {one for one in record_ids if (form_key, one) not in self._records}
        found = rows.read(self.connection, self.table(form_key), missing)
        self._records |= {(form_key, one): found.get(one) for one in missing}

    def title(self, kind: str, form: str | None, target_id: int) -> str | None:
        """The title of a record, the name of a member or department."""
        place = (kind, form, target_id)
        if place not in self._titles:
            self.read_titles(kind, form, [target_id])
        return self._titles.get(place)

    def read_titles(
        self, kind: str, form: str | None, ids: Iterable[int], *, share: bool = False
    ) -> dict[int, str]:
        """The titles of those that exist; `share` keeps records from being deleted before this write ends."""
        wanted = sorted(set(ids))
        missing = [one for one in wanted if share or (kind, form, one) not in self._titles]
        if missing:
            if kind == "record":
                name = self.table(form or "").stored.qualified()
                locked = " FOR KEY SHARE" if share else ""
                sql = (
                    f"SELECT t.id, t.title FROM {name} t WHERE t.id = ANY(%s::bigint[]) AND {PRESENT}{locked}"
                )
            else:
                sql = f"SELECT id, name FROM jianflow.{kind} WHERE id = ANY(%s::bigint[])"
            found = {row[0]: row[1] for row in persist.execute(self.connection, sql, (missing,))}
            self._titles |= {(kind, form, one): found.get(one) for one in missing}
        known = {one: self._titles.get((kind, form, one)) for one in wanted}
        return {one: title for one, title in known.items() if title is not None}

    def person_value(self, kind: str, target_id: int, key: str) -> Any:
        """The department, superior, … of a member or department."""
        column = _PERSON.get((kind, key))
        if column is None:
            return None
        statement = text(f"SELECT {column} FROM jianflow.{kind} WHERE id = :id")
        return self.connection.scalar(statement, {"id": target_id})


_PERSON = {
    ("member", "name"): "name",
    ("member", "department"): "department_id",
    ("member", "superior"): "superior_id",
    ("department", "name"): "name",
    ("department", "parent"): "parent_id",
    ("department", "head"): "head_id",
}
