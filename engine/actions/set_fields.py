"""Sets fields of the record: 领取 puts the one who presses into its owner."""

from collections.abc import Iterator

from engine.access.viewer import App, Viewer
from engine.actions import values
from engine.actions.kind import Outcome, Press, PressKind
from engine.definitions import action_kinds
from engine.definitions.action_kinds import Action
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import at as fault
from engine.fields.form import Field, Form
from engine.fields.schema import asked
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.reading.record import Record
from engine.records.writing import write


@action_kinds.register
class SetFields(PressKind):
    """The kind of action `set_fields`."""

    name = "set_fields"
    label = Text("修改字段", "Set fields")
    hint = Text("把这条数据的一些字段改成指定的值。", "Puts values into fields of this record.")
    order = 10
    schema = {
        "properties": {"set": asked(values.FILL, "改成", "Set to", kind="sources")},
        "required": ["set"],
    }

    def check(self, button: Field, action: Action, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        if button.form is None:
            return
        if not action["set"]:
            said = Text(
                "“{button}”还没有写明改哪些字段。",
                "“{button}” does not say yet which fields it sets.",
                button=button.name(),
            )
            yield fault(button.form, f"{pointer}/set", "missing", said)
        yield from values.check(button.form, button.form, action["set"], f"{pointer}/set")

    def references(
        self, button: Field, action: Action, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        if button.form is not None:
            yield from values.references(button.form, button.form, action["set"], f"{pointer}/set", proposed)

    def allowed(
        self, live: LiveApp, form: Form, viewer: Viewer | App, record: Record, action: Action
    ) -> bool:
        return record.editable.issuperset(action["set"])

    def press(self, press: Press) -> Outcome:
        made = values.work_out(press, press.form, press.action["set"])
        written = write.update(press.tx, press.form.key, press.record.id, made)
        return Outcome(warnings=written.warnings)
