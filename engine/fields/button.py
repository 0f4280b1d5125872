"""A button on a record: what it does is an action, which a layer above declares; it holds no value."""

from collections.abc import Iterable, Iterator, Mapping

from engine.fields.base import ConditionUse, FieldType
from engine.fields.form import Field, Form
from engine.fields.schema import CONDITION, KEY, LONG_LABEL, asked
from engine.platform.errors import Fault
from engine.platform.i18n import Text

STYLES = {
    "normal": ("普通", "Plain"),
    "primary": ("醒目", "Prominent"),
    "danger": ("警示", "Warning"),
}


class ButtonField(FieldType):
    """The field type `button`."""

    name = "button"
    label = Text("按钮", "Button")
    icon = "hand-click"
    group = "more"
    order = 110
    schema = {
        "properties": {
            "action": asked(
                {
                    "type": "object",
                    "properties": {"kind": asked(KEY, "动作", "Action")},
                    "required": ["kind"],
                },
                "按下后做什么",
                "What it does",
                "basic",
                kind="action",
            ),
            "when": asked(
                CONDITION,
                "什么时候能按",
                "When it can be pressed",
                "basic",
                hint=(
                    "不满足时不显示；按下的那一刻会再查一次",
                    "Not shown otherwise, and looked at once more at the moment of pressing",
                ),
            ),
            "confirm": asked(
                LONG_LABEL,
                "按下前询问",
                "Asked before",
                "basic",
                hint=("不填就不问", "Left empty, nothing is asked"),
            ),
            "style": asked({"enum": list(STYLES)}, "样式", "Style", "display", labels=STYLES),
            "icon": asked(
                {"type": "string", "pattern": "^[a-z0-9-]{1,60}$"}, "图标", "Icon", "display", kind="icon"
            ),
        },
        "required": ["action"],
    }
    starting = {"width": "1/4", "action": {"kind": "set_fields", "set": {}}}
    stored = False
    layout_only = True
    withholdable = True
    operators = ()
    template = "fields/button.html"
    sortable = False

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        if field.parent is not None:
            yield Fault(
                f"{field.pointer}/type",
                "not_in_subform",
                Text("子表单里不能有按钮", "A subform cannot hold a button"),
            )

    def conditions(self, field: Field) -> Iterable[ConditionUse]:
        if (where := field.get("when")) and field.form is not None:
            yield ConditionUse("when", field.form.key, where)


def buttons(form: Form) -> Iterator[Field]:
    """The form's buttons in their order."""
    return (one for one in form.fields if isinstance(one.kind, ButtonField))
