"""Opens another form with values of this record in it, to be looked over and saved by hand."""

from collections.abc import Iterator

from engine.access.grants import allows, require
from engine.access.viewer import App, Viewer
from engine.actions import values
from engine.actions.kind import Opening, Outcome, Press, PressKind
from engine.definitions import action_kinds
from engine.definitions.action_kinds import Action
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.fields.schema import FORM_KEY, asked
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.reading.record import Record


@action_kinds.register
class OpenForm(PressKind):
    """The kind of action `open_form`."""

    name = "open_form"
    label = Text("打开表单", "Open a form")
    hint = Text(
        "打开另一张表单新建数据，并先填好一些字段。",
        "Opens another form for a new record, with some fields filled in.",
    )
    order = 20
    writes = False
    schema = {
        "properties": {
            "form": asked(FORM_KEY, "打开的表单", "Form"),
            "fill": asked(values.FILL, "先填好", "Filled in", kind="sources", of="form"),
        },
        "required": ["form"],
    }

    def check(self, button: Field, action: Action, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        other = proposed.forms.get(action["form"])
        if button.form is None:
            return
        if other is None:
            yield values.unknown_form(button.form, f"{pointer}/form", action["form"])
            return
        yield from values.check(button.form, other, action.get("fill", {}), f"{pointer}/fill")

    def references(
        self, button: Field, action: Action, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        yield Reference(f"{pointer}/form", "forms", action["form"])
        if button.form is not None:
            other = proposed.forms.get(action["form"])
            yield from values.references(
                button.form, other, action.get("fill", {}), f"{pointer}/fill", proposed
            )

    def allowed(
        self, live: LiveApp, form: Form, viewer: Viewer | App, record: Record, action: Action
    ) -> bool:
        return allows(live, viewer, action["form"], "create")

    def press(self, press: Press) -> Outcome:
        tx, key = press.tx, press.action["form"]
        require(tx.live, tx.viewer, key, "create")
        filled = values.work_out(press, tx.live.form(key), press.action.get("fill", {}))
        return Outcome(opens=Opening(key, {name: one for name, one in filled.items() if one is not None}))
