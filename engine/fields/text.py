"""One line of text."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields import patterns, text_formats
from engine.fields.base import TEXTUAL, FieldFault, FieldType, ParseContext, wrong_type
from engine.fields.form import Field, Form
from engine.fields.schema import LABEL, MASKED, asked
from engine.platform.errors import Fault
from engine.platform.i18n import Text, label_text

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class TextField(FieldType):
    """The field type `text`."""

    name = "text"
    label = Text("单行文本", "Text")
    icon = "letter-t"
    order = 10
    schema = {
        "properties": {
            "max_length": asked(
                {"type": "integer", "minimum": 1, "maximum": 500}, "最多字数", "Most characters", "limits"
            ),
            "format": asked(
                {"enum": list(text_formats.LABELS)}, "格式", "Format", "limits", labels=text_formats.LABELS
            ),
            "masked": MASKED,
            "pattern": asked(
                {"type": "string", "maxLength": 500},
                "格式要求",
                "Pattern",
                "limits",
                kind="pattern",
                hint=("正则表达式，整段文字都要符合", "A regular expression that the whole text must match"),
                simple=False,
            ),
            "pattern_message": asked(
                LABEL,
                "格式不对时的提示",
                "Message for a wrong format",
                "limits",
                simple=False,
                needs=["pattern"],
            ),
        }
    }
    operators = TEXTUAL
    unique_possible = True
    groupable = True
    longest = 500

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        if pattern := field.get("pattern"):
            if wrong := patterns.fault_of(pattern):
                yield Fault(
                    f"{field.pointer}/pattern",
                    "bad_pattern",
                    Text(wrong.zh, wrong.en, name=field.name()),
                )

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        text = clean_text(raw).replace("\r\n", " ").replace("\n", " ").replace("\r", " ")
        self.fits(text, field)
        if (shape := field.get("format")) and self.name == "text" and not text_formats.fits(shape, text):
            raise FieldFault("format", text_formats.fault_of(shape))
        if (pattern := field.get("pattern")) and not patterns.fits(pattern, text):
            said = label_text(field.get("pattern_message"), context.language)
            raise FieldFault(
                "pattern", Text(said, said) if said else Text("格式不对", "This is not in the right format")
            )
        return text

    def fits(self, text: str, field: Field) -> None:
        """Refuses a text that is longer than the field takes."""
        longest = field.get("max_length", self.longest)
        if len(text) > longest:
            raise FieldFault(
                "too_long",
                Text(
                    "最多 {most} 个字，这里有 {here} 个",
                    "At most {most} characters; this has {here}",
                    most=longest,
                    here=len(text),
                ),
                max_length=longest,
            )


def clean_text(raw: Any) -> str:
    """The text that was sent, without characters that no text should hold."""
    if not isinstance(raw, str):
        raise wrong_type(Text("文字", "text"))
    if _CONTROL.search(raw):
        raise FieldFault(
            "control_character", Text("含有看不见的控制字符", "This holds invisible control characters")
        )
    return raw
