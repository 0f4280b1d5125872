"""Text of several lines."""

from typing import Any

from engine.fields.base import ParseContext
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.text import TextField, clean_text
from engine.platform.i18n import Text


class TextareaField(TextField):
    """The field type `textarea`."""

    name = "textarea"
    label = Text("多行文本", "Long text")
    icon = "align-left"
    order = 20
    schema = {
        "properties": {
            "max_length": asked(
                {"type": "integer", "minimum": 1, "maximum": 20_000}, "最多字数", "Most characters", "limits"
            ),
            "rows": asked(
                {"type": "integer", "minimum": 2, "maximum": 40}, "行数", "Lines", "display", simple=False
            ),
        }
    }
    template = "fields/textarea.html"
    wide = True
    unique_possible = False
    sortable = False
    groupable = False
    longest = 20_000

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        text = clean_text(raw).replace("\r\n", "\n").replace("\r", "\n")
        self.fits(text, field)
        return text
