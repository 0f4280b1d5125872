"""Which rows of subforms a linkage made, so that it replaces those and no others when it fires again."""

from collections.abc import Mapping
from typing import Any

from engine.fields.form import Form
from engine.records.storage import persist
from engine.records.writing.transaction import Transaction


def read(
    tx: Transaction, form: Form, before: Mapping[str, Any] | None, values: Mapping[str, Any]
) -> dict[str, list[str | None]]:
    """By subform, the linkage that made the row at each place; None where a person did."""
    return of(tx, form, values) if before else {}


def of(tx: Transaction, form: Form, values: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """The same for the rows of these values, those that are saved."""
    found: dict[str, list[str | None]] = {}
    for field in form.fields:
        if field.children:
            rows = values.get(field.key) or ()
            ids = [row.id for row in rows if row.id is not None]
            known = by_row(tx, tx.table(form.key).subforms[field.key].stored.id, ids) if ids else {}
            found[field.key] = [known.get(row.id) for row in rows]
    return found


def by_row(tx: Transaction, form_id: int, row_ids: list[int]) -> dict[int | None, str]:
    """The linkage that made each of these rows, of those that one made."""
    sql = (
        "SELECT row_id, rule FROM jianflow.made_row WHERE form_id = %s::bigint AND row_id = ANY(%s::bigint[])"
    )
    return {row[0]: row[1] for row in persist.execute(tx.connection, sql, (form_id, row_ids))}


def keep(tx: Transaction) -> None:
    """Remember who made the rows of the records that were written."""
    for (form_key, record_id), by_subform in tx.rows_made.items():
        table = tx.table(form_key)
        for key, makers in by_subform.items():
            subform = table.subforms.get(key)
            if subform is None or not any(makers):
                continue
            name = subform.stored.qualified()
            ids = [
                row[0]
                for row in persist.execute(
                    tx.connection,
                    f"SELECT id FROM {name} WHERE record_id = %s::bigint ORDER BY position, id",
                    (record_id,),
                )
            ]
            pairs = [(one, maker) for one, maker in zip(ids, makers) if maker is not None]
            tx.connection.exec_driver_sql(
                "INSERT INTO jianflow.made_row (form_id, row_id, rule)"
                " SELECT %s::bigint, e.id, e.rule FROM unnest(%s::bigint[], %s::text[]) AS e(id, rule)"
                " ON CONFLICT (form_id, row_id) DO UPDATE SET rule = excluded.rule",
                (subform.stored.id, [one for one, _ in pairs], [maker for _, maker in pairs]),
            )
    tx.rows_made.clear()
