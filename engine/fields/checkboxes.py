"""Several of a few options, all shown at once."""

from engine.fields.multi_select import MultiSelectField
from engine.platform.i18n import Text


class CheckboxesField(MultiSelectField):
    """The field type `checkboxes`."""

    name = "checkboxes"
    label = Text("复选", "Checkboxes")
    icon = "checkbox"
    group = "choice"
    order = 20
    grouped = True
    template = "fields/checkboxes.html"
