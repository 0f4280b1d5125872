"""A tab under which the following fields stand, until the next tab."""

from engine.fields.base import FieldType
from engine.platform.i18n import Text


class TabField(FieldType):
    """The field type `tab`."""

    name = "tab"
    label = Text("标签页", "Tab")
    icon = "browser"
    group = "more"
    order = 90
    stored = False
    layout_only = True
    wide = True
    operators = ()
    template = "fields/tab.html"
    sortable = False
