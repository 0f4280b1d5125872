"""The stages of a record: which one it stands at, how long it has, and whether one may move it on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.fields.form import Field, Form
from engine.platform import clock
from engine.platform.i18n import label_text
from engine.records.reading.query import Record
from engine.records.writing.history import Change
from engine.records.writing.rules.states import NOTHING, States


@dataclass(frozen=True)
class Step:
    """One stage of the strip; `state` is "done", "now" or empty."""

    value: str
    label: str
    color: str
    state: str
    may_choose: bool


@dataclass(frozen=True)
class Since:
    """The stage a record stands at, and for how many days; None where that is not known."""

    label: str
    color: str
    days: int | None


def field_of(form: Form) -> Field | None:
    """The choice that the form's layout draws as progress."""
    key = (form.document.get("layout") or {}).get("progress")
    return form.field(key) if key else None


def steps(form: Form, record: Record, states: States = NOTHING) -> list[Step]:
    """The stages in their order; empty where there is no progress or it may not be read.

    What the form's rules, whose `states` these are, lock or do not offer cannot be chosen.
    """
    field = field_of(form)
    if field is None or field.key not in record.values:
        return []
    values = list(field.options)
    value = record.value(field.key)
    now = values.index(value) if value in values else -1
    may = field.key in record.editable and not states.locks(field)
    offered = states.only(field)
    return [
        Step(
            one,
            label_text(field.options[one].get("label")) or one,
            field.options[one].get("color", "grey"),
            "now" if at == now else "done" if at < now else "",
            may and at != now and (offered is None or one in offered),
        )
        for at, one in enumerate(values)
    ]


def since(form: Form, record: Record, changes: Sequence[Change]) -> Since | None:
    """How long the record has been at its stage, by its history; what was brought in from outside tells nothing."""
    field = field_of(form)
    if field is None or not isinstance(value := record.values.get(field.key), str):
        return None
    brought_in = bool(changes) and changes[-1].door in ("import", "sample")
    moment: datetime | None = next(
        (one.at for one in changes if any(step.field.key == field.key for step in one.differences)),
        None if brought_in else record.created_at,
    )
    option = field.options.get(value, {})
    days = None if moment is None else max(0, (clock.now() - moment).days)
    return Since(label_text(option.get("label")) or value, option.get("color", "grey"), days)
