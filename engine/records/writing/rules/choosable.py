"""What may be chosen in a field of one record as it is now: its options by the rules, or what its condition finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.conditions.paths import currents
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.records.reading.bare_values import as_sent
from engine.records.reading.read import get, several
from engine.records.reading.visible import access_for
from engine.records.storage import rows
from engine.records.storage.form_traits import conditional
from engine.records.writing.rules.held import Held
from engine.records.writing.rules.settling import ruled, settle
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Choosable:
    """`options` are those that rules leave of a field's own, None for all; `current` is what its condition asks for."""

    options: tuple[str, ...] | None
    current: Mapping[str, Any]

    def offers(self, option: str) -> bool:
        """Whether an option may be chosen."""
        return self.options is None or option in self.options


def differs(live: LiveApp, form: Form, field: Field, time_zone: str) -> bool:
    """Whether what the field offers may be another in each record."""
    return any(one.field is field for one in ruled(live, form, time_zone).linked) or conditional(field)


def choosable(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, field: Field, record_id: int
) -> Choosable:
    """What the record allows, asked with the app's rights as a write is; NotFound for one that may not be read."""
    get(connection, live, form.key, viewer, record_id, fields=[])
    tx = Transaction(connection, live, viewer, "page")
    stored = rows.read(connection, tx.table(form.key), [record_id]).get(record_id)
    if stored is None or access_for(live, form, viewer).never(field.path):
        raise NotFound(Text("没有这条数据", "There is no such record"))
    known = stored.known()
    system = {key: value for key, value in known.items() if key not in stored.values}
    states = settle(tx, form, dict(stored.values), system, empty=False)
    held = Held(tx, form, known)
    where = field.get("where") or (field.get("options_from") or {}).get("where")
    offered = states.only(field)
    return Choosable(
        None if offered is None else tuple(one for one in field.options if one in offered),
        {
            path: value
            for path in currents(where or {})
            if (value := as_sent(held.value(path))) not in (None, [])
        },
    )


def allowed_in(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, field: Field, record_ids: Sequence[int]
) -> tuple[dict[str, int], int]:
    """In how many of these records each option of a field may be chosen, and of how many that was looked at.

    Records that may not be read are left out.
    """
    if access_for(live, form, viewer).never(field.path):
        return {}, 0
    readable = [one.id for one in several(connection, live, form.key, viewer, list(record_ids), [])]
    tx = Transaction(connection, live, viewer, "page")
    found = dict.fromkeys(field.options, 0)
    stored = rows.read(connection, tx.table(form.key), readable)
    for record in stored.values():
        system = {key: value for key, value in record.known().items() if key not in record.values}
        offered = settle(tx, form, dict(record.values), system, empty=False).only(field)
        for option in found:
            found[option] += offered is None or option in offered
    return found, len(stored)
