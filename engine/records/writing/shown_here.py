"""Whether one record shows a field to whoever writes it: a value that is not shown there is never compared."""

from engine.fields.form import Field, Form
from engine.records.reading.condition_sql import holding
from engine.records.reading.visible import access_for
from engine.records.storage.rows import StoredRecord
from engine.records.writing.transaction import Transaction


class ShownHere:
    """Asks the database only for fields that depend on the row, and once for each set of grants."""

    def __init__(self, tx: Transaction, form: Form, before: StoredRecord | None) -> None:
        self.tx = tx
        self.form = form
        self.before = before
        self._known: dict[str, bool] = {}

    def __call__(self, field: Field) -> bool:
        """Whether the record as it is shows the field; what is not there yet hides nothing."""
        if self.before is None:
            return True
        if field.path not in self._known:
            self._known[field.path] = self._shows(field.path, self.before.id)
        return self._known[field.path]

    def _shows(self, path: str, record_id: int) -> bool:
        access = access_for(self.tx.live, self.form, self.tx.viewer)
        if access.always(path):
            return True
        conditions = [grant.where for grant in access.shows(path)]
        held = holding(self.tx.connection, self.tx.live, self.form, self.tx.viewer, conditions, [record_id])
        return any(held.get(record_id, ()))
