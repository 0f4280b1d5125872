"""Working out stored formulas again: for records whose inputs the engine changed, or for a whole form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, cast, func, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import JSONB

from engine.access.viewer import App
from engine.fields.form import Form
from engine.formulas.faults import FormulaFault
from engine.records.reading import search
from engine.records.reading.formula_sql import live_formula
from engine.records.reading.rowset import RowOnlyField, RowSet, Statement
from engine.records.storage import persist, rows, titles
from engine.records.storage.computed import StoredFormula, computations, rollups_over, touches
from engine.records.storage.tables import FormTable
from engine.records.writing import rollups
from engine.records.writing.changes import made_title
from engine.records.writing.completing import work_out
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction

_NONE = literal_column("'{}'::jsonb", JSONB)


def refresh(tx: Transaction, form_key: str, changed: Mapping[int, set[str]]) -> None:
    """Work out what reads these paths in these records; versions and history stay as they are."""
    form = tx.live.form(form_key)
    paths = set().union(*changed.values()) if changed else set()
    formulas = computations(tx.live, form_key).after(paths)
    concerned = any(
        touches(one.reads, paths | {f.path for f in formulas}) for one in rollups_over(tx.live, form_key)
    )
    if not formulas and not concerned:
        return
    work_out_records(tx, form, list(changed), formulas, paths)


def work_out_records(
    tx: Transaction,
    form: Form,
    ids: Iterable[int],
    formulas: Iterable[StoredFormula],
    changed: Iterable[str] = (),
) -> int:
    """Work these formulas out for these records in Python, write what differs, note whose sums depend on it."""
    table = tx.table(form.key)
    needed = _subforms_read(form, formulas)
    found = rows.read(tx.connection, table, sorted(ids), lock=True, deleted=None, subforms=needed)
    formulas = tuple(formulas)
    given = set(changed)
    writing = _Writing(tx, form, table)
    for record in found.values():
        before = record.known()
        values = dict(record.values)
        moved = work_out(tx, form, values, formulas, before)
        rollups.note(tx, form.key, before, {**before, **values}, moved | given)
        if moved:
            writing.add(record.id, values, moved)
    return writing.flush()


class _Writing:
    """Gathers what differs, so that records in which the same fields moved are written in one statement."""

    def __init__(self, tx: Transaction, form: Form, table: FormTable) -> None:
        self.tx = tx
        self.form = form
        self.table = table
        self.titled = set(titles.title_fields(form))
        self.searched = {field.key for field in search.searched(form)}
        self.uniques = [one for one in unique.uniques(form) if one.key in table.uniques]
        self.gathered: dict[tuple[str, frozenset[str]], list[dict[str, Any]]] = {}
        self.ids: list[int] = []

    def add(self, record_id: int, values: Mapping[str, Any], moved: set[str]) -> None:
        """Take in a record's new values at the paths that moved."""
        keys = {path for path in moved if "." not in path}
        if keys & (self.searched | self.titled):
            self.tx.to_index.setdefault(self.form.key, set()).add(record_id)
        if keys:
            self._gather("", {**self._document(keys, values), "id": record_id})
        for key in {path.partition(".")[0] for path in moved if "." in path}:
            columns = {path.partition(".")[2] for path in moved if path.startswith(key + ".")}
            for row in values.get(key) or ():
                encoded = persist.encode(
                    self.table.subforms[key], {name: row.values.get(name) for name in columns}
                )
                self._gather(key, {**encoded, "errors": persist.errors_in(row.values), "id": row.id})
        self.ids.append(record_id)

    def flush(self) -> int:
        """Write everything; answers how many records it was."""
        for (subform, names), documents in self.gathered.items():
            persist.update(
                self.tx.connection, self.table.subforms[subform] if subform else self.table, documents, names
            )
        self.tx.forget(self.form.key, self.ids)
        return len(self.ids)

    def _document(self, keys: set[str], values: Mapping[str, Any]) -> dict[str, Any]:
        document = persist.encode(self.table, {key: values[key] for key in keys})
        document["errors"] = persist.errors_in(values)
        if keys & self.titled:
            title = made_title(self.tx, self.form, values)
            document |= {"title": title, "title_key": titles.sort_key(title)}
        for one in self.uniques:
            if any(field.key in keys for field in one.fields):
                document[self.table.uniques[one.key].name] = unique.duplicates.fingerprint(one, values)
        return document

    def _gather(self, subform: str, document: dict[str, Any]) -> None:
        self.gathered.setdefault((subform, frozenset(document.keys() - {"id"})), []).append(document)


def _subforms_read(form: Form, formulas: Iterable[StoredFormula]) -> set[str]:
    read = {path.partition(".")[0] for one in formulas for path in one.reads | {one.path}}
    return {field.key for field in form.fields if field.children and field.key in read}


# -- many records ------------------------------------------------------------------------------------------


def in_sql(tx: Transaction, form: Form, one: StoredFormula, ids: Sequence[int] | None = None) -> bool:
    """Work a formula out in one statement, for these records or all; answers False where it has no SQL meaning."""
    if one.field.parent is not None:
        return False
    table = tx.table(form.key)
    among = RowSet.of(Statement(tx.connection, tx.live, App("recalculate"), tx.moment), form, alias="t")
    try:
        made = live_formula(among, one.field)
    except (FormulaFault, RowOnlyField):
        return False
    error = cast(null(), Text()) if made.error is None else made.error
    column = table.column(one.path)
    main, target = table.main, table.part_of(one.path)
    query = select(among.id.label("id"), made.value.label("value"), error.label("error")).select_from(
        among.source.clause()
    )
    if ids is not None:
        query = query.where(among.id == func.any(bindparam("ids", list(ids), type_=ARRAY(BigInteger))))
    worked = query.subquery("worked")
    if target is not main:
        tx.connection.execute(
            update(target)
            .where(target.c.id == worked.c.id, target.c[column.name].is_distinct_from(worked.c.value))
            .values({column: worked.c.value})
        )
    kept = func.coalesce(main.c.errors, _NONE).op("-")(one.path)
    told = func.nullif(
        kept.op("||")(func.jsonb_strip_nulls(func.jsonb_build_object(one.path, worked.c.error))), _NONE
    )
    changes: dict[Any, Any] = {main.c.errors: told}
    if target is main:
        changes[column] = worked.c.value
    differs = column.is_distinct_from(worked.c.value) if target is main else None
    error_differs = main.c.errors.op("->>")(one.path).is_distinct_from(worked.c.error)
    where = error_differs if differs is None else differs | error_differs
    tx.connection.execute(update(main).where(main.c.id == worked.c.id, where).values(changes))
    return True


def of_records(tx: Transaction, form_key: str, paths: Iterable[str], ids: Sequence[int]) -> None:
    """Work these computed fields out for these records, whom the caller has locked: in SQL where they compile."""
    form = tx.live.form(form_key)
    comps = computations(tx.live, form_key)
    wanted = set(paths)
    moved: set[str] = set()
    for rollup in comps.rollups:
        if rollup.path in wanted and rollups.compute(tx, rollup, ids):
            moved.add(rollup.path)
    waiting: list[StoredFormula] = []
    titled = set(titles.title_fields(form))  # takes the way on which titles are made anew
    formulas = comps.after(wanted)
    for one in formulas:  # in their order: a later one may read an earlier one
        alone = one.path not in titled and not touches(one.reads, {other.path for other in waiting})
        if not (alone and in_sql(tx, form, one, ids)):
            waiting.append(one)
    if waiting:
        work_out_records(tx, form, ids, waiting)
    if {one.path for one in formulas} & {field.key for field in search.searched(form)}:
        tx.to_index.setdefault(form_key, set()).update(ids)
