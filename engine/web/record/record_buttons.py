"""The buttons of a record as its pages draw them: those that this person may press now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.actions.kind import Opening, Outcome
from engine.actions.pressing import offered
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.i18n import label_text
from engine.records.reading.record import Record

IN_HEAD = 4
"""So many buttons stand at the head of a record's page; the others at their places in the form."""


@dataclass(frozen=True)
class Drawn:
    """A button: one that opens something is a link, unless it asks before; the others are pressed."""

    key: str
    label: str
    icon: str | None
    style: str
    confirm: str
    link: str | None = None
    outside: bool = False
    """The link leads out of the app, so it opens beside it."""


def drawn(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, record: Record
) -> dict[str, Drawn]:
    """By the key of its field each button that may be pressed."""
    found: dict[str, Drawn] = {}
    for one in offered(connection, live, form, viewer, record):
        field = one.field
        confirm = label_text(field.get("confirm"))
        link = None if confirm else opened(live, form, record.id, one.outcome)
        found[field.key] = Drawn(
            field.key,
            field.name(),
            field.get("icon"),
            field.get("style", "normal"),
            confirm,
            link,
            bool(link and link.lower().startswith("http")),
        )
    return found


def opened(live: LiveApp, form: Form, record_id: int, outcome: Outcome | None) -> str | None:
    """The address that an outcome leads to."""
    if outcome is None:
        return None
    if outcome.opens is not None:
        return _new_form(live, outcome.opens, f"/a/{live.app.key}/{form.key}/{record_id}")
    return outcome.address


def _new_form(live: LiveApp, opening: Opening, back: str) -> str:
    asked = [(key, text) for key, value in opening.values.items() for text in _texts(value)]
    return f"/a/{live.app.key}/{opening.form}/new?{urlencode([*asked, ('back', back)])}"


def _texts(value: Any) -> list[str]:
    """A value as an address holds it; several under the same name."""
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, Mapping):
        return [str(value["id"])] if value.get("id") is not None else []
    if isinstance(value, bool):
        return ["1"] if value else []
    return [str(value)]
