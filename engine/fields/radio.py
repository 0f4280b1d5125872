"""One of a few options, all shown at once."""

from engine.fields.schema import LAYOUT
from engine.fields.select import SelectField
from engine.platform.i18n import Text


class RadioField(SelectField):
    """The field type `radio`."""

    name = "radio"
    label = Text("单选", "Radio")
    icon = "circle-dot"
    group = "choice"
    order = 10
    grouped = True
    schema = {
        "properties": {
            **{
                name: one
                for name, one in SelectField.schema["properties"].items()
                if name not in ("options_from", "others")
            },
            "layout": LAYOUT,
        },
        "required": ["options"],
    }
    template = "fields/radio.html"
