"""Whether the one who takes changes back may still make them: judged on the records as they are after it."""

from engine.access.grants import grants
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.records.bulk.undo import Undone
from engine.records.reading.rights import matching
from engine.records.reading.seen import seen
from engine.records.storage.form_traits import traits
from engine.records.writing.rules.firing import linkages
from engine.records.writing.transaction import Transaction


def closed(tx: Transaction, undone: Undone) -> set[tuple[str, int]]:
    """The records, by form, whose old values this person may not put back.

    With its old values a record is what it was when they changed it: what they gave away they may take back.
    """
    found: set[tuple[str, int]] = set()
    for key, fields_of in undone.fields.items():
        form, ids = tx.live.form(key), list(fields_of)
        given = grants(tx.live, tx.viewer, key, "update")
        rights = matching(tx.connection, tx.live, tx.table(key), tx.viewer, given, ids)
        rights = {one: rights[one] for one in seen(tx.connection, tx.live, key, tx.viewer, ids) & set(rights)}
        by_engine = _filled_in(tx.live, form)
        for one, names in fields_of.items():
            fields = [form.field(name) for name in names - by_engine]
            if one not in rights or not all(
                field is None or field.kind.computed or rights[one].opens(field) for field in fields
            ):
                found.add((key, one))
    return found


def _filled_in(live: LiveApp, form: Form) -> set[str]:
    """The fields that the engine fills in by itself, whatever somebody may write."""
    linked = {path for rule in linkages(live, form) for path in rule.writes}
    return linked | {
        target for field in traits(form).filling for target in (field.get("fill") or {}).values()
    }
