"""The work on data that a new definition asks for: values converted, sums, formulas, titles and hashes made again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection, text

from engine.access.viewer import App
from engine.definitions import live as living
from engine.definitions import publish
from engine.definitions.model import LiveApp, Publication
from engine.fields.form import Field, Form
from engine.platform.database import Database
from engine.platform.jobs import JobContext, enqueue, job
from engine.records import persist, recalculate, rows, search, tables, titles
from engine.records.computed import computations, rollups_over, touches
from engine.records.conversion import Conversion, convert
from engine.records.following import finish, index_later
from engine.records.rules import unique
from engine.records.tables import FormTable
from engine.records.transaction import Transaction

AT_ONCE = 2000
"""Up to so many records it is done in the publishing transaction; above, by a job."""
BATCH = 2000


@dataclass
class Rebuild:
    """What has to be done for the records of one form."""

    form: str
    conversions: list[Conversion] = attribute(default_factory=list)
    computed: list[str] = attribute(default_factory=list)
    sorted: list[str] = attribute(default_factory=list)
    titles: bool = False
    uniques: bool = False
    search: bool = False
    """Fields have become searched whose values are there already."""

    def refresh(self, field: Field) -> None:
        """Have a field's derived values made again: a computed one itself, a text its order."""
        if field.kind.computed and field.type != "serial":
            self.computed.append(field.path)
        elif field.type == "text":
            self.sorted.append(field.path)

    def note_changes(self, before: Form, after: Form) -> None:
        """Titles, hashes and the search follow their definitions."""
        self.titles = titles.template(before) != titles.template(after)
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
        return bool(self.conversions or self.computed or self.sorted or self.titles or self.uniques)

    @property
    def payload(self) -> dict[str, Any]:
        """As a job takes it."""
        return asdict(self)

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Rebuild":
        """From a job's payload."""
        given = {
            name: payload[name] for name in ("form", "computed", "sorted", "titles", "uniques", "search")
        }
        return cls(**given, conversions=[Conversion(**one) for one in payload["conversions"]])


def begin(connection: Connection, live: LiveApp, works: Iterable[Rebuild]) -> list[str]:
    """Do what is little at once; for the rest answer the jobs that will do it."""
    jobs: list[str] = []
    works = [one for one in works if not one.empty]
    # All values first, then what is worked out from them, in this form or another.
    todo = _with_dependents(live, works)
    for work in todo:
        tx = Transaction(connection, live, App("publish"), "engine")
        table = tx.table(work.form)
        count = _count(connection, table)
        if count > AT_ONCE and not work.of_values:
            jobs += index_later(tx, work.form, _ids(connection, table))
        elif count > AT_ONCE:
            if work.uniques and not work.conversions:
                # From now on the index refuses repetitions; the old records must be in it before anybody writes.
                carry_out(tx, Rebuild(work.form, uniques=True))
                work.uniques = False
                if work.empty:
                    continue
            _mark_building(connection, tx, work)
            payload = {"app": live.app.key, **work.payload}
            jobs.append(enqueue(connection, "records.rebuild", payload, app_key=live.app.key, total=count))
        elif count:
            carry_out(tx, work)
            finish(tx)
        else:
            _mark_ready(connection, work)
    return jobs


def carry_out(tx: Transaction, work: Rebuild, context: JobContext | None = None) -> dict[str, Any]:
    """Do the work for all records; answers how many values were converted and how many kept aside."""
    form = tx.live.form(work.form)
    outcome: dict[str, Any] = {}
    for conversion in work.conversions:
        done, kept = convert(tx, form, conversion)
        outcome[conversion.path] = {"converted": done, "kept": kept}
    if work.sorted or work.titles or work.uniques or work.conversions:
        _derive(tx, form, work, context)
    if work.search:
        tx.to_index.setdefault(work.form, set()).update(_ids(tx.connection, tx.table(work.form)))
    computed = set(work.computed) | {one.path for one in work.conversions}
    if computed:
        recalculate.whole_form(tx, work.form, computed, context)
    _mark_ready(tx.connection, work, tx.table(work.form))
    tx.live.cache.pop(tables.CACHED, None)
    return outcome


def _derive(tx: Transaction, form: Form, work: Rebuild, context: JobContext | None) -> None:
    """Order keys, titles and hashes of all records."""
    from engine.records.changes import made_title

    table = tx.table(work.form)
    sorting = [path for path in (*work.sorted, *(one.path for one in work.conversions)) if "." not in path]
    title = work.titles or bool(set(sorting) & set(titles.title_fields(form)))
    unique_too = work.uniques or bool(work.conversions)
    ids = _ids(tx.connection, table)
    for start in range(0, len(ids), BATCH):
        documents = []
        for record in rows.read(
            tx.connection, table, ids[start : start + BATCH], deleted=None, subforms=()
        ).values():
            one: dict[str, Any] = {"id": record.id}
            for path in sorting:
                placed = table.columns.get(path)
                if placed is not None and placed[1].sorted:
                    one[placed[1].sort_name] = titles.sort_key(record.values.get(path))
            if title:
                made = made_title(tx, form, record.values)
                one |= {"title": made, "title_key": titles.sort_key(made)}
            if unique_too:
                for rule in unique.uniques(form):
                    if rule.key in table.uniques:
                        one[table.uniques[rule.key].name] = unique.duplicates.fingerprint(rule, record.values)
            documents.append(one)
        persist.update(
            tx.connection, table, documents, {name for one in documents for name in one if name != "id"}
        )
        tx.to_index.setdefault(form.key, set()).update(ids[start : start + BATCH])
        if context is not None:
            context.progress(start + len(documents), len(ids))
    for key, subform in table.subforms.items():
        columns = [path.partition(".")[2] for path in work.sorted if path.startswith(key + ".")]
        if columns:
            _derive_rows(tx, subform, columns)


def _derive_rows(tx: Transaction, table: FormTable, columns: list[str]) -> None:
    ids = list(
        tx.connection.exec_driver_sql(f"SELECT DISTINCT record_id FROM {table.stored.qualified()}").scalars()
    )
    for start in range(0, len(ids), BATCH):
        below = rows.read_rows(tx.connection, table, ids[start : start + BATCH])
        documents = []
        for row in (row for some in below.values() for row in some):
            placed = [table.columns[key][1] for key in columns if key in table.columns]
            keys = {
                one.sort_name: titles.sort_key(row.values.get(one.field_key)) for one in placed if one.sorted
            }
            documents.append({"id": row.id, **keys})
        persist.update(
            tx.connection, table, documents, {name for one in documents for name in one if name != "id"}
        )


def _with_dependents(live: LiveApp, works: list[Rebuild]) -> list[Rebuild]:
    """The works, with the rollups of other forms that read what they change, children before parents."""
    by_form = {one.form: one for one in works}
    waiting = list(works)
    while waiting:
        one = waiting.pop()
        changed = set(one.computed) | {conversion.path for conversion in one.conversions}
        changed |= {formula.path for formula in computations(live, one.form).after(changed)}
        for rollup in rollups_over(live, one.form):
            if touches(rollup.reads, changed):
                parent = by_form.setdefault(rollup.parent, Rebuild(rollup.parent))
                if rollup.path not in parent.computed:
                    parent.computed.append(rollup.path)
                    waiting.append(parent)
    return sorted(by_form.values(), key=lambda one: (bool(one.computed), not one.conversions))


def _mark_building(connection: Connection, tx: Transaction, work: Rebuild) -> None:
    """Computed fields are worked out while reading until the job has been through all records."""
    table = tx.table(work.form)
    ids = [table.columns[path][1].id for path in work.computed if path in table.columns]
    connection.execute(
        text(
            "UPDATE jianflow.column_storage SET state = 'building' WHERE id = ANY(:ids) AND state = 'ready'"
        ),
        {"ids": ids},
    )
    tx.live.cache.pop(tables.CACHED, None)


def _mark_ready(connection: Connection, work: Rebuild, table: FormTable | None = None) -> None:
    ids = [one.column for one in work.conversions]
    if table is not None:
        ids += [table.columns[path][1].id for path in work.computed if path in table.columns]
    if ids:
        connection.execute(
            text(
                "UPDATE jianflow.column_storage SET state = 'ready' WHERE id = ANY(:ids) AND state = 'building'"
            ),
            {"ids": ids},
        )


def _renew(database: Database, app_key: str) -> None:
    """Have every process read anew where the app's fields are kept: nothing is building any more."""

    def work(connection: Connection) -> Publication:
        live = publish.lock_alone(connection, app_key)
        connection.execute(
            text("UPDATE jianflow.app SET live_version = live_version + 1 WHERE id = :app"),
            {"app": live.app.id},
        )
        return Publication(version=live.version + 1, published=[], jobs=[], warnings=[])

    publish.between_writes(database, work)


def _count(connection: Connection, table: FormTable) -> int:
    return int(connection.scalar(text(f"SELECT count(*) FROM {table.stored.qualified()}")) or 0)


def _ids(connection: Connection, table: FormTable) -> list[int]:
    return list(connection.scalars(text(f"SELECT id FROM {table.stored.qualified()} ORDER BY id")))


@job("records.rebuild")
def _rebuild(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    def work(connection: Connection) -> dict[str, Any]:
        live = living.lock_and_load(connection, payload["app"])
        if payload["form"] not in live.forms:
            return {}
        tx = Transaction(connection, live, App("publish"), "engine")
        outcome = carry_out(tx, Rebuild.read(payload), context)
        finish(tx)
        return outcome

    outcome = context.database.run(work)
    _renew(context.database, payload["app"])
    return outcome
