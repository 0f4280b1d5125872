"""A text that explains something on the form."""

from engine.fields.base import FieldType
from engine.fields.schema import LONG_LABEL, asked
from engine.platform.i18n import Text


class NoteField(FieldType):
    """The field type `note`."""

    name = "note"
    label = Text("说明文字", "Note")
    icon = "info-circle"
    group = "more"
    order = 100
    schema = {"properties": {"text": asked(LONG_LABEL, "说明", "Text", "basic")}, "required": ["text"]}
    starting = {"text": {"zh-CN": "说明文字", "en": "Note"}}
    stored = False
    layout_only = True
    wide = True
    operators = ()
    template = "fields/note.html"
    sortable = False
