"""The work on data that a new definition asks for: values converted, sums, formulas, titles and hashes made again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection, text

from engine.access.viewer import App
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.jobs import enqueue
from engine.records.reading import search
from engine.records.storage import tables, titles
from engine.records.storage.computed import computations, rollups_over, touches
from engine.records.storage.tables import FormTable
from engine.records.structure import conversion
from engine.records.structure.conversion import Conversion, convert
from engine.records.writing import recalculate
from engine.records.writing.deriving import Derived, derive
from engine.records.writing.following import finish, index_later
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction

AT_ONCE = 2000
"""Up to so many records it is done in the publishing transaction; above, by a job."""
BATCH = 2000

Outcome = dict[str, dict[str, int]]
"""By path how many values were converted, how many are whole only in the column where they were (kept), and how many
of a field that is unique now were taken by others while the job was on its way (repeated)."""


@dataclass
class Rebuild:
    """What has to be done for the records of one form."""

    form: str
    conversions: list[Conversion] = attribute(default_factory=list)
    computed: list[str] = attribute(default_factory=list)
    sorted: list[str] = attribute(default_factory=list)
    rows: bool = False
    """The tables have a further part, in which the records have no row yet."""
    titles: bool = False
    uniques: bool = False
    hashes: list[int] = attribute(default_factory=list)
    """The new columns for the hashes of what must not repeat."""
    search: bool = False
    """Fields have become searched whose values are there already."""
    columns: list[int] = attribute(default_factory=list)
    """The columns that are building until all is done."""

    def refresh(self, field: Field) -> None:
        """Have a field's derived values made again: a computed one itself, a text its order."""
        if field.kind.computed and field.type != "serial":
            self.computed.append(field.path)
        elif field.type == "text":
            self.sorted.append(field.path)

    def note_changes(self, before: Form, after: Form) -> None:
        """Titles, hashes and the search follow their definitions."""
        self.titles = titles.makeup(before) != titles.makeup(after)
        said = [[field.key for field in one.fields] + [one.level] for one in unique.uniques(before)]
        self.uniques = self.uniques or said != [
            [f.key for f in one.fields] + [one.level] for one in unique.uniques(after)
        ]
        known = {field.key for field in search.searched(before)}
        self.search = any(field.key not in known for field in search.searched(after))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.of_values or self.search)

    @property
    def of_values(self) -> bool:
        """Whether records themselves have to be written, not only what the search knows of them."""
        return bool(
            self.rows or self.conversions or self.computed or self.sorted or self.titles or self.uniques
        )

    @property
    def derived(self) -> Derived:
        """What follows from the values themselves."""
        paths = [*self.sorted, *(one.path for one in self.conversions)]
        return Derived(paths, self.titles, self.uniques or bool(self.conversions))

    @property
    def changed(self) -> set[str]:
        """The paths whose values are made again."""
        return set(self.computed) | {one.path for one in self.conversions}

    @property
    def payload(self) -> dict[str, Any]:
        """As a job takes it."""
        return asdict(self)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Rebuild":
        """From a job's payload."""
        given = {name: payload[name] for name in cls.__dataclass_fields__ if name in payload}
        return cls(**{**given, "conversions": [Conversion(**one) for one in payload["conversions"]]})


def begin(
    connection: Connection, live: LiveApp, works: Iterable[Rebuild], job: str, author: int | None = None
) -> list[str]:
    """Do what is little at once; for the rest answer the jobs, of the kind `job`, that will do it.

    `author` is told of what could not be done.
    """
    jobs: list[str] = []
    later: list[Rebuild] = []
    for work in _with_dependents(live, [one for one in works if not one.empty]):
        tx = Transaction(connection, live, App("publish"), "engine")
        table = tx.table(work.form)
        count = count_of(connection, table)
        for one in work.conversions:
            conversion.begin(connection, one)
        if count > AT_ONCE and not work.of_values:
            jobs += index_later(tx, work.form, _ids(connection, table))
        elif count > AT_ONCE or (later and _waits(live, work, later)):
            _mark_building(connection, tx, work)
            later.append(work)
        else:
            if count:
                carry_out(tx, work)
                finish(tx)
            mark_ready(connection, [one.column for one in work.conversions])
            tx.live.cache.pop(tables.CACHED, None)
    if later:
        total = sum(count_of(connection, tables.form_table(connection, live, one.form)) for one in later)
        payload = {"app": live.app.key, "works": [one.payload for one in later], "author": author}
        jobs.append(enqueue(connection, job, payload, app_key=live.app.key, total=total))
    return jobs


def carry_out(tx: Transaction, work: Rebuild) -> Outcome:
    """Do the work for all records in this transaction."""
    outcome: Outcome = {}
    ids = _ids(tx.connection, tx.table(work.form))
    portions = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    for portion in portions:
        make_values(tx, work, portion, outcome, at_once=True)
    for portion in portions:
        compute(tx, work, portion, outcome)
    return outcome


def make_values(
    tx: Transaction, work: Rebuild, ids: Sequence[int], outcome: Outcome, *, at_once: bool = False
) -> None:
    """Convert the values of these records, and what follows from the values themselves."""
    form = tx.live.form(work.form)
    make_rows(tx, work, ids)
    for one in work.conversions:
        done, kept = convert(tx, form, one, ids)
        counted = outcome.setdefault(one.path, {})
        for name, number in (("converted", done), ("kept", kept)):
            counted[name] = counted.get(name, 0) + number
    if work.derived:
        repeated: dict[str, int] | None = None if at_once else {}
        derive(tx, form, work.derived, ids, repeated)
        for key, count in (repeated or {}).items():
            counted = outcome.setdefault(key, {})
            counted["repeated"] = counted.get("repeated", 0) + count
    if work.search:
        tx.to_index.setdefault(work.form, set()).update(ids)


def make_rows(tx: Transaction, work: Rebuild, ids: Sequence[int]) -> None:
    """Give these records, and their rows in subforms, a row in every part of their tables."""
    table = tx.table(work.form)
    for one in (table, *table.subforms.values()):
        for part in range(2, one.stored.parts + 1):
            tx.connection.exec_driver_sql(
                f"INSERT INTO {one.stored.qualified(part)} (id) SELECT id FROM {one.stored.qualified()}"
                f" WHERE {'id' if one is table else 'record_id'} = ANY(%s::bigint[]) ON CONFLICT DO NOTHING",
                (list(ids),),
            )


def compute(tx: Transaction, work: Rebuild, ids: Sequence[int], outcome: Outcome) -> None:
    """Work out what is computed of these records."""
    if work.changed:
        make_rows(tx, work, ids)  # an earlier publication's job may not have come to them
        recalculate.of_records(tx, work.form, work.changed, ids)


def _with_dependents(live: LiveApp, works: list[Rebuild]) -> list[Rebuild]:
    """The works, with the rollups of other forms that read what they change, children before parents."""
    by_form = {one.form: one for one in works}
    waiting = list(works)
    while waiting:
        one = waiting.pop()
        for rollup in _rollups_after(live, one):
            parent = by_form.setdefault(rollup.parent, Rebuild(rollup.parent))
            if rollup.path not in parent.computed:
                parent.computed.append(rollup.path)
                waiting.append(parent)
    ordered: list[Rebuild] = []
    left = sorted(by_form.values(), key=lambda one: (bool(one.computed), not one.conversions))
    while left:
        ready = next(
            (one for one in left if not _waits(live, one, [o for o in left if o is not one])), left[0]
        )
        left.remove(ready)
        ordered.append(ready)
    return ordered


def _rollups_after(live: LiveApp, work: Rebuild) -> list[Any]:
    """The rollups, of any form, over what the work changes."""
    changed = work.changed | {formula.path for formula in computations(live, work.form).after(work.changed)}
    return [one for one in rollups_over(live, work.form) if touches(one.reads, changed)]


def _waits(live: LiveApp, work: Rebuild, others: Iterable[Rebuild]) -> bool:
    """Whether the work sums up what one of the others makes first."""
    return any(rollup.parent == work.form for other in others for rollup in _rollups_after(live, other))


def _mark_building(connection: Connection, tx: Transaction, work: Rebuild) -> None:
    """Computed fields are worked out while reading until the job has been through all records.

    What must not repeat is looked for among the values themselves, too, where records have no hash yet.
    """
    table = tx.table(work.form)
    formulas = computations(tx.live, work.form).after(work.changed)
    ids = [
        column.id
        for path in {*work.computed, *(one.path for one in formulas)}
        if (column := _column(table, path)) is not None
    ] + work.hashes
    connection.execute(
        text(
            "UPDATE jianflow.column_storage SET state = 'building' WHERE id = ANY(:ids) AND state = 'ready'"
        ),
        {"ids": ids},
    )
    work.columns = sorted({*ids, *(one.column for one in work.conversions)})
    tx.live.cache.pop(tables.CACHED, None)


def _column(table: FormTable, path: str) -> tables.StoredColumn | None:
    subform, _, key = path.rpartition(".")
    if subform and subform not in table.subforms:
        return None
    placed = (table.subforms[subform] if subform else table).columns.get(key)
    return placed[1] if placed else None


def mark_ready(connection: Connection, columns: Iterable[int]) -> None:
    """These columns hold what they should."""
    connection.execute(
        text(
            "UPDATE jianflow.column_storage SET state = 'ready' WHERE id = ANY(:ids) AND state = 'building'"
        ),
        {"ids": list(columns)},
    )


def count_of(connection: Connection, table: FormTable) -> int:
    """How many records the form has, those in the recycle bin among them."""
    return int(connection.scalar(text(f"SELECT count(*) FROM {table.stored.qualified()}")) or 0)


def _ids(connection: Connection, table: FormTable) -> list[int]:
    return list(connection.scalars(text(f"SELECT id FROM {table.stored.qualified()} ORDER BY id")))
