"""What is kept beside values for finding them: the order of texts, titles, and the hashes of what may not repeat."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from engine.fields.form import Form
from engine.records.storage import persist, rows, titles
from engine.records.storage.tables import FormTable
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Derived:
    """What has to be made again: the order of these paths' texts, titles, hashes."""

    sorted: Collection[str]
    titles: bool = False
    uniques: bool = False

    def __bool__(self) -> bool:
        return bool(self.sorted or self.titles or self.uniques)


def derive(
    tx: Transaction, form: Form, derived: Derived, ids: Sequence[int], repeated: dict[str, int] | None = None
) -> None:
    """Make it again for these records, whom the caller has locked.

    A value that another record took meanwhile leaves this one without its hash, and is counted in `repeated`; without
    that it is refused by the index.
    """
    from engine.records.writing.changes import made_title

    table = tx.table(form.key)
    sorting = [path for path in derived.sorted if "." not in path]
    title = derived.titles or bool(set(sorting) & set(titles.title_fields(form)))
    documents: list[dict[str, Any]] = []
    for record in rows.read(tx.connection, table, ids, deleted=None, subforms=()).values():
        one: dict[str, Any] = {"id": record.id}
        for path in sorting:
            placed = table.columns.get(path)
            if placed is not None and placed[1].sorted:
                one[placed[1].sort_name] = titles.sort_key(record.values.get(path))
        if title:
            made = made_title(tx, form, record.values)
            one |= {"title": made, "title_key": titles.sort_key(made)}
        if derived.uniques:
            for rule in unique.uniques(form):
                if rule.key in table.uniques:
                    one[table.uniques[rule.key].name] = unique.duplicates.fingerprint(rule, record.values)
        documents.append(one)
    if derived.uniques and repeated is not None:
        _leave_repeated(tx, form, documents, repeated)
    _write(tx, table, documents)
    tx.to_index.setdefault(form.key, set()).update(ids)
    for key, subform in table.subforms.items():
        columns = [path.partition(".")[2] for path in derived.sorted if path.startswith(key + ".")]
        if columns:
            _derive_rows(tx, subform, columns, ids)


def _leave_repeated(
    tx: Transaction, form: Form, documents: list[dict[str, Any]], repeated: dict[str, int]
) -> None:
    """Take out the hashes that records written since the publication have, or others of these records."""
    table = tx.table(form.key)
    for rule in unique.uniques(form):
        column = table.uniques.get(rule.key)
        if column is None or not rule.must:
            continue
        wanted = [one[column.name] for one in documents if one.get(column.name)]
        found = tx.connection.exec_driver_sql(
            f"SELECT {column.name}, id FROM {table.stored.qualified()}"
            f" WHERE {column.name} = ANY(%s::uuid[]) AND deleted_at IS NULL",
            (wanted,),
        )
        taken = {value.hex: record_id for value, record_id in found}
        for one in documents:
            value = one.get(column.name)
            if value and taken.setdefault(value, one["id"]) != one["id"]:
                one[column.name] = None
                repeated[rule.key] = repeated.get(rule.key, 0) + 1


def _derive_rows(tx: Transaction, table: FormTable, columns: Sequence[str], ids: Sequence[int]) -> None:
    placed = [table.columns[key][1] for key in columns if key in table.columns]
    documents: list[dict[str, Any]] = [
        {"id": row.id}
        | {one.sort_name: titles.sort_key(row.values.get(one.field_key)) for one in placed if one.sorted}
        for below in rows.read_rows(tx.connection, table, ids).values()
        for row in below
    ]
    _write(tx, table, documents)


def _write(tx: Transaction, table: FormTable, documents: list[dict[str, Any]]) -> None:
    names = {name for one in documents for name in one if name != "id"}
    persist.update(tx.connection, table, documents, names)
