"""A text that explains something on the form."""

from engine.fields.base import FieldType
from engine.fields.schema import LONG_LABEL
from engine.platform.i18n import Text


class NoteField(FieldType):
    """The field type `note`."""

    name = "note"
    label = Text("说明文字", "Note")
    icon = "info-circle"
    group = "layout"
    schema = {"properties": {"text": LONG_LABEL}, "required": ["text"]}
    stored = False
    layout_only = True
    wide = True
    operators = ()
    template = "fields/note.html"
    sortable = False
