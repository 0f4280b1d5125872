"""What follows at the end of a write, before it is committed: rollups, the search index."""

from collections.abc import Iterable

from sqlalchemy import text

from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records import rollups, search
from engine.records.incoming import place_fault
from engine.records.transaction import Transaction


def finish(tx: Transaction) -> None:
    """Do everything that is still open."""
    settle(tx)
    if tx.to_index:
        for form_key, ids in sorted(tx.to_index.items()):
            search.index(tx.connection, tx.live, form_key, sorted(ids))
        tx.to_index = {}


def settle(tx: Transaction) -> None:
    """Bring what depends on the written records up to date, so that they can be read as they will be."""
    if tx.touched:
        rollups.settle(tx)


def refuse_building(tx: Transaction, form: Form, paths: Iterable[str], pointer: str, faults: list[Fault]) -> None:
    """Faults for fields whose values are still being converted in the background."""
    stored = tx.table(form.key).stored
    still = set(
        tx.connection.scalars(
            text(
                "SELECT field_key FROM jianflow.column_storage WHERE form_id = :form AND state = 'building'"
                " AND field_key = ANY(:keys)"
            ),
            {"form": stored.id, "keys": list(paths)},
        )
    )
    for key in sorted(still):
        field = form.field(key)
        if field is not None:
            said = Text("正在转换，稍后才能修改", "Is being converted and can be changed in a moment")
            faults.append(place_fault(pointer, field, "building", said))
