"""New rows that turn out to be wrong once they are written are taken out again, with the rows that name them."""

from collections.abc import Sequence

from engine.fields.form import Form
from engine.records.bulk import checks
from engine.records.bulk.checks import RowFault
from engine.records.bulk.staging import NUMBER, Staging
from engine.records.writing import recycle
from engine.records.writing.transaction import Transaction


def take_out(tx: Transaction, form: Form, staging: Staging, faults: Sequence[RowFault]) -> list[RowFault]:
    """Remove the records of these rows; answers their faults, and those of the rows that stay out with them."""
    if not faults:
        return []
    checks.mark_numbers(tx, staging, {one.number for one in faults}, "written")
    found = [*faults, *checks.orphans(tx, form, staging)]
    ids = tx.connection.exec_driver_sql(
        f"SELECT id FROM {staging.name} WHERE {NUMBER} = ANY(%s::bigint[])",
        (sorted({one.number for one in found}),),
    )
    recycle.purge_records(tx, form.key, list(ids.scalars()))
    return found
