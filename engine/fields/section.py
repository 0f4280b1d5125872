"""A heading under which the following fields stand."""

from engine.fields.base import FieldType
from engine.platform.i18n import Text


class SectionField(FieldType):
    """The field type `section`."""

    name = "section"
    label = Text("分组", "Section")
    icon = "layout-rows"
    group = "more"
    order = 80
    stored = False
    layout_only = True
    wide = True
    operators = ()
    template = "fields/section.html"
    sortable = False
