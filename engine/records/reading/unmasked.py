"""A masked value in full, for somebody who may read it and asks for it; that they did is written down."""

from typing import Any

from sqlalchemy import Connection

from engine.access import audit
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field
from engine.platform.errors import Invalid, NotFound
from engine.platform.i18n import Text
from engine.records.reading.read import get

SHOWN = "value_shown"


def whole(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer, record_id: int, path: str
) -> tuple[Field, Any]:
    """The masked field at `path` (`phone`; of a subform's row `lines.12.phone`) and its value as it is kept.

    NotFound for what is not masked, not there, or not to be read by the viewer in this record.
    """
    missing = NotFound(Text("没有这个值。", "There is no such value."))
    key, _, below = path.partition(".")
    row_id, _, column = below.partition(".")
    top = live.form(form_key).field(key)
    field = top.child(column) if top is not None and column else top
    if field is None or not field.value_field.get("masked"):
        raise missing
    try:
        value = get(connection, live, form_key, viewer, record_id, fields=[key]).values.get(key)
    except Invalid:  # hidden from this viewer in every record
        raise missing from None
    if column:
        [value] = [row.values.get(column) for row in value or () if str(row.id) == row_id] or [None]
    if value is None:
        raise missing
    return field, value


def note(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer, record_id: int, path: str
) -> None:
    """Write down who had a value shown; who looks through another's eyes is written down as doing that."""
    if viewer.lent is None:
        audit.note(
            connection,
            SHOWN,
            actor=viewer,
            subject=("record", record_id),
            app=live.app.key,
            form=form_key,
            field=path,
        )
