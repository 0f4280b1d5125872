"""What every kind of action declares beside its shape, and what it is given and gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, ClassVar

from engine.access.viewer import App, Viewer
from engine.definitions import action_kinds
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.records.reading.record import Record
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Press:
    """A button that is being pressed: on which record, as the one who presses may read it now."""

    tx: Transaction
    form: Form
    button: Field
    action: Mapping[str, Any]
    record: Record


@dataclass(frozen=True)
class Made:
    """A record that an action made."""

    form: str
    id: int


@dataclass(frozen=True)
class Opening:
    """A form to be opened with values in it."""

    form: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of it: records made, a form or an address to open, what is worth a second look."""

    made: tuple[Made, ...] = ()
    opens: Opening | None = None
    address: str | None = None
    warnings: list[Fault] = attribute(default_factory=list)


class PressKind(action_kinds.ActionKind):
    """A kind of action that a button can do."""

    writes: ClassVar[bool] = True
    """It changes records; the record is then locked before its condition is looked at."""

    def allowed(
        self, live: LiveApp, form: Form, viewer: Viewer | App, record: Record, action: action_kinds.Action
    ) -> bool:
        """Whether somebody who may read the record has the rights that the action needs."""
        return True

    def press(self, press: Press) -> Outcome:
        """Do it, with the rights of the one who presses."""
        raise LookupError(self.name)
