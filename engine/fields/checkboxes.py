"""Several of a few options, all shown at once."""

from engine.fields.multi_select import MultiSelectField
from engine.fields.schema import LAYOUT
from engine.platform.i18n import Text


class CheckboxesField(MultiSelectField):
    """The field type `checkboxes`."""

    name = "checkboxes"
    label = Text("复选", "Checkboxes")
    icon = "checkbox"
    group = "choice"
    order = 20
    grouped = True
    schema = {
        "properties": {
            **{
                name: one
                for name, one in MultiSelectField.schema["properties"].items()
                if name not in ("options_from", "others")
            },
            "layout": LAYOUT,
        },
        "required": ["options"],
    }
    template = "fields/checkboxes.html"
