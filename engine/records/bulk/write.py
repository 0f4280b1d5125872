"""Writing many records at once: copied in, completed and checked in sets, then written in one transaction.

What is wrong with a row keeps that row out and is told; the others are written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Connection, exc

from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import Form
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Conflict, Fault
from engine.platform.i18n import Text
from engine.records.bulk import checks, choosing, defaults, formulas, updates
from engine.records.bulk.checks import RowFault
from engine.records.bulk.completing import LATER, Block, Completing
from engine.records.bulk.row_rights import RowRights, news_of
from engine.records.bulk.staging import FAULT, NUMBER, Staging
from engine.records.bulk.taking_out import take_out
from engine.records.bulk.updates import Changed, Wanted
from engine.records.storage import rows
from engine.records.storage.tables import FormTable, form_table
from engine.records.writing import following, recalculate, rollups, write
from engine.records.writing.changes import Change, rewrite
from engine.records.writing.incoming import place_fault
from engine.records.writing.preparing import confirm_rules
from engine.records.writing.rules import required, written
from engine.records.writing.rules.validation import Broken, broken_by
from engine.records.writing.transaction import Event, Transaction

BATCH = 5000
AT_ONCE = 1000
STAGED_IN_MEMORY = "64MB"
"""So much of the staged rows PostgreSQL keeps in memory; what is beyond, it writes into a file and reads again."""
ATTEMPTS = 4
_AGAIN = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected)


@dataclass(frozen=True)
class Row:
    """One row that was read: where it stood, its values by field key, and the record that it changes, if any."""

    number: int
    values: Mapping[str, Any]
    id: int | None = None


@dataclass
class Loaded:
    """What became of the rows."""

    import_id: UUID
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[RowFault] = attribute(default_factory=list)
    reminders: list[RowFault] = attribute(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many rows were kept out."""
        return len({one.number for one in self.faults})


class Loading:
    """A load under way: `stage` rows as they are read, then `finish` once. Nothing is seen before that."""

    def __init__(
        self,
        connection: Connection,
        live: LiveApp,
        form_key: str,
        viewer: Viewer | App,
        import_id: UUID,
        door: str,
        mapped: frozenset[str] = frozenset(),
    ) -> None:
        self.connection = connection
        self.live = live
        self.form: Form = live.form(form_key)
        self.viewer = viewer
        self.door = door
        self.outcome = Loaded(import_id)
        self.table: FormTable = form_table(connection, live, form_key)
        self.staging = Staging(connection, self.table, f"staging_{uuid4().hex[:12]}")
        self._updates: dict[tuple[int, int], Row] = {}
        self._left_out: set[int] = set()
        self.moment = clock.now()
        self.staging.create(self.moment, viewer.member_id)
        self._tx = Transaction(connection, live, viewer, door, moment=self.moment, import_id=import_id)
        self._rights = RowRights(self._tx, self.form)
        self._refusals: dict[tuple[str, ...], list[Fault]] = {}
        self._completing = Completing(self._tx, self.form, self.staging, mapped)

    def stage(self, rows: Iterable[Row]) -> None:
        """Take rows in. Values are those that the field types made; what must not be empty is looked at here."""
        self.staging.settle()
        documents: list[Mapping[str, Any]] = []
        for row in rows:
            if row.id is not None:
                self._updates[row.id, row.number] = row
                continue
            self._rights.note(row.number, row.values)
            document = self._document(row)
            if document is not None:
                documents.append(document)
        if documents:
            self.staging.copy(documents)
        self.connection.commit()

    def stage_block(self, block: Block) -> None:
        """Take new rows in that are given by columns; several times faster where no row must be seen as a whole."""
        completing = self._completing
        if completing.asks or completing.by_rows(block):
            self.staging.settle()
        if completing.by_rows(block):
            self.stage(_rows(block))
            return
        self._rights.note_block(block)
        block = block.without(self._refused_places(block))
        owners = block.columns.pop("owner", None)
        if owners is not None:
            owners = [self.viewer.member_id if owner is None else owner for owner in owners]
        completing.complete_block(block)
        empty = completing.empty_places(block)
        for at, fields in empty.items():
            self._refuse(
                block.numbers[at], [place_fault("", one, "required", required.EMPTY) for one in fields]
            )
        if empty:
            if owners is not None:
                owners = [owner for at, owner in enumerate(owners) if at not in empty]
            block = block.without(set(empty))
        if block.numbers:
            self.staging.copy_columns(completing.staged_columns(block, owners))

    def _refused_places(self, block: Block) -> set[int]:
        refused: set[int] = set()
        for key, values in block.columns.items():
            if faults := self._rights.refused(key):
                for at, value in enumerate(values):
                    if value is not None:
                        refused.add(at)
                        self._refuse(block.numbers[at], faults)
        return refused

    def _refuse(self, number: int, faults: Iterable[Fault]) -> None:
        self.outcome.faults += [RowFault.of(number, fault) for fault in faults]

    def change(self, record_id: int, number: int, path: str, line: int, value: Any) -> None:
        """Give a value to a record that is to be changed: at a field, or in a line of a subform at its column."""
        row = self._updates[record_id, number]
        key, _, column = path.partition(".")
        if column:
            lines = list(row.values[key])
            lines[line] = RowValues(lines[line].id, {**lines[line].values, column: value})
            value = lines
        self._updates[record_id, number] = replace(row, values={**row.values, key: value})

    def keep(self, record_id: int, number: int, key: str) -> None:
        """Let a record that is to be changed keep what it has in a field."""
        row = self._updates[record_id, number]
        left = {name: value for name, value in row.values.items() if name != key}
        self._updates[record_id, number] = replace(row, values=left)

    def leave_out(self, number: int, fault: Fault) -> None:
        """Keep a row out that was staged already, during `finish`."""
        self._refuse(number, [fault])
        self._left_out.add(number)

    def finish(
        self,
        first: Callable[[Transaction], None] | None = None,
        then: Callable[[Transaction, Loaded], None] | None = None,
        pause: Callable[[], None] = lambda: None,
    ) -> Loaded:
        """Check, complete and write everything in one transaction.

        In it, `first` may make what the rows name and `then` add what belongs to the result; both may be called
        again when PostgreSQL asks for the transaction to be repeated. `pause` is called now and then, and may stop
        it all by raising.
        """
        self.staging.settle()
        self.connection.commit()
        staged = replace(
            self.outcome, faults=list(self.outcome.faults), reminders=list(self.outcome.reminders)
        )
        for attempt in range(ATTEMPTS):
            self._left_out.clear()
            try:
                with self.connection.begin():
                    self._finish(first, then, pause)
                return self.outcome
            except exc.DBAPIError as error:
                # Somebody wrote the same value meanwhile, or waited for us as we for them: look once more.
                if attempt == ATTEMPTS - 1 or not isinstance(error.orig, _AGAIN):
                    raise
                self.outcome = replace(staged, faults=list(staged.faults), reminders=list(staged.reminders))
        return self.outcome

    def _finish(
        self,
        first: Callable[[Transaction], None] | None,
        then: Callable[[Transaction, Loaded], None] | None,
        pause: Callable[[], None],
    ) -> None:
        now = living.lock_and_load(self.connection, self.live.app.key)
        if now.etags.get(("forms", self.form.key)) != self.live.etags.get(("forms", self.form.key)):
            raise Conflict(
                Text(
                    "导入期间表单被修改，请重新导入",
                    "The form was changed during the import; please import again",
                ),
                code="form_changed",
            )
        tx = Transaction(
            self.connection,
            now,
            self.viewer,
            self.door,
            careful=True,
            moment=self.moment,
            import_id=self.outcome.import_id,
        )
        self._rights.confirm(tx)
        self.staging.analyze()
        if first is not None:
            first(tx)
        self._create(tx)
        self._update(tx, pause)
        pause()
        following.finish(tx)
        if then is not None:
            then(tx, self.outcome)

    def _document(self, row: Row) -> dict[str, Any] | None:
        values = dict(row.values)
        shape = tuple(values)
        if shape not in self._refusals:
            self._refusals[shape] = [fault for key in shape for fault in self._rights.refused(key)]
        faults = self._refusals[shape]
        owner = values.pop("owner", None) or self.viewer.member_id
        later = {key: value for key, value in values.items() if _is_later(value)}
        for key, value in later.items():
            values[key] = _without_later(value)
        completing = self._completing
        completing.complete(row.number, values, owner)
        if completing.has_rows or any(values.get(one.key) in (None, []) for one in completing.required):
            faults = [*faults, *self._empty({**values, **later})]
        if faults:
            self._refuse(row.number, faults)
            return None
        return completing.document(row.number, values, None if owner is LATER else owner)

    def _empty(self, values: Mapping[str, Any]) -> list[Fault]:
        filled = {field.key for field in self._completing.in_sql}
        later = filled | self._completing.hideable  # whether these are empty is known with the whole record
        return [
            one
            for one in required.check(self.form, values, None, "")
            if RowFault.of(0, one).field not in later
        ]

    def _create(self, tx: Transaction) -> None:
        staging, completing = self.staging, self._completing
        faults = self.outcome.faults
        checks.mark_numbers(tx, staging, self._left_out, "made")
        faults += checks.links(tx, self.form, staging)
        faults += checks.offered(tx, self.form, staging)
        faults += choosing.check(tx, self.form, staging)
        faults += checks.repeated(tx, self.form, staging, self.outcome.reminders)
        waiting = formulas.waiting(tx, self.form, completing.in_python)
        told = self.outcome.reminders
        told += completing.reminders
        late = {one.path for one in waiting}
        defaults.fill(tx, self.form, staging, completing.in_sql, late, completing.told, told)
        faults += checks.still_empty(
            tx,
            staging,
            [one for one in completing.in_sql if one.required and one.key not in completing.hideable],
        )
        read_late = completing.read_late(waiting)
        passing = None if read_late else formulas.in_passing(tx, self.form, staging, waiting)
        if passing is None:
            formulas.work_out(tx, self.form, staging, waiting)
        faults += checks.rules(tx, self.form, staging, self.outcome.reminders)
        require(tx.live, tx.viewer, self.form.key, "create")
        faults += checks.orphans(tx, self.form, staging)
        serials = formulas.number_serials(tx, self.form, staging)
        completing.finish(tx, staging)
        good = f"FROM {staging.name} WHERE {FAULT} IS NULL"
        self._note_sums(tx, good)
        rollups.lock(tx)
        staging.insert(self.moment, self.viewer.member_id, self.outcome.import_id, passing)
        faults += self._late_rules(tx)
        if serials:
            recalculate.work_out_records(tx, self.form, staging.ids(), serials)
        faults += take_out(tx, self.form, staging, self._rights.judge(tx, staging))
        ids = staging.ids()
        self.outcome.created = len(ids)
        tx.to_index.setdefault(self.form.key, set()).update(ids)
        if tx.listened(self.form.key):
            for record_id in ids:
                tx.changes(Event("created", self.form.key, record_id, None, None, frozenset()))

    def _late_rules(self, tx: Transaction) -> list[RowFault]:
        """Rules over links and rows, which can be looked at only now; a row that breaks one is taken out again."""
        rules = checks.late_rules(tx, self.form, self.staging)
        looks = written.looks(tx, self.form)
        chosen = choosing.waiting(tx, self.form, self.staging)
        if not rules and not looks and not chosen:
            return []
        found: list[RowFault] = []
        pairs = tx.connection.exec_driver_sql(
            f"SELECT id, {NUMBER} FROM {self.staging.name} WHERE {FAULT} IS NULL ORDER BY {NUMBER}"
        ).all()
        numbers = {row[0]: row[1] for row in pairs}
        for start in range(0, len(pairs), BATCH):
            ids = [row[0] for row in pairs[start : start + BATCH]]
            emptied: list[Change] = []
            unsure: dict[int, list[Broken]] = {}
            records = rows.read(tx.connection, self.table, ids)
            for record_id, fault in choosing.check_written(tx, self.form, chosen, records.values()):
                found.append(RowFault.of(numbers[record_id], fault))
            for record in records.values():
                known = record.known()
                if looks:
                    faults, change = written.look(tx, self.form, record)
                    found += [RowFault.of(numbers[record.id], fault) for fault in faults]
                    if change is not None:
                        emptied.append(change)
                        known |= change.values
                broken = [one for rule in rules for one in broken_by(tx, self.form, known, rule, "")]
                if broken:
                    unsure[record.id] = broken
            for record_id, (faults, reminders) in confirm_rules(tx, self.form.key, unsure).items():
                found += [RowFault.of(numbers[record_id], fault) for fault in faults]
                self.outcome.reminders += [RowFault.of(numbers[record_id], fault) for fault in reminders]
            if emptied:
                rewrite(tx, self.form, emptied)
        return take_out(tx, self.form, self.staging, found)

    def _note_sums(self, tx: Transaction, good: str) -> None:
        """The parents whose sums the new records change."""
        for one in rollups.rollups_over(tx.live, self.form.key):
            column = self.table.columns[one.via][1]
            chosen = f"unnest({column.name})" if column.kind == "links" else column.name
            found = tx.connection.exec_driver_sql(
                f"SELECT DISTINCT {chosen} {good} AND {column.name} IS NOT NULL"
            )
            parents = set(found.scalars())
            if parents:
                tx.touched.setdefault((one.parent, one.path), set()).update(parents)

    def _update(self, tx: Transaction, pause: Callable[[], None]) -> None:
        waiting = [
            Wanted(row.number, row.id, row.values)
            for row in self._updates.values()
            if row.id is not None and row.number not in self._left_out
        ]
        if not waiting:
            return
        self._lock(tx, waiting)
        outcome, changed = self.outcome, Changed()
        for portion in updates.portions(tx, self.form, self._news(tx, waiting)):
            pause()
            updates.change(tx, self.form, portion, changed)
        outcome.updated += len(changed.updated)
        outcome.unchanged += len(changed.unchanged)
        for number, faults in changed.faults.items():
            self._refuse(number, faults)
        for number, refusal in changed.refusals.items():
            outcome.faults.append(RowFault(number, None, refusal.code, refusal.message))
        for number, warnings in changed.warnings.items():
            outcome.reminders += [RowFault.of(number, fault) for fault in warnings]

    def _lock(self, tx: Transaction, wanted: Sequence[Wanted]) -> None:
        """All at once, in the order that all writers keep."""
        tx.connection.exec_driver_sql(
            f"SELECT 1 FROM {self.table.stored.qualified()} WHERE id = ANY(%s::bigint[]) ORDER BY id"
            " FOR NO KEY UPDATE",
            (sorted({one.id for one in wanted}),),
        )

    def _news(self, tx: Transaction, wanted: Sequence[Wanted]) -> Iterator[Wanted]:
        """The rows that say anything new; of several for one record all but the first are looked at in any case."""
        seen: set[int] = set()
        for start in range(0, len(wanted), AT_ONCE):
            portion = wanted[start : start + AT_ONCE]
            stored = rows.read(tx.connection, self.table, {one.id for one in portion}, subforms=())
            news: list[Wanted] = []
            for one in portion:
                there = stored.get(one.id)
                if there is not None and one.id not in seen and not news_of(one.values, there):
                    self.outcome.unchanged += 1
                else:
                    news.append(one)
                seen.add(one.id)
            refused = self._rights.judge_changes(tx, news, stored)
            for one in news:
                self._refuse(one.number, refused.get(one.number, ()))
                if one.number not in refused:
                    yield one


@contextmanager
def loading(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    *,
    import_id: UUID | None = None,
    door: str = "import",
    mapped: Iterable[str] = (),
) -> Iterator[Loading]:
    """A load of many records into one form; what was staged is gone at the end of the block.

    Of the fields that are `mapped` a missing value means an empty cell, which no default fills unless the field must
    have a value.
    """
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"SET temp_buffers = '{STAGED_IN_MEMORY}'")
        made = Loading(
            connection,
            living.load(connection, app_key),
            form_key,
            viewer,
            import_id or uuid4(),
            door,
            frozenset(mapped),
        )
        connection.commit()
        try:
            yield made
        finally:
            made.staging.abandon()
            connection.rollback()
            connection.invalidate()  # the table goes with the session, and the memory that it was kept in


def _is_later(value: Any) -> bool:
    return (
        value is LATER
        or isinstance(value, list)
        and any(isinstance(row, RowValues) and LATER in row.values.values() for row in value)
    )


def _without_later(value: Any) -> Any:
    if value is LATER:
        return None
    return [
        RowValues(row.id, {key: None if one is LATER else one for key, one in row.values.items()})
        for row in value
    ]


def _rows(block: Block) -> Iterator[Row]:
    keys = list(block.columns)
    for number, *values in zip(block.numbers, *block.columns.values(), strict=True):
        yield Row(number, {key: value for key, value in zip(keys, values, strict=True) if value is not None})


def load(tx: Transaction, form_key: str, rows: Sequence[Mapping[str, Any]], *, import_id: UUID) -> list[int]:
    """Write some new records inside a write that is under way; any fault refuses all. Answers the ids."""
    tx.import_id = import_id
    return [write.create(tx, form_key, row, pointer=f"/{number}").id for number, row in enumerate(rows)]
