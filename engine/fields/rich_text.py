"""Text with headings, lists, links and emphasis; whatever else somebody sends is taken out."""

import html
import re
from typing import Any

import nh3
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import EMPTINESS, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.fields.text import clean_text
from engine.platform.i18n import Text

LONGEST = 100_000
_BLOCKS = ("p", "br", "h1", "h2", "h3", "ul", "ol", "li", "blockquote", "pre", "hr")
TAGS = frozenset((*_BLOCKS, "strong", "b", "em", "i", "u", "s", "a", "code"))
_GONE_WITH_CONTENT = frozenset(
    {"script", "style", "iframe", "object", "embed", "svg", "math", "template", "noscript"}
)
_BREAK = re.compile(r"<(?:br|/p|/li|/h[1-3]|/blockquote|/pre|hr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_BLANK = re.compile(r"\n{3,}")
# These two look at what somebody sent, which need not be markup; neither looks at a character twice.
_MARKUP = re.compile(r"</?[a-z][^<>]*+>", re.IGNORECASE)
_NAME = re.compile(r"<(/?)([a-z][a-z0-9:-]*+)", re.IGNORECASE)
MOST_SENT = 4 * LONGEST
MOST_LEVELS = 100
_CLOSED_BY_THE_NEXT = frozenset(
    ("br", "hr", "img", "wbr", "input", "meta", "link", "col", "area", "base", "source", "track", "param")
    + ("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup")
)
"""Tags that need no closing; they nest only as deep as the others around them."""


class RichTextField(FieldType):
    """The field type `rich_text`; formulas do not read it."""

    name = "rich_text"
    label = Text("富文本", "Rich text")
    icon = "text-size"
    order = 30
    schema = {
        "properties": {
            "max_length": asked(
                {"type": "integer", "minimum": 1, "maximum": LONGEST}, "最多字数", "Most characters", "limits"
            )
        }
    }
    operators = EMPTINESS
    template = "fields/rich_text.html"
    read_template = "fields/read/rich_text.html"
    wide = True
    grouped = True
    typed = False
    sortable = False
    in_formulas = False

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.Text()

    def value_type(self, field: Field) -> str:
        return "html"

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        return {"type": ["string", "null"], "contentMediaType": "text/html"}

    def read(self, raw: Any, field: Field, context: ParseContext) -> str | None:
        text = clean_text(raw)
        if len(text) > MOST_SENT:
            raise _too_long(LONGEST, len(text))
        if context.text and not _MARKUP.search(text):
            lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            text = "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
        if _is_deep(text):
            raise FieldFault(
                "too_deep",
                Text(
                    "格式套得太深，请粘贴为纯文字",
                    "The formatting is nested too deeply; paste it as plain text",
                ),
            )
        kept = safe(text)
        length, most = len(plain(kept)), field.get("max_length", LONGEST)
        if length > most or len(kept) > 2 * LONGEST:
            raise _too_long(most, length)
        return kept if length or "<hr" in kept else None

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return plain(value) if value else ""


def safe(text: str) -> str:
    """The markup without anything that runs, loads, or looks like a part of the page around it."""
    return nh3.clean(
        text,
        tags=set(TAGS),
        clean_content_tags=set(_GONE_WITH_CONTENT),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def plain(markup: str) -> str:
    """The words alone, a line for each paragraph."""
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", markup)))
    return _BLANK.sub("\n\n", text.replace("\xa0", " ")).strip()


def _is_deep(markup: str) -> bool:
    """Whether tags stand in one another so deeply that cleaning would take very long."""
    within: list[str] = []
    for closing, name in _NAME.findall(markup):
        name = name.lower()
        if name in _CLOSED_BY_THE_NEXT:
            continue
        if not closing:
            within.append(name)
            if len(within) > MOST_LEVELS:
                return True
        elif name in within:
            del within[len(within) - 1 - within[::-1].index(name)]
    return False


def _too_long(most: int, here: int) -> FieldFault:
    return FieldFault(
        "too_long",
        Text(
            "最多 {most} 个字，这里有 {here} 个",
            "At most {most} characters; this has {here}",
            most=most,
            here=here,
        ),
        max_length=most,
    )
