"""Several of a few options, all shown at once."""

from engine.fields.multi_select import MultiSelectField
from engine.platform.i18n import Text


class CheckboxesField(MultiSelectField):
    """The field type `checkboxes`."""

    name = "checkboxes"
    label = Text("复选框组", "Checkboxes")
    icon = "checkbox"
    template = "fields/checkboxes.html"
